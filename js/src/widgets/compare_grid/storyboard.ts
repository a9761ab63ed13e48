// Time as columns, runs as rows, stills only.
import { h } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { timecode } from "../../video/frame_rate.ts";
import type { SyncPlayer } from "../../video/sync_player.ts";

const COLUMNS = 6;
const WIDTH = 320;

export interface Storyboard {
  element: HTMLElement;
  /** Draw the stills of these runs; ends with `signal`. */
  show(tiles: Tile[], duration: number, signal: AbortSignal): Promise<void>;
}

export function storyboard(player: SyncPlayer): Storyboard {
  const element = h("div", "story", { tabindex: 0, role: "region", "aria-label": "Storyboard" });

  async function show(tiles: Tile[], duration: number, signal: AbortSignal): Promise<void> {
    const times = Array.from({ length: COLUMNS }, (_, i) => (i * duration) / (COLUMNS - 1));
    const head = times.map((time) => h("th", "", { scope: "col" }, timecode(time)));
    const body = h("tbody", "");
    const rows = tiles.map((tile) => {
      const cells = times.map(() => h("td", ""));
      const name = h("th", "", { scope: "row" }, tile.letter);
      body.append(h("tr", "", {}, name, ...cells));
      return cells;
    });
    const top = h("thead", "", {}, h("tr", "", {}, h("th", "", { scope: "col" }, "Run"), ...head));
    element.replaceChildren(h("table", "", {}, top, body));
    for (const [index, { key, letter }] of tiles.entries()) {
      // The last frame begins before the end.
      const moments = times.map((time) => Math.min(time, duration - 0.02));
      const stills = await player.framesAt(key, moments, WIDTH, signal);
      if (signal.aborted) return;
      stills.forEach((still, column) => {
        const label = `${letter} at ${(times[column] ?? 0).toFixed(1)} seconds`;
        const { width, height } = still;
        const canvas = h("canvas", "", { role: "img", "aria-label": label, width, height });
        canvas.getContext("2d")?.drawImage(still, 0, 0);
        still.close();
        rows[index]?.[column]?.append(canvas);
      });
    }
  }

  return { element, show };
}
