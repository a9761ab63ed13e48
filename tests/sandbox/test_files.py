"""Folders, uploads, and downloading by Range."""

import os

import requests

from .server import HAILUO, QUICK_IMAGE, image_body, png


def upload(sandbox, name="beach.png", content=None, **fields):
    files = {"file": (name, png() if content is None else content)}
    return sandbox.raw("/File/Upload", files=files, data=fields).json()


def test_an_upload_is_served_and_can_be_run(start):
    sandbox = start("--speed", "2000")
    content = png()
    (file,) = upload(sandbox, content=content)["list"]
    assert file["name"] == "beach.png"
    assert file["contenttype"] == "image/png"
    assert file["size"] == str(len(content))
    assert requests.get(file["url"], timeout=10).content == content
    run = sandbox.run(QUICK_IMAGE, image_body(inputImage=[file["url"]]))
    task = sandbox.wait(run)
    assert task["pexit"] == "0"
    assert task["parameters"]["inputImage"] == file["url"]


def test_a_file_is_served_as_what_the_service_accepts_and_never_as_a_page(start):
    sandbox = start()
    kinds = {"a.webp": "image/webp", "a.HEIC": "image/heic", "a.html": "application/octet-stream"}
    for name, kind in kinds.items():
        (file,) = upload(sandbox, name=name, content=b"<script>1</script>")["list"]
        assert file["contenttype"] == kind
        served = requests.get(file["url"], timeout=10)
        assert served.headers["Content-Type"] == kind
        assert served.headers["X-Content-Type-Options"] == "nosniff"


def test_a_name_is_taken_once_in_each_folder(start):
    sandbox = start()
    assert upload(sandbox)["result"] is True
    again = upload(sandbox)
    assert again["errors"][0]["message"] == "filesystem-already-exist"
    (folder,) = sandbox.post("/File/FolderCreate", {"name": "inputs-1"})["list"]
    (file,) = upload(sandbox, folderid=folder["id"])["list"]
    assert file["parentid"] == folder["id"]
    (inner,) = sandbox.post("/File/FolderCreate", {"name": "in", "parentid": folder["id"]})["list"]
    assert inner["parentid"] == folder["id"]


def test_folders_and_uploads_that_are_refused(fast):
    for body in ({}, {"name": "a/b"}, {"name": "ok", "parentid": "nowhere"}):
        assert fast.post("/File/FolderCreate", body)["result"] is False
    assert upload(fast, folderid="nowhere")["errors"][0]["code"] == 1
    nothing = fast.raw("/File/Upload", files={"other": ("a.png", b"1")}).json()
    assert nothing["errors"][0]["message"] == "Request files [file] required"


def test_names_are_never_paths(start, tmp_path):
    sandbox = start("--state", str(tmp_path / "state"))
    for name in ("../../evil.png", "/etc/passwd.png", "..\\worse.png", "ünï.png", ".png"):
        (file,) = upload(sandbox, name=name, content=os.urandom(20))["list"]
        assert "/" not in file["name"]
        assert requests.get(file["url"], timeout=10).status_code == 200
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(len(path.name) == 32 for path in kept if path.parent.name == "media")
    assert {path.parent for path in kept} == {tmp_path / "state", tmp_path / "state" / "media"}
    for path in ("/cdn1/../state.sqlite", "/cdn1/x/..%2f..%2fstate.sqlite", "/v1/File/a/b"):
        assert requests.get(sandbox.base + path, timeout=10).status_code == 404


def test_an_upload_that_is_too_large_is_refused(fast):
    def body():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        for _ in range(101):
            yield b"0" * 2**20

    headers = {**fast.headers(), "Content-Type": "multipart/form-data; boundary=x"}
    try:
        response = requests.post(
            f"{fast.api}/File/Upload", data=body(), headers=headers, timeout=30
        )
    except requests.ConnectionError:
        return  # refused before the whole body was taken, which closes the connection
    assert response.status_code == 413
    assert response.json()["result"] is False


def test_downloads_by_range(fast):
    task = fast.finish()
    url = task["outputs"][0]["url"]
    whole = requests.get(url, timeout=10)
    assert whole.headers["Access-Control-Allow-Origin"] == "*"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Type"] == "image/png"
    size = len(whole.content)

    head = requests.head(url, timeout=10)
    assert head.headers["Content-Length"] == str(size)
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert head.content == b""

    for asked, part in (
        ("bytes=10-19", whole.content[10:20]),
        (f"bytes={size - 5}-", whole.content[-5:]),
        ("bytes=-7", whole.content[-7:]),
    ):
        response = requests.get(url, headers={"Range": asked}, timeout=10)
        assert response.status_code == 206
        assert response.content == part
        assert response.headers["Content-Range"].endswith(f"/{size}")
        assert response.headers["Access-Control-Allow-Origin"] == "*"

    beyond = requests.get(url, headers={"Range": f"bytes={size}-"}, timeout=10)
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{size}"
    known = {"If-None-Match": whole.headers["ETag"]}
    assert requests.get(url, headers=known, timeout=10).status_code == 304


def test_a_missing_file_is_a_404_that_a_page_may_read(fast):
    response = requests.get(f"{fast.base}/cdn1/0-0/0.mp4", timeout=10)
    assert response.status_code == 404
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_an_address_of_this_server_that_is_gone_is_refused_by_name(fast):
    gone = f"{fast.base}/cdn1/0-0/0.png"
    answer = fast.post(HAILUO, {"duration": "6", "prompt": "x", "inputImage": [gone]})
    message = "Request files [inputImage] are not stored at that address"
    assert answer["errors"] == [{"code": 1, "message": message}]
