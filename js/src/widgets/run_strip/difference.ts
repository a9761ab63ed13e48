// What makes a run unlike the one before it, in the few words that fit under a picture.
import { settingWords } from "../../core/format.ts";
import { type Change, diffWords, isUnlike } from "../../core/word_diff.ts";
import type { StripTile } from "../../protocol/grid_studio.ts";

export interface Difference {
  text: string;
  /** Whether the words came, went, or are settings. */
  change: Change;
}

/** Characters; a line under a picture has fewer, the whole is in its title. */
const LONGEST = 200;

/**
 * @param older the run before; without one, the prompt itself tells it apart.
 */
export function differenceOf(tile: StripTile, older: StripTile | undefined): Difference {
  if (!older) return { text: tile.prompt.slice(0, LONGEST), change: "same" };
  const before = new Map(older.parameters.map(([name, value]) => [name, value]));
  const settings = tile.parameters.flatMap(([name = "", value = ""]) =>
    before.get(name) === value ? [] : [settingWords(name, value)],
  );
  if (tile.first_frame !== older.first_frame) {
    settings.unshift(tile.first_frame ? "another first frame" : "no first frame");
  }
  const parts = diffWords(older.prompt, tile.prompt);
  const ofKind = (kind: Change) =>
    parts.flatMap(({ change, text }) => (change === kind ? [text.trim()] : [])).join(" … ");
  const [added, removed] = [ofKind("added"), ofKind("removed")];
  const cut = (text: string) => text.slice(0, LONGEST);
  if (isUnlike(parts)) return { text: cut(tile.prompt), change: "same" };
  if (added) return { text: cut([added, ...settings].join(" · ")), change: "added" };
  if (settings.length) return { text: cut(settings.join(" · ")), change: "same" };
  if (removed) return { text: cut(removed), change: "removed" };
  return { text: "same request", change: "same" };
}
