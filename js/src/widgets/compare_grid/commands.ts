// What each key of the grid does, and the list of them.
import { type ShortcutRow, shortcuts } from "../../core/shortcuts.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { speedBeside } from "../../video/transport_bar.ts";
import type { ClipActions } from "./clip_actions.ts";
import type { GridContext } from "./context.ts";
import type { Differences } from "./difference_strip.ts";
import { isVideo, type Mode } from "./grid_model.ts";
import type { GridPlayback } from "./grid_playback.ts";
import type { Reorder } from "./reorder.ts";
import type { ViewModes } from "./view_modes.ts";
import type { ZoomControl } from "./zoom.ts";

/** Parts of a tile that one press moves a zoomed picture by. */
const PAN = 0.1;

export type GridCommand = string;

const KEYS: ShortcutRow[] = [
  [["Space K"], "play or pause all"],
  [[",", "."], "previous / next frame"],
  [["Alt+ArrowLeft", "Alt+ArrowRight"], "one second back / forward"],
  [["Home", "End"], "first / last frame"],
  [["[", "]"], "start / end of the loop here"],
  [["L"], "loop on or off"],
  [["M"], "sound of this clip on or off"],
  [["-", "+ ="], "slower / faster"],
  [["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "another tile; with one picture, seconds"],
  [["Enter F2"], "controls of this tile; Esc goes back"],
  [["B"], "enlarge this clip"],
  [["1", "2", "3", "4", "5", "6", "7", "8", "9"], "enlarge clip 1–9"],
  [["Escape 0"], "show all clips"],
  [["Alt+ArrowUp", "Alt+ArrowDown"], "larger / smaller tiles"],
  [["G"], "grid"],
  [["W"], "wipe"],
  [["X"], "flip"],
  [["D"], "difference"],
  [["O"], "onion skin"],
  [["T"], "storyboard"],
  [["V"], "swap A and B"],
  [["Z"], "zoom in, then back to fit"],
  [
    ["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"],
    "move the zoomed image",
  ],
  [["J"], "largest difference"],
  [["P"], "use as baseline"],
  [["R"], "one star more, none after five"],
  [["S"], "mark as a favourite, or not"],
  [["E"], "more about this run"],
  [["<", ">"], "move the tile"],
  [["F"], "full screen"],
  [["?"], "show shortcuts"],
];

/** What the commands act on. */
export interface CommandTargets {
  root: HTMLElement;
  context: GridContext;
  playback: GridPlayback;
  modes: ViewModes;
  zoom: ZoomControl;
  order: Reorder;
  clips: ClipActions;
  openDetails(tile: Tile): void;
  showDifferences(found: Differences): void;
}

export interface Commands {
  help: HTMLElement;
  commandOf(event: KeyboardEvent): GridCommand | undefined;
  /** Do a command; faults are said, never thrown. */
  run(command: GridCommand): void;
  setMode(mode: Mode): void;
  /** Show one run alone, or all for "". */
  enlarge(key: string): void;
  /** Have so many tiles stand side by side. */
  resize(columns: number): void;
}

/** @param targets read when a command is done: some of them are made with `run` in hand. */
export function commands(context: GridContext, targets: () => CommandTargets): Commands {
  const { memory, model, tiles, focused, keep } = context;
  const { help, commandOf } = shortcuts<GridCommand>(KEYS, memory);
  const player = () => targets().playback.player;
  const state = () => player().state();

  function setMode(mode: Mode): void {
    const before = model.get("mode");
    // Back to all of them, and to the tile that the keys are about.
    if (mode === "grid") {
      if (memory.solo || before !== mode) enlarge("");
    } else if (mode === "flip" && before === mode) targets().modes.flip();
    else keep("mode", mode);
  }

  function enlarge(key: string): void {
    memory.solo = key;
    if (key) memory.focus = key;
    if (model.get("mode") !== "grid") keep("mode", "grid");
    context.refresh();
    // Once it is drawn.
    queueMicrotask(() => targets().modes.focus(memory.focus));
  }

  function resize(columns: number): void {
    const { modes } = targets();
    modes.resize(columns);
    context.announce(`${modes.columns()} side by side`);
  }

  function step(by: number): Promise<void> {
    memory.wanted = false;
    return player().step(by);
  }

  function judge(changes: (verdict: Tile["verdict"]) => Partial<Tile["verdict"]>): void {
    const tile = focused();
    if (tile?.name) context.tell({ type: "judge", run: tile.key, changes: changes(tile.verdict) });
  }

  function back(): void {
    const { modes, zoom } = targets();
    if (modes.leave()) return;
    if (memory.zoom.scale > 1) zoom.by(1 / memory.zoom.scale);
    else enlarge("");
  }

  async function toggleFullScreen(): Promise<void> {
    const { root } = targets();
    if (root.matches(":fullscreen")) return document.exitFullscreen();
    try {
      await root.requestFullscreen();
    } catch {
      throw new Error("This page may not use the full screen.");
    }
  }

  async function toDifference(): Promise<void> {
    const { clips, playback, showDifferences } = targets();
    if (tiles().filter(isVideo).length < 2 || !state().ready) return;
    context.say("Looking for differences…");
    const found = await clips.differences(tiles(), state().duration);
    showDifferences(found);
    const most = found.values.indexOf(Math.max(...found.values));
    playback.play(false);
    await player().seek(found.times[most] ?? 0);
    context.say("");
  }

  const actions: Record<GridCommand, () => unknown> = {
    Space: () => targets().playback.play(!state().playing),
    ",": () => step(-1),
    ".": () => step(1),
    "Alt+ArrowLeft": () => player().seek(state().time - 1),
    "Alt+ArrowRight": () => player().seek(state().time + 1),
    Home: () => player().seek(0),
    End: () => player().seek(state().duration),
    "[": () => player().range(state().from ? 0 : state().time, state().to),
    "]": () => player().range(state().from, state().to === null ? state().time : null),
    L: () => player().loop(!state().loop),
    M: () => player().hear(state().heard === null ? (focused()?.key ?? null) : null),
    "-": () => player().speed(speedBeside(state().speed, -1)),
    "+": () => player().speed(speedBeside(state().speed, 1)),
    Enter: () => targets().modes.enter(),
    B: () => enlarge(memory.solo ? "" : (focused()?.key ?? "")),
    Escape: back,
    "Alt+ArrowUp": () => resize(targets().modes.columns() - 1),
    "Alt+ArrowDown": () => resize(targets().modes.columns() + 1),
    G: () => setMode("grid"),
    W: () => setMode("wipe"),
    X: () => setMode("flip"),
    D: () => setMode("difference"),
    O: () => setMode("onion"),
    T: () => setMode("storyboard"),
    V: context.swap,
    Z: () => targets().zoom.cycle(),
    "Shift+ArrowLeft": () => targets().zoom.pan(PAN, 0),
    "Shift+ArrowRight": () => targets().zoom.pan(-PAN, 0),
    "Shift+ArrowUp": () => targets().zoom.pan(0, PAN),
    "Shift+ArrowDown": () => targets().zoom.pan(0, -PAN),
    J: toDifference,
    P: () => keep("_baseline", focused()?.key ?? ""),
    R: () => judge(({ rating }) => ({ rating: (rating + 1) % 6 })),
    S: () => judge(({ starred }) => ({ starred: !starred })),
    E: () => {
      const tile = focused();
      if (tile?.name) targets().openDetails(tile);
    },
    "<": () => targets().order.moveBy(memory.focus, -1),
    ">": () => targets().order.moveBy(memory.focus, 1),
    F: toggleFullScreen,
    "?": () => help.togglePopover(),
  };

  async function perform(command: GridCommand): Promise<void> {
    if (/^[1-9]$/.test(command)) enlarge(tiles()[Number(command) - 1]?.key ?? "");
    else if (command.startsWith("Arrow")) {
      const alone = context.mode() !== "grid" || memory.solo || tiles().length < 2;
      // There is no other tile: as in a player.
      if (alone && /Left|Right/.test(command)) await actions[`Alt+${command}`]?.();
      else targets().modes.go(command);
    } else await actions[command]?.();
  }

  return {
    help,
    commandOf,
    setMode,
    enlarge,
    resize,
    run: (command) => void perform(command).catch(context.complain),
  };
}
