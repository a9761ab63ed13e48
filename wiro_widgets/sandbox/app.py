"""The web application: routes, authorisation, errors as envelopes, and the lease."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from . import handlers
from .envelope import Refusal, failure
from .service import ACCOUNT, SERVICE, Service, service_of

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_log = logging.getLogger(__name__)
API = "/v1/"
_KEY_IS_ENOUGH = frozenset({"/v1/Tool/List"})
_FILES = "/v1/File/"
_LEASE_POLL_SECONDS = 0.5


def make_app(service: Service) -> web.Application:
    """The application around a service."""
    app = web.Application(middlewares=[_counted, _enveloped, _authorized])
    app[SERVICE] = service
    app.add_routes(
        [
            web.get("/v1", service.hub.serve),
            web.post("/v1/Run/{owner}/{model:.+}", handlers.run),
            web.post("/v1/Task/Detail", handlers.task_detail),
            web.post("/v1/Task/List", handlers.task_list),
            web.post("/v1/Task/Cancel", handlers.task_cancel),
            web.post("/v1/Task/Kill", handlers.task_kill),
            web.post("/v1/Task/InputOutputDelete", handlers.task_delete_files),
            web.post("/v1/Tool/List", handlers.tool_list),
            web.post("/v1/Tool/Detail", handlers.tool_detail),
            web.post("/v1/Tool/DetailOpenAPI", handlers.tool_openapi),
            web.post("/v1/File/FolderCreate", handlers.file_create_folder),
            web.post("/v1/File/Upload", handlers.file_upload),
            web.get("/v1/File/{accesskey}/{name}", handlers.serve_file),
            web.get("/cdn1/{groups}/{name}", handlers.serve_file),
            web.get("/-/lease", _lease),
        ]
    )
    return app


@web.middleware
async def _counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    with service_of(request).usage.use():
        return await handler(request)


@web.middleware
async def _enveloped(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error under the API in the service's envelope."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return web.json_response(
            refusal.body(), status=refusal.status, headers=refusal.headers or None
        )
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if not request.path.startswith(API) or request.path.startswith(_FILES):
            raise
        return web.json_response(failure("Error parsing url."), status=404)
    except web.HTTPException:
        raise
    except ConnectionError:
        # The client is gone; there is nobody to answer.
        raise
    except Exception:  # noqa: BLE001 - a defect must not look like a broken connection
        _log.exception("defect of the sandbox at %s", request.path)
        return web.json_response(failure("Internal error of the sandbox."), status=500)


@web.middleware
async def _authorized(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every POST under the API needs credentials, whether its path exists or not."""
    if request.method == "POST" and request.path.startswith(API):
        request[ACCOUNT] = service_of(request).accounts.authorize(
            request.headers, key_is_enough=request.path in _KEY_IS_ENOUGH
        )
    return await handler(request)


async def _lease(request: web.Request) -> web.StreamResponse:
    """``/-/lease``: an answer that never ends, to keep the server alive.

    Not part of the service. Whoever starts a sandbox holds one open; when that process dies,
    its connection closes, and ``--idle-exit`` can take effect.
    """
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    await response.write(b"held\n")
    # The server reads ahead, so it notices a closed connection without writing to it. There is
    # no event to wait for that signals the end, hence the polling.
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(_LEASE_POLL_SECONDS)
    return response
