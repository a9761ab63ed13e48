"""What a notebook user sees of an image input's Python side."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.media import odd_files
from tests.widgets.fakes import ask, replies
from wiro_widgets.client import InputError, ModelSpec
from wiro_widgets.media.pictures import Picture
from wiro_widgets.widgets.image import ImageInput

if TYPE_CHECKING:
    from pathlib import Path

PIECE = 512 * 1024


def spec(slug: str) -> ModelSpec:
    owner, project = slug.split("/")
    found = ModelSpec.parse({"slugowner": owner, "slugproject": project, "parameters": []})
    assert found is not None
    return found


HAILUO = spec("minimax/hailuo-2.3-fast")


def send(widget: ImageInput, data: bytes, name: str, **begin: Any) -> dict[str, Any]:
    """A whole file in pieces, as the browser sends it; the last reply."""
    message: dict[str, Any] = {"name": name, "size": len(data), "notes": [], **begin}
    ask(widget, id="u1", type="begin", **message)
    for offset in range(0, len(data), PIECE):
        ask(widget, [data[offset : offset + PIECE]], id="u1", type="piece", offset=offset)
    return replies()[-1][0]


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_file_from_the_browser_becomes_the_picture_that_is_sent(orientation: int) -> None:
    image = ImageInput(model=HAILUO)
    seen: list[Picture] = []
    image.observe(lambda change: seen.append(change["new"]), "value")
    file = odd_files.turned(orientation, "JPEG")
    assert send(image, file, "C:\\photos\\gull.jpg", notes=["cropped"])["type"] == "ok"
    assert seen == [image.value]
    shown = image.get_state()["_shown"]
    size = (480, 320) if orientation == 1 else (320, 480)
    assert (shown["width"], shown["height"]) == size
    assert shown["name"] == "gull.jpg"
    assert shown["notes"][0] == "cropped"
    assert shown["digest"] == hashlib.sha256(image.value.data).hexdigest()
    assert shown["size"] == len(image.value.data)
    assert image.problem is None


def test_a_large_file_arrives_in_pieces() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (900, 1200, 3), "uint8")
    file = odd_files.saved(odd_files.Image.fromarray(noise), "PNG")
    assert len(file) > 5 * PIECE
    image = ImageInput()
    send(image, file, "noise.png")
    offsets = [reply["offset"] for reply, _ in replies() if reply["type"] == "taken"]
    assert offsets == list(range(0, len(file), PIECE))
    assert image.value.data == file


def test_while_a_picture_is_on_its_way_nobody_runs_with_the_one_before() -> None:
    image = ImageInput(odd_files.scene(), model=HAILUO)
    ask(image, id="u1", type="begin", name="b.png", size=9, notes=[])
    assert image.value is None
    assert image.problem == "The picture is still on its way."
    ask(image, id="u1", type="cancel")
    assert image.problem is None


def test_pieces_of_an_overtaken_file_change_nothing() -> None:
    image = ImageInput()
    ask(image, id="u1", type="begin", name="a.png", size=10 * PIECE, notes=[])
    ask(image, [b"a" * PIECE], id="u1", type="piece", offset=0)
    file = odd_files.saved(odd_files.scene(), "PNG")
    ask(image, id="u2", type="begin", name="b.png", size=len(file), notes=[])
    ask(image, [b"a" * PIECE], id="u1", type="piece", offset=PIECE)
    ask(image, [file], id="u2", type="piece", offset=0)
    assert image.value.data == file


def test_a_value_set_from_python_wins_over_a_file_on_its_way() -> None:
    image = ImageInput()
    ask(image, id="u1", type="begin", name="a.png", size=PIECE * 2, notes=[])
    image.value = odd_files.scene()
    ask(image, [b"a" * PIECE], id="u1", type="piece", offset=0)
    assert isinstance(image.value, Picture)
    assert image.problem is None
    assert "Another picture was set" in replies()[-1][0]["message"]


@pytest.mark.parametrize("case", odd_files.BROKEN)
def test_a_broken_file_is_said_and_leaves_nothing_behind(case: str) -> None:
    name, make, words = odd_files.BROKEN[case]
    image = ImageInput()
    reply = send(image, make(), name)
    assert reply["type"] == "error"
    if case != "empty":
        assert words in reply["message"]
        assert name in reply["message"]
    assert image.value is None
    assert image.problem == (reply["message"] if case != "empty" else None)


@pytest.mark.parametrize("case", odd_files.ODD)
def test_an_odd_file_is_made_fit(case: str) -> None:
    name, make = odd_files.ODD[case]
    image = ImageInput(model=HAILUO)
    assert send(image, make(), name)["type"] == "ok"
    assert image.problem is None
    assert "/" not in image.value.name


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (61 * 1024 * 1024, "Files of up to 60 MB can be sent from here."),
        (0, "The file is empty."),
        (-1, "The file is empty."),
    ],
)
def test_what_is_too_large_or_nothing_is_not_begun(size: int, words: str) -> None:
    image = ImageInput(odd_files.scene())
    ask(image, id="u1", type="begin", name="a.png", notes=[], size=size)
    assert replies()[-1][0]["message"] == words


@pytest.mark.parametrize("offset", [1, PIECE, -1, None, "0"])
def test_a_piece_out_of_turn_is_an_error(offset: object) -> None:
    image = ImageInput()
    ask(image, id="u1", type="begin", name="a.png", size=PIECE, notes=[])
    ask(image, [b"a"], id="u1", type="piece", offset=offset)
    assert replies()[-1][0]["type"] == "error"
    assert image.value is None


@pytest.mark.parametrize(
    ("size", "remedy", "words"),
    [
        ((1200, 300), "", "Too small"),
        ((1200, 400), "crop", "Too wide"),
        ((400, 1200), "crop", "Too tall"),
        ((640, 480), "", None),
    ],
)
def test_a_model_s_limits_are_checked_before_anything_is_sent(
    size: tuple[int, int], remedy: str, words: str | None
) -> None:
    image = ImageInput(odd_files.scene(*size), model=HAILUO)
    assert (image.problem or "").startswith(words or "")
    assert bool(image.problem) == bool(words)
    assert image.get_state()["_remedy"] == remedy
    image.set_model(spec("other/model"))
    assert image.problem is None
    image.set_model(HAILUO)
    assert bool(image.problem) == bool(words)


def test_a_file_too_large_for_the_model_waits_in_the_browser() -> None:
    image = ImageInput(odd_files.scene(), model=HAILUO)
    ask(image, id="h1", type="hold", size=31_400_000)
    assert image.value is None
    assert image.problem == "Too large: 31.4 MB; it must be under 20 MB. Reduce it."
    assert image.get_state()["_remedy"] == "reduce"
    ask(image, id="c1", type="clear")
    assert image.problem is None


def test_an_address_is_passed_on_and_nothing_is_fetched() -> None:
    image = ImageInput(model=HAILUO)
    ask(image, id="l1", type="link", url=" https://example.com/a%20gull.png?token=1 ")
    assert image.value == "https://example.com/a%20gull.png?token=1"
    assert image.get_state()["_shown"]["name"] == "a gull.png"
    for wrong in ("javascript:alert(1)", "file:///etc/passwd", "", None, "https://"):
        ask(image, id="l2", type="link", url=wrong)
        assert replies()[-1][0]["type"] == "error"
    assert image.value == "https://example.com/a%20gull.png?token=1"


def test_the_browser_can_have_the_bytes_back_to_crop_them() -> None:
    image = ImageInput(odd_files.scene())
    ask(image, id="f1", type="media", run="", clip=0)
    chunk, buffers = replies()[-1]
    assert (chunk["offset"], chunk["total"]) == (0, len(image.value.data))
    assert b"".join(buffers) == image.value.data
    image.clear()
    ask(image, id="f2", type="media", run="", clip=0)
    assert replies()[-1][0]["message"] == "There is no picture here any more."


def test_paths_bytes_and_wrong_values_from_python(tmp_path: Path) -> None:
    path = tmp_path / "gull.png"
    path.write_bytes(odd_files.saved(odd_files.scene(), "PNG"))
    for value in (path, str(path), path.read_bytes(), np.asarray(odd_files.scene())):
        assert ImageInput(value).value.width == 480
    image = ImageInput(path)
    for wrong in (tmp_path / "none.png", 7, b"no picture"):
        with pytest.raises(InputError):
            image.value = wrong
    assert image.value.name == "gull.png"


def test_what_is_kept_in_a_notebook_is_small_and_holds_no_bytes() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (900, 1200, 3), "uint8")
    image = ImageInput(noise, model=HAILUO)
    state = image.get_state()
    assert "value" not in state
    assert len(json.dumps({name: str(value) for name, value in state.items()})) < 80_000
    assert state["_thumbnail"].startswith("data:image/webp;base64,")
