"""What was typed but not sent comes back; what cannot be read does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.media import odd_files
from wiro_widgets.library.draft import Draft
from wiro_widgets.library.inputs import store_input

if TYPE_CHECKING:
    from pathlib import Path


def test_a_draft_comes_back_as_it_was(tmp_path: Path) -> None:
    image = store_input(
        odd_files.saved(odd_files.scene(), "PNG"), tmp_path / "inputs", "inputImage"
    )
    draft = Draft("minimax/hailuo-2-3", "Une mouette, là-haut", {"duration": "6"}, image)

    draft.save(tmp_path)

    assert Draft.load(tmp_path) == draft


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"odd": 1}', "\x00"])
def test_a_damaged_draft_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "draft.json").write_text(text, "utf-8")

    assert Draft.load(tmp_path) == Draft()


def test_a_draft_whose_picture_has_gone_keeps_the_words(tmp_path: Path) -> None:
    image = store_input(
        odd_files.saved(odd_files.scene(), "PNG"), tmp_path / "inputs", "inputImage"
    )
    Draft("minimax/hailuo-2-3", "The gull", {}, image).save(tmp_path)
    assert not isinstance(image.source, str)
    image.source.unlink()

    assert Draft.load(tmp_path) == Draft("minimax/hailuo-2-3", "The gull")
