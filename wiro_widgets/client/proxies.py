"""Which proxy the environment sets for an address, and what went wrong at it, as text.

The same rules hold for HTTP and for the socket. This computer is never reached through a proxy,
which would be handed what is meant to stay here.
"""

from __future__ import annotations

import http.client
import importlib.util
import ipaddress
import os
import re
import socket
import ssl
import sys
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import urllib3.exceptions

from .addresses import is_loopback

_SCHEMES = {"ws": "http", "wss": "https"}
_PORTS = {"http": 80, "https": 443}
_KINDS = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
_SOCKS = {"socks": "socks5h"}
"""Desktops write it so, and mean the version of today."""
_FROM_SYSTEM = "the system's settings"
_ASKS_FOR_LOGIN = 407
_TROUBLE = 500
A_MOMENT = 5.0
"""Seconds for which a proxy in trouble is asked again for one request."""


class NetworkProblem(urllib3.exceptions.HTTPError):
    """Something between here and the service is not as it has to be; nothing reached the service.

    Args:
        said: What is wrong, a sentence.
        remedy: What to do, a sentence.
        patience: Seconds for which it is worth trying again at once.
    """

    def __init__(self, said: str, remedy: str, patience: float = 0.0) -> None:
        super().__init__(said)
        self.remedy = remedy
        self.patience = patience


class AtProxy(urllib3.exceptions.ProxyError):
    """The way ended at the proxy, before the service was reached."""

    def __init__(self, error: Exception) -> None:
        super().__init__("", error)


@dataclass(frozen=True)
class Proxy:
    """A proxy that the environment sets.

    Attributes:
        url: Its address, perhaps with a login.
        variable: What sets it, as messages call it.
    """

    url: str = field(repr=False)
    variable: str

    @property
    def shown(self) -> str:
        """Its address and where that comes from, without the login."""
        scheme, _, rest = self.url.rpartition("://")
        place = rest.rpartition("@")[2].partition("/")[0]
        return f"The proxy {scheme}://{place} from {self.variable}"

    def check(self, host: str) -> None:
        """Look at the address, and for the package that a SOCKS proxy needs.

        Raises:
            NetworkProblem: It cannot be used.
        """
        remedy = (
            f"Correct {self.variable}, e.g. http://proxy.example.com:8080. {self._others(host)}"
        )
        try:
            parts = urllib3.util.parse_url(self.url)
            usable = bool(parts.host) and parts.scheme in _KINDS and parts.port != 0
        except urllib3.exceptions.HTTPError:
            usable = False
        if not usable:
            raise NetworkProblem(f"{self.shown} isn't an address that can be used.", remedy)
        if self.url.startswith("socks") and importlib.util.find_spec("socks") is None:
            raise NetworkProblem(
                f"{self.shown} needs the package PySocks, which isn't installed.",
                'Run: pip install "requests[socks]", then restart the kernel.'
                f" {self._others(host)}",
            )

    def problem(self, host: str, error: BaseException) -> NetworkProblem:
        """What went wrong at the proxy on the way to a host."""
        cause = _innermost(error)
        if found := re.search(r"Tunnel connection failed: (\d+) ?(.*)", str(cause)):
            return self.refusal(host, int(found[1]), found[2])
        text = str(cause)
        patience = A_MOMENT
        if found := re.search(r"0x[0-9a-f]{2}: (.*)", text):  # what a SOCKS proxy answered
            said = f"doesn't connect to {host}: {found[1]}"
        elif isinstance(cause, ConnectionRefusedError) or "refused" in text:
            said, patience = "refused the connection", 0.0
        elif isinstance(cause, (TimeoutError, urllib3.exceptions.TimeoutError)):
            said = "doesn't answer"
        elif "CERTIFICATE_VERIFY_FAILED" in text:
            said, patience = "has a certificate that isn't trusted (REQUESTS_CA_BUNDLE)", 0.0
        elif isinstance(cause, socket.gaierror):
            said = f"can't be found: {cause.strerror}"
        elif isinstance(cause, OSError) and cause.strerror and not isinstance(cause, _NOT_ONE):
            said = f"can't be reached: {cause.strerror}"
        else:
            said, patience = "doesn't answer as a proxy does", 0.0
        return NetworkProblem(
            f"{self.shown} {said}.", f"Check {self.variable}. {self._others(host)}", patience
        )

    def refusal(self, host: str, status: int, reason: str = "") -> NetworkProblem:
        """What it means that the proxy answered with a status of its own."""
        status_text = " ".join(f"{status} {reason}".split())[:80]
        if status == _ASKS_FOR_LOGIN:
            refused = "didn't accept your user name and password"
            said = refused if "@" in self.url else "asks for a user name and a password"
            return NetworkProblem(
                f"{self.shown} {said} ({status_text}).",
                f"Set {self.variable}=http://NAME:PASSWORD@HOST:PORT; write special characters"
                " percent-encoded.",
            )
        if status >= _TROUBLE:
            said = f"{self.shown} couldn't connect to {host} ({status_text})."
            return NetworkProblem(said, f"Try again later. {self._others(host)}", A_MOMENT)
        return NetworkProblem(
            f"{self.shown} doesn't connect to {host} ({status_text}).",
            f"Ask whoever runs the proxy to allow {host}. {self._others(host)}",
        )

    def _others(self, host: str) -> str:
        return f"If {host} can be reached without it, set NO_PROXY={host}."


