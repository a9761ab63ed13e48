// The views of the runs: tiles on a board, two in one box, or stills of all.
import { h } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import type { GridContext } from "./context.ts";
import { isVideo, type Mode } from "./grid_model.ts";
import type { GridPlayback } from "./grid_playback.ts";
import { pairView } from "./pair_view.ts";
import { momentsIn, storyboard } from "./storyboard.ts";
import type { TileActions } from "./tile.ts";
import { type BoardSize, type TileBoard, tileBoard } from "./tile_board.ts";

const PAIRED = new Set<Mode>(["wipe", "flip", "difference", "onion"]);

export interface ViewModes
  extends Pick<TileBoard, "go" | "focus" | "enter" | "leave" | "progress" | "tick"> {
  element: HTMLElement;
  /** Draw the view that is chosen. */
  show(state: SyncState): void;
  paint(state: SyncState): void;
  /** Show the other one of two, while flipping. */
  flip(): void;
  /** How many tiles stand side by side. */
  columns(): number;
  /** Have so many stand side by side. */
  resize(columns: number): void;
}

/**
 * @param move puts a run in the place of another.
 * @param sized told how large the tiles have become; null while none are shown.
 */
export function viewModes(
  context: GridContext,
  playback: GridPlayback,
  actions: TileActions,
  move: (key: string, other: string) => void,
  sized: (size: BoardSize | null) => void,
): ViewModes {
  const { model, memory, signal } = context;
  const { player } = playback;
  const board = tileBoard(context, actions, move, playback.ratio);
  const two = pairView(player, context);
  const stills = storyboard(player);
  const element = h("div", "frame", {}, board.element, two.element, stills.element);
  let drawing = new AbortController();
  let [storied, moments] = ["", 0];
  let size: BoardSize = { columns: 1, most: 1 };
  let [ratio, fitted] = [0, false];
  const observer = new ResizeObserver(fitTiles);
  observer.observe(element);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    drawing.abort();
  });

  function fitTiles(): void {
    ratio = playback.ratio();
    element.style.setProperty("--wiro-ratio", ratio.toFixed(4));
    const tiled = !board.element.hidden && board.element.clientWidth > 0;
    if (tiled) size = board.fitTiles();
    sized(tiled && !memory.solo ? size : null);
    const { clientWidth } = stills.element;
    if (clientWidth && momentsIn(clientWidth) !== moments) context.refresh();
  }

  function onBoard(every: Tile[], shown: Tile[]): void {
    const plain = model.get("blind") || shown.length < 2;
    const [rows, columns] = plain ? [null, null] : [model.get("rows"), model.get("columns")];
    const tops = board.show(shown, rows, columns, {
      tiles: every,
      baseline: every.find(({ key }) => key === model.get("_baseline")),
      selected: model.get("_selected"),
      posterOf: context.poster,
    });
    playback.set(every, new Set(tops.map(({ key }) => key)));
    board.mount(player.element, playback.watch);
  }

  /** The two runs of a paired view: those chosen, else the baseline and the first other one. */
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
    playback.set(every, new Set(both?.map(({ key }) => key)));
    if (both) two.show(mode, both[0], both[1], videos);
  }

  function asStills(every: Tile[], duration: number): void {
    playback.set(every, new Set());
    moments = momentsIn(stills.element.clientWidth);
    const shown = every.map(({ key, name, clip, progress }) => [key, name, clip, progress.over]);
    const wanted = JSON.stringify([shown, duration, moments]);
    if (!duration || wanted === storied) return;
    storied = wanted;
    drawing.abort();
    drawing = new AbortController();
    stills.show(every, duration, moments, drawing.signal).catch(context.complain);
  }

  return {
    element,
    go: board.go,
    focus: board.focus,
    enter: board.enter,
    leave: board.leave,
    progress: board.progress,
    tick: board.tick,
    flip: two.flip,
    columns: () => size.columns,
    resize(columns) {
      const wished = Math.max(1, Math.min(size.most, columns));
      // The number that makes them largest is found anew when the width changes.
      model.set("side_by_side", null);
      context.keep("side_by_side", board.fitTiles().columns === wished ? null : wished);
      fitTiles();
    },
    show({ duration }) {
      const every = context.tiles();
      const mode = context.mode();
      if (!every.some(({ key }) => key === memory.solo)) memory.solo = "";
      const alone = every.filter(({ key }) => key === memory.solo);
      const videos = every.filter(isVideo);
      board.element.hidden = mode !== "grid" || !every.length;
      two.element.hidden = !PAIRED.has(mode);
      stills.element.hidden = mode !== "storyboard";
      if (two.element.hidden) two.clear();
      if (stills.element.hidden && model.get("blind")) {
        // The names of its rows would tell which run is which.
        drawing.abort();
        stills.element.replaceChildren();
        storied = "";
      }
      if (mode === "grid") onBoard(every, alone.length ? alone : every);
      else if (PAIRED.has(mode)) inOneBox(mode, every, videos);
      else asStills(every, duration);
      fitTiles();
    },
    paint(state) {
      board.paint(state);
      two.paint(state);
      // With the first clip comes the transport, which takes some of the height.
      if (state.ready && (!fitted || Math.abs(playback.ratio() - ratio) > 0.01)) fitTiles();
      fitted = state.ready;
    },
  };
}
