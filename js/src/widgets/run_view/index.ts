import { defineWidget, type View } from "../../core/define_widget.ts";
import { button, h, setAttributes, setText } from "../../core/dom.ts";
import { settingWords } from "../../core/format.ts";
import { freshLiveMemory, type LiveMemory, mergeLive } from "../../core/live.ts";
import { watch } from "../../core/model.ts";
import { outcomeActions } from "../../run/outcome_actions.ts";
import { starRating } from "../../run/rating.ts";
import { actor, CONTINUED, LOADED, type MenuTraits, runMenu } from "../../run/run_menu.ts";
import {
  mergeProgress,
  type RunTraits,
  type SeenRun,
  watchSnapshot,
} from "../../run/run_snapshot.ts";
import { SERVICE_WORDS } from "../../run/status_text.ts";
import { timeline } from "../../run/timeline.ts";
import { player } from "../../video/player.ts";
import { freshPlayerMemory, type PlayerMemory } from "../../video/player_controller.ts";
import { playerPropsOf } from "../../video/player_props.ts";

type CardTraits = RunTraits & MenuTraits;

function build(view: View<PlayerMemory & LiveMemory, CardTraits>): Node[] {
  const { model, memory, signal } = view;
  const clip = player({ model, memory, signal });
  const badge = h("span", "badge");
  const reused = h(
    "p",
    "reused",
    { hidden: true },
    "Showing your earlier run. No new request was sent.",
  );
  const prompt = h("p", "prompt");
  const settings = h("p", "settings");
  const whole = button("link", "More", () => setWhole(!request.hasAttribute("data-open")), {
    "aria-expanded": "false",
  });
  const request = h("div", "request", {}, prompt, settings, whole);
  const note = h("p", "note", { role: "status" });
  const say = (words: string) => setText(note, words);
  const act = actor(model, signal, say);
  let run: SeenRun | null = null;
  let price = "";

  const stars = starRating((rating) => {
    if (run) void act({ type: "judge", run: run.key, changes: { rating } }, "");
  });
  const reuse = button("button", "Reuse", () => load("reuse", LOADED));
  const next = button("button", "Continue from last frame", () => load("continue", CONTINUED));
  const again = button("button", "Try again", () => void tryAgain());
  const save = button("item", "Download the clip", () => clip.save());
  const menu = runMenu(model, signal, say, false, [save]);
  const more = button("button", "⋯", () => run && menu.open(run, more), {
    "aria-label": "More actions",
    title: "More actions",
  });
  const tools = h("span", "row", {}, stars.element, again, reuse, next, more);
  const progress = timeline(model, signal, outcomeActions(model, signal), tools);
  progress.header.insertBefore(badge, progress.header.lastChild);

  function setWhole(open: boolean): void {
    setAttributes(request, { "data-open": open });
    setAttributes(whole, { "aria-expanded": String(open) });
    setText(whole, open ? "Less" : "More");
  }

  function load(type: "reuse" | "continue", done: string): void {
    if (run) void act({ type, run: run.key }, done);
  }

  /** Where it is paid for, the first press tells the price and the second one sends. */
  async function tryAgain(): Promise<void> {
    if (!run) return;
    const { key, service } = run;
    if (service === "live" && !price) {
      const found = await menu.priceOf(key);
      if (run.key !== key || !found) return;
      price = found;
      setText(again, `Try again · ${price}`);
    } else void act({ type: "send_again", run: key }, "");
  }

  function showActions(): void {
    if (!run) return;
    const { over, status, rating = 0 } = run;
    const done = status === "succeeded";
    stars.show(rating, run.name);
    stars.element.hidden = !done;
    reuse.hidden = !model.get("_reuses");
    next.hidden = reuse.hidden || !done;
    again.hidden = !over || !["failed", "refused", "cancelled"].includes(status);
  }

  function showRequest(shown: SeenRun): void {
    badge.dataset.service = shown.service;
    setText(badge, SERVICE_WORDS[shown.service]);
    reused.hidden = !shown.reused;
    if (run?.key === shown.key) return;
    setText(prompt, shown.prompt);
    const values = shown.parameters.map(([name = "", value = ""]) => settingWords(name, value));
    setText(settings, [...values, shown.model].join(" · "));
    price = "";
    setText(again, "Try again");
    say("");
  }

  const empty = h("p", "nothing", {}, "Your clip will play here.");
  const parts = [progress.header, reused, request, clip.element, progress.body, note, menu.element];
  const body = [progress.header, request, clip.element, progress.body];
  for (const part of body) part.hidden = true;
  watchSnapshot(view, (shown) => {
    empty.hidden = true;
    for (const part of body) part.hidden = false;
    showRequest(shown);
    run = shown;
    showActions();
    progress.show(shown);
    clip.show(playerPropsOf(shown));
  });
  watch(model, "_reuses", showActions, signal);
  return [...parts, empty];
}

export default defineWidget(
  () => ({ ...freshPlayerMemory(), ...freshLiveMemory() }),
  build,
  mergeLive(mergeProgress),
);
