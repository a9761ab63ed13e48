"""``/File/*``: folders and uploads, and serving what is kept."""

from __future__ import annotations

import re

from aiohttp import web

from wiro_widgets.sandbox.bodies import INVALID, Body, ReceivedFile, read_body, removing
from wiro_widgets.sandbox.envelope import NOT_FOUND, Refusal, success
from wiro_widgets.sandbox.service import account_of, service_of
from wiro_widgets.sandbox.trials import Trials

_FOLDER_NAME = re.compile(r"[A-Za-z0-9_-]{1,120}")


async def create_folder(request: web.Request) -> web.Response:
    """``File/FolderCreate``."""
    service, account = service_of(request), account_of(request)
    body = await read_body(request, service.shelf)
    with removing(body):
        # An earlier page of the documentation had parentId, and folderId for uploads.
        name, parent = body.text("name"), body.text("parentid") or body.text("parentId")
    if not name:
        raise Refusal("Request parameter [name] required")
    if not _FOLDER_NAME.fullmatch(name) or (parent and not service.folders.has(account, parent)):
        raise Refusal(INVALID)
    folder = service.folders.create(account, name, parent)
    return web.json_response(success(list=[folder]))


async def upload(request: web.Request) -> web.Response:
    """``File/Upload``: one file, kept under its own name in a folder."""
    service, account = service_of(request), account_of(request)
    body = await read_body(request, service.shelf)
    with removing(body):
        received = _the_file(body)
        folder = body.text("folderid") or body.text("folderId") or account.uuid
        if folder != account.uuid and not service.folders.has(account, folder):
            raise Refusal("folder-not-exist", code=NOT_FOUND)
        if any(media.name == received.name for media in service.shelf.in_folder(folder)):
            raise Refusal("filesystem-already-exist", fields={"list": []})
        media = service.shelf.keep(
            received.path,
            name=received.name,
            uuid=account.uuid,
            parentid=folder,
            place="cdn1",
        )
    return web.json_response(success(list=[media.wire(service.base)]))


def _the_file(body: Body) -> ReceivedFile:
    files = body.files.get("file", [])
    if not files:
        raise Refusal("Request files [file] required")
    if len(files) > 1:
        raise Refusal("invalid-parameters")
    return files[0]


async def serve(request: web.Request) -> web.StreamResponse:
    """A kept file, under the CDN's or the API's path."""
    service = service_of(request)
    media = service.shelf.at(request.path)
    if media is None:
        raise web.HTTPNotFound(headers={"Access-Control-Allow-Origin": "*"})
    asked = next(
        (task.trials for task in service.tasks.of(media.uuid) if media.id in task.outputs),
        Trials(),
    )
    return await service.downloads.send(request, media, service.shelf.file(media), asked)
