"""Does the key work, and what is there? Asked with calls that cost nothing."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import requests

from wiro_widgets.client import AuthenticationError, NotFoundError

if TYPE_CHECKING:
    from wiro_widgets.client import WiroClient

MODELS = ("minimax/hailuo-2.3-fast", "minimax/hailuo-2.3")
"""The models this package was made for."""
_SKEW_SECONDS = 300
_PATIENCE = 5.0


def check_key(client: WiroClient) -> None:
    """Ask for the newest task, which needs a valid key and signature, unlike the catalogue.

    Raises:
        AuthenticationError: The key is not accepted; says so if this computer's clock is off.
        ConnectionFailed: The service could not be reached.
    """
    try:
        client.tasks(limit=1)
    except AuthenticationError as error:
        off = _clock_off(client.api_url)
        if off is not None and abs(off) > _SKEW_SECONDS:
            minutes, way = round(abs(off) / 60), "fast" if off > 0 else "slow"
            error.remedy = (
                f"This computer's clock is about {minutes} minutes {way}, and requests are signed"
                f" with the time: set the clock first. {error.remedy}"
            )
        raise


def models_there(client: WiroClient) -> tuple[str, ...]:
    """Which of `MODELS` the service has for this key."""
    found = []
    for name in MODELS:
        try:
            client.model(name)
        except NotFoundError:
            continue
        found.append(name)
    return tuple(found)


def _clock_off(api_url: str) -> float | None:
    """Seconds by which this clock is ahead of the service's, which says its time in every answer.

    None when it does not say. No key is sent along.
    """
    try:
        answer = requests.head(api_url, timeout=_PATIENCE, allow_redirects=False)
        return time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (requests.RequestException, KeyError, ValueError, TypeError):
        return None
