"""Every Python example of the README and the pages runs, in order, as a reader would run it; pages
and tutorials point at what is there, and the page about keys lists those of the code.

A page may prepare what its examples take for granted in a comment that is not shown:
``<!-- setup`` on a line of its own, Python, ``-->``.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import nbformat
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


TUTORIALS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGE = re.compile(r"`(docs/\w+\.md)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
"""To something in the project; what has a colon is elsewhere."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


ROW = re.compile(r'^  \[\s*(\[\s*(?:"[^"]+",?\s*)+\]),\s*"([^"]+)",?\s*\]', re.MULTILINE)
"""A line of such a table: its keys, and what they do."""
KEY = re.compile(r'"([^"]+)"')
NAMED = {"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Escape": "Esc"}
"""How the front end writes the keys that have a name."""


def key_rows(source: str) -> list[str]:
    """The lines of the page about keys for a table of keys in the front end's source."""
    found = ROW.findall(source)
    lines = [(key_words(KEY.findall(keys)), words) for keys, words in found]
    return [f"| {keys} | {words} |" for keys, words in lines]


def key_words(commands: list[str]) -> str:
    """The keys of one line, as the front end's own list of keys writes them."""
    if len(commands) > 4:
        return f"{commands[0]} to {commands[-1]}"
    held = re.match(r"(\w+)\+(?=.)", commands[0])
    start = held[0] if held else ""
    names = [
        " or ".join(NAMED.get(name, name) for name in each.removeprefix(start).split(" "))
        for each in commands
    ]
    return (f"{held[1]} + " if held else "") + " ".join(names)


@pytest.mark.parametrize("table", ["core/shortcuts.ts", "widgets/compare_grid/commands.ts"])
def test_the_page_about_keys_lists_every_key(table: str) -> None:
    page = (ROOT / "docs" / "keys.md").read_text("utf-8").splitlines()
    rows = key_rows((ROOT / "js" / "src" / table).read_text("utf-8"))
    assert len(rows) >= 10
    assert [row for row in rows if row not in page] == []


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


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_is_stored_without_outputs_and_its_links_lead_somewhere(path: Path) -> None:
    document = nbformat.read(path, as_version=4)
    nbformat.validate(document)
    code = [cell for cell in document.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    text = "\n".join(cell.source for cell in document.cells if cell.cell_type == "markdown")
    assert [name for name in LINK.findall(text) if not (path.parent / name).exists()] == []
    # The pages are not beside the tutorials when `wiro-widgets lab` has copied them: named only.
    assert [page for page in PAGE.findall(text) if not (ROOT / page).exists()] == []


def test_an_example_would_be_found() -> None:
    assert len(examples(ROOT / "docs" / "client.md")) >= 3
