// What each key of the grid does, called by the names of keys.ts.
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import { SPEEDS } from "../../video/transport_bar.ts";
import type { GridContext } from "./context.ts";
import type { Mode } from "./grid_model.ts";
import type { GridPlayback } from "./grid_playback.ts";
import type { ViewModes } from "./view_modes.ts";
import type { ZoomControl } from "./zoom.ts";

/** Parts of a tile that one press moves a zoomed picture by. */
const PAN = 0.1;

export interface CommandContext {
  context: GridContext;
  play: GridPlayback;
  looks: ViewModes;
  zoom: ZoomControl;
  root: HTMLElement;
  help: HTMLElement;
  state(): SyncState;
  setMode(mode: Mode): void;
  /** Show one run alone, or all for "". */
  solo(key: string): void;
  moveBy(key: string, by: number): void;
  /** Open the panel about a run. */
  more(tile: Tile): void;
  toDifference(): Promise<void>;
  refresh(): void;
}

/** @returns what does an action; faults are said, never thrown. */
export function commands(parts: CommandContext): (action: string) => void {
  const { context, play, looks, zoom, root, help, state, setMode, solo, moveBy } = parts;
  const { player } = play;
  const { memory } = context;

  function step(by: number): Promise<void> {
    memory.wanted = false;
    return player.step(by);
  }

  function hurry(by: number): void {
    const { speed } = state();
    const at = SPEEDS.findIndex((each) => each >= speed) + by;
    player.speed(SPEEDS[at] ?? speed);
  }

  function swap(): void {
    memory.pair.reverse();
    parts.refresh();
  }

  function star(): void {
    const tile = context.focused();
    if (!tile?.name) return;
    const changes = { starred: !tile.verdict.starred };
    context.tell({ type: "judge", run: tile.key, changes });
  }

  const actions: Record<string, () => unknown> = {
    Space: () => play.play(!state().playing),
    ",": () => step(-1),
    ".": () => step(1),
    "Alt+ArrowLeft": () => player.seek(state().time - 1),
    "Alt+ArrowRight": () => player.seek(state().time + 1),
    Home: () => player.seek(0),
    End: () => player.seek(state().duration),
    "[": () => player.range(state().from ? 0 : state().time, state().to),
    "]": () => player.range(state().from, state().to === null ? state().time : null),
    L: () => player.loop(!state().loop),
    M: () => player.hear(state().heard === null ? (context.focused()?.key ?? null) : null),
    "-": () => hurry(-1),
    "+": () => hurry(1),
    Enter: () => solo(context.focused()?.key ?? ""),
    Escape: () => (memory.zoom.scale > 1 ? zoom.by(1 / memory.zoom.scale) : solo("")),
    G: () => setMode("grid"),
    W: () => setMode("wipe"),
    X: () => setMode("flip"),
    D: () => setMode("difference"),
    O: () => setMode("onion"),
    T: () => setMode("storyboard"),
    V: swap,
    Z: () => zoom.cycle(),
    "Shift+ArrowLeft": () => zoom.pan(PAN, 0),
    "Shift+ArrowRight": () => zoom.pan(-PAN, 0),
    "Shift+ArrowUp": () => zoom.pan(0, PAN),
    "Shift+ArrowDown": () => zoom.pan(0, -PAN),
    J: parts.toDifference,
    P: () => context.keep("_baseline", context.focused()?.key ?? ""),
    S: star,
    E: () => {
      const tile = context.focused();
      if (tile?.name) parts.more(tile);
    },
    "<": () => moveBy(memory.focus, -1),
    ">": () => moveBy(memory.focus, 1),
    F: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
    "?": () => help.togglePopover(),
  };

  return (action) => {
    if (/^[1-9]$/.test(action)) solo(context.tiles()[Number(action) - 1]?.key ?? "");
    else if (action.startsWith("Arrow")) looks.go(action);
    else void Promise.resolve(actions[action]?.()).catch(context.complain);
  };
}
