"""A library's files in a bucket or a shared folder, by digest."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import threading
from urllib.request import urlopen

import pytest

from tests.library.faulty_store import Faults
from wiro_widgets.errors import LibraryError
from wiro_widgets.library.media_store import MediaStore

SMALL = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40
KEY, SECRET = "AKIDTEST", "a-secret-nobody-may-see"
LARGE = SMALL * 1100  # about 11 MB, three requests


@pytest.fixture
def proxy(object_server):
    faults = Faults(object_server.environment["AWS_ENDPOINT_URL"])
    yield faults
    faults.close()


@pytest.fixture
def bucket(proxy, object_server, monkeypatch, request):
    for name, value in object_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    # Not needed for what is on this computer.
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    # Each test has its own path.
    return MediaStore(f"s3://{object_server.bucket}/{request.node.name}", seconds=3)


@pytest.fixture(params=["bucket", "folder"])
def store(request, tmp_path):
    if request.param == "bucket":
        return request.getfixturevalue("bucket")
    (tmp_path / "shared").mkdir()
    return MediaStore(f"file://{tmp_path / 'shared'}")


def _file(folder, data=SMALL, name="clip.mp4"):
    path = folder / name
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("data", [SMALL, LARGE, b""], ids=["small", "large", "empty"])
def test_a_file_comes_back_as_it_was_put(store, tmp_path, data):
    path, digest = _file(tmp_path, data)
    store.put(path, digest, "clips")
    target = tmp_path / "elsewhere" / "0001-gull.mp4"
    assert store.fetch(digest, "clips", target)
    assert target.read_bytes() == data
    assert [one.name for one in target.parent.iterdir()] == [target.name]


def test_a_file_is_put_once(bucket, proxy, tmp_path):
    path, digest = _file(tmp_path)
    bucket.put(path, digest, "clips")
    bucket.put(path, digest, "clips")
    assert [method for method, _ in proxy.asked].count("PUT") == 1


def test_two_computers_may_put_one_file_at_once(store, tmp_path):
    path, digest = _file(tmp_path)
    faults = []

    def put():
        try:
            store.put(path, digest, "clips")
        except Exception as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.fetch(digest, "clips", tmp_path / "back.mp4")


def test_an_object_that_was_cut_short_is_put_again(store, tmp_path):
    path, digest = _file(tmp_path)
    # Under the name of the whole file, as by a computer that lost its network.
    half, _ = _file(tmp_path, SMALL[:100], "half.mp4")
    store.put(half, digest, "clips")
    target = tmp_path / "back" / "clip.mp4"
    with pytest.raises(LibraryError, match="damaged"):
        store.fetch(digest, "clips", target)
    assert list(target.parent.iterdir()) == []
    store.put(path, digest, "clips")
    assert store.fetch(digest, "clips", target)


def test_what_is_larger_than_any_clip_is_not_fetched(store, tmp_path, monkeypatch):
    path, digest = _file(tmp_path)
    store.put(path, digest, "clips")
    monkeypatch.setattr("wiro_widgets.library.media_store.MAX_DOWNLOAD_BYTES", len(SMALL) - 1)
    with pytest.raises(LibraryError, match=f"has {len(SMALL)} bytes"):
        store.fetch(digest, "clips", tmp_path / "back.mp4")
    assert not (tmp_path / "back.mp4").exists()


def test_what_the_store_has_not_is_not_there(store, tmp_path):
    assert not store.fetch("0" * 64, "clips", tmp_path / "clips" / "clip.mp4")
    assert list((tmp_path / "clips").iterdir()) == []


def test_a_clip_that_is_cut_on_its_way_here_does_not_appear(bucket, proxy, tmp_path):
    path, digest = _file(tmp_path)
    bucket.put(path, digest, "clips")
    proxy.cut = 1000
    with pytest.raises(LibraryError):
        bucket.fetch(digest, "clips", tmp_path / "clips" / "clip.mp4")
    assert list((tmp_path / "clips").iterdir()) == []


def test_a_fetch_can_be_given_up(store, tmp_path):
    path, digest = _file(tmp_path, LARGE)
    store.put(path, digest, "clips")
    assert not store.fetch(digest, "clips", tmp_path / "a" / "b.mp4", cancelled=lambda: True)
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize("digest", ["../../etc/passwd", "A" * 64, "0" * 63, ""])
def test_a_digest_from_a_strange_journal_leads_nowhere_else(store, tmp_path, digest):
    for call in (
        lambda: store.fetch(digest, "clips", tmp_path / "clip.mp4"),
        lambda: store.put(_file(tmp_path)[0], digest, "clips"),
    ):
        with pytest.raises(LibraryError, match="SHA-256"):
            call()


def test_a_browser_reads_a_clip_by_its_signed_address(bucket, tmp_path, monkeypatch):
    path, digest = _file(tmp_path)
    bucket.put(path, digest, "clips")
    address = bucket.address(digest, "clips", "0001-gull.mp4")
    with urlopen(address) as answer:
        assert answer.read() == SMALL
        assert answer.headers["Content-Type"] == "video/mp4"
    # What shows it is not drawn again for nothing, and not left with one that is about to expire.
    made = bucket._signed[f"clips/{digest}.mp4"]
    monkeypatch.setattr("time.time", lambda: made[0] + 1799)
    assert bucket.address(digest, "clips", "other-name.mp4") == address
    assert bucket._signed[f"clips/{digest}.mp4"] == made
    monkeypatch.setattr("time.time", lambda: made[0] + 1801)
    assert bucket.address(digest, "clips", "0001-gull.mp4") is not None
    assert bucket._signed[f"clips/{digest}.mp4"][0] == made[0] + 1801


def test_a_shared_folder_gives_no_addresses(tmp_path):
    assert MediaStore(f"file://{tmp_path}").address("0" * 64, "clips", "a.mp4") is None


def test_a_store_that_works_says_what_it_is(store, tmp_path):
    store.check()
    store.check()


def _xml(code):
    return f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, _xml("NoSuchBucket")), "does not exist"),
        ((403, _xml("AccessDenied")), "doesn't permit"),
        ((403, _xml("InvalidAccessKeyId")), "does not accept the credentials"),
        ((403, _xml("RequestTimeTooSkewed")), "clock"),
        ((301, _xml("PermanentRedirect")), "another region"),
        ((400, _xml("AuthorizationHeaderMalformed")), "another region"),
        ((507, _xml("XMinioStorageFull")), "is full"),
        ((503, _xml("SlowDown")), "too many requests"),
        ((418, b"<html>tea</html>"), "HTTP 418"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_of_the_store_is_told_in_words(bucket, proxy, tmp_path, caplog, answer, said):
    caplog.set_level(logging.DEBUG)
    proxy.answer = answer
    path, digest = _file(tmp_path)
    for call in (bucket.check, lambda: bucket.put(path, digest, "clips")):
        with pytest.raises(LibraryError, match=said) as caught:
            call()
        words = f"{caught.value} {caught.value!r} {bucket!r} {caplog.text}"
        assert "s3://clips" in words
        assert caught.value.field == "media"
        assert caught.value.remedy
        assert SECRET not in words
        assert KEY not in words
    assert path.read_bytes() == SMALL


def test_a_store_that_is_away_or_silent_is_told_soon(bucket, proxy, tmp_path, monkeypatch):
    quick = MediaStore("s3://clips/path", seconds=0.3)
    proxy.hold.clear()
    with pytest.raises(LibraryError, match="can't be reached, or is too slow"):
        quick.check()
    proxy.close()
    with pytest.raises(LibraryError, match="can't be reached"):
        MediaStore("s3://clips/path", seconds=0.3).check()


def test_a_store_without_credentials_says_so(bucket, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(LibraryError, match="no credentials") as caught:
        bucket.check()
    assert "AWS_ACCESS_KEY_ID" in caught.value.remedy
    assert bucket.address("0" * 64, "clips", "a.mp4") is None


def test_a_connection_that_is_not_encrypted_needs_a_word(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1:9000")
    with pytest.raises(LibraryError, match="not encrypted") as caught:
        bucket.check()
    assert "AWS_ALLOW_HTTP" in caught.value.remedy


def test_a_shared_folder_that_is_not_mounted_is_not_made(tmp_path):
    gone = tmp_path / "shared"
    with pytest.raises(LibraryError, match="does not exist"):
        MediaStore(f"file://{gone}").check()
    assert not gone.exists()


@pytest.mark.parametrize(
    "where",
    ["", "clips", "s3://", "http://bucket/x", "memory:///", "s3://[", "file:///", "ftp://a/b"],
)
def test_what_is_no_address_is_refused_with_those_that_are(where):
    with pytest.raises(LibraryError, match=r"Allowed: s3://bucket/path") as caught:
        MediaStore(where)
    assert caught.value.field == "media"


@pytest.mark.parametrize("where", [f"s3://{KEY}:{SECRET}@clips/x", f"az://a/b?sig={SECRET}"])
def test_credentials_in_an_address_are_refused_and_not_repeated(where):
    with pytest.raises(LibraryError, match="environment") as caught:
        MediaStore(where)
    assert SECRET not in f"{caught.value} {caught.value!r}"


def _check_in_child(store, said):
    try:
        store.check()
    except LibraryError as error:
        said.put(str(error))
    else:
        said.put("")


def test_a_forked_process_is_told_to_be_spawned(bucket):
    bucket.check()
    fork = multiprocessing.get_context("fork")
    said = fork.Queue()
    child = fork.Process(target=_check_in_child, args=(bucket, said))
    child.start()
    assert "spawn" in said.get(timeout=20)
    child.join()
