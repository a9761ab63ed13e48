"""The web application: routes, authorisation, and turning failures into envelopes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiohttp import web

from .endpoints import files, pages, run, tasks, tools
from .endpoints.lease import lease
from .envelope import Refusal, failure
from .service import ACCOUNT, SERVICE, Service, service_of

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_log = logging.getLogger(__name__)
API = "/v1/"
_KEY_IS_ENOUGH = frozenset({"/v1/Tool/List"})
_LOST = "Error parsing url."
_FILES = "/v1/File/"


def make_app(service: Service) -> web.Application:
    """The application around a service."""
    app = web.Application(middlewares=[_counted, _enveloped, _authorized])
    app[SERVICE] = service
    app.add_routes(
        [
            web.get("/v1", service.hub.serve),
            web.post("/v1/Run/{owner}/{model:.+}", run.run),
            web.post("/v1/Task/Detail", tasks.detail),
            web.post("/v1/Task/List", tasks.listing),
            web.post("/v1/Task/Stat", tasks.stat),
            web.post("/v1/Task/Cancel", tasks.cancel),
            web.post("/v1/Task/Kill", tasks.kill),
            web.post("/v1/Task/InputOutputDelete", tasks.delete_files),
            web.post("/v1/Tool/List", tools.listing),
            web.post("/v1/Tool/Detail", tools.detail),
            web.post("/v1/Tool/DetailOpenAPI", tools.openapi),
            web.post("/v1/Tool/Explore", tools.explore),
            web.post("/v1/File/FolderCreate", files.create_folder),
            web.post("/v1/File/Upload", files.upload),
            web.get("/v1/File/{accesskey}/{name}", files.serve),
            web.get("/cdn1/{groups}/{name}", files.serve),
            # "tools" is the older path of the same pages.
            web.get(r"/{shelf:models|tools}/{owner}/{model}/{page:llms(-full)?\.txt}", pages.page),
            web.get("/-/lease", lease),
        ]
    )
    return app


@web.middleware
async def _counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    with service_of(request).activity.use():
        return await handler(request)


@web.middleware
async def _enveloped(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong under the API is told in the service's envelope."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return web.json_response(
            refusal.body(), status=refusal.status, headers=refusal.headers or None
        )
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if not request.path.startswith(API) or request.path.startswith(_FILES):
            raise
        return web.json_response(failure(_LOST), status=404)
    except web.HTTPException:
        raise
    except ConnectionError:
        # The sender went away; nobody is left to be answered.
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
