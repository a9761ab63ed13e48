"""Starting a task: what travels, in which form, and how often."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from tests.client import faults
from tests.client.conftest import FAST, FAST_RETRY, KEY, SECRET
from wiro_widgets.client import (
    Credentials,
    InputError,
    ModelSpec,
    Output,
    SubmissionUnknown,
    WiroClient,
    signature,
    submit,
)
from wiro_widgets.client.connections import Connections

MODEL = "minimax/hailuo-2.3-fast"
URL = "https://example.com/in.png"


def spec(kind: str) -> ModelSpec:
    items = [
        {"id": "inputImage", "type": kind},
        {"id": "duration", "type": "select", "options": [{"value": "6", "label": "6"}]},
        {"id": "seed", "type": "number"},
    ]
    tool = {"slugowner": "a", "slugproject": "b", "parameters": [{"title": "", "items": items}]}
    return ModelSpec.parse(tool)


def sent(service) -> tuple[str, dict[str, str], bytes]:
    return service.requests[-1]


def form(service) -> list[tuple[str, str, str, bytes]]:
    """The parts of a multipart body: name, file name, content type, content."""
    _, headers, body = sent(service)
    boundary = headers["content-type"].partition("boundary=")[2].encode()
    parts = []
    for chunk in body.split(b"--" + boundary)[1:-1]:
        head, _, content = chunk.strip(b"\r\n").partition(b"\r\n\r\n")
        text = head.decode()

        def quoted(key: str, text: str = text) -> str:
            return text.partition(f'{key}="')[2].partition('"')[0]

        kind = text.partition("Content-Type: ")[2].partition("\r\n")[0]
        parts.append((quoted(" name"), quoted("filename"), kind, content))
    return parts


def png(width: int = 400, height: int = 400) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


ONE, OTHER = png(), png(401)


def test_json_when_no_file_is_sent(service, client):
    parameters = {"prompt": "über 'x'", "duration": "6", "seed": 1, "nothing": None, "flag": True}
    submission = client.submit(MODEL, parameters, files={"inputImage": URL})
    path, headers, body = sent(service)
    assert path == "Run/minimax/hailuo-2-3-fast"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "prompt": "über 'x'",
        "duration": "6",
        "seed": 1,
        "flag": "true",
        "inputImage": [URL],
    }
    assert submission.task_id in service.tasks
    assert submission.token not in repr(submission)
    assert submission.model == "minimax/hailuo-2-3-fast"


def test_every_request_is_signed_with_a_fresh_nonce(service, client):
    for _ in range(2):
        client.submit(MODEL, {"prompt": "p"})
    first, second = (headers for _, headers, _ in service.requests)
    assert first["x-nonce"] != second["x-nonce"]
    for headers in (first, second):
        assert headers["x-signature"] == signature(KEY, SECRET, headers["x-nonce"])
        assert headers["user-agent"].startswith("wiro-widgets/")


def test_key_only_project_sends_no_signature(service):
    with WiroClient(
        Credentials(KEY), service.api_url, service.socket_url, timeouts=FAST, retry=FAST_RETRY
    ) as client:
        client.submit(MODEL, {"prompt": "p"})
    _, headers, _ = sent(service)
    assert headers["x-api-key"] == KEY
    assert "x-nonce" not in headers
    assert "x-signature" not in headers


@pytest.mark.parametrize(
    ("kind", "urls", "expected"),
    [
        ("fileinput", URL, {"inputImage": "", "inputImageUrl": URL}),
        ("multifileinput", [URL, URL], {"inputImage": "", "inputImageUrl": f"{URL},{URL}"}),
        ("combinefileinput", URL, {"inputImage": [URL]}),
    ],
)
def test_urls_in_json_follow_the_type(service, client, kind, urls, expected):
    client.submit("a/b", {"duration": 6, "seed": "7"}, {"inputImage": urls}, spec=spec(kind))
    assert json.loads(sent(service)[2]) == {"duration": "6", "seed": 7, **expected}


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        ("fileinput", [ONE], [("inputImage", ONE), ("inputImageUrl", b"")]),
        (
            "multifileinput",
            [ONE, OTHER, URL],
            [("inputImage", ONE), ("inputImage", OTHER), ("inputImageUrl", URL.encode())],
        ),
        (
            "combinefileinput",
            [ONE, URL],
            [("inputImage", ONE), ("inputImage", URL.encode())],
        ),
    ],
)
def test_files_in_multipart_follow_the_type(service, client, kind, inputs, expected):
    client.submit("a/b", {"duration": 6}, {"inputImage": inputs}, spec=spec(kind))
    parts = form(service)
    assert parts[0][::3] == ("duration", b"6")
    assert [(name, content) for name, _, _, content in parts[1:]] == expected


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "pipe", "pil", "array"])
def test_an_image_of_any_kind_arrives_whole(service, client, tmp_path, kind):
    path = tmp_path / "really a picture.txt"
    path.write_bytes(png())
    image = Image.open(io.BytesIO(png()))

    class Pipe(io.RawIOBase):
        """A stream that cannot be rewound."""

        source = io.BytesIO(png())

        def readable(self):
            return True

        def seekable(self):
            return False

        def read(self, size=-1):
            return self.source.read(size)

    given = {
        "path": path,
        "bytes": png(),
        "file": io.BytesIO(png()),
        "pipe": Pipe(),
        "pil": image,
        "array": np.asarray(image),
    }[kind]
    client.submit(MODEL, {"prompt": "p"}, files={"inputImage": given})
    name, _, content_type, content = form(service)[-1]
    assert name == "inputImage"
    assert content_type == "image/png"
    assert Image.open(io.BytesIO(content)).size == (400, 400)


def test_a_file_object_is_sent_from_where_it_stands_and_left_open(service, client):
    file = io.BytesIO(b"skip" + png())
    file.seek(4)
    client.submit(MODEL, {}, files={"inputImage": file})
    assert form(service)[-1][3] == png()
    assert not file.closed


def test_a_file_that_shrinks_meanwhile_is_not_sent_half(service, client, tmp_path):
    path = tmp_path / "clip.bin"
    path.write_bytes(bytes(1_000_000))

    def shrink(done: int, total: int) -> None:
        with path.open("r+b") as file:
            file.truncate(100_000)

    with pytest.raises(InputError, match="shorter"):
        client.submit(MODEL, {}, files={"inputVideo": path}, progress=shrink)
    assert service.counts["accepted"] == 0


def test_hostile_file_name_stays_one_part(service, client, tmp_path):
    path = tmp_path / 'a"\r\nX: y; name="prompt".png'
    path.write_bytes(png())
    client.submit(MODEL, {"prompt": "p"}, files={"inputImage": path})
    assert [name for name, *_ in form(service)] == ["prompt", "inputImage"]


def test_progress_counts_up_to_the_whole_body(client):
    seen = []
    client.submit(
        MODEL, {}, files={"inputVideo": bytes(300_000)}, progress=lambda *p: seen.append(p)
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1] > 300_000


def test_a_slow_line_is_not_taken_for_a_slow_answer(service):
    # Sending takes 3 s, an answer may take 2. The system holds about 10 MB that have left but
    # are still on their way, so the file is large beside that.
    service.fault("Run", faults.slow_line)
    timeouts = FAST._replace(read=2.0, total=2.0)
    with WiroClient(
        Credentials(KEY, SECRET),
        service.api_url,
        service.socket_url,
        timeouts=timeouts,
        retry=FAST_RETRY,
    ) as client:
        submission = client.submit(MODEL, {}, files={"inputVideo": bytes(60_000_000)})
    assert submission.task_id in service.tasks
    assert service.paid_posts == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("/no/such/picture.jpg", "No such file"),
        (b"", "empty"),
        (object(), "of type object"),
        (Output("0.mp4", "video/mp4", 1, "https://cdn.test/0.mp4", "1"), "of type Output"),
        (io.StringIO("text"), "text mode"),
        (np.full((4, 4), np.nan), "float64"),
        (np.zeros((5, 5, 7), "uint8"), "(5, 5, 7)"),
    ],
)
def test_what_cannot_be_sent_is_said_and_not_sent(service, client, value, words):
    with pytest.raises(InputError) as caught:
        client.submit(MODEL, {}, files={"inputImage": value})
    assert words in str(caught.value)
    assert caught.value.field == "inputImage"
    assert service.paid_posts == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_values_json_cannot_carry_are_input_errors(service, client, value):
    with pytest.raises(InputError, match=r"seed (is|can't be) ") as caught:
        client.submit(MODEL, {"seed": value})
    assert caught.value.field == "seed"
    assert service.paid_posts == 0


def test_callback_must_be_an_address(service, client):
    with pytest.raises(InputError, match="callback_url"):
        client.submit(MODEL, {}, callback_url="Optional: Webhook URL for completion")
    assert service.paid_posts == 0
    client.submit(MODEL, {}, callback_url="https://example.com/hook")
    assert json.loads(sent(service)[2])["callbackUrl"] == "https://example.com/hook"


def test_refused_connection_is_tried_again_while_nothing_has_left(service, client, monkeypatch):
    """The service comes up while we knock: one POST, one task."""
    real = Connections.request
    knocks = []

    def closed_at_first(self, method, url, *args, **options):
        knocks.append(url)
        if len(knocks) < 3:
            url = url.replace(str(service.port), "9")  # nobody listens there
        return real(self, method, url, *args, **options)

    monkeypatch.setattr(Connections, "request", closed_at_first)
    client.submit(MODEL, {"prompt": "p"}, files={"inputImage": png()})
    assert len(knocks) == 3
    assert service.paid_posts == service.counts["accepted"] == 1
    assert form(service)[-1][3] == png()


def test_a_long_idle_connection_is_not_trusted_with_money(service):
    timeouts = FAST._replace(live_poll=0.0)
    with WiroClient(
        Credentials(KEY), service.api_url, service.socket_url, timeouts=timeouts, retry=FAST_RETRY
    ) as client:
        client.tasks()
        connections = service.counts["connections"]
        client.submit(MODEL, {})
    assert service.counts["connections"] == connections + 1


def test_the_key_of_an_intent_is_not_sent_until_its_field_is_known(service, client, monkeypatch):
    client.submit(MODEL, {"prompt": "p"}, intent_key="key-1")
    assert json.loads(sent(service)[2]) == {"prompt": "p"}
    monkeypatch.setattr(submit, "INTENT_FIELD", "requestkey")
    client.submit(MODEL, {"prompt": "p"}, intent_key="key-1")
    assert json.loads(sent(service)[2]) == {"prompt": "p", "requestkey": "key-1"}
    client.submit(MODEL, {"prompt": "p"})
    assert json.loads(sent(service)[2]) == {"prompt": "p"}


def test_upload_stores_under_a_unique_name(service, client):
    stored = client.upload(png(), folder="folder1")
    again = client.upload(png())
    assert stored.url.endswith("/in.png")
    names = [r[2].partition(b'filename="')[2].partition(b'"')[0] for r in service.requests]
    assert len(set(names)) == 2
    assert b'name="folderid"' in service.requests[0][2]
    assert again.size == len(png())


def test_upload_is_sent_once(service, client):
    service.fault("File/Upload", faults.cut_after_body)
    with pytest.raises(SubmissionUnknown) as caught:
        client.upload(png())
    assert caught.value.spent == "no"
    assert service.counts["File/Upload"] == 1
