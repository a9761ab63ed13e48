"""Accounts, tasks and folders: held in memory, and stored at every change."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .messages import BALANCE, JSON, Refusal
from .store import token
from .task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Options
    from .store import Store

MINIMUM_BALANCE = Decimal("0.50")
UNLIMITED_ABOVE = Decimal(250)
KEY_LENGTH = 32
FIRST_TASK_ID = 534574
PROOF = "wiro-widgets sandbox"
"""The nonce that no request is signed with; its signature makes proofs and is never sent."""


@dataclass
class Account:
    """A project of the service: its credentials and its balance in US dollars."""

    key: str
    secret: str
    uuid: str
    projectid: str
    balance: Decimal

    def __repr__(self) -> str:
        return f"Account(projectid={self.projectid!r}, balance={self.balance})"

    @property
    def limit(self) -> int | None:
        """How many unfinished tasks are allowed; ``None`` means any number."""
        if self.balance > UNLIMITED_ABOVE:
            return None
        return max(1, int(self.balance / 10))

    def prove(self, address: str, challenge: str) -> str:
        """Lowercase hex HMAC-SHA256 that only somebody with key and secret can make.

        Args:
            address: The server's own host and port, which a proof is good for.
            challenge: Random text from whoever asks.
        """
        # Not the secret itself, whose HMAC under the key would be the signature of a request.
        known = sign(self.key, self.secret, PROOF) if self.secret else self.key
        message = f"{PROOF} {address} {challenge}".encode(errors="surrogateescape")
        return hmac.new(known.encode(), message, hashlib.sha256).hexdigest()

    def check_balance(self) -> None:
        """Check the minimum balance for a Run.

        Raises:
            Refusal: The balance is below $0.50.
        """
        if self.balance < MINIMUM_BALANCE:
            raise Refusal("Insufficient balance", code=BALANCE)


class Accounts:
    """The accounts of one state directory; ``current`` is that of the command line."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._by_key = {
            body["key"]: Account(**{**body, "balance": Decimal(body["balance"])})
            for body in store.load("account")
        }
        self.current = self._open(options)

    def _open(self, options: Options) -> Account:
        """The account of the command line, else the last one stored, else a new one."""
        key = options.key or next(reversed(self._by_key), None) or token(KEY_LENGTH)
        account = self._by_key.get(key)
        if account is None:
            secret = token(KEY_LENGTH) if options.secret is None else options.secret
            project = str(699 + len(self._by_key))
            account = Account(key, secret, str(uuid.uuid4()), project, options.balance)
            self._by_key[key] = account
        elif options.secret is not None:
            account.secret = options.secret
        self._save(account)
        return account

    def _save(self, account: Account) -> None:
        body: JSON = {**vars(account), "balance": str(account.balance)}
        self._store.save("account", account.key, body)

    def charge(self, account_uuid: str, cost: Decimal) -> None:
        """Take the cost of a task, in US dollars, from the balance of its owner."""
        for account in self._by_key.values():
            if account.uuid == account_uuid:
                account.balance -= cost
                self._save(account)

    def authorize(self, headers: Mapping[str, str], *, key_is_enough: bool) -> Account:
        """The account that made a request.

        Args:
            headers: The HTTP headers (case-insensitive).
            key_is_enough: Whether a signature project may leave the signature out.

        Raises:
            Refusal: With HTTP status 401 and the service's texts.
        """
        account = self._by_key.get(headers.get("x-api-key", ""))
        if account is None:
            raise Refusal("Project authorization is not founded.", status=401)
        nonce, signature = headers.get("x-nonce", ""), headers.get("x-signature", "")
        if not account.secret or (key_is_enough and not nonce and not signature):
            return account
        if not nonce or not signature:
            raise Refusal(
                "Project requires signature authentication."
                " x-signature and x-nonce headers are required.",
                status=401,
            )
        expected = sign(account.key, account.secret, nonce)
        # Signatures are lowercase hex; bytes because a header may hold anything.
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            raise Refusal("Project authorization is not valid.", status=401)
        return account


def sign(key: str, secret: str, nonce: str) -> str:
    """Lowercase hex HMAC-SHA256 of secret followed by nonce, under the API key."""
    message = f"{secret}{nonce}".encode(errors="surrogateescape")
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


class Tasks:
    """Every accepted task, by id and by token."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[int, Task] = {}
        self._by_token: dict[str, Task] = {}
        for body in store.load("task"):
            self._index(Task.from_json(body))
        self._next = max(self._by_id, default=FIRST_TASK_ID - 1) + 1

    def _index(self, task: Task) -> None:
        self._by_id[task.id] = task
        self._by_token[task.socketaccesstoken] = task

    def next_id(self) -> int:
        """A new task id."""
        self._next += 1
        return self._next - 1

    def add(self, task: Task) -> None:
        """Accept a task: once this returns, it survives the death of the server."""
        self.save(task)
        self._index(task)

    def save(self, task: Task) -> None:
        """Store a task as it is now."""
        self._store.save("task", str(task.id), task.to_json())

    def find(self, *, taskid: str = "", token: str = "") -> Task | None:
        """The task with that token or, without one, with that id."""
        if token:
            return self._by_token.get(token)
        return self._by_id.get(int(taskid)) if re.fullmatch("[0-9]{1,18}", taskid) else None

    def with_run_key(self, account_uuid: str, key: str) -> Task | None:
        """The task of an account whose Run had that key."""
        found = (task for task in self.of(account_uuid) if task.runkey == key)
        return next(found, None)

    def has_token(self, token: str) -> bool:
        """Whether there is a task with that token."""
        return token in self._by_token

    def of(self, account_uuid: str) -> list[Task]:
        """The tasks of one account, oldest first."""
        return [task for task in self._by_id.values() if task.uuid == account_uuid]

    def unfinished(self) -> list[Task]:
        """The tasks that are not in a final status."""
        return [task for task in self._by_id.values() if not task.is_over]

    def unsettled(self) -> list[Task]:
        """The killed tasks whose charge is open."""
        return [task for task in self._by_id.values() if task.totalcost is None]


class Folders:
    """The folders of all accounts. Paths are made of ids; names are only text."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id = {body["id"]: body for body in store.load("folder")}

    def has(self, account: Account, folder_id: str) -> bool:
        """Whether the account has that folder."""
        folder = self._by_id.get(folder_id)
        return folder is not None and folder["uuid"] == account.uuid

    def create(self, account: Account, name: str, parent: str) -> JSON:
        """A new folder as the service shows it, or the existing one of that name."""
        identity = (account.uuid, parent or account.uuid, name)
        for folder in self._by_id.values():
            if (folder["uuid"], folder["parentid"], folder["name"]) == identity:
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
