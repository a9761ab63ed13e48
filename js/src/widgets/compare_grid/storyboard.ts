// Time as columns, runs as rows, stills only.
import { h, setText } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { timecode } from "../../video/frame_rate.ts";
import type { SyncPlayer } from "../../video/sync_player.ts";
import { distinction, isVideo, missingClip } from "./grid_model.ts";

/** Pixels of a row's name, and of the narrowest still worth looking at. */
const [NAME, STILL] = [104, 130];
const WIDTH = 320;

export interface Storyboard {
  element: HTMLElement;
  /** Draw stills of these runs at so many moments; ends with `signal`. */
  show(tiles: Tile[], duration: number, moments: number, signal: AbortSignal): Promise<void>;
}

/** How many moments fit side by side. */
export const momentsIn = (width: number): number =>
  Math.max(2, Math.min(6, Math.floor((width - NAME) / STILL)));

export function storyboard(player: SyncPlayer): Storyboard {
  const element = h("div", "story", { tabindex: 0, role: "region", "aria-label": "Storyboard" });

  async function show(
    tiles: Tile[],
    duration: number,
    moments: number,
    signal: AbortSignal,
  ): Promise<void> {
    const times = Array.from({ length: moments }, (_, i) => (i * duration) / (moments - 1));
    const head = times.map((time) => h("th", "", { scope: "col" }, timecode(time)));
    const body = h("tbody", "");
    const rows = tiles.map((tile) => {
      const told = tile.name && ` ${distinction(tile, tiles)}`;
      const name = h("th", "", { scope: "row" }, h("b", "letter", {}, tile.letter), told);
      // Until the stills are here, why there are none.
      const why = isVideo(tile) ? "Loading" : missingClip(tile) || "The clip is not finished.";
      const row = h("tr", "", {}, name, h("td", "", { colspan: moments }, why));
      body.append(row);
      return row;
    });
    const top = h("thead", "", {}, h("tr", "", {}, h("th", "", { scope: "col" }, "Run"), ...head));
    element.replaceChildren(h("table", "", {}, top, body));
    // The last frame begins before the end.
    const at = times.map((time) => Math.min(time, duration - 0.02));
    for (const [index, tile] of tiles.entries()) {
      const row = rows[index];
      if (!row || !isVideo(tile)) continue;
      try {
        const stills = await player.framesAt(tile.key, at, WIDTH, signal);
        if (signal.aborted) return;
        if (!stills.length) throw new Error("Can't read this clip's frames.");
        row.lastChild?.remove();
        row.append(
          ...stills.map((still, i) =>
            cell(still, `${tile.letter} at ${times[i]?.toFixed(1)} seconds`),
          ),
        );
      } catch (error) {
        if (signal.aborted) return;
        if (row.lastElementChild) setText(row.lastElementChild, messageOf(error));
      }
    }
  }

  return { element, show };
}

function cell(still: ImageBitmap, label: string): HTMLElement {
  const { width, height } = still;
  const canvas = h("canvas", "", { role: "img", "aria-label": label, width, height });
  canvas.getContext("2d")?.drawImage(still, 0, 0);
  still.close();
  return h("td", "", {}, canvas);
}
