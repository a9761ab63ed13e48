"""Who may call, how much they have, and how many tasks they may run at once."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from .envelope import BALANCE, JSON, Refusal
from .names import token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Options
    from .store import Store

MINIMUM_BALANCE = Decimal("0.50")
UNLIMITED_ABOVE = Decimal(250)
KEY_LENGTH = 32


@dataclass
class Account:
    """A project of the service: its credentials and its wallet."""

    key: str
    secret: str
    uuid: str
    projectid: str
    balance: Decimal

    def __repr__(self) -> str:
        return f"Account(projectid={self.projectid!r}, balance={self.balance})"

    @property
    def limit(self) -> int | None:
        """How many unfinished tasks are allowed; ``None`` is any number."""
        if self.balance > UNLIMITED_ABOVE:
            return None
        return max(1, int(self.balance / 10))

    def check_balance(self) -> None:
        """Refuse a Run below the service's minimum of $0.50."""
        if self.balance < MINIMUM_BALANCE:
            raise Refusal("Insufficient balance", code=BALANCE)


class Accounts:
    """The accounts of one state directory; the one of the command line is ``current``."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._by_key = {
            body["key"]: Account(**{**body, "balance": Decimal(body["balance"])})
            for body in store.load("account")
        }
        self.current = self._open(options)

    def _open(self, options: Options) -> Account:
        """The account of the command line, else the state's last one, else a new one."""
        key = options.key or next(reversed(self._by_key), None) or token(KEY_LENGTH)
        account = self._by_key.get(key)
        if account is None:
            secret = token(KEY_LENGTH) if options.secret is None else options.secret
            project = str(699 + len(self._by_key))
            account = Account(key, secret, str(uuid.uuid4()), project, options.balance)
            self._by_key[key] = account
        elif options.secret is not None:
            account.secret = options.secret
        self.save(account)
        return account

    def save(self, account: Account) -> None:
        """Write an account down."""
        body: JSON = {**vars(account), "balance": str(account.balance)}
        self._store.save("account", account.key, body)

    def charge(self, account_uuid: str, cost: Decimal) -> None:
        """Take the price of a finished task from the wallet of its owner."""
        for account in self._by_key.values():
            if account.uuid == account_uuid:
                account.balance -= cost
                self.save(account)

    def authorize(self, headers: Mapping[str, str], *, key_is_enough: bool) -> Account:
        """The account that made a request.

        Args:
            headers: The HTTP headers (case-insensitive).
            key_is_enough: Whether a signature project may come without signature, as a
                third party saw for ``Tool/List``.

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
        # The service shows lowercase hex only; bytes because a header may hold anything.
        if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
            raise Refusal("Project authorization is not valid.", status=401)
        return account


def sign(key: str, secret: str, nonce: str) -> str:
    """Lowercase hex HMAC-SHA256 of secret followed by nonce, under the API key."""
    message = f"{secret}{nonce}".encode(errors="surrogateescape")
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
