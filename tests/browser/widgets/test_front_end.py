"""The one front end: how a widget finds its view there, and where the style sheet holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.widgets.conftest import Stage

# A host with or without access to other widgets, and a kernel that answers or does not.
STUB = """async ({ shared, answers, early, refuses }) => {
    const { FakeModel } = await import("/js/demo/fake_model.js");
    const { states, traitsOf } = await import("/js/demo/states.js");
    const at = "/wiro_widgets/widgets/static/";
    const stub = (await import(at + "stub.js")).default();
    const model = new FakeModel({ error: null, _view: "run_view", _front_end: "anywidget:front",
        _source: {}, loop: true, muted: true, speed: 1,
        ...traitsOf(states(null, null).generating) });
    model.answer = async ({ id, type }) => {
        if (type !== "front_end") return;
        window.answer = async () => {
            const code = await (await fetch(at + "front_end.js")).arrayBuffer();
            model.reply({ id, type: "code" }, [new DataView(code)]);
        };
        if (answers) await answer();
    };
    if (refuses) model.send = () => Promise.reject(Error("no kernel here"));
    const host = { getWidget: async (reference) => {
        if (reference !== "anywidget:front") throw Error(`no ${reference} here`);
        return { exports: (await import(at + "front_end.js")).default.initialize() };
    } };
    const life = new AbortController();
    stub.initialize({ model, signal: life.signal });
    const progress = { type: "progress", revision: 2, progress: 0.9, lines: [], log_total: 0 };
    if (early) model.reply(progress);
    const el = document.querySelector("main");
    const view = async () => {
        const into = el.appendChild(document.createElement("div"));
        const end = new AbortController();
        const stop = await stub.render({ model, el: into, signal: end.signal,
            ...(shared ? { host } : {}) });
        return { into, end, stop };
    };
    window.shown = { model, view, views: [await view(), await view()] };
}"""


def show(stage: Stage, **options: Any) -> None:
    defaults = {"shared": True, "answers": False, "early": False, "refuses": False}
    stage.page.evaluate(STUB, {**defaults, **options})


@pytest.mark.parametrize("shared", [True, False])
def test_a_widget_finds_its_view_in_the_host_or_else_asks_the_kernel(
    stage: Stage, shared: bool
) -> None:
    show(stage, shared=shared, answers=not shared)

    expect(stage.page.locator(".wiro-in-run_view .wiro-name")).to_have_text(["Run 14", "Run 14"])
    asked = [message["type"] for message in stage.sent()]
    assert asked == ([] if shared else ["front_end"]), "one request for all views of a model"


def test_what_the_kernel_said_before_there_was_a_view_is_asked_for_again(stage: Stage) -> None:
    show(stage, early=True)

    assert [message["type"] for message in stage.sent()] == ["resend"]


def test_a_widget_without_host_waits_for_a_busy_kernel_and_says_so(stage: Stage) -> None:
    stage.page.clock.install()
    stage.page.evaluate(
        f"options => {{ window.drawing = ({STUB})(options) }}",
        {"shared": False, "answers": False, "early": False},
    )
    stage.until("'answer' in window")
    stage.page.clock.run_for(10_000)
    view = stage.page.locator("main > div").first
    expect(view).to_have_text("Waiting for the kernel. If no cell is running, run this one again.")

    stage.page.evaluate("answer()")

    expect(view.locator(".wiro-name")).to_have_text("Run 14")
    expect(view).not_to_contain_text("Waiting for the kernel")


def test_a_widget_that_cannot_ask_its_kernel_says_what_to_do(stage: Stage) -> None:
    with stage.page.expect_console_message(lambda message: message.type == "error") as logged:
        show(stage, shared=False, refuses=True)

    expect(stage.page.locator("main > div").first).to_contain_text("Run its cell again")
    assert "no kernel here" in logged.value.text


@pytest.mark.parametrize("way", ["end.abort()", "stop()"])
def test_a_view_ends_by_the_hosts_signal_or_by_what_it_returned(stage: Stage, way: str) -> None:
    show(stage)
    before = stage.page.evaluate("shown.model.listeners")

    stage.page.evaluate(f"for (const each of shown.views) each.{way}")

    assert stage.page.evaluate("shown.model.listeners") < before / 2
    assert stage.page.evaluate("document.adoptedStyleSheets.length") == 0


MOVED = """where => {
    const [{ into }] = shown.views;
    let home = document;
    if (where === "frame") {
        const frame = document.body.appendChild(document.createElement("iframe"));
        home = frame.contentDocument;
        home.body.append(into);
    } else if (where === "shadow") {
        const host = document.body.appendChild(document.createElement("div"));
        home = host.attachShadow({ mode: "open" });
        home.append(into);
    }
    window.home = home;
    window.radius = () => {
        const root = into.querySelector(".wiro-root");
        return root.ownerDocument.defaultView.getComputedStyle(root).borderRadius;
    };
}"""


@pytest.mark.parametrize("where", ["page", "frame", "shadow"])
def test_one_style_sheet_holds_wherever_a_view_goes(stage: Stage, where: str) -> None:
    show(stage)
    stage.page.evaluate(MOVED, where)

    stage.until("radius() === '10px'")
    assert stage.page.evaluate("home.adoptedStyleSheets.length") == 1
    assert stage.page.evaluate("document.adoptedStyleSheets.length") == 1, "the other view's"
    stage.page.evaluate("for (const { end } of shown.views) end.abort()")
    assert stage.page.evaluate("home.adoptedStyleSheets.length") == 0


def test_what_goes_wrong_in_a_view_is_shown_and_logged_with_its_stack(stage: Stage) -> None:
    with stage.page.expect_console_message(lambda message: message.type == "error") as logged:
        stage.show("run_view", _facts=None)

    expect(stage.page.get_by_role("alert")).to_contain_text("TypeError")
    assert " at " in logged.value.text


def test_a_card_runs_from_left_to_right_in_any_page(stage: Stage) -> None:
    stage.page.evaluate("document.documentElement.dir = 'rtl'")
    stage.show("run_view", run=stage.snapshot("generating"))

    root = stage.page.locator(".wiro-root")
    assert root.evaluate("root => getComputedStyle(root).direction") == "ltr"
