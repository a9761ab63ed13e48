// What became of each run, said once.
import type { Announcer } from "../../core/announcer.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { announcement } from "../../run/status_text.ts";
import { snapshotOf } from "./grid_model.ts";

export interface RunAnnouncements {
  /** Say which runs are over since the last time. */
  tell(tiles: Tile[]): void;
  /** Say nothing that would tell which is which. */
  forget(): void;
}

export function runAnnouncements(heard: Announcer): RunAnnouncements {
  const told = new Map<string, string>();

  function one(tile: Tile): void {
    if (!tile.name || !tile.progress.over) {
      told.set(tile.key, "");
      return;
    }
    const words = announcement(snapshotOf(tile));
    if (told.get(tile.key) === "") heard.announce(`${tile.letter}, ${words}`);
    told.set(tile.key, words);
  }

  return {
    tell: (tiles) => tiles.forEach(one),
    forget() {
      heard.element.replaceChildren();
      told.clear();
    },
  };
}
