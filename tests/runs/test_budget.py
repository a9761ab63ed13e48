"""What is left, as a person reads it: in a header, in a terminal and in a notebook."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from wiro_widgets.library.budgets import Limit, Standing
from wiro_widgets.library.estimates import Spending
from wiro_widgets.runs.budget import Budget

if TYPE_CHECKING:
    from wiro_widgets.library.records import Service


def spending(service: Service, cost: str, **more: Any) -> Spending:
    return Spending(Decimal(cost), more.pop("unsettled", 0), service, **more)


def budget(
    *limits: Limit,
    service: Service = "live",
    today: str = "1.2",
    total: str = "8.2",
    allowed: tuple[str, ...] = (),
    **more: Any,
) -> Budget:
    used = {"day": spending(service, today, **more), "all": spending(service, total, **more)}
    return Budget(Standing(service, limits, allowed, used))  # type: ignore[arg-type]


FIVE_A_DAY = Limit("day", Decimal("5.00"), None)
TEN = Limit("all", Decimal("10.00"), None)
CLIPS = Limit("all", None, 20)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (budget(), "$8.20 spent"),
        (budget(unsettled=2), "at least $8.20 spent, 2 unsettled"),
        (budget(service="sandbox"), ""),
        (budget(FIVE_A_DAY), "$1.20 spent · $3.80 left today"),
        (budget(TEN), "$8.20 spent · $1.80 left"),
        # Of two, the one that leaves less.
        (budget(TEN, FIVE_A_DAY), "$8.20 spent · $1.80 left"),
        (budget(TEN, FIVE_A_DAY, today="3.5"), "$3.50 spent · $1.50 left today"),
        # A run under way is unsettled; what may come of it is reserved.
        (
            budget(FIVE_A_DAY, unsettled=1, reserved=Decimal("0.28")),
            "$1.20 spent · $0.28 reserved · $3.52 left today",
        ),
        # Of a run without a confirmed price nobody knows.
        (budget(FIVE_A_DAY, unsettled=1), "at least $1.20 spent, 1 unsettled · $3.80 left today"),
        (budget(CLIPS, clips=19), "$8.20 spent · 1 clip left"),
        (budget(TEN, CLIPS, clips=6), "$8.20 spent · $1.80 and 14 clips left"),
        (budget(FIVE_A_DAY, CLIPS, clips=6), "$1.20 spent · $3.80 left today · 14 clips left"),
        (budget(FIVE_A_DAY, service="sandbox"), "$1.20 if live · $3.80 left today"),
        (budget(FIVE_A_DAY, service="sandbox", today="0"), "$5.00 left today"),
        (
            budget(FIVE_A_DAY, service="sandbox", today="0", reserved=Decimal("0.28")),
            "$0.28 reserved · $4.72 left today",
        ),
        (budget(FIVE_A_DAY, today="6"), "$6.00 spent · $0.00 left today"),
    ],
)
def test_a_header_says_what_is_spent_and_left_in_one_line(shown: Budget, words: str) -> None:
    assert shown.words == words


def test_a_budget_displays_both_periods() -> None:
    shown = budget(FIVE_A_DAY, CLIPS, allowed=("minimax/hailuo-2-3",), unsettled=1, clips=6)
    heading, *rows = repr(shown).splitlines()
    assert heading == (
        "Live: at least $1.20 spent, 1 unsettled · $3.80 left today · 14 clips left ·"
        " minimax/hailuo-2.3 may run without a confirmed price"
    )
    assert rows == [
        "        budget    spent  reserved  unsettled  clips  left",
        "today   $5.00     $1.20  -         1          6      $3.80",
        "in all  20 clips  $8.20  -         1          6      14 clips",
    ]
    html = shown._repr_html_()
    assert "<td" in html
    assert "$3.80" in html
    assert (shown.left, shown.clips_left) == (Decimal("3.8"), 14)


def test_without_a_budget_it_says_how_to_set_one() -> None:
    heading, _, today, _ = repr(budget(service="sandbox")).splitlines()
    assert heading == (
        "Sandbox: no budget is set. Set one with ww.budget(usd=5) or ww.budget(clips=20)."
    )
    assert today.split()[:3] == ["today", "no", "limit"]
    assert budget().left is None
    assert budget().clips_left is None
