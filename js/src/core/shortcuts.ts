// Keys as commands: which one a key press asks for on any keyboard, and the panel that lists them.
import { h, on } from "./dom.ts";

export type PlayAction =
  | "Space"
  | ","
  | "."
  | "ArrowLeft"
  | "ArrowRight"
  | "Home"
  | "End"
  | "["
  | "]"
  | "L"
  | "M"
  | "-"
  | "+";

export type Action = PlayAction | "F" | "?";

/**
 * Commands that are listed in one line, and what they do. Each is the key it is called by, with
 * further keys that do the same after a space: `["Space K"]`.
 */
export type ShortcutRow = [commands: string[], words: string];

export const PLAYER_KEYS: ShortcutRow[] = [
  [["Space K"], "play or pause"],
  [[", ArrowDown", ". ArrowUp"], "previous, next frame"],
  [["ArrowLeft", "ArrowRight"], "one second back, forward"],
  [["Home", "End"], "first, last frame"],
  [["[", "]"], "start, end of the loop here"],
  [["L"], "loop on or off"],
  [["M"], "sound on or off"],
  [["-", "+ ="], "slower, faster"],
  [["F"], "full screen"],
  [["?"], "show shortcuts"],
];

export interface Shortcuts<Command extends string> {
  /** The command of a key press; undefined when the key is the host's or the control's own. */
  commandOf(event: KeyboardEvent): Command | undefined;
  /** The list of keys, a popover: Escape closes it and gives the focus back. */
  help: HTMLElement;
}

/** @param settings whether keys that type a character are on: dictation types them too. */
export function shortcuts<Command extends string>(
  rows: ShortcutRow[],
  settings = { letters: true },
): Shortcuts<Command> {
  const commands = new Map<string, string>();
  for (const names of rows.flatMap(([each]) => each.map((one) => one.split(" ")))) {
    for (const name of names) commands.set(name, names[0] ?? "");
  }
  const known = (name: string) => commands.has(name);
  return {
    commandOf(event) {
      if (!settings.letters && event.key.length === 1 && event.key !== " ") return;
      const name = isControls(event) ? undefined : keyName(event, known);
      return name === undefined ? undefined : (commands.get(name) as Command | undefined);
    },
    help: helpPanel(rows, settings),
  };
}

/** Whether the control that has the focus needs the key itself. */
function isControls({ key, target }: KeyboardEvent): boolean {
  const control = target as Element;
  if (control.matches("select, textarea, input:not([type=range], [type=checkbox])")) return true;
  if (key === " ") return control.matches("button, summary, [type=checkbox]");
  if (key === "Enter") return control.matches("button, summary, a");
  const moves = /^(Arrow|Home|End|Page)/.test(key);
  // The scrubber's own steps are milliseconds.
  return moves && control.matches("input[type=range]:not(.wiro-scrub), [data-arrows]");
}

/**
 * What the key is called in a table: by the character it types, or, where a keyboard types none of
 * the table's there, by its place on the keyboard.
 */
function keyName(event: KeyboardEvent, known: (name: string) => boolean): string | undefined {
  const { key, ctrlKey, metaKey, altKey, shiftKey, isComposing } = event;
  if (metaKey || isComposing) return;
  const types = key.length === 1;
  const name = key === " " ? "Space" : types ? key.toUpperCase() : key;
  if (types && known(name)) {
    // AltGr reads as Ctrl and Alt, Option as Alt: on many keyboards they type the brackets.
    const typed = !ctrlKey && !altKey;
    return typed || (altKey && /[^A-Z0-9]/.test(name) && name !== "Space") ? name : undefined;
  }
  if (ctrlKey) return;
  if (!types && key !== "Dead") {
    const shifted = shiftKey && key.startsWith("Arrow");
    return `${altKey ? "Alt+" : ""}${shifted ? "Shift+" : ""}${name}`;
  }
  return altKey ? undefined : placeName(event);
}

/** Of keys that type a sign, without and with Shift, as on a keyboard of the USA. */
const SIGNS: Record<string, string> = {
  Comma: ",<",
  Period: ".>",
  Slash: "/?",
  BracketLeft: "[[",
  BracketRight: "]]",
  Minus: "--",
  Equal: "=+",
};

/** A key by its place: for Cyrillic, Greek, Hebrew, dead keys, and digits that need Shift. */
function placeName({ key, code, shiftKey }: KeyboardEvent): string | undefined {
  const [, letter, digit] = /^(?:Key([A-Z])|Digit(\d))$/.exec(code) ?? [];
  if (digit) return shiftKey ? undefined : digit;
  // Another Latin letter there means that the keyboard has this one elsewhere.
  if (letter) return /^[a-z]$/i.test(key) ? undefined : letter;
  return /^[ -~]$/.test(key) ? undefined : SIGNS[code]?.[shiftKey ? 1 : 0];
}

const GLYPHS: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

/** "Space or K", ", .", "1 to 9", "Shift + ← → ↑ ↓". */
export function keyWords(commands: string[]): string {
  const [first = "", ...rest] = commands;
  if (commands.length > 4) return `${first} to ${rest.at(-1)}`;
  const held = /^\w+\+(?=.)/.exec(first)?.[0] ?? "";
  const names = commands.map((each) =>
    each
      .split(" ")
      .map((name) => name.slice(held.length))
      .map((name) => GLYPHS[name] ?? name)
      .join(" or "),
  );
  return `${held && `${held.slice(0, -1)} + `}${names.join(" ")}`;
}

function helpPanel(rows: ShortcutRow[], settings: { letters: boolean }): HTMLElement {
  const letters = h("input", "", { type: "checkbox", autofocus: true });
  letters.checked = settings.letters;
  on(letters, "change", () => {
    settings.letters = letters.checked;
  });
  const lines = rows.map(([commands, words]) =>
    h("div", "", {}, h("dt", "", {}, keyWords(commands)), h("dd", "", {}, words)),
  );
  return h(
    "div",
    "help",
    { popover: "auto", role: "dialog", "aria-label": "Keys" },
    h("dl", "", {}, ...lines),
    h("label", "", {}, letters, " use letter, digit and symbol keys"),
  );
}
