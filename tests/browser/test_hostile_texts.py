"""Texts of a hostile service, folder or person in every view of a real JupyterLab: nothing runs."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import nbformat
import pytest
from ipywidgets import Widget
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.browser.hostile_views import ALL, VECTORS, views
from tests.browser.lab import Notebook, chromium, write_notebook
from tests.conftest import PHOTO
from wiro_widgets.runs.table import html_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

VIEWS, REAL, FAILS, TYPESET = range(4)
CELLS = (
    "from tests.browser.hostile_views import ALL, show_all\nshow_all()",
    f"""
import wiro_widgets as ww
run = ww.run(ALL, image={PHOTO.name!r})
display(run, ww.history(), ww.sweep(prompt=[ALL, "b"], image={PHOTO.name!r}))
ww.Studio(ALL)
""".strip(),
    f"ww.sweep([ALL, 'b'], image={PHOTO.name!r}, max_cost='0.01').run()",
    # What a host makes of mathematics elsewhere, without which the others would prove nothing.
    "from IPython.display import HTML\nHTML('<p id=control>$z^2$</p>')",
)
SHOWN = (
    *("title", "group", "label", "help", "option", "dropped", "written", "Picture", "first"),
    *("blocked", "prompt", "value", "log", "notice", "refused", "detail", "remedy", "candidate"),
    *("model", "spent", "axis", "note", "table"),
)
# Whatever the texts would have made of themselves, had one been taken for markup.
MADE = """() => [
    ...document.querySelectorAll(".jp-OutputArea :is(script, iframe, object, embed, base)"),
    ...document.querySelectorAll(".jp-OutputArea :is([onerror], [onload], [onfocus])"),
    ...document.querySelectorAll(".jp-OutputArea :is(img[src='x'], a[href^='javascript'])"),
    ...document.querySelectorAll(".jp-OutputArea :is(mjx-container, .MathJax, .katex)"),
].filter((made) => !made.closest("#control")).map(({ outerHTML }) => outerHTML.slice(0, 200))"""
TEXT = """() => [...document.querySelectorAll(".wiro-root, .jp-RenderedHTML")].map((root) =>
    root.textContent + [...root.querySelectorAll("input, textarea")].map(
        ({ value, placeholder }) => value + placeholder)).join(" ")"""
PRESS_ALL = """() => {
    const buttons = [...document.querySelectorAll(".jp-OutputArea-output button")];
    const harmless = buttons.filter(({ textContent, title, ariaLabel, hidden }) => !hidden &&
        !/run|stop|send|sweep|blind/i.test(`${textContent} ${title} ${ariaLabel}`.split("<")[0]));
    for (const button of harmless) button.click();
    return harmless.length;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which no dialog and no other page may open."""
    context = browser.new_context(viewport={"width": 1400, "height": 2000})
    page = context.new_page()
    opened: list[str] = []
    page.on("popup", lambda popup: opened.append(popup.url))
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()
    assert opened == []


def test_hostile_texts_are_text_in_every_view(page: Page, lab: str, folder: Path) -> None:
    shutil.copy(PHOTO, folder)
    write_notebook(folder / "hostile.ipynb", CELLS)
    notebook = Notebook.open(page, lab, f"{folder.name}/hostile.ipynb")
    for cell in (VIEWS, REAL, FAILS, TYPESET):
        notebook.run(cell)
        notebook.wait_idle(cell)
    expect(page.locator("#control mjx-container")).to_be_visible()
    failed = page.locator(".jp-OutputArea-output[data-mime-type$='stderr']").last
    expect(failed).to_contain_text(re.compile(r"could cost \$[\d.]+, above your \$0\.01 limit"))
    expect(page.locator(".wiro-studio")).to_have_count(2)
    expect(page.locator(".wiro-root")).not_to_have_count(0)
    text = page.evaluate(TEXT)
    assert page.evaluate(PRESS_ALL) > 30
    for table in page.locator(".jp-RenderedHTML table").all():
        expect(table).to_contain_text(r"costs $5 and then $6 \(x\) $$\href{")
    priced = page.locator(".jp-RenderedHTML p").filter(has_text="in all")
    expect(priced).to_contain_text(re.compile(r"^2 runs: \$[\d.]+ in all .* · all with "))
    text += page.evaluate(TEXT)
    begun = [vector[:5] for vector in VECTORS]
    assert [word for word in SHOWN if not any(f"{word} {b}" in text for b in begun)] == []
    assert page.evaluate(MADE) == []
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("getComputedStyle(document.body).display") != "none"


def test_hostile_texts_are_text_in_a_saved_notebook_as_well(page: Page, tmp_path: Path) -> None:
    """Exported as a page, with the state of all widgets in it."""
    shown = views()
    table = html_table(f"table {ALL}", VECTORS, [VECTORS])
    bundles = [view._repr_mimebundle_()[0] for view in shown] + [{"text/html": table}]
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()")])
    document.cells[0].outputs = [nbformat.v4.new_output("display_data", each) for each in bundles]
    state = {"application/vnd.jupyter.widget-state+json": Widget.get_manager_state()}
    document.metadata["widgets"] = state
    exported, _ = HTMLExporter().from_notebook_node(document)
    (tmp_path / "saved.html").write_text(exported, "utf-8")
    page.route("http*://**", lambda route: route.abort())
    page.goto((tmp_path / "saved.html").as_uri())
    expect(page.get_by_role("table")).to_contain_text("costs $5 and then $6")
    assert page.evaluate("window.hacked") is None
    assert (
        page.evaluate("document.querySelectorAll('iframe, [onerror], [onload], [onfocus]').length")
        == 0
    )
