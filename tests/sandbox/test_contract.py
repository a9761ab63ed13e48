"""The service's own OpenAPI documents hold for the models that the sandbox offers.

Valid requests are built from each document field by field, so that one the sandbox refuses is
named; invalid and merely odd ones come from schemathesis, with the same seed every time.
"""

from __future__ import annotations

import json

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft7Validator, FormatChecker
from schemathesis import GenerationMode

from .server import SERVICE, Sandbox

DIRECTORY = SERVICE / "openapi"
DOCUMENTS = (
    "black-forest-labs-flux-2-pro",
    "bytedance-seedance-pro-v1-5",
    "bytedance-seedream-v4-5",
    "klingai-kling-v2-5-turbo",
    "klingai-kling-v3",
    "openai-sora-2",
    "pruna-p-video",
    "qwen-qwen3-tts-12hz-1-7b",
    "wiro-3d-text-animations",
    "wiro-chat",
    "wiro-virtual-try-on-v2",
)
FEWER_CHOICES = {"effectType"}
"""Fields of which the sandbox offers a few of the service's many values."""
PICTURE = "https://example.com/in.png"
FUZZ = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def service():
    """A sandbox at a pace that leaves tasks in the queue."""
    if not DIRECTORY.exists():
        pytest.skip("the service's OpenAPI documents are not on this machine")
    sandbox = Sandbox("--speed", "0.05")
    yield sandbox
    sandbox.stop()


@pytest.fixture(params=DOCUMENTS)
def document(request):
    if not DIRECTORY.exists():
        pytest.skip("the service's OpenAPI documents are not on this machine")
    return json.loads((DIRECTORY / f"{request.param}.json").read_bytes())


def route_of(document):
    return next(path for path in document["paths"] if path.startswith("/Run/"))


def holds(document, name, body):
    """Assert that `body` is what the document says the answer `name` is."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    problems = Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(body)
    assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


def fields_of(document):
    schema = document["components"]["schemas"]["RunToolSchema"]
    fields = {
        name: {**field, "enum": [field["default"]]} if name in FEWER_CHOICES else field
        for name, field in schema["properties"].items()
    }
    return fields, set(schema.get("required", ()))


def values_of(field):
    """What the document allows in a field, its default first and its limits after."""
    if field.get("format") == "uri":
        return [PICTURE]
    if field.get("type") == "boolean":
        return [True, False]
    choices = [value for value in field.get("enum", ()) if value not in (None, "")]
    if field.get("type") == "number":
        step = field.get("multipleOf", 1)
        low, high = field["minimum"], field["maximum"]
        choices = [low, high - high % step if step else high]
    default = [field["default"]] if field.get("default") not in (None, "") else []
    return [*default, *choices] or ["1"]


def valid_bodies(document):
    """Required fields alone, then every field at once, through all its values."""
    fields, required = fields_of(document)
    yield {name: values_of(fields[name])[0] for name in required}
    longest = max(len(values_of(field)) for field in fields.values())
    for turn in range(longest):
        yield {
            name: values_of(field)[turn % len(values_of(field))] for name, field in fields.items()
        }


def as_parts(body):
    """A body as the parts of a multipart form, as text."""

    def text(value):
        return str(value).lower() if isinstance(value, bool) else str(value)

    return [(name, (None, text(value))) for name, value in body.items()]


def end(sandbox, run):
    """Take a task out of the queue again; the answer to that."""
    return sandbox.raw("/Task/Cancel", files=as_parts({"taskid": run["taskid"]})).json()


def test_every_documented_request_is_accepted_as_json_and_as_a_form(service, document):
    route = route_of(document)
    for body in valid_bodies(document):
        for arguments in ({"json": body}, {"files": as_parts(body)}):
            answer = service.raw(route, **arguments)
            assert answer.status_code == 200
            run = answer.json()
            assert run["result"], (run["errors"], body)
            holds(document, "RunTaskResponse", run)
            end(service, run)


def test_every_documented_answer_holds(service, document):
    run = service.post(route_of(document), next(valid_bodies(document)))
    by_id = {"taskid": run["taskid"]}
    by_token = {"tasktoken": run["socketaccesstoken"]}

    details = [
        service.post("/Task/Detail", by_id),
        service.post("/Task/Detail", by_token),
        service.raw("/Task/Detail", files=as_parts(by_id)).json(),
        service.raw("/Task/Detail", files=as_parts(by_token)).json(),
    ]
    details.append(
        service.post("/Task/Detail", {**by_id, "uuid": details[0]["tasklist"][0]["uuid"]})
    )
    cancelled = end(service, run)

    for answer in (*details, cancelled):
        assert answer["result"], answer["errors"]
        assert answer["tasklist"][0]["id"] == run["taskid"]
        holds(document, "TaskDetailResponse", answer)


def test_the_answers_to_a_finished_and_a_killed_task_hold(document, fast):
    finished = fast.finish()
    killed = fast.run(body={"prompt": "sandbox: stall", "width": 64, "height": 64})
    fast.wait(killed, "task_output")
    token = {"socketaccesstoken": killed["socketaccesstoken"]}

    answer = fast.raw("/Task/Kill", files=as_parts(token)).json()
    # Newer than the documents, in which it is text: the charge is open.
    assert answer["tasklist"][0].pop("totalcost") is None
    holds(document, "TaskDetailResponse", answer)
    answer = fast.post("/Task/Detail", {"taskid": finished["id"]})
    assert answer["tasklist"][0]["outputs"]
    holds(document, "TaskDetailResponse", answer)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_generated_requests_get_an_envelope_and_never_break_the_server(service, document, mode):
    fuzz(service, document, route_of(document), mode)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("route", ["/Task/Detail", "/Task/Kill", "/Task/Cancel"])
def test_generated_requests_for_tasks_get_an_envelope(service, route, mode):
    document = json.loads(min(DIRECTORY.glob("*.json")).read_bytes())
    fuzz(service, document, route, mode)


def fuzz(service, document, route, mode):
    operation = schemathesis.openapi.from_dict(document)[route]["POST"]
    refused = []

    @FUZZ
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        for name in ("x-api-key", "x-nonce", "x-signature"):
            case.headers.pop(name, None)
        answer = case.call(base_url=service.api, headers=service.headers(), timeout=30)
        body = envelope(answer)
        if "taskid" in body:
            end(service, body)
        refused.append(not body["result"])

    check()
    assert refused


def envelope(answer):
    """The parsed answer, which must be the service's envelope whatever was asked."""
    assert answer.status_code < 500
    body = json.loads(answer.content)
    assert isinstance(body["result"], bool)
    for error in body["errors"]:
        assert isinstance(error["code"], int)
        assert error["message"]
    assert body["result"] or body["errors"]
    return body


