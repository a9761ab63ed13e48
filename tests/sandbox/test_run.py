"""Run: what is accepted in which spelling, and how everything else is refused."""

import io
import os

import av
import pytest
import requests

from .server import (
    HAILUO,
    QUICK_CLIP,
    QUICK_IMAGE,
    TEXT_TO_VIDEO,
    clip_body,
    image_body,
    png,
)

GOOD = {"prompt": "sandbox: stall", "duration": "6", "resolution": "768P"}
URL = "https://example.com/in.png"
KLING = {"mode": "std", "duration": 5, "ratio": "1:1", "sound": "off"}


def stop(sandbox, run):
    """End a stalled task, so that it does not weigh on the other tests."""
    sandbox.wait(run, "task_output")
    assert sandbox.post("/Task/Kill", {"taskid": run["taskid"]})["result"]


def stored(sandbox, run):
    parameters = sandbox.task(run)["parameters"]
    stop(sandbox, run)
    return parameters


@pytest.mark.parametrize(
    "slug",
    [
        "MiniMax/hailuo-2.3-Fast",
        "minimax/hailuo-2-3-fast",
        "minimax/hailuo-2.3-fast",
        "MiniMax/hailuo-2-3-Fast",
    ],
)
def test_every_spelling_of_the_slug_runs_the_same_model(fast, slug):
    run = fast.run(f"/Run/{slug}", {**GOOD, "inputImage": [URL]})
    task = fast.task(run)
    stop(fast, run)
    assert (task["modelslugowner"], task["modelslugproject"]) == ("MiniMax", "hailuo-2.3-Fast")


def test_the_answer_has_an_id_of_digits_and_a_token_of_thirty(fast):
    run = fast.run()
    assert run["errors"] == []
    assert run["taskid"].isdigit()
    assert len(run["socketaccesstoken"]) == 30
    assert run["socketaccesstoken"].isalnum()


@pytest.mark.parametrize("value", [[URL], URL])
def test_a_url_comes_as_list_or_as_text(fast, value):
    run = fast.run(HAILUO, {**GOOD, "inputImage": value})
    assert stored(fast, run)["inputImage"] == URL


def test_a_file_part_is_kept_and_served_back(fast):
    picture = png()
    files = {"inputImage": ("../../beach photo.PNG", picture, "image/png")}
    run = fast.raw(HAILUO, data=GOOD, files=files).json()
    url = stored(fast, run)["inputImage"]
    assert url.startswith(f"{fast.api}/File/")
    assert url.endswith(".png")
    assert "beach" not in url
    assert requests.get(url, timeout=10).content == picture


def test_repeated_parts_and_texts_of_one_name_are_all_kept(fast):
    files = [("inputImage", ("a.png", png())), ("inputImage", ("b.png", png(step=9)))]
    data = [*GOOD.items(), ("inputImage", URL)]
    shown = stored(fast, fast.raw(HAILUO, data=data, files=files).json())["inputImage"]
    assert len(shown) == 3
    assert shown[2] == URL


def test_the_url_twin_of_a_multifileinput_is_split_at_commas(fast):
    body = {
        "prompt": "sandbox: stall",
        "resolution": "480p",
        "ratio": "16:9",
        "duration": "4",
        "inputImage": "",
        "inputImageUrl": f"{URL}, {URL}?2",
    }
    run = fast.run("/Run/bytedance/seedance-2-0", body)
    assert stored(fast, run)["inputImage"] == [URL, f"{URL}?2"]


def test_the_n8n_node_sends_the_url_under_a_twin_name(fast):
    body = {"inputImageUrl": URL, "prompt": "sandbox: stall", "duration": "6"}
    assert stored(fast, fast.run(HAILUO, body))["inputImage"] == URL


def test_a_comma_in_the_url_of_one_file_is_part_of_it(fast):
    address = f"{URL}?crop=1,2"
    body = {"mode": "std", "duration": "5", "ratio": "1:1", "inputImageUrl": address}
    run = fast.run("/Run/klingai/kling-v2.5-turbo", body)
    assert stored(fast, run)["inputImage"] == address


