// What takes a while: saving a clip, measuring a first frame, finding where runs differ most.
import { h, saveAs } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { GridContext } from "./context.ts";
import { type Differences, measureDifferences } from "./difference_strip.ts";
import { matchWords } from "./first_frame_match.ts";
import { isVideo } from "./grid_model.ts";
import type { GridPlayback } from "./grid_playback.ts";

/** Pixels in which a first frame is compared with the picture it was made of. */
const MATCH_WIDTH = 480;

export interface ClipActions {
  /** Save a clip as a file; resolves with what there is to say. */
  save(tile: Tile): Promise<string>;
  /** How far a clip's first frame is from the picture it was made of, as text. */
  matchInput(tile: Tile): Promise<string>;
  /** Where in time the clips differ, measured once. */
  differences(tiles: Tile[], duration: number): Promise<Differences>;
}

export function clipActions(
  { model, poster, signal }: GridContext,
  { player, file }: GridPlayback,
): ClipActions {
  let known: Differences | null = null;
  let about = "";

  return {
    async save(tile) {
      saveAs(tile.clip?.name || "clip.mp4", await file(tile));
      return "Saved.";
    },
    async matchInput(tile) {
      const source = poster(tile);
      if (!source) return "This run had no input image.";
      const image = h("img", "", { src: source });
      await image.decode();
      const offset = model.get("_offsets")[tile.key] ?? 0;
      const [first] = await player.framesAt(tile.key, [-offset], MATCH_WIDTH, signal);
      if (!first) return "The first frame of this clip cannot be read.";
      const words = matchWords(image, first);
      first.close();
      return words;
    },
    async differences(tiles, duration) {
      const keys = tiles.filter(isVideo).map(({ key }) => key);
      const which = `${keys} ${duration} ${JSON.stringify(model.get("_offsets"))}`;
      if (!known || which !== about)
        known = await measureDifferences(player, keys, duration, signal);
      about = which;
      return known;
    },
  };
}
