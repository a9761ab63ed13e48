// Where each run goes: cells of rows and columns, with repeats folded into one cell.
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
  /** Labels; empty when the tiles just wrap. */
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
