// What takes a while: saving a clip, measuring a first frame, finding where runs differ most.
import { h, urlOf } from "../dom.ts";
import type { Tile } from "../protocol/grid_studio.ts";
import { fidelityWords } from "./fidelity.ts";
import { type Heat, heatOf } from "./heat.ts";
import type { Players } from "./players.ts";
import { type GridModel, isVideo } from "./tiles.ts";

/** Pixels in which a first frame is compared with the picture it was made of. */
const FIDELITY_WIDTH = 480;
const REVOKE_MS = 1000;

export interface Jobs {
  save(tile: Tile): Promise<void>;
  /** How far a clip's first frame is from the picture it was made of, in words. */
  fidelity(tile: Tile): Promise<string>;
  /** Where in time the clips differ, measured once. */
  heat(tiles: Tile[], duration: number): Promise<Heat>;
}

export function jobs(model: GridModel, play: Players, signal: AbortSignal): Jobs {
  const { ensemble } = play;
  let known: Heat | null = null;
  let about = "";

  return {
    async save(tile) {
      const url = urlOf(await play.file(tile));
      h("a", "", { href: url, download: tile.clip?.name ?? "clip.mp4" }).click();
      setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
    },
    async fidelity(tile) {
      const source = tile.poster && model.get("_posters")[tile.poster];
      if (!source) return "This run had no uploaded image.";
      const image = h("img", "", { src: source });
      await image.decode();
      const offset = model.get("_offsets")[tile.key] ?? 0;
      const [first] = await ensemble.framesAt(tile.key, [-offset], FIDELITY_WIDTH, signal);
      if (!first) return "Its first frame cannot be read.";
      const words = fidelityWords(image, first);
      first.close();
      return words;
    },
    async heat(tiles, duration) {
      const keys = tiles.filter(isVideo).map(({ key }) => key);
      const which = `${keys} ${duration} ${JSON.stringify(model.get("_offsets"))}`;
      if (!known || which !== about) known = await heatOf(ensemble, keys, duration, signal);
      about = which;
      return known;
    },
  };
}
