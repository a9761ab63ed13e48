// Several runs side by side: the tiles on a board, two in one box, or stills of all, on one clock.
import { defineWidget, type View } from "../../core/define_widget.ts";
import { h, on } from "../../core/dom.ts";
import { kernelClock } from "../../core/kernel_clock.ts";
import { freshLiveMemory, type LiveMemory, mergeLive, watchLive } from "../../core/live.ts";
import { watch } from "../../core/model.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import { blindVote, ranking } from "./blind_vote.ts";
import { clipActions } from "./clip_actions.ts";
import { type CommandTargets, commands } from "./commands.ts";
import { gridContext, runAnnouncements } from "./context.ts";
import { type GridTraits, mergeTiles, sameButProgress } from "./grid_model.ts";
import { gridPlayback } from "./grid_playback.ts";
import { reorder } from "./reorder.ts";
import { runDetails } from "./run_details.ts";
import { toolbar } from "./toolbar.ts";
import { transportRow } from "./transport_row.ts";
import { viewModes } from "./view_modes.ts";
import { freshViewState, type ViewState } from "./view_state.ts";
import { zoomControl } from "./zoom.ts";

const TICK_MS = 1000;
const SHOWN = [
  "mode",
  "rows",
  "columns",
  "side_by_side",
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
  const clock = kernelClock();
  const context = gridContext(view, refresh);
  // Clips report as soon as they are there, which may be before all of this is built.
  let report: (next: SyncState) => void = () => {};
  const playback = gridPlayback(context, (next) => report(next));
  const { player } = playback;
  let state: SyncState = player.state();
  /** The tiles as they were drawn. */
  let drawn: Tile[] = [];
  let [waiting, whole] = [false, true];
  let ticker: ReturnType<typeof setInterval> | undefined;

  const root = h("div", "whole");
  const keys = commands(context, () => targets);
  const { run, enlarge, help, commandOf } = keys;
  const order = reorder(context, () => state);
  const clips = clipActions(context, playback);
  const details = runDetails(context, player, order, clips, enlarge, (key) => modes.focus(key));
  const zoom = zoomControl(root, memory, (scale) =>
    player.detail(scale > 1 ? Math.round(scale * root.clientWidth) : null),
  );
  const top = toolbar(context, zoom.element, keys);
  const tileActions = {
    select(key: string, on: boolean) {
      const others = model.get("_selected").filter((each) => each !== key);
      context.keep("_selected", on ? [...others, key] : others);
    },
    open(key: string) {
      const tile = context.tiles().find((each) => each.key === key);
      if (tile) details.open(tile);
    },
    judge: (run: string, changes: Partial<Tile["verdict"]>) =>
      context.tell({ type: "judge", run, changes }),
    stop: (key: string) => context.tell({ type: "stop", run: key }),
    retry: player.retry,
    enlarge: (key: string) => enlarge(memory.solo ? "" : key),
  };
  const modes = viewModes(context, playback, tileActions, order.place, top.size);
  const table = ranking();
  const question = blindVote(context, () => {
    table.reveal();
    top.focus();
  });
  const controls = transportRow(context, player, run, () => {
    const tile = context.focused();
    if (tile) clips.save(tile).then(context.say, context.complain);
  });
  const told = runAnnouncements(context);
  const targets: CommandTargets = {
    root,
    context,
    playback,
    modes,
    zoom,
    order,
    clips,
    openDetails: details.open,
    showDifferences: controls.differences,
  };
  const none = h(
    "p",
    "hint",
    {},
    "No runs to compare yet. Select runs in a Studio, or set grid.runs.",
  );
  root.append(
    top.element,
    none,
    h("div", "beside", {}, modes.element, details.element),
    context.note,
    question.element,
    controls.element,
    table.element,
    help,
    context.spoken,
  );

  on<KeyboardEvent>(root, "keydown", (event) => {
    const command = commandOf(event);
    // What is open over the grid has the keys to itself: Escape closes it.
    if (!command || (root.querySelector(":popover-open") && command !== "?")) return;
    event.preventDefault();
    event.stopPropagation();
    // On the scrubber they are about time, as in a player.
    const scrubs = (event.target as Element).matches(".wiro-scrub");
    run(scrubs && /^Arrow(L|R)/.test(command) ? `Alt+${command}` : command);
  });

  function refresh(): void {
    whole = true;
    schedule();
  }

  /** Several changes at once are drawn together. */
  function schedule(): void {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      if (!signal.aborted) draw();
    });
  }

  function draw(): void {
    const every = context.tiles();
    for (const { progress } of every) clock.learn(progress.now);
    const before = new Map(drawn.map((tile) => [tile.key, tile]));
    const known = (tile: Tile) => {
      const last = before.get(tile.key);
      return last !== undefined && sameButProgress(last, tile);
    };
    const all = whole || every.length !== drawn.length || !every.every(known);
    whole = false;
    drawn = every;
    if (all) drawAll(every);
    const now = clock.now();
    modes.progress(all ? every : every.filter((tile) => before.get(tile.key) !== tile), now);
    details.refresh();
    told.tell(every);
    follow(every.some(({ progress }) => !progress.over));
    if (all) paint(player.state());
  }

  function drawAll(every: Tile[]): void {
    const hidden = model.get("blind");
    none.hidden = every.length > 0;
    playback.lengths(model.get("end_behavior"));
    const held = root.querySelector(":focus");
    modes.show(state);
    top.show();
    question.show(hidden ? model.get("_comparison") : {});
    table.show(hidden ? {} : model.get("_ranking"), every);
    // What had the focus is gone or hidden, and nothing took it: the keys must go on working.
    if (held && !root.querySelector(":focus")?.checkVisibility()) {
      if (context.mode() === "grid") modes.focus(memory.focus);
      else top.focus();
    }
    if (hidden) {
      // What was said of the runs by name would tell which they are.
      details.clear();
      told.forget();
    }
  }

  /** Count the seconds while a run is under way, and only then. */
  function follow(going: boolean): void {
    if (going === (ticker !== undefined)) return;
    clearInterval(ticker);
    ticker = going ? setInterval(() => modes.tick(clock.now()), TICK_MS) : undefined;
  }

  function paint(next: SyncState): void {
    const { duration, failed } = state;
    state = next;
    for (const [key, words] of Object.entries(next.failed)) {
      if (!failed[key]) context.announce(`${context.letterOf(key)}: ${words}`);
    }
    controls.paint(next);
    question.paint(next);
    modes.paint(next);
    if (duration !== next.duration && model.get("mode") === "storyboard") refresh();
  }

  report = paint;
  on(signal, "abort", () => clearInterval(ticker));
  for (const name of SHOWN) watch(model, name, refresh, signal);
  watchLive(view, schedule);
  return [root];
}

export default defineWidget(
  () => ({ ...freshViewState(), ...freshLiveMemory() }),
  build,
  mergeLive(mergeTiles),
);
