"""A Studio's runs without a browser: its strip of thumbnails and the view of the selected run."""

from __future__ import annotations

import base64
import io
import threading
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import wiro_widgets as ww
from tests.conftest import PHOTO
from tests.widgets.fakes import FakeRun, ask, replies
from wiro_widgets.client import TaskFailed
from wiro_widgets.widgets import Studio
from wiro_widgets.widgets.run_strip import MOST_TILES, RunStrip
from wiro_widgets.widgets.strip_pictures import PICTURE_SIZE, StripPictures

if TYPE_CHECKING:
    from wiro_widgets.runs import session as sessions


def wait_for_films(strip: RunStrip, count: int = 1) -> None:
    """Until so many runs of a strip are shown by a frame of their clip."""
    drawn = threading.Event()

    def look(_: object = None) -> None:
        if sum(tile["has_film"] for tile in strip._live["tiles"]) >= count:
            drawn.set()

    strip.observe(look, "_live")
    look()
    assert drawn.wait(60)


def test_runs_of_earlier_days_are_in_the_strip(studio: Studio) -> None:
    run = studio.run().wait()
    again = Studio()
    wait_for_films(again._strip)
    (tile,) = again._strip._live["tiles"]
    assert tile["name"] == run.name
    assert tile["status"] == "succeeded"
    assert len(again._strip._live["pictures"][tile["picture"]]) < 20_000
    again._strip.current = tile["key"]
    assert again.selected_run.number == run.number
    again.close()


def test_a_run_is_shown_by_a_later_frame_of_its_clip_and_its_film_can_be_fetched(
    studio: Studio, notebook: sessions.Session
) -> None:
    strip = studio._strip
    run = studio.run().wait()
    first = strip._live["tiles"][0]["first_frame"]
    wait_for_films(strip)
    (tile,) = strip._live["tiles"]
    assert tile["has_film"]
    assert tile["first_frame"] == first != tile["picture"]
    still = Image.open(io.BytesIO(base64.b64decode(strip._live["pictures"][tile["picture"]][23:])))
    assert still.size == PICTURE_SIZE
    ask(strip, id="film", type="media", run=run.key, clip=0)
    _, (sheet,) = replies()[-1]
    assert Image.open(io.BytesIO(sheet)).size == (8 * PICTURE_SIZE[0], PICTURE_SIZE[1])
    # They are kept: another kernel decodes nothing.
    again = StripPictures(lambda: notebook.library.directory / "posters")
    assert again.picture(run) == (tile["picture"], strip._live["pictures"][tile["picture"]])


def test_a_run_sent_again_from_its_view_is_shown_and_in_the_strip(studio: Studio) -> None:
    studio.prompt = "sandbox: fail"
    run = studio.run()
    with pytest.raises(TaskFailed):
        run.wait()
    ask(studio._run_view, id="1", type="send_again", run=run.key)
    again = studio.selected_run
    assert again is not run
    assert studio._strip.current == again.key
    assert studio.runs == [again, run]
    with pytest.raises(TaskFailed):
        again.wait()


def test_a_run_goes_back_into_the_inputs_and_its_last_frame_into_the_next(studio: Studio) -> None:
    studio.parameters = {**studio.parameters, "resolution": "1080P"}
    run = studio.run().wait()
    studio.prompt, studio.image = "Something else", None
    studio.parameters = {**studio.parameters, "resolution": "768P"}
    for widget in (studio._run_view, studio._strip):
        ask(widget, id="1", type="continue", run=run.key)
        assert studio.image.name == f"{run.video.stem}-last-frame.png"
        assert studio.prompt == "Something else", "only the first frame is another one"
        studio.image = None
    for widget in (studio._run_view, studio._strip, studio.compare([run])):
        ask(widget, id="1", type="reuse", run=run.key)
        assert (studio.prompt, studio.image.name) == ("The gull lifts off", PHOTO.name)
        assert studio.parameters["resolution"] == "1080P"
        studio.prompt = "Something else"
    answers = [message["type"] for message, _ in replies() if message["type"] in {"ok", "error"}]
    assert answers == ["ok"] * 5
    assert studio.runs == [run], "nothing is sent by loading"


def test_a_run_goes_back_with_all_its_files(studio: Studio) -> None:
    end = Image.new("RGB", (640, 400), "navy")
    end.save("end.png")
    run = ww.run(
        "The gull lands",
        model="klingai/kling-v2.5-turbo",
        image=PHOTO,
        inputImage2="end.png",
        mode="pro",
    ).wait()
    studio.show(run)
    ask(studio._run_view, id="1", type="reuse", run=run.key)
    assert studio.model == run.request.model
    assert studio.parameters["inputImage2"], "the last frame"
    assert studio._button.recorded_as == run.name, "and so the very same request"
    assert studio.run().number == run.number


def test_a_run_is_rated_sent_again_and_explained_from_its_thumbnail(studio: Studio) -> None:
    run = studio.run().wait()
    ask(studio._strip, id="1", type="judge", run=run.key, changes={"rating": 4, "starred": True})
    assert (run.judgment.rating, run.judgment.starred) == (4, True)
    (tile,) = studio._strip._live["tiles"]
    assert (tile["rating"], tile["starred"], tile["price"]) == (4, True, "$0.19 if live")
    ask(studio._strip, id="2", type="about", run=run.key)
    (about,) = [message for message, _ in replies() if message["type"] == "about_run"]
    assert about["price"] == "$0.19 if live"
    assert eval(about["code"], {"ww": ww}).number == run.number, "the recorded run, at no cost"
    ask(studio._strip, id="3", type="send_again", run=run.key)
    assert studio.selected_run.number == run.number + 1
    studio.selected_run.wait()


def test_a_run_older_than_all_in_the_strip_leaves_the_strip_as_it_is(studio: Studio) -> None:
    """As when a request of long ago is asked for again, and the recorded run is shown."""

    class Numbered(FakeRun):
        def __init__(self, number: int) -> None:
            super().__init__(key=f"r{number}", name=f"Run {number}")
            self.number, self.key = number, f"r{number}"

    strip = studio._strip
    strip.show([Numbered(number) for number in range(2, MOST_TILES + 2)])
    before = strip._live["tiles"]
    oldest = Numbered(1)
    oldest.observe(lambda _: None, "snapshot")  # as its view does
    strip.add(oldest)
    oldest.change(status="succeeded")
    assert strip._live["tiles"] == before
    strip.add(Numbered(100))
    assert strip._live["tiles"][0]["key"] == "r100"
    assert len(strip._live["tiles"]) == MOST_TILES


def test_the_strip_sends_one_tile_at_a_time(studio: Studio) -> None:
    run = studio.run().wait()
    studio.run(fresh=True).wait()
    messages = [message for message, _ in replies() if message["type"] == "strip"]
    assert {message["tile"]["key"] for message in messages} == {"r1", "r2"}
    pictures = [name for message in messages for name in message["pictures"]]
    assert len(pictures) == len(set(pictures)), "two runs of one photograph share its picture"
    assert studio._strip._live["tiles"][1]["key"] == run.key
