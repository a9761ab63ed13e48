"""The timeline in a real browser."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.widgets.conftest import Stage

pytestmark = pytest.mark.browser

FRONTIER = """() => Math.max(...[...document.querySelectorAll(".wiro-segment")]
    .map((segment) => segment.getBoundingClientRect().right))"""


def test_the_bar_never_jumps_backwards_on_the_screen(stage: Stage) -> None:
    stage.show("timeline")
    edges = stage.page.evaluate(
        f"""async () => {{
            const {{ snapshot, states }} = await import("/js/demo/states.js");
            const measure = {FRONTIER};
            const edges = [];
            for (let at = 0; at < 180; at += 0.5) {{
                const progress = at < 60 ? null : Math.min(1, (at - 60) / 110);
                shown.run(snapshot(at, {{ progress }}));
                edges.push(measure());
            }}
            shown.run(states(null, null).succeeded);
            return [...edges, measure()];
        }}"""
    )
    assert all(after >= before - 0.1 for before, after in pairwise(edges))
    bar = stage.page.locator(".wiro-bar").bounding_box()
    assert bar is not None
    assert edges[-1] == pytest.approx(bar["x"] + bar["width"], abs=1)


def test_time_goes_on_between_snapshots_by_the_kernels_clock(stage: Stage) -> None:
    # This browser's clock says 2001; the snapshot is of another year.
    stage.page.clock.install(time="2001-01-01T00:00:00")
    stage.show("timeline", run=stage.snapshot("generating"))
    state = stage.page.locator(".wiro-state")
    assert state.inner_text() == "Generating 1:12 · 52 %"
    stage.page.clock.run_for(5000)
    assert state.inner_text() in {"Generating 1:16 · 52 %", "Generating 1:17 · 52 %"}
    assert stage.page.locator(".wiro-time").nth(2).inner_text() in {"0:41", "0:42"}
    stage.run(stage.snapshot("succeeded"))
    stage.page.clock.run_for(5000)
    assert state.inner_text() == "Done in 3:00 · $0.19 if live"
    # Once it is over, nothing wakes up for it.
    stage.page.evaluate(
        """() => {
            window.woken = 0;
            const later = setTimeout;
            window.setTimeout = (...rest) => { woken++; return later(...rest); };
        }"""
    )
    stage.page.clock.run_for(60_000)
    assert stage.page.evaluate("woken") == 0


def test_each_span_names_its_stages_on_hover_and_on_focus(stage: Stage) -> None:
    stage.show("timeline", run=stage.snapshot("generating"))
    detail = stage.page.locator(".wiro-detail")
    assert detail.is_hidden()
    stage.page.hover(".wiro-span:nth-child(2)")
    assert detail.locator("code").all_inner_texts() == [
        "task_accept",
        "task_preprocess_start",
        "task_preprocess_end",
        "task_assign",
    ]
    assert "2.0 s" in detail.inner_text()
    stage.page.mouse.move(5, 690)
    assert detail.is_hidden()
    stage.page.focus(".wiro-span:nth-child(1)")
    assert "task_queue" in detail.inner_text()
    stage.page.keyboard.press("Escape")
    assert detail.is_hidden()


def test_stop_asks_once_and_tells_what_became_of_it(stage: Stage) -> None:
    live = {"service": "live", "stages": [], "stage": None}
    stage.show("timeline", run=stage.snapshot("queued", service="live"))
    button = stage.page.get_by_role("button", name="Stop")
    button.click()
    (message,) = stage.sent()
    assert message["type"] == "stop"
    assert button.is_disabled()
    assert button.inner_text() == "Stopping…"
    stage.page.evaluate("shown.model.reply({ id: shown.model.sent[0].id, type: 'ok' })")
    stage.run(stage.snapshot("cancelled_queue"))
    assert button.is_hidden()
    outcome = stage.page.locator(".wiro-outcome")
    assert outcome.inner_text() == "Cancelled in the queue. Nothing was charged."
    stage.run(stage.snapshot("generating", key="r15", **live))
    assert button.is_enabled(), "another run may be stopped again"


def test_a_stop_that_could_not_be_made_says_so_and_may_be_tried_again(stage: Stage) -> None:
    stage.show("timeline", run=stage.snapshot("generating", service="live"))
    button = stage.page.get_by_role("button", name="Stop")
    button.click()
    outcome = stage.page.locator(".wiro-outcome")
    assert outcome.inner_text() == "Stop requested; may still be billed."
    stage.page.evaluate(
        "shown.model.reply({ id: shown.model.sent[0].id, type: 'error', message: 'no network' })"
    )
    stage.until("document.querySelector('.wiro-outcome').textContent.includes('no network')")
    assert button.is_enabled()


def test_the_log_is_folded_then_shows_all_and_follows_unless_scrolled(stage: Stage) -> None:
    def lines(total: int) -> dict[str, object]:
        shown = [f"line {number}" for number in range(max(0, total - 200), total)]
        return stage.snapshot("generating", logs=shown, log_total=total)

    stage.show("timeline", run=lines(120))
    log = stage.page.locator(".wiro-log")
    assert log.is_hidden()
    assert log.locator("div").count() == 0, "lines that nobody sees cost time with each new one"
    stage.page.get_by_role("button", name="Log · 120 lines").click()
    assert log.locator("div").count() == 120
    stage.run(lines(500))
    assert log.locator("div").count() == 200
    stage.page.get_by_role("button", name="Log · 500 lines · 300 earlier lines in run.log").focus()
    at_end = "(({ scrollTop, scrollHeight, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)(document.querySelector('.wiro-log'))"  # noqa: E501
    assert stage.page.evaluate(at_end)
    log.evaluate("(log) => { log.scrollTop = 300 }")
    stage.run(lines(520))
    assert not stage.page.evaluate(at_end), "it must not run away under a reader"


def test_one_status_region_lives_as_long_as_the_view(stage: Stage) -> None:
    stage.show("timeline")
    stage.page.evaluate("window.region = document.querySelector('.wiro-visually-hidden')")
    assert stage.page.evaluate("region.getAttribute('role') + region.ariaLive") == "statuspolite"
    stage.run(stage.snapshot("generating"))
    stage.until("region.textContent === 'Run 14: generating, 50 percent.'")
    stage.run(stage.snapshot("failed"))
    stage.until("region.textContent.includes('Refused by moderation. Nothing was charged.')")
    assert stage.page.evaluate("region === document.querySelector('.wiro-visually-hidden')")


def test_a_run_that_had_ended_before_is_no_news(stage: Stage) -> None:
    stage.page.clock.install()
    stage.show("timeline", run=stage.snapshot("succeeded"))
    stage.page.clock.run_for(3000)
    assert stage.page.locator(".wiro-visually-hidden").text_content() == ""


@pytest.mark.parametrize("widget", ["timeline", "run_view", "player"])
def test_no_string_from_outside_becomes_markup(stage: Stage, widget: str) -> None:
    hostile = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'
    problem = {"title": hostile, "detail": hostile, "spent": "maybe", "remedy": hostile}
    run = stage.snapshot(
        "failed",
        name=hostile,
        model=hostile,
        prompt=hostile,
        parameters=[[hostile, hostile]],
        logs=[hostile] * 3,
        log_total=3,
        cost=hostile,
        problem=problem,
        task_id=hostile,
        stages=[{"name": hostile, "at": 1_790_000_001}],
        stage=hostile,
    )
    source = {"key": hostile, "label": hostile, "clip": None}
    stage.show(widget, run=run, _source=source, error=hostile)
    if widget != "player":
        stage.page.hover(".wiro-span:nth-child(1)")
    assert stage.page.locator("main script, main img:not(.wiro-poster)").count() == 0
    assert stage.page.evaluate("window.hurt") is None
    assert hostile in stage.page.locator(".wiro-fault").inner_text()


def test_nothing_is_left_of_a_view_that_was_closed(stage: Stage) -> None:
    stage.page.clock.install()
    stage.show("run_view", run=stage.snapshot("generating"))
    assert stage.page.evaluate("shown.model.listeners") > 0
    stage.page.evaluate("shown.end.abort()")
    assert stage.page.evaluate("shown.model.listeners") == 1
    stage.page.evaluate("shown.life.abort()")
    assert stage.page.evaluate("shown.model.listeners") == 0
    before = stage.page.locator(".wiro-state").inner_text()
    stage.page.clock.run_for(5000)
    assert stage.page.locator(".wiro-state").inner_text() == before


@pytest.mark.parametrize("widget", ["timeline", "run_view"])
def test_a_run_whose_kernel_is_gone_says_so_and_stops_counting(stage: Stage, widget: str) -> None:
    stage.show(widget, run=stage.snapshot("generating"))
    state = stage.page.locator(".wiro-state")
    expect(state).to_contain_text("Generating")
    stage.set("layout", {"comm_live": False})
    stage.page.evaluate("shown.model.stop()")
    expect(state).to_have_text("No kernel: run the cell again to follow this run")


def test_what_helps_with_an_unknown_run_works_by_keyboard(stage: Stage) -> None:
    candidates = [
        {"task_id": "1", "created": 1790000001, "url": "https://cdn.test/1.mp4"},
        {"task_id": "2", "created": None, "url": "javascript:alert(1)"},
    ]
    stage.show("run_view", run=stage.snapshot("unknown", candidates=candidates))
    ways = stage.page.locator(".wiro-ways")
    assert ways.get_by_text("Which of these tasks is it?").is_visible()
    (link,) = ways.get_by_role("link").all()
    assert link.get_attribute("href") == "https://cdn.test/1.mp4"
    assert link.get_attribute("rel") == "noreferrer noopener"
    look = ways.get_by_role("button", name="Look again")
    look.press("Enter")
    look.press("Enter")
    assert [message["type"] for message in stage.sent()] == ["look_again"]
    assert ways.get_attribute("aria-busy") == "true"
    stage.page.evaluate(
        "shown.model.reply({ id: shown.model.sent[0].id, type: 'error', message: 'No network.' })"
    )
    assert ways.get_by_role("status").inner_text() == "No network."
    assert look.evaluate("button => button === document.activeElement")
    ways.get_by_role("button", name="This one: task 2").press(" ")
    assert stage.sent()[-1] | {"id": ""} == {"id": "", "type": "choose", "task_id": "2"}


@pytest.mark.parametrize(
    ("state", "service", "words"),
    [
        ("unknown", "live", ["Look again", "Send as a new run (may pay twice)"]),
        ("unknown", "sandbox", ["Look again", "Send as a new run"]),
        ("unfetched", "live", ["Download again"]),
        ("looking", "live", []),
        ("downloading", "live", []),
        ("failed", "live", []),
    ],
)
def test_only_what_helps_is_offered(
    stage: Stage, state: str, service: str, words: list[str]
) -> None:
    stage.show("run_view", run=stage.snapshot(state, service=service))
    buttons = stage.page.locator(".wiro-ways button:visible")
    assert buttons.all_inner_texts() == words


def test_a_notice_is_shown_and_heard(stage: Stage) -> None:
    stage.show("timeline", run=stage.snapshot("queued"))
    words = "Second try: run 3 failed and was not charged."
    stage.run(stage.snapshot("queued", notice=words))
    assert stage.page.locator(".wiro-notice").inner_text() == words
    stage.until(f"document.querySelector('.wiro-visually-hidden').textContent === {words!r}")


def test_new_log_lines_come_as_messages(stage: Stage) -> None:
    stage.show("timeline", run=stage.snapshot("generating"))
    stage.page.get_by_role("button", name="Log").click()
    change = {"type": "progress", "revision": 2, "progress": 0.9, "lines": ["new"], "log_total": 9}
    stage.page.evaluate("change => shown.model.reply(change)", change)
    assert stage.page.locator(".wiro-log > :last-child").inner_text() == "new"
    assert stage.sent() == []
