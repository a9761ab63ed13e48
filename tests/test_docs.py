"""Every Python example of the README and the pages runs, in order, as a reader would run it.

A page may prepare what its examples take for granted in a comment that is not shown:
``<!-- setup`` on a line of its own, Python, ``-->``.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PHOTO, ROOT, session_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Service

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLE = re.compile(r"^(?:```python|<!-- setup)\n(.*?)^(?:```|-->)$", re.DOTALL | re.MULTILINE)
NAMES = ("launch.jpg", "beach.jpg")
"""What the examples call their picture."""


LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
"""To something in the project; what has a colon is elsewhere."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def examples(page: Path) -> list[tuple[int, str]]:
    """The page's examples with the line each begins on."""
    text = page.read_text("utf-8")
    return [(text.count("\n", 0, found.start(1)), found[1]) for found in EXAMPLE.finditer(text)]


@pytest.fixture
def _beside_a_notebook(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        shutil.copy(PHOTO, tmp_path / name)
    for name, value in service.environment().items():
        monkeypatch.setenv(name, value)
    yield
    if (session := session_in_use()) is not None:
        session.close()


@pytest.mark.usefixtures("_beside_a_notebook")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if examples(page)], ids=lambda page: page.stem
)
def test_the_examples_of_a_page_run(page: Path) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for line, source in examples(page):
        # The line numbers of the page, so that a failure points into it.
        code = compile("\n" * line + source, str(page), "exec")
        exec(code, names)


def test_an_example_would_be_found() -> None:
    assert len(examples(ROOT / "docs" / "client.md")) >= 3
