// Several runs side by side: the tiles on a board, two in one box, or stills of all, on one clock.
import { announcer } from "../../lib/announcer.ts";
import { kernelClock } from "../../lib/clock.ts";
import { h, on, set } from "../../lib/dom.ts";
import { acting } from "../../lib/grid/actions.ts";
import { arranging } from "../../lib/grid/arranging.ts";
import { blind, ranking } from "../../lib/grid/blind.ts";
import { bottom } from "../../lib/grid/bottom.ts";
import { handOf } from "../../lib/grid/hand.ts";
import { head, helpPanel } from "../../lib/grid/head.ts";
import { jobs } from "../../lib/grid/jobs.ts";
import { actionOf } from "../../lib/grid/keys.ts";
import { looking } from "../../lib/grid/looking.ts";
import { freshMemory, type Memory } from "../../lib/grid/memory.ts";
import { news } from "../../lib/grid/news.ts";
import { panel } from "../../lib/grid/panel.ts";
import { players } from "../../lib/grid/players.ts";
import { type GridTraits, isVideo, type Mode, mergeTiles } from "../../lib/grid/tiles.ts";
import { zooming } from "../../lib/grid/zoom.ts";
import { freshWatched, merging, type Watched, watchLive } from "../../lib/live.ts";
import { watch } from "../../lib/model.ts";
import type { Tile } from "../../lib/protocol/grid_studio.ts";
import type { State } from "../../lib/sync/ensemble.ts";
import { type View, widget } from "../../lib/view.ts";

const TICK_MS = 1000;
const SHOWN = [
  "mode",
  "rows",
  "columns",
  "blind",
  "_posters",
  "_selected",
  "_baseline",
  "_order",
  "_offsets",
  "_comparison",
  "_ranking",
  "end_behavior",
] as const;

