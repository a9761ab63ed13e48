"""Folders that uploads can be put in."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from .names import token

if TYPE_CHECKING:
    from .accounts import Account
    from .envelope import JSON
    from .store import Store


class Folders:
    """The folders of all accounts; only ids are ever used, names are text."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id = {body["id"]: body for body in store.load("folder")}

    def has(self, account: Account, folder_id: str) -> bool:
        """Whether the account has that folder."""
        folder = self._by_id.get(folder_id)
        return folder is not None and folder["uuid"] == account.uuid

    def create(self, account: Account, name: str, parent: str) -> JSON:
        """A new folder, as the service shows it; the same name twice gives the first one."""
        for folder in self._by_id.values():
            if (folder["uuid"], folder["parentid"], folder["name"]) == (
                account.uuid,
                parent or account.uuid,
                name,
            ):
                return folder
        now = str(int(time.time()))
        folder = {
            "id": secrets.token_hex(16),
            "name": name,
            "contenttype": "folder",
            "parentid": parent or account.uuid,
            "uuid": account.uuid,
            "size": "0",
            "isfolder": True,
            "created": now,
            "addedtime": now,
            "modifiedtime": now,
            "accesskey": token(),
            "foldercount": "0",
            "filecount": "0",
            "ispublic": 0,
            "expiretime": None,
        }
        self._by_id[folder["id"]] = folder
        self._store.save("folder", folder["id"], folder)
        return folder
