// Several runs side by side: the tiles on a board, two in one box, or stills of all, on one clock.
import { announcer } from "../../lib/announcer.ts";
import { kernelClock } from "../../lib/clock.ts";
import { h, on, say, set } from "../../lib/dom.ts";
import { arranging } from "../../lib/grid/arranging.ts";
import { blind, ranking } from "../../lib/grid/blind.ts";
import { board } from "../../lib/grid/board.ts";
import { bottom } from "../../lib/grid/bottom.ts";
import { head, helpPanel } from "../../lib/grid/head.ts";
import { jobs } from "../../lib/grid/jobs.ts";
import { actionOf } from "../../lib/grid/keys.ts";
import { freshMemory, type Memory } from "../../lib/grid/memory.ts";
import { pair } from "../../lib/grid/pair.ts";
import { panel } from "../../lib/grid/panel.ts";
import { players } from "../../lib/grid/players.ts";
import { story } from "../../lib/grid/story.ts";
import { type GridTraits, isVideo, type Mode, snapshotOf, tilesOf } from "../../lib/grid/tiles.ts";
import { zooming } from "../../lib/grid/zoom.ts";
import { watch } from "../../lib/model.ts";
import type { GridFromKernel, GridToKernel, Tile } from "../../lib/protocol/grid.ts";
import { ask } from "../../lib/request.ts";
import { isOver } from "../../lib/stages.ts";
import type { State } from "../../lib/sync/ensemble.ts";
import { SPEEDS } from "../../lib/transport.ts";
import { type View, widget } from "../../lib/view.ts";
import { announcement } from "../../lib/words.ts";

const TICK_MS = 1000;
const PAN = 0.1;
const PAIRED = new Set<Mode>(["wipe", "flip", "difference", "onion"]);
const SHOWN = [
  "mode",
  "rows",
  "columns",
  "blind",
  "_tiles",
  "_live",
  "_posters",
  "_selected",
  "_baseline",
  "_order",
  "_offsets",
  "_trial",
  "_ranking",
  "lengths",
] as const;

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