def test_the_first_era_of_hailuo_takes_file_or_url_twin(start):
    sandbox = start("--speed", "2000", "--hailuo-image", "inputImageFirst")
    run = sandbox.run(HAILUO, {**GOOD, "inputImageFirst": "", "inputImageFirstUrl": URL})
    assert stored(sandbox, run)["inputImageFirst"] == URL
    files = {"inputImageFirst": ("a.png", png())}
    data = {**GOOD, "inputImageFirstUrl": ""}
    run = sandbox.raw(HAILUO, data=data, files=files).json()
    assert stored(sandbox, run)["inputImageFirst"].startswith(sandbox.api)
    both = sandbox.raw(HAILUO, data={**GOOD, "inputImageFirstUrl": URL}, files=files).json()
    message = "Request files [inputImageFirst] must be one file or one address"
    assert both["errors"] == [{"code": 0, "message": message}]
    assert "inputImageFirst" in str(sandbox.post(HAILUO, {**GOOD, "inputImage": URL})["errors"])


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        (HAILUO, GOOD, 0, "Request files [inputImage] required"),
        (TEXT_TO_VIDEO, {"prompt": "x"}, 0, "Request parameter [duration] required"),
        (TEXT_TO_VIDEO, {"prompt": "x", "duration": ""}, 0, "[duration] required"),
        (TEXT_TO_VIDEO, {"prompt": "x", "duration": "7"}, 0, "[duration] must be one of 6, 10"),
        (TEXT_TO_VIDEO, {"duration": {"a": 1}}, 0, "[duration] must be one of 6, 10, not a list"),
        (TEXT_TO_VIDEO, {**GOOD, "prompt": ["a"]}, 0, "[prompt] must be text, not a list"),
        (TEXT_TO_VIDEO, {**GOOD, "prompt": {"a": 1}}, 0, "[prompt] must be text, not a list"),
        (QUICK_CLIP, clip_body(draft="perhaps"), 0, "[draft] must be true or false"),
        (QUICK_CLIP, clip_body(draft=[True]), 0, "[draft] must be true or false"),
        (QUICK_IMAGE, image_body(seed=-1), 0, "[seed] must be between 0 and 9,999,999"),
        ("/Run/klingai/kling-v3", {**KLING, "scale": 2}, 0, "[scale] must be between 0 and 1"),
        (QUICK_CLIP, clip_body(duration="many"), 0, "[duration] must be integer or float"),
        (QUICK_CLIP, clip_body(duration=True), 0, "[duration] must be integer or float"),
        (QUICK_CLIP, clip_body(duration="NaN"), 0, "[duration] must be integer or float"),
        (QUICK_CLIP, clip_body(duration=11), 0, "[duration] must be between 1 and 10"),
        (QUICK_IMAGE, image_body(""), 0, "Request parameter [prompt] required"),
        ("/Run/nobody/nothing", {}, 1, "slug-owner-project-not-exist"),
    ],
)
def test_refusals_name_the_parameter(fast, path, body, code, message):
    response = fast.raw(path, json=body)
    answer = response.json()
    assert response.status_code == 200
    assert answer["result"] is False
    assert answer["errors"][0]["code"] == code
    assert message in answer["errors"][0]["message"]
    assert "taskid" not in answer


def test_numbers_stand_for_the_texts_of_options_and_parameters_are_listed_as_sent(fast):
    body = {"prompt": "sandbox: stall", "duration": 6, "promptOptimizer": True, "seed": 1.5}
    run = fast.run(TEXT_TO_VIDEO, {**body, "callbackUrl": "", "projectid": ""})
    assert stored(fast, run) == body


def test_the_values_of_a_form_are_listed_as_text(fast):
    data = {"prompt": "sandbox: stall", "duration": 3, "resolution": "720p", "fps": 24, "odd": "ü"}
    run = fast.raw(QUICK_CLIP, data=data, files={"inputImage": ("a.png", png())}).json()
    shown = stored(fast, run)
    assert shown.pop("inputImage").startswith(f"{fast.api}/File/")
    assert shown == {name: str(value) for name, value in data.items()}


@pytest.mark.parametrize(
    ("value", "listed"),
    [
        (b"[1, [2]]", "[1, [2]]"),
        (b'{"a": null}', '{"a": null}'),
        (b"Infinity", "Infinity"),
        (b"null", None),
        (b"false", False),
    ],
)
def test_a_value_that_no_model_takes_is_listed_as_json_text(fast, value, listed):
    body = b'{"prompt": "sandbox: stall", "duration": "6", "odd": ' + value + b"}"
    headers = {"Content-Type": "application/json"}
    run = fast.raw(TEXT_TO_VIDEO, data=body, headers=headers).json()
    assert stored(fast, run)["odd"] == listed


@pytest.mark.parametrize("depth", [100, 300, 500, 800, 990])
def test_a_deeply_nested_value_is_listed_or_refused(fast, depth):
    odd = b"[" * depth + b"]" * depth
    body = b'{"prompt": "sandbox: stall", "duration": "6", "odd": ' + odd + b"}"
    headers = {"Content-Type": "application/json"}
    response = fast.raw(TEXT_TO_VIDEO, data=body, headers=headers)
    assert response.status_code == 200
    if response.json()["result"]:
        assert stored(fast, response.json())["odd"] == odd.decode()


