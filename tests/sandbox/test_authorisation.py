"""Who may call: both kinds of project, and the service's words for everybody else."""

import hashlib
import hmac
import json

import pytest
import requests

from .server import SERVICE, Sandbox

UNKNOWN = "Project authorization is not founded."
UNSIGNED = (
    "Project requires signature authentication. x-signature and x-nonce headers are required."
)
INVALID = "Project authorization is not valid."


def refusal(response: requests.Response) -> str:
    body = response.json()
    assert response.status_code == 401
    assert body["result"] is False
    assert body["errors"][0]["code"] == 0
    return body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x-api-key": "somebody-else"}, UNKNOWN),
        ({"x-api-key": None}, UNKNOWN),
        ({"x-signature": "0" * 64}, INVALID),
        ({"x-signature": "ünïcode".encode()}, INVALID),
        ({"x-nonce": "another"}, INVALID),
        ({"x-signature": None}, UNSIGNED),
        ({"x-nonce": None}, UNSIGNED),
        ({"x-nonce": None, "x-signature": None}, UNSIGNED),
    ],
)
def test_wrong_credentials_are_refused_in_the_services_words(fast, changes, message):
    headers = {name: value for name, value in {**fast.headers(), **changes}.items() if value}
    response = requests.post(f"{fast.api}/Task/List", headers=headers, json={}, timeout=10)
    assert refusal(response) == message


def test_header_names_are_case_insensitive_and_a_nonce_may_be_used_again(fast):
    headers = {name.upper(): value for name, value in fast.headers().items()}
    for _ in range(2):
        response = requests.post(f"{fast.api}/Task/List", headers=headers, json={}, timeout=10)
        assert response.json()["result"] is True


def test_a_signature_project_lists_models_by_key_alone(fast):
    headers = {"x-api-key": fast.key}
    response = requests.post(f"{fast.api}/Tool/List", headers=headers, json={}, timeout=10)
    assert response.json()["result"] is True


def test_an_empty_secret_makes_a_key_only_project(start):
    sandbox = start("--key", "simple", "--secret", "")
    assert sandbox.ready["secret"] == ""
    response = requests.post(
        f"{sandbox.api}/Task/List", headers={"x-api-key": "simple"}, json={}, timeout=10
    )
    assert response.json()["result"] is True


def test_the_published_signatures_are_accepted():
    vectors = SERVICE / "signature-vectors.json"
    if not vectors.exists():
        pytest.skip("the service's published signatures are not beside this repository")
    for vector in json.loads(vectors.read_text("utf-8"))[:3]:
        sandbox = Sandbox("--key", vector["key"], "--secret", vector["secret"])
        try:
            headers = {
                "x-api-key": vector["key"],
                "x-nonce": vector["nonce"],
                "x-signature": vector["signature"],
            }
            response = requests.post(
                f"{sandbox.api}/Task/List", headers=headers, json={}, timeout=10
            )
            assert response.json()["result"] is True
        finally:
            sandbox.stop()


def test_every_path_of_the_api_wants_credentials_first(fast):
    assert refusal(requests.post(f"{fast.api}/No/Such", json={}, timeout=10)) == UNKNOWN
    response = fast.raw("/No/Such", json={})
    assert response.status_code == 404
    assert response.json()["errors"] == [{"code": 0, "message": "Error parsing url."}]


@pytest.mark.parametrize("path", ["/Task/Detail", "/No/Such", "/"])
def test_everything_is_post(fast, path):
    response = requests.get(fast.api + path, timeout=10)
    assert response.status_code == 404
    assert response.json()["errors"] == [{"code": 0, "message": "Error parsing url."}]


def test_the_signature_is_over_secret_then_nonce_under_the_key(fast):
    swapped = hmac.new(fast.secret.encode(), f"{fast.key}7".encode(), hashlib.sha256).hexdigest()
    headers = {"x-api-key": fast.key, "x-nonce": "7", "x-signature": swapped}
    response = requests.post(f"{fast.api}/Task/List", headers=headers, json={}, timeout=10)
    assert refusal(response) == INVALID
