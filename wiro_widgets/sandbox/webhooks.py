"""Sending finished tasks to their ``callbackUrl``, if that is on this computer."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from .envelope import JSON, success

if TYPE_CHECKING:
    from collections.abc import Callable

    from .task import Task

_log = logging.getLogger(__name__)
ATTEMPTS = 3
PAUSE_SECONDS = 2.0
TIMEOUT_SECONDS = 5.0


class Webhooks:
    """Posts each finished task to the URL that its Run named."""

    def __init__(self, show: Callable[[Task], JSON]) -> None:
        self._show = show
        self._sending: set[asyncio.Task[None]] = set()

    def notify(self, task: Task) -> None:
        """Send a finished task, if its URL is on this computer."""
        if not is_loopback(task.callbackurl):
            return
        body = success(total="1", tasklist=[self._show(task)])
        sending = asyncio.create_task(_send(task.callbackurl, body))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Abandon what is still being sent."""
        for sending in self._sending:
            sending.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)


async def _send(address: str, body: JSON) -> None:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS)
            try:
                async with session.post(address, json=body, allow_redirects=False) as response:
                    if response.ok:
                        return
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                _log.info("webhook attempt %d failed: %s", attempt + 1, type(error).__name__)


def is_loopback(address: str) -> bool:
    """Whether an address is http on this computer; False for text that is no address."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme != "http":
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
