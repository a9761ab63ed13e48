// What each key of the grid does, called by the names of keys.ts.
import type { Tile } from "../protocol/grid_studio.ts";
import type { State } from "../sync/ensemble.ts";
import { SPEEDS } from "../transport.ts";
import type { Hand } from "./hand.ts";
import type { Looking } from "./looking.ts";
import type { Players } from "./players.ts";
import type { Mode } from "./tiles.ts";
import type { Zooming } from "./zoom.ts";

/** Parts of a tile that one press moves a zoomed picture by. */
const PAN = 0.1;

export interface Acting {
  hand: Hand;
  play: Players;
  looks: Looking;
  zoom: Zooming;
  root: HTMLElement;
  help: HTMLElement;
  state(): State;
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
export function acting(parts: Acting): (action: string) => void {
  const { hand, play, looks, zoom, root, help, state, setMode, solo, moveBy } = parts;
  const { ensemble } = play;
  const { memory } = hand;

  function step(by: number): Promise<void> {
    memory.wanted = false;
    return ensemble.step(by);
  }

  function hurry(by: number): void {
    const { speed } = state();
    const at = SPEEDS.findIndex((each) => each >= speed) + by;
    ensemble.speed(SPEEDS[at] ?? speed);
  }

  function swap(): void {
    memory.pair.reverse();
    parts.refresh();
  }

  function star(): void {
    const tile = hand.focused();
    if (!tile?.name) return;
    const changes = { starred: !tile.verdict.starred };
    hand.tell({ type: "judge", run: tile.key, changes });
  }

  const actions: Record<string, () => unknown> = {
    Space: () => play.play(!state().playing),
    ",": () => step(-1),
    ".": () => step(1),
    "Alt+ArrowLeft": () => ensemble.seek(state().time - 1),
    "Alt+ArrowRight": () => ensemble.seek(state().time + 1),
    Home: () => ensemble.seek(0),
    End: () => ensemble.seek(state().duration),
    "[": () => ensemble.range(state().from ? 0 : state().time, state().to),
    "]": () => ensemble.range(state().from, state().to === null ? state().time : null),
    L: () => ensemble.loop(!state().loop),
    M: () => ensemble.hear(state().heard === null ? (hand.focused()?.key ?? null) : null),
    "-": () => hurry(-1),
    "+": () => hurry(1),
    Enter: () => solo(hand.focused()?.key ?? ""),
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
    P: () => hand.keep("_baseline", hand.focused()?.key ?? ""),
    S: star,
    E: () => {
      const tile = hand.focused();
      if (tile?.name) parts.more(tile);
    },
    "<": () => moveBy(memory.focus, -1),
    ">": () => moveBy(memory.focus, 1),
    F: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
    "?": () => help.togglePopover(),
  };

  return (action) => {
    if (/^[1-9]$/.test(action)) solo(hand.tiles()[Number(action) - 1]?.key ?? "");
    else if (action.startsWith("Arrow")) looks.go(action);
    else void Promise.resolve(actions[action]?.()).catch(hand.complain);
  };
}
