"""What axe-core finds on a page, and things done to it that Playwright has no words for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.widgets.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.widgets.conftest import Stage

AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """async () => {
    const { violations } = await axe.run(document.querySelector("main"), {
        runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
        rules: { region: { enabled: false }, "page-has-heading-one": { enabled: false } },
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((each) => each.html).join(" ")}`);
}"""


def violations(stage: Stage) -> list[str]:
    """Each rule that is broken, with the elements that break it."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; `npm --prefix js ci` installs it")
    if not stage.page.evaluate("'axe' in window"):
        stage.page.add_script_tag(path=AXE)
    return list(stage.page.evaluate(CHECK))


def paint(stage: Stage, theme: str) -> None:
    """Make the page light or dark, as a host does."""
    stage.page.evaluate(
        """theme => {
            document.body.dataset.jpThemeLight = String(theme === "light");
            document.body.style.background = theme === "light" ? "#fff" : "#111";
        }""",
        theme,
    )


def drop_from_disk(stage: Stage, zone: Locator, path: Path) -> None:
    """Drop a file or a folder of the disk, as the browser has it from the system."""
    box = zone.bounding_box()
    assert box
    session = stage.page.context.new_cdp_session(stage.page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    for step in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": step, "data": data, **where})
    session.detach()