export default widget(freshMemory, ({ model, memory, signal }: View<Memory, GridTraits>) => {
  const heard = announcer(signal);
  const clock = kernelClock();
  // Clips report as soon as they are there, which may be before all of this is built.
  let report: (next: State) => void = () => {};
  const play = players(model, memory, signal, (next) => report(next));
  const { ensemble } = play;
  const letters = h("input", "", { type: "checkbox" });
  letters.checked = memory.letters;
  on(letters, "change", () => {
    memory.letters = letters.checked;
  });
  const help = helpPanel(letters);
  const top = head({
    mode: setMode,
    axis: (which, axis) => keep(which, axis),
    blind: () => keep("blind", !model.get("blind")),
  });
  const job = jobs(model, play, signal);
  const order = arranging(model, () => state);
  const tiles = board(memory, presses, refresh, order.place);
  const two = pair(ensemble, memory, refresh);
  const stills = story(ensemble);
  const question = blind(
    (outcome) =>
      void tell({ type: "vote", trial: model.get("_trial").number ?? 0, outcome }).catch(complain),
    () => void tell({ type: "next" }).catch(complain),
    () => keep("blind", false),
  );
  const table = ranking();
  const controls = bottom(ensemble, {
    act,
    save: () => void saveFocused(),
    lengths: (lengths) => keep("lengths", lengths),
    differ: () => void toDifference(),
  });
  const about = panel({
    judge: (tile, changes) => void tell({ type: "judge", run: tile.key, changes }).catch(complain),
    ask: (type, tile) => tell({ type, run: tile.key }),
    pin: (tile) => keep("_baseline", tile.key),
    hear: (tile) => ensemble.hear(tile.key),
    solo: (tile) => solo(tile.key),
    shift: (tile, frames) => order.shift(tile.key, frames),
    move: (tile, by) => moveBy(tile.key, by),
    save: job.save,
    fidelity: job.fidelity,
  });
  const note = h("p", "note", { role: "status" });
  const none = h("p", "hint", {}, "No runs to compare yet: grid.runs = [run1, run2].");
  const frame = h("div", "frame", {}, tiles.element, two.element, stills.element);
  const root = h(
    "div",
    "whole",
    {},
    top.element,
    none,
    frame,
    note,
    question.element,
    controls.element,
    table.element,
    help,
    about.element,
    heard.element,
  );
  const close = zooming(root, memory, (scale) =>
    ensemble.detail(scale > 1 ? Math.round(scale * root.clientWidth) : null),
  );
  const told = new Map<string, string>();
  let state: State = ensemble.state();
  let drawing = new AbortController();
  let storied = "";
  let waiting = false;

  /** What the mode is, as far as there are clips for it. */
  const modeOf = (): Mode => (all().filter(isVideo).length < 2 ? "grid" : model.get("mode"));
  const all = (): Tile[] => tilesOf(model);
  const focused = (): Tile | undefined => all().find(({ key }) => key === memory.focus) ?? all()[0];
  const letterOf = (key: string): string => all().find((tile) => tile.key === key)?.letter ?? "";

  function keep<Name extends keyof GridTraits & string>(name: Name, value: GridTraits[Name]): void {
    model.set(name, value);
    model.save_changes();
  }

  function tell(message: WithoutId<GridToKernel>): Promise<void> {
    const silent = (busy: boolean) =>
      say(note, busy ? "Waiting for the kernel; it is busy with a cell." : "");
    return ask<GridToKernel, GridFromKernel>(model, message, signal, silent, () => true).done;
  }

  function complain(error: unknown): void {
    if (!signal.aborted) say(note, error instanceof Error ? error.message : String(error));
  }

  function setMode(mode: Mode): void {
    if (mode === "flip" && model.get("mode") === "flip") two.flip();
    else keep("mode", mode);
  }

  function presses(key: () => string) {
    const tile = () => all().find((each) => each.key === key());
    return {
      tick(ticked: boolean) {
        const others = model.get("_selected").filter((each) => each !== key());
        keep("_selected", ticked ? [...others, key()] : others);
      },
      more() {
        const one = tile();
        if (one) about.open(one, order.offsetWords(one.key));
      },
      stop: () => void tell({ type: "stop", run: key() }).catch(complain),
      retry: () => ensemble.retry(key()),
    };
  }

  function moveBy(key: string, by: number): void {
    const place = order.moveBy(key, by);
    if (place) heard.announce(`${letterOf(key)} moved to place ${place}.`);
  }

  function solo(key: string): void {
    memory.solo = key;
    if (key) memory.focus = key;
    if (model.get("mode") !== "grid") keep("mode", "grid");
    refresh();
    tiles.focus(memory.focus);
  }

  async function saveFocused(): Promise<void> {
    const tile = focused();
    if (tile) await job.save(tile).catch(complain);
  }

  async function toDifference(): Promise<void> {
    if (all().filter(isVideo).length < 2 || !state.ready) return;
    say(note, "Looking where they differ…");
    try {
      const heat = await job.heat(all(), state.duration);
      controls.heat(heat);
      const most = heat.values.indexOf(Math.max(...heat.values));
      play.play(false);
      await ensemble.seek(heat.times[most] ?? 0);
      say(note, "");
    } catch (error) {
      complain(error);
    }
  }

  function hurry(by: number): void {
    const at = SPEEDS.findIndex((speed) => speed >= state.speed) + by;
    ensemble.speed(SPEEDS[at] ?? state.speed);
  }

  const actions: Record<string, () => unknown> = {
    Space: () => play.play(!state.playing),
    ",": () => step(-1),
    ".": () => step(1),
    "Alt+ArrowLeft": () => ensemble.seek(state.time - 1),
    "Alt+ArrowRight": () => ensemble.seek(state.time + 1),
    Home: () => ensemble.seek(0),
    End: () => ensemble.seek(state.duration),
    "[": () => ensemble.range(state.from ? 0 : state.time, state.to),
    "]": () => ensemble.range(state.from, state.to === null ? state.time : null),
    L: () => ensemble.loop(!state.loop),
    M: () => ensemble.hear(state.heard === null ? (focused()?.key ?? null) : null),
    "-": () => hurry(-1),
    "+": () => hurry(1),
    Enter: () => solo(focused()?.key ?? ""),
    Escape: () => (memory.zoom.scale > 1 ? close.by(1 / memory.zoom.scale) : solo("")),
    G: () => setMode("grid"),
    W: () => setMode("wipe"),
    X: () => setMode("flip"),
    D: () => setMode("difference"),
    O: () => setMode("onion"),
    T: () => setMode("storyboard"),
    V: swap,
    Z: () => close.cycle(),
    "Shift+ArrowLeft": () => close.pan(PAN, 0),
    "Shift+ArrowRight": () => close.pan(-PAN, 0),
    "Shift+ArrowUp": () => close.pan(0, PAN),
    "Shift+ArrowDown": () => close.pan(0, -PAN),
    J: () => toDifference(),
    P: () => keep("_baseline", focused()?.key ?? ""),
    S: star,
    E: () => {
      const tile = focused();
      if (tile?.name) about.open(tile, order.offsetWords(tile.key));
    },
    "<": () => moveBy(memory.focus, -1),
    ">": () => moveBy(memory.focus, 1),
    F: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
    "?": () => help.togglePopover(),
  };

  function act(action: string): void {
    if (/^[1-9]$/.test(action)) solo(all()[Number(action) - 1]?.key ?? "");
    else if (action.startsWith("Arrow")) tiles.go(action);
    else void Promise.resolve(actions[action]?.()).catch(complain);
  }

  function step(by: number): Promise<void> {
    memory.wanted = false;
    return ensemble.step(by);
  }

  function swap(): void {
    memory.pair.reverse();
    refresh();
  }

  function star(): void {
    const tile = focused();
    if (!tile?.name) return;
    const changes = { starred: !tile.verdict.starred };
    void tell({ type: "judge", run: tile.key, changes }).catch(complain);
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

  /** The two runs of a paired mode: those chosen, else the baseline and the first other one. */
  function pairOf(videos: Tile[]): [Tile, Tile] | null {
    const find = (key: string | undefined) => videos.find((tile) => tile.key === key);
    const ticked = model.get("_selected").map(find).filter(Boolean);
    const left = find(memory.pair[0]) ?? ticked[0] ?? find(model.get("_baseline")) ?? videos[0];
    const right =
      [find(memory.pair[1]), ...ticked, ...videos].find((tile) => tile && tile !== left) ?? null;
    if (!left || !right) return null;
    memory.pair = [left.key, right.key];
    return [left, right];
  }

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
    const every = all();
    const mode = modeOf();
    const hidden = model.get("blind");
    for (const { progress } of every) clock.learn(progress.now);
    if (!every.some(({ key }) => key === memory.solo)) memory.solo = "";
    const alone = every.filter(({ key }) => key === memory.solo);
    const shown = alone.length ? alone : every;
    none.hidden = every.length > 0;
    top.show({
      mode,
      rows: model.get("rows"),
      columns: model.get("columns"),
      blind: hidden,
      tiles: every,
    });
    tiles.element.hidden = mode !== "grid" || !every.length;
    two.element.hidden = !PAIRED.has(mode);
    stills.element.hidden = mode !== "storyboard";
    set(root, { "data-mode": mode, "data-solo": alone.length > 0 });
    ensemble.lengths(model.get("lengths"));
    const videos = every.filter(isVideo);
    const seen = mode === "grid" ? drawBoard(every, shown, hidden) : drawClosely(mode, videos);
    play.set(every, seen);
    question.show(hidden ? model.get("_trial") : {}, every);
    table.show(hidden ? {} : model.get("_ranking"));
    const open = every.find(({ key }) => key === memory.focus);
    if (open && about.element.matches(":popover-open"))
      about.show(open, order.offsetWords(open.key));
    if (hidden) {
      // What was said of the runs by name would tell which they are.
      about.clear();
      heard.element.replaceChildren();
      told.clear();
    }
    for (const tile of every) announce(tile);
    paint(ensemble.state());
  }

  function drawBoard(every: Tile[], shown: Tile[], hidden: boolean): Set<string> {
    const plain = hidden || shown.length < 2;
    const [rows, columns] = plain ? [null, null] : [model.get("rows"), model.get("columns")];
    const tops = tiles.show(shown, rows, columns);
    const baseline = every.find(({ key }) => key === model.get("_baseline"));
    const posters = model.get("_posters");
    tiles.fill((tile) => ({
      tiles: every,
      baseline,
      selected: model.get("_selected"),
      poster: (tile.poster && posters[tile.poster]) || null,
      now: clock.now(),
    }));
    play.set(every, new Set(tops.map(({ key }) => key)));
    tiles.mount(ensemble.element, play.watch);
    return new Set(tops.map(({ key }) => key));
  }

  function drawClosely(mode: Mode, videos: Tile[]): Set<string> {
    const both = pairOf(videos);
    play.set(all(), new Set(both?.map(({ key }) => key)));
    if (PAIRED.has(mode) && both) {
      two.show(mode, both[0], both[1], videos);
      return new Set(both.map(({ key }) => key));
    }
    const wanted = `${videos.map(({ key }) => key)} ${state.duration}`;
    if (state.duration && wanted !== storied) {
      storied = wanted;
      drawing.abort();
      drawing = new AbortController();
      stills.show(videos, state.duration, drawing.signal).catch(complain);
    }
    return new Set();
  }

  /** Say once what became of a run. */
  function announce(tile: Tile): void {
    if (!tile.name || !isOver(tile.progress.state)) {
      told.set(tile.key, "");
      return;
    }
    const words = announcement(snapshotOf(tile));
    if (told.get(tile.key) === "") heard.announce(`${tile.letter}, ${words}`);
    told.set(tile.key, words);
  }

  function paint(next: State): void {
    const duration = state?.duration;
    state = next;
    controls.paint(next, model.get("lengths"), letterOf);
    tiles.paint(next);
    two.paint(next);
    if (duration !== next.duration && model.get("mode") === "storyboard") refresh();
  }

  report = paint;
  const ticker = setInterval(() => tiles.tick(clock.now()), TICK_MS);
  on(signal, "abort", () => {
    clearInterval(ticker);
    drawing.abort();
  });
  for (const name of SHOWN) watch(model, name, refresh, signal);
  return [root];
});