FORM = "multipart/form-data; boundary=x"
BROKEN = {
    "nothing": (b"", "application/json"),
    "cut": (b'{"prompt": "a', "application/json"),
    "a list": (b"[1, 2]", "application/json"),
    "a number": (b"7", "application/json"),
    "null": (b"null", "application/json"),
    "not utf-8": (b'{"prompt": "\xff\xfe"}', "application/json"),
    "infinity": (b'{"prompt": "a", "seed": Infinity}', "application/json"),
    "deep": (b'{"prompt":' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json"),
    "huge number": (b'{"prompt": "a", "duration": ' + b"9" * 5000 + b"}", "application/json"),
    "two megabytes": (b'{"prompt": "' + b"a" * 2_000_000 + b'"}', "application/json"),
    "wrong type": (b'{"prompt": "a"}', "text/plain"),
    "xml": (b"<prompt>a</prompt>", "application/xml"),
    "no boundary": (b"--x\r\n\r\n", "multipart/form-data"),
    "no end": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb', FORM),
    "form": (b"prompt=a&seed=1", "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_body_that_is_none_gets_an_envelope(service, name):
    if not DIRECTORY.exists():
        pytest.skip("the service's OpenAPI documents are not on this machine")
    data, content_type = BROKEN[name]
    for route in ("/Run/klingai/kling-v3", "/Task/Detail", "/Task/Kill", "/Task/Cancel"):
        answer = requests.post(
            service.api + route,
            data=data,
            headers={**service.headers(), "content-type": content_type},
            timeout=30,
        )
        body = envelope(answer)
        if "taskid" in body:
            end(service, body)


def test_bad_values_are_refused_by_name(service, document):
    """Each documented limit, one beyond it: the field is named, or the text is the general one."""
    fields, required = fields_of(document)
    good = next(valid_bodies(document))
    route = route_of(document)
    for name in required:
        body = {key: value for key, value in good.items() if key != name}
        answer = service.post(route, body)
        assert not answer["result"], f"{name} may not be left out"
        assert f"[{name}] required" in answer["errors"][0]["message"]
    for name, field in fields.items():
        for wrong in beyond(field):
            answer = service.post(route, {**good, name: wrong})
            assert not answer["result"], f"{name}={wrong!r} is not allowed"


def beyond(field):
    """Values just outside what the document allows."""
    if field.get("type") == "number":
        return [field["minimum"] - 1, field["maximum"] + 1, "many"]
    if [value for value in field.get("enum", ()) if value]:
        return ["no such choice"]
    return []
