// Walking through earlier texts and back to one's own.

export interface Recall {
  /** The next older text; null when there is none. */
  older(list: string[], current: string): string | null;
  /** The next newer text, at last one's own again; null when that is what is shown. */
  newer(): string | null;
  /** "earlier prompt 2 of 12"; "" for one's own text. */
  words(): string;
  /** What is shown is one's own text from now on. */
  stay(): void;
}

export function recall(): Recall {
  let texts: string[] = [];
  let place = 0;
  return {
    older(list, current) {
      // As it is when one sets out: a list that grows meanwhile must not shift what comes next.
      if (place === 0) texts = [current, ...list.filter((text) => text !== current)];
      return texts[place + 1] === undefined ? null : (texts[++place] ?? null);
    },
    newer() {
      return place === 0 ? null : (texts[--place] ?? null);
    },
    words: () => (place ? `earlier prompt ${place} of ${texts.length - 1}` : ""),
    stay() {
      place = 0;
    },
  };
}
