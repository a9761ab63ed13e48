"""Which addresses are used: encrypted ones or this computer; for files, no private networks."""

from __future__ import annotations

import ipaddress
import socket
from functools import cached_property
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from wiro_widgets.errors import InputError

Network = Literal["public", "private", "link-local", "loopback"]

# Addresses of IPv4 within IPv6 for networks that have nothing else (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):  # noqa: N818 - named after what happened
    """A file is not fetched from where it is said to be; the message says why."""


def service_address(url: str, scheme: Literal["http", "ws"], *, allow_http: bool) -> str:
    """The address of the API or of its socket, without a slash at its end.

    Args:
        url: The address.
        scheme: What it has to begin with; an "s" may follow.
        allow_http: Also take one that is not encrypted and not of this computer.

    Raises:
        InputError: It is another kind of address, not encrypted, or has a user or a password.
    """
    field = "api_url" if scheme == "http" else "socket_url"
    if "@" in url:
        # What is before it may be a password, and is not repeated.
        raise InputError(
            f"The address of {url.rpartition('@')[2]!r} has a user or a password before it.",
            field=field,
            remedy="Leave them out: requests are signed with the API key.",
        )
    parts, article = _split(url), "an" if scheme == "http" else "a"
    if parts is None or parts.scheme not in {scheme, f"{scheme}s"}:
        raise InputError(f"{url!r} is not {article} {scheme}(s) address.", field=field)
    if parts.scheme == scheme and not (allow_http or is_loopback(parts.hostname or "")):
        raise InputError(
            f"{url!r} is not encrypted: anyone on the way could read the key and the clips.",
            field=field,
            remedy=f"Use {scheme}s://, or pass allow_http=True if the way there is safe.",
        )
    return url.rstrip("/")


def service_addresses(api_url: str, socket_url: str, *, allow_http: bool) -> tuple[str, str]:
    """Both addresses of a service, checked.

    Raises:
        InputError: One of them is not what it should be, or only the API is encrypted.
    """
    api = service_address(api_url, "http", allow_http=allow_http)
    events = service_address(socket_url, "ws", allow_http=allow_http)
    encrypted = urlsplit(api_url).scheme == "https", urlsplit(socket_url).scheme == "wss"
    if encrypted == (True, False) and not allow_http:
        raise InputError(
            f"{socket_url!r} is not encrypted, but {api_url!r} is.",
            field="socket_url",
            remedy="Use wss://, or pass allow_http=True if the way there is safe.",
        )
    return api, events


def is_loopback(host: str) -> bool:
    """True for the names and addresses of this computer itself; no name is looked up."""
    address = _literal(host)
    if address is not None:
        return network_of(address) == "loopback"
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def network_of(address: str) -> Network:
    """The kind of network that an IP address belongs to."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip.ipv4_mapped
        ip = inner or ip
    # A connection to "no address" is made to this computer.
    if ip.is_loopback or ip.is_unspecified:
        return "loopback"
    if ip.is_link_local:
        return "link-local"
    return "public" if ip.is_global and not ip.is_multicast else "private"


class FileAddresses:
    """Where files of a service may be fetched from, so that it cannot have others read for it.

    They are encrypted if the API is. They are public, or in the same kind of network as the API:
    whoever runs a service on this computer may have its files here, too.

    Args:
        api_url: Address of the API.
    """

    def __init__(self, api_url: str) -> None:
        self._api = urlsplit(api_url)

    def check(self, url: str) -> None:
        """Check an address before it is used; names are not looked up.

        Raises:
            AddressRefused: It is no http(s) address, not encrypted, or in a private network.
        """
        parts = _split(url)
        if parts is None or parts.scheme not in {"http", "https"}:
            raise AddressRefused("has an address that is not http(s)")
        if self._api.scheme == "https" and parts.scheme != "https":
            raise AddressRefused("has an address that is not encrypted")
        host = parts.hostname or ""
        address = "127.0.0.1" if is_loopback(host) else _literal(host)
        if address is not None:
            self.check_peer(address)

    def check_peer(self, address: str) -> None:
        """Check the IP address that a connection leads to, before anything is sent.

        Raises:
            AddressRefused: It is in a private network.
        """
        network = network_of(address)
        if network not in self._networks:
            raise AddressRefused(f"has an address in a {network} network ({address})")

    @cached_property
    def _networks(self) -> frozenset[Network]:
        host = self._api.hostname or ""
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
        except (OSError, UnicodeError):
            found = set()
        return frozenset({"public", *map(network_of, found)})


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None if it has no host or an impossible port."""
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _literal(host: str) -> str | None:
    """The IP address that a host is, also one written as ``127.1`` or as a number."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