_NOT_ONE = (http.client.HTTPException, urllib3.exceptions.SSLError, ssl.SSLError)


def proxy_for(url: str) -> Proxy | None:
    """The proxy that the environment sets for an address, None for none.

    ``http_proxy``, ``https_proxy`` and ``all_proxy`` in small letters come before those in capital
    ones; an empty one means none. On Windows and macOS the system's settings come last.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    if is_loopback(host):
        return None
    variable, value = _set_for(scheme)
    if not value or (variable != _FROM_SYSTEM and _is_excepted(host, parts.port, scheme)):
        return None
    if variable == _FROM_SYSTEM and urllib.request.proxy_bypass(host):
        return None
    kind, separator, rest = value.rpartition("://")
    kind = kind.lower() if separator else "http"
    return Proxy(f"{_SOCKS.get(kind, kind)}://{rest}", variable)


def _set_for(scheme: str) -> tuple[str, str]:
    """What sets the proxy for a scheme, and its address; both empty for none."""
    for kind in (scheme, "all"):
        for name in (f"{kind}_proxy", f"{kind}_proxy".upper()):
            # A web server passes the header "Proxy" of a stranger to its programs under this name.
            stranger = name == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ
            if name in os.environ and not stranger:
                if value := os.environ[name].strip():
                    return name, value
                break
    if sys.platform in {"win32", "darwin"}:
        return _FROM_SYSTEM, urllib.request.getproxies().get(scheme, "")
    return "", ""


def _is_excepted(host: str, port: int | None, scheme: str) -> bool:
    """Whether ``NO_PROXY`` names a host: its name or that of its domain, a network, or ``*``."""
    text = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    name = host.rstrip(".").lower()
    port = port or _PORTS.get(scheme)
    return any(_excepts(entry.lower(), name, port) for entry in re.split(r"[,\s]+", text) if entry)


def _excepts(entry: str, name: str, port: int | None) -> bool:
    if entry == "*":
        return True
    if found := re.fullmatch(r"(\[.*\]|[^:]*):(\d+)", entry):
        if int(found[2]) != port:
            return False
        entry = found[1]
    entry = entry.strip("[]")
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        domain = entry.removeprefix("*").strip(".")
        return bool(domain) and (name == domain or name.endswith(f".{domain}"))
    try:
        return ipaddress.ip_address(name) in network
    except ValueError:
        return False


def _innermost(error: BaseException) -> BaseException:
    """The first cause of an error, as far as it is told."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        inner = getattr(cause, "original_error", None) or cause.__cause__ or cause.__context__
        cause = inner if isinstance(inner, Exception) else None
    return seen[-1]
