// What the grid knows of its runs, before anything is drawn: merging, values, differences, words.
import type { BaseTraits, Model } from "../../core/model.ts";
import type {
  Comparison,
  GridBoard,
  RankingTable,
  Tile,
  TilesMessage,
} from "../../protocol/grid_studio.ts";
import type { RunSnapshot } from "../../protocol/runs.ts";
import { costWords, statusWords } from "../../run/status_text.ts";
import type { LengthMode } from "../../video/sync_player.ts";

export type Mode = "grid" | "wipe" | "flip" | "difference" | "onion" | "storyboard";

export interface GridTraits extends BaseTraits {
  mode: Mode;
  /** Seconds. */
  time: number;
  rows: string | null;
  columns: string | null;
  end_behavior: LengthMode;
  blind: boolean;
  _live: GridBoard;
  _posters: Record<string, string>;
  _selected: string[];
  _baseline: string;
  _order: string[];
  _offsets: Record<string, number>;
  _comparison: Partial<Comparison>;
  _ranking: Partial<RankingTable>;
}

export type GridModel = Model<GridTraits>;

/** The tiles as they are now, in their order. */
export function tilesOf(model: GridModel): Tile[] {
  const order = model.get("_order");
  const place = ({ key }: Tile) => order.indexOf(key);
  return (model.get("_live").tiles ?? []).toSorted((a, b) => place(a) - place(b));
}

/** Put what is new of some tiles into what is known of all. */
export function mergeTiles(board: GridBoard, { tiles, progress }: TilesMessage): void {
  const fresh = new Map(tiles.map((tile) => [tile.key, tile]));
  board.tiles = board.tiles.map((tile) => {
    const going = progress[tile.key];
    return fresh.get(tile.key) ?? (going ? { ...tile, progress: going } : tile);
  });
}

/** A tile as the words, bars and announcements of a single run's views take it. */
export function snapshotOf({ progress, clip, ...tile }: Tile): RunSnapshot {
  return {
    ...tile,
    ...progress,
    clips: clip ? [clip] : [],
    logs: [],
    log_total: 0,
    candidates: [],
    task_id: null,
    reused: false,
  };
}

/** What rows and columns can be made of: parameters first, then what every run has. */
export function axesOf(tiles: Tile[]): string[] {
  const parameters = tiles.flatMap((tile) => tile.parameters.map(([name = ""]) => name));
  return [...new Set(["prompt", ...parameters, "image", "model", "repeat", "day"])];
}

export function valueIn(tile: Tile, axis: string): string {
  const found = tile.parameters.find(([name]) => name === axis)?.[1];
  if (found !== undefined) return found;
  const own = tile[axis as keyof Tile];
  return typeof own === "string" && own ? own : "not set";
}

/** The parameters that differ among the tiles, so far as this one has them. */
export function differing(tile: Tile, tiles: Tile[]): [name: string, value: string][] {
  return axesOf(tiles)
    .filter((axis) => !["prompt", "repeat", "day"].includes(axis))
    .map((axis): [string, string] => [axis, valueIn(tile, axis)])
    .filter(([axis, value]) => tiles.some((other) => valueIn(other, axis) !== value));
}

/** Whether there is, or will be, something that plays. */
export const isVideo = ({ clip }: Tile): boolean =>
  clip !== null && !/^(image|audio|text)\//.test(clip.content_type);

/** Why there is no clip in a tile, with what it cost; "" when nothing is missing. */
export function missingClip(tile: Tile): string {
  const { progress, clip, problem } = tile;
  if (!progress.over || isVideo(tile)) return "";
  if (clip?.content_type.startsWith("audio/")) return "Only sound came of this run";
  if (clip) return "Not a clip";
  if (progress.status === "cancelled") return "Stopped before there was a clip";
  return problem?.title ?? "No clip came of this run";
}

/** "★★★☆☆", or "" while it has no rating. */
export const stars = (rating: number): string =>
  rating ? "★".repeat(rating) + "☆".repeat(5 - rating) : "";

/** All that a tile shows, for those who hear it. */
export function tileLabel(tile: Tile, tiles: Tile[], baseline: string, now: number): string {
  if (!tile.name) return `${tile.letter}, unnamed until you vote`;
  const { rating, starred } = tile.verdict;
  const run = snapshotOf(tile);
  return [
    `${tile.letter}, ${tile.name}`,
    tile.key === baseline && "baseline",
    statusWords(run, now),
    costWords(run),
    missingClip(tile),
    starred && "starred",
    rating && `${rating} of 5 stars`,
    ...differing(tile, tiles).map(([name, value]) => `${name} ${value}`),
    tile.prompt,
  ]
    .filter(Boolean)
    .join(", ");
}
