// What takes a while: saving a clip, measuring a first frame, finding where runs differ most.
import { h, objectUrl } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { type Differences, measureDifferences } from "./difference_strip.ts";
import { matchWords } from "./first_frame_match.ts";
import { type GridModel, isVideo } from "./grid_model.ts";
import type { GridPlayback } from "./grid_playback.ts";

/** Pixels in which a first frame is compared with the picture it was made of. */
const FIDELITY_WIDTH = 480;
const REVOKE_MS = 1000;

export interface ClipActions {
  save(tile: Tile): Promise<void>;
  /** How far a clip's first frame is from the picture it was made of, in words. */
  fidelity(tile: Tile): Promise<string>;
  /** Where in time the clips differ, measured once. */
  heat(tiles: Tile[], duration: number): Promise<Differences>;
}

export function clipActions(
  model: GridModel,
  play: GridPlayback,
  signal: AbortSignal,
): ClipActions {
  const { player } = play;
  let known: Differences | null = null;
  let about = "";

  return {
    async save(tile) {
      const url = objectUrl(await play.file(tile));
      h("a", "", { href: url, download: tile.clip?.name ?? "clip.mp4" }).click();
      setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
    },
    async fidelity(tile) {
      const source = tile.poster && model.get("_posters")[tile.poster];
      if (!source) return "This run had no uploaded image.";
      const image = h("img", "", { src: source });
      await image.decode();
      const offset = model.get("_offsets")[tile.key] ?? 0;
      const [first] = await player.framesAt(tile.key, [-offset], FIDELITY_WIDTH, signal);
      if (!first) return "Its first frame cannot be read.";
      const words = matchWords(image, first);
      first.close();
      return words;
    },
    async heat(tiles, duration) {
      const keys = tiles.filter(isVideo).map(({ key }) => key);
      const which = `${keys} ${duration} ${JSON.stringify(model.get("_offsets"))}`;
      if (!known || which !== about)
        known = await measureDifferences(player, keys, duration, signal);
      about = which;
      return known;
    },
  };
}
