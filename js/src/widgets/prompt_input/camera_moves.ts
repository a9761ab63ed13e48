// Camera moves in a prompt: `[Push in]`, `[Pan left, Zoom in]` at once, brackets one after another.

/** A bracket of the text, from `start` to `end`. */
export interface Bracket {
  start: number;
  end: number;
  /** Its contents, split at commas. */
  moves: string[];
  /** Those of `moves` that the model does not know. */
  unknown: string[];
}

export interface Insertion {
  /** Where to insert the text. */
  at: number;
  text: string;
}

const BRACKET = /\[([^[\]\n]*)\]/g;
/** The service advises against more than this at once (wiro-api.md section 5). */
const MOST_AT_ONCE = 3;

export function bracketsOf(text: string, moves: string[]): Bracket[] {
  const known = new Set(moves.map((command) => command.toLowerCase()));
  return [...text.matchAll(BRACKET)].map(({ 0: whole, 1: inner = "", index }) => {
    const moves = inner
      .split(",")
      .map((move) => move.trim())
      .filter(Boolean);
    const unknown = moves.filter((move) => !known.has(move.toLowerCase()));
    return { start: index, end: index + whole.length, moves, unknown };
  });
}

/** Warnings about these brackets, in sentences; the prompt can be sent all the same. */
export function warnings(brackets: Bracket[], moves: string[]): string[] {
  const unknown = [...new Set(brackets.flatMap((bracket) => bracket.unknown))];
  const crowded = brackets.filter(({ moves }) => moves.length > MOST_AT_ONCE);
  return [
    ...unknown.map((move) => {
      const close = closest(move, moves);
      const guess = close ? ` Did you mean [${close}]?` : "";
      return `This model doesn't recognise [${move}] as a camera move and will read it as text.${guess}`;
    }),
    ...crowded.map(
      () =>
        `Combining more than ${MOST_AT_ONCE} moves often blurs. ` +
        "To play them in sequence, give each its own brackets.",
    ),
  ];
}

/** How to write a command at the caret: into the bracket around it, or as a new one. */
export function insertion(text: string, caret: number, command: string): Insertion {
  const inside = bracketsOf(text, []).find(({ start, end }) => start < caret && caret < end);
  if (inside) {
    return { at: inside.end - 1, text: inside.moves.length ? `, ${command}` : command };
  }
  const before = caret > 0 && !/\s/.test(text.charAt(caret - 1)) ? " " : "";
  const after = /[^\s.,;:!?)]/.test(text.charAt(caret)) ? " " : "";
  return { at: caret, text: `${before}[${command}]${after}` };
}

/** The command that differs from `move` in at most two letters. */
function closest(move: string, moves: string[]): string | undefined {
  const wanted = move.toLowerCase();
  return moves
    .map((command) => ({ command, far: distance(wanted, command.toLowerCase()) }))
    .filter(({ far }) => far <= 2)
    .sort((a, b) => a.far - b.far)[0]?.command;
}

function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 3;
}
