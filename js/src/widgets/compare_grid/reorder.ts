// Where a run stands among the others, in the grid and in time.
import { countOf } from "../../core/format.ts";
import type { SyncState } from "../../video/sync_player.ts";
import type { GridContext } from "./context.ts";

export interface Reorder {
  /** Put a run in the place of another one, which makes room. */
  place(key: string, other: string): void;
  /** Move a run along, and announce its new place. */
  moveBy(key: string, by: number): void;
  /** Have a run be so many frames later. */
  shift(key: string, frames: number): void;
  /** "2 frames earlier"; "" when it is with the others. */
  offsetWords(key: string): string;
}

export function reorder(context: GridContext, state: () => SyncState): Reorder {
  const { model, keep } = context;
  const rate = () => (state().frames ?? 25) / (state().duration || 1);

  function move(key: string, to: number): void {
    const order = model.get("_order");
    const at = order.indexOf(key);
    const place = Math.max(0, Math.min(order.length - 1, to));
    if (at < 0 || place === at) return;
    keep("_order", order.toSpliced(at, 1).toSpliced(place, 0, key));
    context.announce(`${context.letterOf(key)} moved to place ${place + 1}.`);
  }

  return {
    place(key, other) {
      const to = model.get("_order").indexOf(other);
      if (to >= 0) move(key, to);
    },
    moveBy: (key, by) => move(key, model.get("_order").indexOf(key) + by),
    shift(key, frames) {
      const offsets = model.get("_offsets");
      keep("_offsets", { ...offsets, [key]: (offsets[key] ?? 0) - frames / rate() });
    },
    offsetWords(key) {
      const frames = Math.round((model.get("_offsets")[key] ?? 0) * rate());
      const many = countOf(Math.abs(frames), "frame");
      return frames ? `${many} ${frames > 0 ? "earlier" : "later"}` : "";
    },
  };
}
