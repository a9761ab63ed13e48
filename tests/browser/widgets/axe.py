"""What axe-core finds on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.widgets.conftest import ROOT

if TYPE_CHECKING:
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
