// What changed between two texts, word by word: a camera move is one word, and so is a character
// of a script that puts no spaces between words.
import { h } from "./dom.ts";
import { countOf } from "./format.ts";

export type Change = "same" | "removed" | "added";

export interface DiffPart {
  change: Change;
  text: string;
}

interface Word {
  word: string;
  /** The space after it, which is shown but never compared. */
  gap: string;
}

const UNSPACED = "\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}";
const WORDS = new RegExp(`(\\[[^\\][\\n]*\\]|[${UNSPACED}]|[^\\s[${UNSPACED}]+|\\[)(\\s*)`, "gu");
/** More pairs of words than this are not compared one with another: it would hold up typing. */
const MOST_PAIRS = 1_000_000;

/** What ends a sentence or a clause is a word of its own, so that a new ending leaves the last word. */
const wordsOf = (text: string): Word[] =>
  [...text.matchAll(WORDS)].flatMap(([, whole = "", gap = ""]) => {
    const [word = "", sign] = whole.split(/(?<=.)([.,;:!?]+)$/);
    return sign
      ? [
          { word, gap: "" },
          { word: sign, gap },
        ]
      : [{ word, gap }];
  });

/** Whether two texts share so little that their words side by side say nothing. */
export function isUnlike(parts: DiffPart[]): boolean {
  const length = (same: boolean) =>
    parts.reduce(
      (sum, { change, text }) => sum + ((change === "same") === same ? text.length : 0),
      0,
    );
  return length(false) > 3 * length(true);
}

/** The parts of both texts in reading order; what was removed stands before what replaced it. */
export function diffWords(before: string, after: string): DiffPart[] {
  const [old, now] = [wordsOf(before), wordsOf(after)];
  const alike = (i: number, j: number) => old[i]?.word === now[j]?.word;
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && alike(start, start)) start++;
  let end = 0;
  while (end < shorter - start && alike(old.length - 1 - end, now.length - 1 - end)) end++;

  const parts: DiffPart[] = [];
  const take = (change: Change, words: Word[]) => {
    const text = words.map(({ word, gap }) => word + gap).join("");
    const last = parts.at(-1);
    if (last?.change === change) last.text += text;
    else if (text) parts.push({ change, text });
  };
  take("same", now.slice(0, start));
  const middle = [old.slice(start, old.length - end), now.slice(start, now.length - end)] as const;
  for (const { removed, added, kept } of hunks(...middle)) {
    take("removed", removed);
    take("added", added);
    take("same", kept);
  }
  take("same", now.slice(now.length - end));
  return parts;
}

interface Hunk {
  removed: Word[];
  added: Word[];
  /** What both have after them, in the new spacing. */
  kept: Word[];
}

/** Along a longest common subsequence. */
function hunks(old: Word[], now: Word[]): Hunk[] {
  if (old.length * now.length > MOST_PAIRS) return [{ removed: old, added: now, kept: [] }];
  const width = now.length + 1;
  // Words in common from (i, j) on.
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] =
        old[i]?.word === now[j]?.word ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: Hunk[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [from, onward] = [i, j];
    while ((i < old.length || j < now.length) && old[i]?.word !== now[j]?.word) {
      if (j >= now.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) i++;
      else j++;
    }
    const kept = j;
    while (i < old.length && old[i]?.word === now[j]?.word) [i, j] = [i + 1, j + 1];
    found.push({
      removed: old.slice(from, i - (j - kept)),
      added: now.slice(onward, kept),
      kept: now.slice(kept, j),
    });
  }
  return found;
}

/** The parts as elements: removed struck, added underlined, so that colour is not needed to tell them apart. */
export function diffNodes(parts: DiffPart[]): Node[] {
  return parts.map(({ change, text }) => {
    if (change === "same") return document.createTextNode(text);
    // The space after a word is not part of the change.
    const bare = text.trimEnd();
    const mark = h(change === "added" ? "ins" : "del", change, {}, bare);
    // So that the direction of the whole follows the text as it is now.
    if (change === "removed") mark.dir = "auto";
    const whole = document.createDocumentFragment();
    whole.append(mark, text.slice(bare.length));
    return whole;
  });
}

/** "2 words added, 1 word removed"; "" when nothing changed. */
export function countChanges(parts: DiffPart[]): string {
  const count = (change: Change): string => {
    const changed = parts.filter((part) => part.change === change).map(({ text }) => text);
    const { length } = wordsOf(changed.join(" ")).filter(({ word }) => /[\p{L}\p{N}]/u.test(word));
    return length ? `${countOf(length, "word")} ${change}` : "";
  };
  const said = [count("added"), count("removed")].filter(Boolean).join(", ");
  return said || (parts.some(({ change }) => change !== "same") ? "only punctuation changed" : "");
}
