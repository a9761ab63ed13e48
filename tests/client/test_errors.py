"""The error tree: what each answer of the service becomes, and what it tells the reader."""

from __future__ import annotations

import inspect
import json
import logging
import pickle

import pytest

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET
from wiro_widgets import client as package
from wiro_widgets import errors as tree
from wiro_widgets.client import (
    AuthenticationError,
    ConcurrencyLimitError,
    Credentials,
    CredentialsError,
    Delivery,
    InputError,
    InsufficientBalanceError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServiceError,
    SignInRequiredError,
    WiroClient,
    WiroError,
    delivery_of,
    signature,
)
from wiro_widgets.schema.responses import Response, read_response

CLASSES = [
    value
    for value in vars(tree).values()
    if inspect.isclass(value) and issubclass(value, WiroError)
]


def refusal(message: object, code: object = 0, status: int = 200) -> Response:
    body = {"result": False, "errors": [{"code": code, "message": message}]}
    return Response(status, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("reply", "kind", "sorted_as"),
    [
        (refusal("Concurrency limit", 96), ConcurrencyLimitError, Delivery.FINAL),
        (refusal("Insufficient balance", "97"), InsufficientBalanceError, Delivery.FINAL),
        (refusal("sign in", 98), SignInRequiredError, Delivery.FINAL),
        (refusal("expired", 99, 401), AuthenticationError, Delivery.FINAL),
        (refusal("Project authorization is not valid."), AuthenticationError, Delivery.FINAL),
        (refusal("Requested ip 1.2.3.4 is not allowed."), AuthenticationError, Delivery.FINAL),
        (refusal("There is no task yet."), NotFoundError, Delivery.FINAL),
        (refusal("slug-owner-project-not-exist", 1), NotFoundError, Delivery.FINAL),
        (refusal("Request parameters are invalid."), InputError, Delivery.FINAL),
        (refusal("Error parsing url.", 0, 404), NotFoundError, Delivery.FINAL),
        (refusal("something new"), ServiceError, Delivery.FINAL),
        (refusal({"odd": 1}), ServiceError, Delivery.FINAL),
        (
            Response(200, b'{"result": false, "errors": ["plain text"]}'),
            ServiceError,
            Delivery.FINAL,
        ),
        (Response(200, b'{"result": false}'), ServiceError, Delivery.FINAL),
        (Response(429, b"", "12"), RateLimitError, Delivery.RATE_LIMITED),
        (Response(500, b"<h1>oops</h1>"), ServiceError, Delivery.OUTCOME_UNKNOWN),
        (Response(504, b""), ServiceError, Delivery.OUTCOME_UNKNOWN),
        (Response(302, b""), ServiceError, Delivery.FINAL),
        (Response(200, b""), ProtocolError, Delivery.OUTCOME_UNKNOWN),
        (Response(200, b"[]"), ProtocolError, Delivery.OUTCOME_UNKNOWN),
        (Response(200, b'{"result": tr'), ProtocolError, Delivery.OUTCOME_UNKNOWN),
    ],
)
def test_answers_become_errors(reply, kind, sorted_as):
    with pytest.raises(WiroError) as caught:
        read_response(reply)
    assert type(caught.value) is kind
    assert delivery_of(caught.value) is sorted_as


@pytest.mark.parametrize(
    "message",
    [
        "Request parameter [duration] required",
        "Request parameter [duration] must be between 6 and 10",
        "Request files [duration] required",
    ],
)
def test_the_field_in_brackets_is_found(message):
    with pytest.raises(InputError) as caught:
        read_response(refusal(message))
    assert caught.value.field == "duration"


def test_retry_after_is_kept():
    with pytest.raises(RateLimitError) as caught:
        read_response(Response(429, b"", "12"))
    assert caught.value.retry_after == 12


def test_html_is_told_as_text():
    with pytest.raises(ServiceError) as caught:
        read_response(Response(502, b"<html><script>alert(1)</script><h1>Bad\x1b[31m Gateway</h1>"))
    assert "<" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_pickles_with_all_it_knows(kind):
    error = kind("What happened.")
    error.task_id, error.field, error.retry_after = "42", "prompt", 1.5
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.__dict__ == error.__dict__
    assert str(again) == str(error)
    assert "42" in str(again)


OF_SESSIONS = {
    "BudgetExceeded",
    "LibraryError",
    "NotFollowedHere",
    "NotSent",
    "SandboxUnavailableError",
    "SessionClosed",
}
"""Errors that the client never raises and therefore does not export."""


def test_every_error_is_public_and_in_the_tree():
    names = {kind.__name__ for kind in CLASSES}
    assert names - set(package.__all__) == OF_SESSIONS
    assert all(name in tree.__doc__ for name in names)


def test_all_names_exist_and_are_sorted_out():
    assert len(set(package.__all__)) == len(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError):
        package.no_such_name  # noqa: B018


# Secrets


def test_signature_vectors(service_facts):
    vectors = json.loads((service_facts / "signature-vectors.json").read_text("utf-8"))
    assert len(vectors) >= 2
    for v in vectors:
        assert signature(v["key"], v["secret"], v["nonce"]) == v["signature"]


def test_credentials_never_show():
    credentials = Credentials(KEY, SECRET)
    for text in (repr(credentials), str(credentials), f"{credentials!s}", repr([credentials])):
        assert KEY not in text
        assert SECRET not in text
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(credentials)
    with pytest.raises(TypeError):
        vars(credentials)


def test_credentials_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("WIRO_API_KEY", KEY)
    monkeypatch.delenv("WIRO_API_SECRET", raising=False)
    assert set(Credentials.from_env().headers()) == {"x-api-key"}
    monkeypatch.setenv("WIRO_API_SECRET", SECRET)
    assert set(Credentials.from_env().headers()) == {"x-api-key", "x-nonce", "x-signature"}
    monkeypatch.delenv("WIRO_API_KEY")
    with pytest.raises(CredentialsError, match="WIRO_API_KEY"):
        Credentials.from_env()


@pytest.mark.parametrize("key", ["", "  ", "ключ", "a\r\nx-evil: 1"])
def test_a_key_that_cannot_be_is_refused(key):
    with pytest.raises(CredentialsError) as caught:
        Credentials(key)
    assert not key.strip() or key not in str(caught.value)


def test_an_echoed_secret_is_redacted(service, client):
    service.always["Task/List"] = faults.refusal(f"bad key {KEY} with {SECRET}", 0, 401)
    with pytest.raises(AuthenticationError) as caught:
        client.tasks()
    assert "bad key [redacted] with [redacted]" in str(caught.value)


def test_nothing_secret_is_logged(service, client, caplog):
    caplog.set_level(logging.DEBUG)
    service.fault("Task/Detail", faults.status(500))
    submission = client.submit("a/b", {"prompt": "p"}, files={"file": b"\x89PNG\r\n\x1a\n123"})
    service.play(service.tasks[submission.task_id])
    client.wait(submission, timeout=10)
    assert "POST Run/a/b: HTTP 200" in caplog.text
    for secret in (KEY, SECRET, submission.token):
        assert secret not in caplog.text


def test_netrc_and_cookies_are_left_alone(service, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.fault("Task/List", faults.raw(b'{"result": true}', Set_Cookie="a=b"))
    with WiroClient(
        Credentials(KEY), service.api_url, service.socket_url, timeouts=FAST, retry=FAST_RETRY
    ) as client:
        client.tasks()
        client.tasks()
    (_, headers, _) = service.requests[-1]
    assert "authorization" not in headers
    assert "cookie" not in headers
