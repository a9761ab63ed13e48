// Where a run stands among the others, in the grid and in time.
import type { SyncState } from "../../video/sync_player.ts";
import type { GridModel } from "./grid_model.ts";

export interface Reorder {
  /** Put a run before another. */
  place(key: string, before: string): void;
  /** Move a run along; its new place, counted from 1, or null when it stays. */
  moveBy(key: string, by: number): number | null;
  /** Have a run be so many frames later. */
  shift(key: string, frames: number): void;
  /** "2 frames earlier"; "" when it is with the others. */
  offsetWords(key: string): string;
}

export function reorder(model: GridModel, state: () => SyncState): Reorder {
  const rate = () => (state().frames ?? 25) / (state().duration || 1);

  function keep(name: "_order" | "_offsets", value: string[] | Record<string, number>): void {
    model.set(name, value);
    model.save_changes();
  }

  return {
    place(key, before) {
      const others = model.get("_order").filter((each) => each !== key);
      const at = others.indexOf(before);
      if (key && key !== before && at >= 0) keep("_order", others.toSpliced(at, 0, key));
    },
    moveBy(key, by) {
      const order = model.get("_order");
      const at = order.indexOf(key);
      const to = Math.max(0, Math.min(order.length - 1, at + by));
      if (at < 0 || to === at) return null;
      keep("_order", order.toSpliced(at, 1).toSpliced(to, 0, key));
      return to + 1;
    },
    shift(key, frames) {
      const offsets = model.get("_offsets");
      keep("_offsets", { ...offsets, [key]: (offsets[key] ?? 0) - frames / rate() });
    },
    offsetWords(key) {
      const frames = Math.round((model.get("_offsets")[key] ?? 0) * rate());
      const many = Math.abs(frames) === 1 ? "frame" : "frames";
      return frames ? `${Math.abs(frames)} ${many} ${frames > 0 ? "earlier" : "later"}` : "";
    },
  };
}
