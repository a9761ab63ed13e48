// The ways to look at runs: tiles on a board, two in one box, or stills of all.
import { h } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import type { GridContext } from "./context.ts";
import { isVideo, type Mode } from "./grid_model.ts";
import type { GridPlayback } from "./grid_playback.ts";
import { pairView } from "./pair_view.ts";
import { storyboard } from "./storyboard.ts";
import type { TileActions } from "./tile.ts";
import { type TileBoard, tileBoard } from "./tile_board.ts";

const PAIRED = new Set<Mode>(["wipe", "flip", "difference", "onion"]);

export interface ViewModes extends Pick<TileBoard, "go" | "focus"> {
  element: HTMLElement;
  /** @param shown those on the board: all, or the one that is looked at alone. */
  show(mode: Mode, tiles: Tile[], shown: Tile[], state: SyncState): void;
  paint(state: SyncState): void;
  tick(now: number): void;
  /** Show the other one of two, while flipping. */
  flip(): void;
}

/**
 * @param place puts a run before another.
 * @param now the kernel's time, in Unix seconds.
 */
export function viewModes(
  context: GridContext,
  play: GridPlayback,
  presses: (key: () => string) => TileActions,
  place: (key: string, before: string) => void,
  now: () => number,
  refresh: () => void,
): ViewModes {
  const { model, memory, signal } = context;
  const tiles = tileBoard(memory, presses, refresh, place);
  const two = pairView(play.player, memory, refresh);
  const stills = storyboard(play.player);
  let drawing = new AbortController();
  let storied = "";
  signal.addEventListener("abort", () => drawing.abort());

  function onBoard(every: Tile[], shown: Tile[]): void {
    const plain = model.get("blind") || shown.length < 2;
    const [rows, columns] = plain ? [null, null] : [model.get("rows"), model.get("columns")];
    const tops = tiles.show(shown, rows, columns);
    const baseline = every.find(({ key }) => key === model.get("_baseline"));
    const posters = model.get("_posters");
    tiles.fill((tile) => ({
      tiles: every,
      baseline,
      selected: model.get("_selected"),
      poster: (tile.poster && posters[tile.poster]) || null,
      now: now(),
    }));
    play.set(every, new Set(tops.map(({ key }) => key)));
    tiles.mount(play.player.element, play.watch);
  }

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

  function inOneBox(mode: Mode, every: Tile[], videos: Tile[]): void {
    const both = pairOf(videos);
    play.set(every, new Set(both?.map(({ key }) => key)));
    if (both) two.show(mode, both[0], both[1], videos);
  }

  function asStills(every: Tile[], videos: Tile[], duration: number): void {
    play.set(every, new Set());
    const wanted = `${videos.map(({ key }) => key)} ${duration}`;
    if (!duration || wanted === storied) return;
    storied = wanted;
    drawing.abort();
    drawing = new AbortController();
    stills.show(videos, duration, drawing.signal).catch(context.complain);
  }

  return {
    element: h("div", "frame", {}, tiles.element, two.element, stills.element),
    go: tiles.go,
    focus: tiles.focus,
    flip: two.flip,
    tick: tiles.tick,
    show(mode, every, shown, { duration }) {
      tiles.element.hidden = mode !== "grid" || !every.length;
      two.element.hidden = !PAIRED.has(mode);
      stills.element.hidden = mode !== "storyboard";
      const videos = every.filter(isVideo);
      if (mode === "grid") onBoard(every, shown);
      else if (PAIRED.has(mode)) inOneBox(mode, every, videos);
      else asStills(every, videos, duration);
    },
    paint(state) {
      tiles.paint(state);
      two.paint(state);
    },
  };
}
