// What the grid knows of its runs, before anything is drawn: merging, values, differences, words.

import { settingName, settingWords } from "../../core/format.ts";
import type { BaseTraits, Model } from "../../core/model.ts";
import { type DiffPart, diffWords } from "../../core/word_diff.ts";
import type {
  Comparison,
  GridBoard,
  RankingTable,
  Tile,
  TilesMessage,
} from "../../protocol/grid_studio.ts";
import type { RunSnapshot } from "../../protocol/runs.ts";
import { costWords, statusWord, statusWords } from "../../run/status_text.ts";
import type { LengthMode } from "../../video/sync_player.ts";

export type Mode = "grid" | "wipe" | "flip" | "difference" | "onion" | "storyboard";

export interface GridTraits extends BaseTraits {
  /** Whether there are inputs that a run can be loaded into. */
  _reuses: boolean;
  mode: Mode;
  /** Seconds. */
  time: number;
  rows: string | null;
  columns: string | null;
  /** How many tiles are asked for side by side; null for as many as make them largest. */
  side_by_side: number | null;
  end_behavior: LengthMode;
  blind: boolean;
  _live: GridBoard;
  /** By the names that tiles call them: the models that have them. */
  _posters: Record<string, string>;
  _selected: string[];
  _baseline: string;
  _order: string[];
  _offsets: Record<string, number>;
  _comparison: Partial<Comparison>;
  _ranking: Partial<RankingTable>;
  /** Whether it is part of a Studio, which can close it. */
  _closable: boolean;
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

const NOT_SET = "not set";
/** Where people have another word for it. */
const called = (axis: string) => (axis === "repeat" ? "take" : axis);

export const axisName = (axis: string): string => settingName(called(axis));

/** "768P", "6 s", "Take 2". */
export function axisWords(axis: string, value: string): string {
  if (axis === "prompt") return value;
  return value === NOT_SET ? `${axisName(axis)} ${value}` : settingWords(called(axis), value);
}

export function valueIn(tile: Tile, axis: string): string {
  const found = tile.parameters.find(([name]) => name === axis)?.[1];
  if (found !== undefined) return found;
  const own = tile[axis as keyof Tile];
  return typeof own === "string" && own ? own : NOT_SET;
}

/** Whether two states of a run differ in nothing but its progress. */
export const sameButProgress = (a: Tile, b: Tile): boolean =>
  (Object.keys(a) as (keyof Tile)[]).every((name) => name === "progress" || a[name] === b[name]);

/** The parameters that differ among the tiles, so far as this one has them. */
export function differing(tile: Tile, tiles: Tile[]): [name: string, value: string][] {
  return axesOf(tiles)
    .filter((axis) => !["prompt", "repeat", "day"].includes(axis))
    .map((axis): [string, string] => [axis, valueIn(tile, axis)])
    .filter(([axis, value]) => tiles.some((other) => valueIn(other, axis) !== value));
}

/** Characters that stay around a change where a text is cut short. */
const AROUND = 28;

/** How a prompt differs from another one, with what both say cut short. */
export function promptChanges(before: string, after: string): DiffPart[] {
  const parts = diffWords(before, after);
  return parts.map(({ change, text }, index) => {
    if (change !== "same" || text.length <= 2 * AROUND + 4) return { change, text };
    const head = index ? text.slice(0, AROUND).replace(/\s\S*$/, " ") : "";
    const tail = index < parts.length - 1 ? text.slice(-AROUND).replace(/^\S*\s/, " ") : "";
    return { change, text: `${head}…${tail}` };
  });
}

/** In a few words what sets a run apart from others, the first with another prompt above all. */
export function distinction(tile: Tile, others: Tile[]): string {
  const values = differing(tile, others).map((each) => axisWords(...each));
  const other = others.find(({ prompt }) => prompt !== tile.prompt) ?? tile;
  return [tile.name, ...values, ownWords(tile.prompt, other.prompt)].filter(Boolean).join(" · ");
}

/** The words of a prompt that another one has not, cut short. */
export function ownWords(prompt: string, other: string): string {
  const added = diffWords(other, prompt).filter(({ change }) => change === "added");
  const words = added.map(({ text }) => text.trim()).join(" … ");
  return words.length > 40 ? `${words.slice(0, 39)}…` : words;
}

/** Whether there is, or will be, something that plays. */
export const isVideo = ({ clip }: Tile): boolean =>
  clip !== null && !/^(image|audio|text)\//.test(clip.content_type);

/** Why there is no clip in a tile, with what it cost; "" when nothing is missing. */
export function missingClip(tile: Tile): string {
  const { progress, clip, problem } = tile;
  if (!progress.over || isVideo(tile)) return "";
  if (clip?.content_type.startsWith("audio/")) return "This run produced only audio";
  if (clip) return "This run produced no video";
  if (progress.status === "cancelled") return "Stopped before there was a clip";
  return problem?.title ?? "This run produced no clip";
}

/** All that a tile shows, for those who hear it. */
export function tileLabel(tile: Tile, tiles: Tile[], baseline: string): string {
  if (!tile.name) return `${tile.letter}, unnamed until you finish`;
  const { rating, starred } = tile.verdict;
  const run = snapshotOf(tile);
  return [
    `${tile.letter}, ${tile.name}`,
    tile.key === baseline && "baseline",
    // Without the time while it runs: a label that changes is read again.
    run.over ? statusWords(run, 0) : statusWord(run),
    costWords(run),
    missingClip(tile),
    starred && "favourite",
    rating && `${rating} of 5 stars`,
    ...differing(tile, tiles).map((each) => axisWords(...each)),
    tile.prompt,
  ]
    .filter(Boolean)
    .join(", ");
}
