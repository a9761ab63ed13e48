"""The web application: routes, who may call, errors as envelopes, the proof and the lease."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from . import handlers, tools
from .messages import Refusal, failure
from .service import ACCOUNT, SERVICE, Service, service_of

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_log = logging.getLogger(__name__)
API = "/v1/"
_KEY_IS_ENOUGH = frozenset({"/v1/Tool/List"})
_FILES = "/v1/File/"
_FOR_ANY_PAGE = (_FILES, "/cdn1/")
_FROM_ANYWHERE = "Access-Control-Allow-Origin"
_LEASE_POLL_SECONDS = 0.5
CHALLENGE_LIMIT = 128


def make_app(service: Service) -> web.Application:
    """The application around a service."""
    app = web.Application(middlewares=[_enveloped, _addressed, _authorized])
    app[SERVICE] = service
    app.add_routes(
        [
            web.get("/v1", _socket, allow_head=False),
            web.post("/v1/Run/{owner}/{model:.+}", handlers.run),
            web.post("/v1/Task/Detail", handlers.task_detail),
            web.post("/v1/Task/List", handlers.task_list),
            web.post("/v1/Task/Cancel", handlers.task_cancel),
            web.post("/v1/Task/Kill", handlers.task_kill),
            web.post("/v1/Task/InputOutputDelete", handlers.task_delete_files),
            web.post("/v1/Tool/List", tools.tool_list),
            web.post("/v1/Tool/Detail", tools.tool_detail),
            web.post("/v1/Tool/Explore", tools.tool_explore),
            web.post("/v1/Tool/DetailOpenAPI", tools.tool_openapi),
            web.post("/v1/File/FolderCreate", handlers.file_create_folder),
            web.post("/v1/File/Upload", handlers.file_upload),
            web.get("/v1/File/{accesskey}/{name}", handlers.serve_file),
            web.get("/cdn1/{groups}/{name}", handlers.serve_file),
            web.get("/-/proof", _proof),
            web.get("/-/lease", _lease),
        ]
    )
    for path in tools.NOT_MODELLED:
        app.router.add_post(f"/v1/{path}", tools.not_modelled)
        app.router.add_post(f"/v1/{path}/{{rest:.+}}", tools.not_modelled)
    return app


async def _socket(request: web.Request) -> web.StreamResponse:
    """The WebSocket, which the service has on a host of its own; nothing else is got there."""
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise web.HTTPNotFound
    return await service_of(request).hub.serve(request)


@web.middleware
async def _enveloped(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error under the API in the service's envelope."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return web.json_response(
            refusal.body(), status=refusal.status, headers=refusal.headers or None
        )
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as missing:
        allowed = missing.headers.get(_FROM_ANYWHERE)
        return web.json_response(
            failure("Error parsing url."),
            status=404,
            headers={_FROM_ANYWHERE: allowed} if allowed else None,
        )
    except web.HTTPException:
        raise
    except ConnectionError:
        # The client is gone; there is nobody to answer.
        raise
    except Exception:  # noqa: BLE001 - a defect must not look like a broken connection
        # Not the path itself, in which the key of a file may be.
        resource = request.match_info.route.resource
        _log.exception("defect of the sandbox at %s", resource and resource.canonical)
        return web.json_response(failure("Internal error of the sandbox."), status=500)


@web.middleware
async def _addressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page of another site makes a browser send.

    A site can have its name point at this computer, so the name must be one of ours. Files may
    be read from any page, as on the service's CDN: whoever has their address may have them.
    """
    service = service_of(request)
    if request.transport is not None:
        service.heard.add(request.transport)
    host = request.headers.get("Host", "")
    if not _is_ours(host, service.options.host):
        raise web.HTTPForbidden(
            text="This sandbox answers to an IP address, localhost, or the name given by --host.\n"
        )
    origin = request.headers.get("Origin", f"http://{host}")
    if origin != f"http://{host}" and not request.path.startswith(_FOR_ANY_PAGE):
        raise web.HTTPForbidden(text="Pages of other sites may not use this sandbox.\n")
    return await handler(request)


def _is_ours(host: str, listening_on: str) -> bool:
    """Whether a Host header names this server in a way that no other site can claim."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name in {"localhost", listening_on.lower()}:
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@web.middleware
async def _authorized(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every POST under the API needs credentials, whether its path exists or not."""
    if request.method != "POST" or not request.path.startswith(API):
        return await handler(request)
    service = service_of(request)
    request[ACCOUNT] = service.accounts.authorize(
        request.headers, key_is_enough=request.path in _KEY_IS_ENOUGH
    )
    with service.usage.use():
        return await handler(request)


async def _proof(request: web.Request) -> web.StreamResponse:
    """``/-/proof``: shows that this server knows the secret, without sending it.

    Not part of the service. A client asks before it sends anything else, because another program
    may have taken the port of a sandbox that has ended. The proof is good for this address only,
    so that nobody can pass the question on to a sandbox elsewhere.
    """
    challenge = request.headers.get("X-Challenge", "")
    if not 0 < len(challenge) <= CHALLENGE_LIMIT or request.transport is None:
        raise web.HTTPBadRequest(text="X-Challenge must have 1 to 128 characters.\n")
    host, port = request.transport.get_extra_info("sockname")[:2]
    proof = service_of(request).accounts.current.prove(f"{host} {port}", challenge)
    return web.Response(status=204, headers={"X-Proof": proof})


async def _lease(request: web.Request) -> web.StreamResponse:
    """``/-/lease``: an answer that never ends, to keep the server alive. It wants a signature.

    Not part of the service. Whoever starts a sandbox holds one open; when that process dies,
    its connection closes, and ``--idle-exit`` can take effect.
    """
    service = service_of(request)
    service.accounts.authorize(request.headers, key_is_enough=False)
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    with service.usage.use():
        await response.prepare(request)
        await response.write(b"held\n")
        # The server reads ahead, so it notices a closed connection without writing to it. There
        # is no event to wait for that signals the end, hence the polling.
        while (socket := request.transport) is not None and not socket.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(_LEASE_POLL_SECONDS)
    return response
