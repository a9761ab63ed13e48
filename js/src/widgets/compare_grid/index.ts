// Several runs side by side: the tiles on a board, two in one box, or stills of all, on one clock.
import { announcer } from "../../core/announcer.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { h, on, setAttributes } from "../../core/dom.ts";
import { kernelClock } from "../../core/kernel_clock.ts";
import { freshLiveMemory, type LiveMemory, mergeLive, watchLive } from "../../core/live.ts";
import { watch } from "../../core/model.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import { blindVote, ranking } from "./blind_vote.ts";
import { clipActions } from "./clip_actions.ts";
import { commands } from "./commands.ts";
import { gridContext } from "./context.ts";
import { type GridTraits, isVideo, type Mode, mergeTiles } from "./grid_model.ts";
import { gridPlayback } from "./grid_playback.ts";
import { actionOf } from "./keys.ts";
import { reorder } from "./reorder.ts";
import { runAnnouncements } from "./run_announcements.ts";
import { runDetails } from "./run_details.ts";
import { helpPanel, toolbar } from "./toolbar.ts";
import { transportRow } from "./transport_row.ts";
import { viewModes } from "./view_modes.ts";
import { freshViewState, type ViewState } from "./view_state.ts";
import { zoomControl } from "./zoom.ts";

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

function build(view: View<ViewState & LiveMemory, GridTraits>): Node[] {
  const { model, memory, signal } = view;
  const heard = announcer(signal);
  const clock = kernelClock();
  const note = h("p", "note", { role: "status" });
  const context = gridContext(model, memory, signal, note);
  // Clips report as soon as they are there, which may be before all of this is built.
  let report: (next: SyncState) => void = () => {};
  const play = gridPlayback(model, memory, signal, (next) => report(next));
  const { player } = play;
  let state: SyncState = player.state();
  let waiting = false;

  const letters = h("input", "", { type: "checkbox" });
  letters.checked = memory.letters;
  on(letters, "change", () => {
    memory.letters = letters.checked;
  });
  const help = helpPanel(letters);
  const top = toolbar({
    mode: setMode,
    axis: (which, axis) => context.keep(which, axis),
    blind: () => context.keep("blind", !model.get("blind")),
  });
  const job = clipActions(model, play, signal);
  const order = reorder(model, () => state);
  const looks = viewModes(context, play, presses, order.place, clock.now, refresh);
  const question = blindVote(
    (outcome) =>
      context.tell({ type: "vote", comparison: model.get("_comparison").number ?? 0, outcome }),
    () => context.tell({ type: "next" }),
    () => context.keep("blind", false),
  );
  const table = ranking();
  const controls = transportRow(player, {
    act: (action) => act(action),
    save: () => void saveFocused(),
    lengths: (lengths) => context.keep("end_behavior", lengths),
    differ: () => void toDifference(),
  });
  const about = runDetails({
    judge: (tile, changes) => context.tell({ type: "judge", run: tile.key, changes }),
    ask: (type, tile) => context.ask({ type, run: tile.key }),
    pin: (tile) => context.keep("_baseline", tile.key),
    hear: (tile) => player.hear(tile.key),
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
  const zoom = zoomControl(root, memory, (scale) =>
    player.detail(scale > 1 ? Math.round(scale * root.clientWidth) : null),
  );
  const act = commands({
    context,
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
  const told = runAnnouncements(heard);

  function setMode(mode: Mode): void {
    if (mode === "flip" && model.get("mode") === "flip") looks.flip();
    else context.keep("mode", mode);
  }

  function presses(key: () => string) {
    return {
      tick(ticked: boolean) {
        const others = model.get("_selected").filter((each) => each !== key());
        context.keep("_selected", ticked ? [...others, key()] : others);
      },
      more() {
        const tile = context.tiles().find((each) => each.key === key());
        if (tile) more(tile);
      },
      stop: () => context.tell({ type: "stop", run: key() }),
      retry: () => player.retry(key()),
    };
  }

  function more(tile: Tile): void {
    about.open(tile, order.offsetWords(tile.key));
  }

  function moveBy(key: string, by: number): void {
    const place = order.moveBy(key, by);
    if (place) heard.announce(`${context.letterOf(key)} moved to place ${place}.`);
  }

  function solo(key: string): void {
    memory.solo = key;
    if (key) memory.focus = key;
    if (model.get("mode") !== "grid") context.keep("mode", "grid");
    refresh();
    looks.focus(memory.focus);
  }

  async function saveFocused(): Promise<void> {
    const tile = context.focused();
    if (tile) await job.save(tile).catch(context.complain);
  }

  async function toDifference(): Promise<void> {
    if (context.tiles().filter(isVideo).length < 2 || !state.ready) return;
    context.say("Looking where they differ…");
    try {
      const heat = await job.heat(context.tiles(), state.duration);
      controls.heat(heat);
      const most = heat.values.indexOf(Math.max(...heat.values));
      play.play(false);
      await player.seek(heat.times[most] ?? 0);
      context.say("");
    } catch (error) {
      context.complain(error);
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
    const every = context.tiles();
    const mode = context.mode();
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
    setAttributes(root, { "data-mode": mode, "data-solo": alone.length > 0 });
    player.lengths(model.get("end_behavior"));
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
    paint(player.state());
  }

  function paint(next: SyncState): void {
    const { duration } = state;
    state = next;
    controls.paint(next, model.get("end_behavior"), context.letterOf);
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

export default defineWidget(
  () => ({ ...freshViewState(), ...freshLiveMemory() }),
  build,
  mergeLive(mergeTiles),
);
