"""Which certificates are trusted, and what is to blame when a connection cannot be opened."""

from __future__ import annotations

import os
import re
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import certifi
import urllib3.exceptions

from .proxies import NetworkProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .proxies import Proxy

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_BUNDLES = VARIABLES[:2]
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
"""How a certificate in a folder has to be called for OpenSSL to find it."""


class Trust(NamedTuple):
    """Files and folders of trusted certificates."""

    file: str | None
    folder: str | None


def trusted() -> Trust:
    """The certificates to trust: a file, a folder, or both.

    ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE`` name a file or a folder and come first; then
    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, as for OpenSSL.

    Raises:
        NetworkProblem: A variable names something that cannot be used.
    """
    for variable in _BUNDLES:
        if path := os.environ.get(variable):
            if os.path.isdir(path):  # noqa: PTH112
                return Trust(None, _checked_folders(variable, path))
            return Trust(_checked_file(variable, path), None)
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    return Trust(
        _checked_file("SSL_CERT_FILE", file) if file else certifi.where(),
        _checked_folders("SSL_CERT_DIR", folder) if folder else None,
    )


@contextmanager
def blaming(proxy: Proxy | None, host: str) -> Iterator[None]:
    """Have errors name the proxy that they came about at, or what to do about a certificate."""
    problem: NetworkProblem
    try:
        yield
    except NetworkProblem:
        raise
    except urllib3.exceptions.SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" not in str(error):
            raise
        problem = _not_trusted(host, error)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        at_proxy = isinstance(error, urllib3.exceptions.ProxyError)
        unconnected = isinstance(
            error, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
        )
        if proxy is None or not (at_proxy or unconnected):
            raise
        problem = proxy.problem(host, error)
    else:
        return
    # Without the chain, whose frames have the request.
    raise problem


def _not_trusted(host: str, error: BaseException) -> NetworkProblem:
    """What it means that the certificate of a host was not accepted, and what to do."""
    if re.search("expired|not yet valid", str(error)):
        check = "Check this computer's clock. If it is right, the owner of the host has to act."
        return NetworkProblem(f"The certificate of {host} has expired or isn't valid yet.", check)
    found = re.search(r"certificate verify failed: ([^(]*)", str(error))
    why = f": {found[1].strip().rstrip('.')}" if found else ""
    return NetworkProblem(
        f"The certificate of {host} isn't trusted{why}.",
        "If a proxy or a virus scanner opens encrypted connections here, set REQUESTS_CA_BUNDLE to"
        " a file with its certificate; whoever runs it has that file. Otherwise check the address.",
    )


def _checked_file(variable: str, path: str) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise _problem(variable, path, "has no certificates that can be read") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no path"
        raise _problem(variable, path, f"can't be read: {why}") from None
    return path


def _checked_folders(variable: str, path: str) -> str:
    """A folder, or several as in ``PATH``; one of them has to have certificates."""
    names: list[str] = []
    why = "has no certificates under the names that OpenSSL looks for"
    for folder in path.split(os.pathsep):
        try:
            names += os.listdir(folder)  # noqa: PTH208
        except OSError as error:  # noqa: PERF203 - seldom more than one
            why = f"can't be read: {error.strerror}"
    if not any(map(_HASHED.fullmatch, names)):
        remedy = f" Run: openssl rehash {path}" if names else ""
        raise _problem(variable, path, why, remedy)
    return path


def _problem(variable: str, path: str, why: str, more: str = "") -> NetworkProblem:
    return NetworkProblem(
        f"{variable} names {path}, which {why}.",
        f"Correct {variable}, or remove it to trust the usual authorities.{more}",
    )