function build(view: View<Memory & Watched, GridTraits>): Node[] {
  const { model, memory, signal } = view;
  const heard = announcer(signal);
  const clock = kernelClock();
  const note = h("p", "note", { role: "status" });
  const hand = handOf(model, memory, signal, note);
  // Clips report as soon as they are there, which may be before all of this is built.
  let report: (next: State) => void = () => {};
  const play = players(model, memory, signal, (next) => report(next));
  const { ensemble } = play;
  let state: State = ensemble.state();
  let waiting = false;

  const letters = h("input", "", { type: "checkbox" });
  letters.checked = memory.letters;
  on(letters, "change", () => {
    memory.letters = letters.checked;
  });
  const help = helpPanel(letters);
  const top = head({
    mode: setMode,
    axis: (which, axis) => hand.keep(which, axis),
    blind: () => hand.keep("blind", !model.get("blind")),
  });
  const job = jobs(model, play, signal);
  const order = arranging(model, () => state);
  const looks = looking(hand, play, presses, order.place, clock.now, refresh);
  const question = blind(
    (outcome) =>
      hand.tell({ type: "vote", comparison: model.get("_comparison").number ?? 0, outcome }),
    () => hand.tell({ type: "next" }),
    () => hand.keep("blind", false),
  );
  const table = ranking();
  const controls = bottom(ensemble, {
    act: (action) => act(action),
    save: () => void saveFocused(),
    lengths: (lengths) => hand.keep("end_behavior", lengths),
    differ: () => void toDifference(),
  });
  const about = panel({
    judge: (tile, changes) => hand.tell({ type: "judge", run: tile.key, changes }),
    ask: (type, tile) => hand.ask({ type, run: tile.key }),
    pin: (tile) => hand.keep("_baseline", tile.key),
    hear: (tile) => ensemble.hear(tile.key),
    solo: (tile) => solo(tile.key),
    shift: (tile, frames) => order.shift(tile.key, frames),
    move: (tile, by) => moveBy(tile.key, by),
    save: job.save,
    fidelity: job.fidelity,
  });
  const none = h("p", "hint", {}, "No runs to compare yet: grid.runs = [run1, run2].");
  const root = h(
    "div",
    "whole",
    {},
    top.element,
    none,
    looks.element,
    note,
    question.element,
    controls.element,
    table.element,
    help,
    about.element,
    heard.element,
  );
  const zoom = zooming(root, memory, (scale) =>
    ensemble.detail(scale > 1 ? Math.round(scale * root.clientWidth) : null),
  );
  const act = acting({
    hand,
    play,
    looks,
    zoom,
    root,
    help,
    setMode,
    solo,
    moveBy,
    more,
    toDifference,
    refresh,
    state: () => state,
  });
  const told = news(heard);

  function setMode(mode: Mode): void {
    if (mode === "flip" && model.get("mode") === "flip") looks.flip();
    else hand.keep("mode", mode);
  }

  function presses(key: () => string) {
    return {
      tick(ticked: boolean) {
        const others = model.get("_selected").filter((each) => each !== key());
        hand.keep("_selected", ticked ? [...others, key()] : others);
      },
      more() {
        const tile = hand.tiles().find((each) => each.key === key());
        if (tile) more(tile);
      },
      stop: () => hand.tell({ type: "stop", run: key() }),
      retry: () => ensemble.retry(key()),
    };
  }

  function more(tile: Tile): void {
    about.open(tile, order.offsetWords(tile.key));
  }

  function moveBy(key: string, by: number): void {
    const place = order.moveBy(key, by);
    if (place) heard.announce(`${hand.letterOf(key)} moved to place ${place}.`);
  }

  function solo(key: string): void {
    memory.solo = key;
    if (key) memory.focus = key;
    if (model.get("mode") !== "grid") hand.keep("mode", "grid");
    refresh();
    looks.focus(memory.focus);
  }

  async function saveFocused(): Promise<void> {
    const tile = hand.focused();
    if (tile) await job.save(tile).catch(hand.complain);
  }

  async function toDifference(): Promise<void> {
    if (hand.tiles().filter(isVideo).length < 2 || !state.ready) return;
    hand.say("Looking where they differ…");
    try {
      const heat = await job.heat(hand.tiles(), state.duration);
      controls.heat(heat);
      const most = heat.values.indexOf(Math.max(...heat.values));
      play.play(false);
      await ensemble.seek(heat.times[most] ?? 0);
      hand.say("");
    } catch (error) {
      hand.complain(error);
    }
  }

  on<KeyboardEvent>(root, "keydown", (event) => {
    const action = actionOf(event);
    // What is open over the grid has the keys to itself: Escape closes it.
    if (root.querySelector(":popover-open") && action !== "?") return;
    if (!action || (!memory.letters && /^[A-Z0-9]$/.test(action))) return;
    event.preventDefault();
    event.stopPropagation();
    act(action);
  });

  function refresh(): void {
    if (waiting) return;
    waiting = true;
    // Several traits change at once; they are drawn together.
    queueMicrotask(() => {
      waiting = false;
      if (!signal.aborted) draw();
    });
  }

  function draw(): void {
    const every = hand.tiles();
    const mode = hand.mode();
    const hidden = model.get("blind");
    for (const { progress } of every) clock.learn(progress.now);
    if (!every.some(({ key }) => key === memory.solo)) memory.solo = "";
    const alone = every.filter(({ key }) => key === memory.solo);
    none.hidden = every.length > 0;
    top.show({
      mode,
      rows: model.get("rows"),
      columns: model.get("columns"),
      blind: hidden,
      tiles: every,
    });
    set(root, { "data-mode": mode, "data-solo": alone.length > 0 });
    ensemble.lengths(model.get("end_behavior"));
    looks.show(mode, every, alone.length ? alone : every, state);
    question.show(hidden ? model.get("_comparison") : {}, every);
    table.show(hidden ? {} : model.get("_ranking"));
    const open = every.find(({ key }) => key === memory.focus);
    if (open && about.element.matches(":popover-open"))
      about.show(open, order.offsetWords(open.key));
    if (hidden) {
      // What was said of the runs by name would tell which they are.
      about.clear();
      told.forget();
    }
    told.tell(every);
    paint(ensemble.state());
  }

  function paint(next: State): void {
    const { duration } = state;
    state = next;
    controls.paint(next, model.get("end_behavior"), hand.letterOf);
    looks.paint(next);
    if (duration !== next.duration && model.get("mode") === "storyboard") refresh();
  }

  report = paint;
  const ticker = setInterval(() => looks.tick(clock.now()), TICK_MS);
  on(signal, "abort", () => clearInterval(ticker));
  for (const name of SHOWN) watch(model, name, refresh, signal);
  watchLive(view, refresh);
  return [root];
}

export default widget(() => ({ ...freshMemory(), ...freshWatched() }), build, merging(mergeTiles));
