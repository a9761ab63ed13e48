"""``/-/lease``: a request that lasts as long as its sender, to keep the server alive.

Not part of the service: whoever starts a sandbox holds one open, and when that process dies
its connection goes, the lease with it, and ``--idle-exit`` can run.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

LOOK_SECONDS = 0.5


async def lease(request: web.Request) -> web.StreamResponse:
    """Answer, and never end."""
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    await response.write(b"held\n")
    # The server reads ahead, so it notices a closed connection without writing to it.
    # There is no event to wait for that tells of its end, hence the short naps.
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)
    return response
