"""One library of two computers: each clip is paid for and downloaded once, and shown on both."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from tests.library.faulty_store import Faults
from tests.library.places import postgresql_place
from tests.runs.clips import check_clip
from tests.runs.conftest import fake, folder  # noqa: F401 - fixtures
from tests.runs.fake_faults import clip_gone
from tests.runs.fake_models import MODEL
from tests.runs.helpers import hasten, picture, until
from tests.runs.kernel import Kernel
from wiro_widgets.client import DownloadError
from wiro_widgets.errors import InputError, LibraryError
from wiro_widgets.library.location import Location
from wiro_widgets.library.media_store import MediaStore
from wiro_widgets.library.postgres import postgres_database
from wiro_widgets.runs.credentials import from_environment
from wiro_widgets.runs.python_code import python_of
from wiro_widgets.runs.session import open_session
from wiro_widgets.widgets.player import VideoPlayer
from wiro_widgets.widgets.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.library.servers import ObjectStore, PostgreSQL
    from tests.runs.fake_service import FakeService

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def bucket(object_server: ObjectStore) -> Iterator[Faults]:
    """What stands before the bucket, and may have it fail."""
    faults = Faults(object_server.environment["AWS_ENDPOINT_URL"])
    yield faults
    faults.close()


@pytest.fixture
def computer(
    fake: FakeService,  # noqa: F811
    bucket: Faults,
    database_server: PostgreSQL,
    object_server: ObjectStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Any]]:
    """Opens sessions of computers that share a PostgreSQL and a bucket, and no folder."""
    place = postgresql_place(database_server, object_server)
    variables = {**fake.environment, **place.environment, "AWS_ENDPOINT_URL": bucket.url}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    hasten()
    fake.auto = 0.01
    opened = []

    def open_one(name: str) -> Any:
        store = MediaStore(os.environ["WIRO_MEDIA"], seconds=2)
        where = Location(tmp_path / name, postgres_database(place.address), store)
        opened.append(open_session(from_environment(), None, None, where))
        return opened[-1]

    yield open_one
    for session in opened:
        session.close()


def ask(session: Any, prompt: str = "The gull lifts off", **more: Any) -> Any:
    return session.submit(session.request(prompt, model=MODEL, **more, parameters={}))


def objects(bucket: Faults) -> list[str]:
    """Paths of what was put, in order."""
    return [path for method, path in bucket.asked if method == "PUT"]


def test_a_clip_is_downloaded_once_and_is_the_same_on_another_computer(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
) -> None:
    run = ask(computer("a")).wait(10)
    check_clip(run)
    digest = hashlib.sha256(run.video.read_bytes()).hexdigest()
    assert objects(bucket)[0].endswith(f"/clips/{digest}.mp4")
    fake.always["cdn"] = clip_gone
    other = ask(computer("b")).wait(10)
    assert other.number == run.number
    assert other.video != run.video
    assert other.video.read_bytes() == run.video.read_bytes()
    assert "the-gull-lifts-off" in other.video.name
    assert len(fake.paid) == 1
    assert len(objects(bucket)) == 1
    assert run.status == other.status == "succeeded"


def test_a_clip_is_shown_by_a_signed_address_before_it_is_here(
    fake: FakeService,  # noqa: F811
    computer: Any,
) -> None:
    run = ask(computer("a")).wait(10)
    made = run.video.read_bytes()
    assert "X-Amz-Signature" not in run.snapshot["clips"][0]["url"]
    there = computer("b").runs()[0]
    assert there.video is None
    assert there.status == "succeeded"
    address = there.snapshot["clips"][0]["url"]
    assert "X-Amz-Signature" in address
    with urlopen(address) as answer:
        assert answer.read() == made


def test_a_folder_that_the_computers_see_does_for_a_bucket(
    fake: FakeService,  # noqa: F811
    computer: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "shared").mkdir()
    monkeypatch.setenv("WIRO_MEDIA", f"file://{tmp_path / 'shared'}")
    run = ask(computer("a"), image=picture()).wait(10)
    fake.always["cdn"] = clip_gone
    there = computer("b").runs()[0]
    # No browser can read a folder: the clip comes through the kernel.
    assert there.snapshot["clips"][0]["url"] == run.outputs[0].url
    assert until(lambda: there.snapshot["poster"])
    assert ask(computer("b"), image=picture()).wait(10).video.read_bytes() == (
        run.video.read_bytes()
    )
    assert len(fake.paid) == 1


def test_a_view_whose_address_expired_gets_the_bytes_from_its_kernel(
    computer: Any,
    bucket: Faults,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wiro_widgets.widgets.transfers._COMING_SECONDS", 0.05)
    run = ask(computer("a")).wait(10)
    there = computer("b").runs()[0]
    address = there.snapshot["clips"][0]["url"]
    view = VideoPlayer(there)
    sent: list[Any] = []
    view.send = lambda content, buffers=None: sent.append((content, buffers))
    bucket.hold.clear()
    view._receive(None, {"type": "media", "id": "1", "run": "", "clip": 0}, [])
    # The page hears that it comes, or it would say that the kernel is busy with a cell.
    until(lambda: len(sent) > 1)
    assert {content["type"] for content, _ in sent} == {"ok"}
    bucket.hold.set()
    until(lambda: sent[-1][0]["type"] == "chunk")
    assert b"".join(sent[-1][1]) == run.video.read_bytes()
    assert there.video is not None
    # The other views of it are not drawn again.
    assert there.snapshot["clips"][0]["url"] == address


def test_a_view_is_told_why_a_clip_does_not_come(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
) -> None:
    ask(computer("a")).wait(10)
    view = VideoPlayer(computer("b").runs()[0])
    sent: list[Any] = []
    view.send = lambda content, buffers=None: sent.append(content)
    fake.always["cdn"] = clip_gone
    bucket.answer = (403, b"")
    view._receive(None, {"type": "media", "id": "1", "run": "", "clip": 0}, [])
    until(lambda: sent[-1]["type"] == "error")
    assert "no longer available" in sent[-1]["message"]


def test_a_file_of_the_same_name_with_other_bytes_is_not_taken_for_the_clip(
    computer: Any,
) -> None:
    session = computer("a")
    run = ask(session).wait(10)
    made = run.video.read_bytes()
    theirs = computer("b")
    planted = theirs.library.clips / run.video.name
    planted.parent.mkdir(parents=True)
    planted.write_bytes(made[:-1] + b"!")
    there = theirs.runs()[0]
    assert there.video is None
    assert ask(theirs).wait(10).video.read_bytes() == made


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((507, b"<Error><Code>XMinioStorageFull</Code></Error>"), "is full"),
        ((403, b"<Error><Code>AccessDenied</Code></Error>"), "doesn't permit"),
        ((404, b"<Error><Code>NoSuchBucket</Code></Error>"), "does not exist"),
    ],
    ids=["full", "without rights", "gone"],
)
def test_a_clip_that_can_not_be_put_is_kept_and_put_later(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
    answer: tuple[int, bytes],
    said: str,
) -> None:
    session = computer("a")
    bucket.answer = answer
    run = ask(session)
    with pytest.raises(LibraryError, match=said) as caught:
        run.wait(20)
    assert "kept on this computer" in str(caught.value)
    assert "look_again" in caught.value.remedy
    assert run.snapshot["problem"]["title"] == "The shared storage can't be used"
    assert run.status == "downloading"
    assert run.snapshot["problem"]["spent"] == "yes"
    check_clip(run)
    bucket.answer = None
    fake.always["cdn"] = clip_gone
    run.look_again()
    run.wait(10)
    assert run.status == "succeeded"
    check_clip(run)
    assert ask(computer("b")).wait(10).video.read_bytes() == run.video.read_bytes()
    assert len(fake.paid) == 1


def test_another_computer_gets_a_clip_that_was_not_put_from_the_service(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
) -> None:
    bucket.answer = (507, b"")
    with pytest.raises(LibraryError):
        ask(computer("a")).wait(20)
    bucket.answer = None
    other = ask(computer("b")).wait(10)
    check_clip(other)
    assert len(objects(bucket)) == 1
    assert len(fake.paid) == 1


@pytest.mark.parametrize("before_it_is_put", [True, False])
def test_a_computer_that_dies_between_the_download_and_the_end_of_a_run_loses_nothing(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
    tmp_path: Path,
    *,
    before_it_is_put: bool,
) -> None:
    ours = ("AWS_", "WIRO_")
    variables = {name: os.environ[name] for name in os.environ if name.startswith(ours)}
    steps = ["os.kill(os.getpid(), 9)", "put(*given)"]
    dies = "; ".join(steps if before_it_is_put else steps[::-1])
    code = f"""
