// Where each run goes: cells of rows and columns with repeats folded into one cell, or as many tiles
// side by side as make them largest.
import type { Tile } from "../../protocol/grid_studio.ts";
import { valueIn } from "./grid_model.ts";

export interface Cell {
  /** Stays the same while other cells come and go. */
  key: string;
  row: number;
  column: number;
  /** Runs that share the cell; one of them is on top. */
  stack: Tile[];
}

export interface Layout {
  /** Labels; empty when the tiles are not grouped. */
  rows: string[];
  columns: string[];
  cells: Cell[];
}

export function layoutOf(tiles: Tile[], rows: string | null, columns: string | null): Layout {
  if (!rows && !columns) {
    const cells = tiles.map((tile, column) => ({ key: tile.key, row: 0, column, stack: [tile] }));
    return { rows: [], columns: [], cells };
  }
  const labels = (axis: string | null) =>
    axis ? sorted([...new Set(tiles.map((tile) => valueIn(tile, axis)))]) : [""];
  const [across, down] = [labels(columns), labels(rows)];
  const cells: Cell[] = [];
  for (const tile of tiles) {
    const row = rows ? down.indexOf(valueIn(tile, rows)) : 0;
    const column = columns ? across.indexOf(valueIn(tile, columns)) : 0;
    const key = `${row} ${column}`;
    const known = cells.find((cell) => cell.key === key);
    if (known) known.stack.push(tile);
    else cells.push({ key, row, column, stack: [tile] });
  }
  cells.sort((a, b) => a.row - b.row || a.column - b.column);
  return { rows: down, columns: across, cells };
}

/** Numbers by size ("512P" before "1080P"), words as they came. */
function sorted(values: string[]): string[] {
  const numbers = values.map((value) => Number.parseFloat(value));
  if (numbers.some(Number.isNaN)) return values;
  return values.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
}

/** Pixels between two tiles. */
export const GAP = 12;
/** What a tile says under its picture takes about so many pixels. */
const TEXT = 66;
/** Narrower tiles cannot say what they are. */
const NARROWEST = 180;
/** Narrower ones can still be chosen. */
const SMALLEST = 120;
/** How high a page shows the tiles, in parts of their width, where nothing says how high. */
const SCREEN = 0.6;

/** The width of each of so many tiles side by side. */
export const tileWidth = (columns: number, width: number): number => (width + GAP) / columns - GAP;

/** The most tiles side by side that may be chosen. */
export const mostColumns = (count: number, width: number): number =>
  Math.max(1, Math.min(count, Math.floor((width + GAP) / (SMALLEST + GAP))));

/**
 * How many tiles stand side by side so that they are largest on one screen, and few places in the
 * last row stay empty.
 *
 * @param ratio of the clips, width by height.
 * @param height the pixels there are; unknown in a page that scrolls.
 */
export function columnsFor(
  count: number,
  width: number,
  ratio: number,
  height = width * SCREEN,
): number {
  let [best, most] = [1, 0];
  for (let columns = 1; columns <= count; columns++) {
    const wide = tileWidth(columns, width);
    if (columns > 1 && wide < NARROWEST) break;
    const rows = Math.ceil(count / columns);
    const high = ((height + GAP) / rows - GAP - TEXT) * ratio;
    const filled = count / (rows * columns);
    // Where not all fit on one screen, the fewer rows the better.
    const size = Math.max(Math.min(wide, high), NARROWEST / rows ** 2) * filled ** 1.5;
    if (size > most + 0.5) [best, most] = [columns, size];
  }
  return best;
}

/** The widest a tile may be for its picture to be no higher than so many pixels. */
export const widestTile = (height: number, ratio: number): number =>
  Math.max(SMALLEST, Math.floor(height * ratio));
