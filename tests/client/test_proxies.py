"""Which proxy an address is reached through, and what is said when that fails."""

from __future__ import annotations

import os
import re
import socket

import pytest
import urllib3.exceptions

from wiro_widgets.client import AuthenticationError, ConnectionFailed
from wiro_widgets.client.certificates import trusted
from wiro_widgets.client.proxies import NetworkProblem, Proxy, proxy_for
from wiro_widgets.schema.responses import Response, read_response

API = "https://api.wiro.ai/v1"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("exceptions", "url", "direct"),
    [
        ("api.wiro.ai", API, True),
        ("wiro.ai", API, True),
        (".wiro.ai", API, True),
        (".wiro.ai", "https://wiro.ai/", True),
        ("*.wiro.ai", API, True),
        ("WIRO.AI", "https://api.Wiro.ai./", True),
        ("*", API, True),
        ("one.org, two.org wiro.ai", API, True),
        ("ro.ai", "https://wiro.ai/", False),
        ("wiro.ai:443", "wss://socket.wiro.ai/v1", True),
        ("wiro.ai:80", API, False),
        ("10.0.0.0/8", "https://10.2.3.4/", True),
        ("10.0.0.0/8", "https://11.2.3.4/", False),
        ("10.2.3.4:8443", "https://10.2.3.4:8443/", True),
        ("fd00::/8", "https://[fd00::1]/", True),
        ("[fd00::1]:443", "https://[fd00::1]/", True),
        ("", API, False),
        (" , .", API, False),
    ],
)
def test_no_proxy_in_all_its_forms(exceptions, url, direct, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert (proxy_for(url) is None) is direct


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "127.9.9.9", "127.1", "[::1]:8", "[::ffff:127.0.0.1]"]
)
def test_no_variable_sends_this_computer_through_a_proxy(host, monkeypatch):
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "socks5h://proxy:1")
    for scheme in ("http", "https", "ws", "wss"):
        assert proxy_for(f"{scheme}://{host}/") is None


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, API, ("http://a:1", "https")),
        ({"HTTPS_PROXY": "http://b:1", "ALL_PROXY": "http://c:1"}, API, ("http://b:1", "HTTPS")),
        ({"ALL_PROXY": "http://c:1"}, "wss://wiro.ai/", ("http://c:1", "ALL")),
        ({"HTTPS_PROXY": "a:1"}, API, ("http://a:1", "HTTPS")),
        ({"all_proxy": "socks://a:1"}, API, ("socks5h://a:1", "all")),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b:1"}, API, None),
        ({"HTTP_PROXY": "http://b:1"}, API, None),
        ({"HTTP_PROXY": "http://b:1", "REQUEST_METHOD": "GET"}, "http://wiro.ai/", None),
    ],
)
def test_which_variable_counts(variables, url, expected, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(url)
    shown = found and (found.url, found.variable.partition("_")[0])
    assert shown == expected


@pytest.mark.parametrize(
    "url",
    ["ftp://me:hush@p:1", "http://me:hush@p:port", "http://", "http://me:hush@:1", "http://p:0"],
)
def test_what_is_no_address_of_a_proxy_is_named_without_its_password(url):
    with pytest.raises(NetworkProblem, match="from HTTPS_PROXY isn't an address") as caught:
        Proxy(url, "HTTPS_PROXY").check("api.wiro.ai")
    assert "hush" not in str(caught.value) + caught.value.remedy + repr(Proxy(url, "HTTPS_PROXY"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "refused the connection"),
        (TimeoutError("timed out"), "doesn't answer"),
        (socket.gaierror(-2, "Name or service not known"), "can't be found: Name or service not"),
        (OSError(113, "No route to host"), "can't be reached: No route to host"),
        (OSError("Tunnel connection failed: 502 Bad Gateway"), r"couldn't connect to h \(502 Bad"),
        (Exception("0x05: Connection refused"), "doesn't connect to h: Connection refused"),
    ],
)
def test_what_went_wrong_at_a_proxy(error, words):
    wrapped = urllib3.exceptions.ProxyError("x", error)
    problem = Proxy("http://me:hush@p:1", "https_proxy").problem("h", wrapped)
    assert str(problem).startswith("The proxy http://p:1 from https_proxy ")
    assert re.search(words, str(problem))


def test_the_older_variables_come_before_those_of_openssl(certificate, monkeypatch):
    for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/none")
    with pytest.raises(NetworkProblem, match="SSL_CERT_FILE names /none"):
        trusted()
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificate[1]))
    assert trusted() == (str(certificate[1]), None)


def test_a_page_that_refuses_is_not_put_down_to_the_key_alone():
    page = b"<h1>Blocked by your company</h1>"
    with pytest.raises(AuthenticationError, match=r"Blocked.*A proxy or a firewall may have"):
        read_response(Response(403, page))
    # Over http a proxy may answer for the service, and is known.
    with pytest.raises(ConnectionFailed, match=r"^The proxy") as caught:
        read_response(Response(403, page, proxy="The proxy refuses."))
    assert caught.value.patience == 0