from wiro_widgets.library.media_store import MediaStore
put = MediaStore.put
def put_and_die(*given): {dies}
MediaStore.put = put_and_die
"""
    with Kernel(tmp_path, variables, code) as dying:
        dying.ready().start("ww.run('The gull lifts off', model=MODEL)")
        assert dying.process.wait(20) == -9
    run = ask(computer("b")).wait(10)
    check_clip(run)
    assert len(objects(bucket)) == 1
    assert len(fake.paid) == 1


def test_an_image_is_put_once_and_shown_and_sent_again_elsewhere(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
) -> None:
    session = computer("a")
    ask(session, image=picture()).wait(10)
    run = ask(session, "Another prompt", image=picture()).wait(10)
    stored = [path for path in objects(bucket) if "/inputs/" in path]
    assert len(stored) == 1
    # The second run asks nothing of the bucket about it.
    assert len([path for _, path in bucket.asked if "/inputs/" in path]) == 3
    (image,) = run.request.inputs
    assert stored[0].endswith(f"/inputs/{image.identity}.png")
    there = computer("b")
    shown = there.runs()[0]
    assert shown.snapshot["poster"] is None or shown.request.inputs[0].source.exists()
    assert until(lambda: shown.snapshot["poster"]) == run.snapshot["poster"]
    here = shown.request.inputs[0].source
    here.unlink()
    assert here.name in python_of(shown.request, None)
    assert here.exists(), "the code names a file that is not there"
    here.unlink()
    again = there.submit(shown.request.checked(there.model(MODEL)), fresh=True).wait(10)
    check_clip(again)


def test_reuse_puts_another_computers_image_into_the_studio(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = ask(computer("a"), image=picture()).wait(10)
    there = computer("b")
    monkeypatch.setattr("wiro_widgets.runs.current._current", there)
    bucket.answer = (503, b"")
    studio = Studio("Mine")
    with pytest.raises(LibraryError, match="too many requests"):
        studio._reuse(there.runs()[0], last_frame_only=False)
    assert (studio.prompt, studio.image) == ("Mine", None)
    bucket.answer = None
    studio._reuse(there.runs()[0], last_frame_only=False)
    assert studio.prompt == "The gull lifts off"
    assert studio.image.digest == run.request.inputs[0].identity
    studio.close()


def test_a_run_goes_on_from_the_last_frame_of_another_computers_clip(
    fake: FakeService,  # noqa: F811
    computer: Any,
) -> None:
    ask(computer("a")).wait(10)
    there = computer("b").runs()[0]
    # Those of this service have no frames.
    with pytest.raises(InputError, match="no image in it"):
        there.as_picture()
    check_clip(there)


def test_an_image_that_can_not_be_shared_is_not_sent(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
) -> None:
    session = computer("a")
    bucket.answer = (507, b"")
    run = ask(session, image=picture())
    with pytest.raises(LibraryError, match=r"is full\. Nothing was sent"):
        run.wait(20)
    assert run.status == "queued"
    assert run.snapshot["problem"]["spent"] == "no"
    assert fake.paid == []
    bucket.answer = None
    check_clip(ask(session, image=picture()).wait(10))
    assert len(fake.paid) == 1


def test_a_run_that_another_computer_ends_is_over_here_with_its_clip(
    fake: FakeService,  # noqa: F811
    computer: Any,
) -> None:
    fake.auto = None
    run = ask(computer("a"))
    (task,) = fake.wait_accepted(1)
    other = ask(computer("b"))
    fake.finish(task)
    run.wait(10)
    assert other.wait(10).video is not None
    assert other.video.read_bytes() == run.video.read_bytes()
    assert len(fake.paid) == 1


def test_a_clip_that_neither_has_is_said_to_be_gone(
    fake: FakeService,  # noqa: F811
    computer: Any,
    bucket: Faults,
) -> None:
    run = ask(computer("a")).wait(10)
    bucket.answer = (404, b"<Error><Code>NoSuchKey</Code></Error>")
    fake.always["cdn"] = clip_gone
    there = ask(computer("b"))
    with pytest.raises(DownloadError, match="no longer available"):
        there.wait(10)
    assert there.snapshot["problem"]["remedy"]
    # What is wrong here is no fault of the run.
    assert run.status == "succeeded"
    assert run.library.record(run.number).status == "succeeded"
    bucket.answer = None
    there.look_again()
    assert there.wait(10).video.read_bytes() == run.video.read_bytes()