def test_every_uploaded_file_can_be_fetched_byte_for_byte_from_the_list(start, tmp_path):
    flags = ("--speed", "2000", "--state", str(tmp_path))
    sandbox = start(*flags)
    contents = [png(), png(step=9), os.urandom(300_000)]
    files = [("inputImage", (f"{n}.png", content)) for n, content in enumerate(contents)]
    run = sandbox.raw(HAILUO, data=GOOD, files=files).json()

    def fetched(server):
        (task,) = server.post("/Task/List")["tasklist"]
        assert task["id"] == run["taskid"]
        for url in task["parameters"]["inputImage"]:
            assert url.startswith(f"{server.api}/File/")
            yield requests.get(url, timeout=10).content

    assert list(fetched(sandbox)) == contents
    sandbox.stop()
    assert list(fetched(start(*flags))) == contents


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"[" * 100_000),
        ("application/json", b"\xff\xfe"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nrubbish"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na"),
    ],
)
def test_a_body_that_is_none_gets_an_envelope(fast, content_type, body):
    before = fast.post("/Task/List")["total"]
    response = fast.raw(HAILUO, data=body, headers={"Content-Type": content_type})
    assert response.status_code == 200
    assert response.json()["result"] is False
    assert fast.post("/Task/List")["total"] == before


def test_bodies_have_limits_and_leave_nothing_behind(start, tmp_path):
    sandbox = start("--state", str(tmp_path))
    assert sandbox.raw(HAILUO, data=b" " * (2**20 + 1)).status_code == 413
    many = [("x", ("a.png", b"1"))] * 300
    assert sandbox.raw(HAILUO, files=many).json()["result"] is False
    long = {"prompt": "x" * (2**20 + 1)}
    assert sandbox.raw(HAILUO, data=long, files={"inputImage": ("a", b"1")}).status_code == 413
    assert list((tmp_path / "media").iterdir()) == []
    assert sandbox.post("/Task/List")["total"] == "0"


def test_prose_as_callback_is_dropped(fast):
    run = fast.run(body=image_body(callbackUrl="Optional: Webhook URL for task completion"))
    assert fast.task(run)["callbackurl"] == ""


@pytest.mark.parametrize(
    "address",
    ["http://[::1", "http://a:port/", "beach.png", "data:image/png;base64,AAAA", "file:///etc", 7],
)
@pytest.mark.parametrize("name", ["inputImage", "inputImageUrl"])
def test_what_is_no_address_is_refused_by_name(fast, address, name):
    for arguments in ({"json": {**GOOD, name: address}}, {"data": {**GOOD, name: address}}):
        response = fast.raw(HAILUO, **arguments)
        assert response.status_code == 200
        message = response.json()["errors"][0]["message"]
        assert message.startswith("Request parameter [inputImage")
        assert message.endswith("must be a file or its http address")


@pytest.mark.parametrize("way", ["json", "data", "files"])
def test_the_address_of_an_upload_is_used_by_every_name_of_this_computer(fast, way):
    file = {"file": (f"{way}.png", png(400, 700))}
    (upload,) = fast.raw("/File/Upload", files=file).json()["list"]
    address = upload["url"].replace("127.0.0.1", "localhost")
    body = clip_body(inputImage=address)
    sent = {name: (None, str(value)) for name, value in body.items()} if way == "files" else body
    task = fast.wait(fast.raw(QUICK_CLIP, **{way: sent}).json())
    content = requests.get(task["outputs"][0]["url"], timeout=10).content
    with av.open(io.BytesIO(content)) as clip:
        # Upright as the image, where a clip without one is wide.
        assert clip.streams.video[0].height > clip.streams.video[0].width
    gone = {**body, "inputImage": address.replace(".png", "-gone.png")}
    assert "[inputImage]" in fast.post(QUICK_CLIP, gone)["errors"][0]["message"]


@pytest.mark.parametrize(
    ("content_type", "body", "named"),
    [
        ("application/x-www-form-urlencoded; charset=klingon", b"prompt=a", "[Content-Type]"),
        ("application/json; charset=hex", b"{}", "[Content-Type]"),
        (
            "multipart/form-data; boundary=x",
            (
                b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n'
                b"Content-Type: text/plain; charset=klingon\r\n\r\na\r\n--x--\r\n"
            ),
            "[prompt]",
        ),
    ],
)
def test_an_unknown_charset_is_named(fast, content_type, body, named):
    response = fast.raw(TEXT_TO_VIDEO, data=body, headers={"Content-Type": content_type})
    assert response.status_code == 200
    message = response.json()["errors"][0]["message"]
    assert named in message
    assert "unknown charset" in message


def test_a_known_charset_is_read(fast):
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=latin-1"}
    data = "prompt=sandbox: stall é&duration=6".encode("latin-1")
    run = fast.raw(TEXT_TO_VIDEO, data=data, headers=headers).json()
    assert stored(fast, run)["prompt"] == "sandbox: stall é"


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/Run/a/b", "/Task/Detail", "/Tool/List", "/File/Upload", "/File/FolderCreate"),
        *("/File/a/b.png", "/Nothing", "/Task/Stat"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_everything_is_post(fast, path, method):
    response = requests.request(method, fast.api + path, headers=fast.headers(), timeout=10)
    assert response.status_code == 404
    if method != "HEAD":
        assert response.json()["errors"] == [{"code": 0, "message": "Error parsing url."}]
