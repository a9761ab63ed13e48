"""The host that outputs are fetched from, with Range."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.wire import Exchange


def serve_file(exchange: Exchange) -> None:
    """Answer a GET; a number as the name is a file of that many zeros."""
    content = exchange.service.files.get(exchange.path)
    sized = re.fullmatch(r"/cdn/(\d{6,})", exchange.path)
    if sized:
        exchange.send_zeros(int(sized[1]))
        return
    if content is None:
        exchange.send(404, b"gone")
        return
    wanted = re.fullmatch(r"bytes=(\d+)-", exchange.headers.get("range", ""))
    if not wanted:
        exchange.send(200, content, ETag='"1"')
        return
    start = int(wanted[1])
    total = len(content)
    exchange.send(
        206, content[start:], Content_Range=f"bytes {start}-{total - 1}/{total}", ETag='"1"'
    )
