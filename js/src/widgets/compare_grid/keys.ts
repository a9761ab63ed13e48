// The keys of the grid. An action is called by its first key, wherever it comes from.

/** Keys that do the same, and what that is. */
const KEYS: [keys: string[], words: string][] = [
  [["Space", "K"], "play or pause all"],
  [[",", "."], "one frame back, on"],
  [["Alt+ArrowLeft", "Alt+ArrowRight"], "one second back, on"],
  [["Home", "End"], "first, last frame"],
  [["[", "]"], "loop from here, to here"],
  [["L"], "loop on or off"],
  [["M"], "hear this one, or none"],
  [["-", "+"], "slower, faster"],
  [["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], "another tile"],
  [["Enter"], "this one large"],
  [["1", "9"], "the first to ninth large"],
  [["0", "Escape"], "all of them"],
  [["G"], "grid"],
  [["W"], "wipe"],
  [["X"], "flip between two"],
  [["D"], "difference"],
  [["O"], "onion-skin"],
  [["T"], "storyboard"],
  [["V"], "swap the two sides"],
  [["Z"], "zoom in, back to fit"],
  [
    ["Shift+ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Shift+ArrowDown"],
    "move the picture when zoomed",
  ],
  [["J"], "to the greatest difference"],
  [["P"], "make this the baseline"],
  [["S"], "star"],
  [["E"], "rate, note, and more"],
  [["<", ">"], "move the tile"],
  [["F"], "full screen"],
  [["?"], "these keys"],
];
const KNOWN = new Set([...KEYS.flatMap(([keys]) => keys), "=", ..."2345678"]);

/** What a key press asks of the grid; undefined when it is the host's or the control's own. */
export function actionOf(event: KeyboardEvent): string | undefined {
  const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
  const control = target as Element;
  if (ctrlKey || metaKey || control.matches("select, textarea, input:not([type=range])")) return;
  if (/^( |Enter)$/.test(key) && control.matches("button, summary, a")) return;
  if (/^(Arrow|Home|End|Page)/.test(key) && control.matches("input, [data-arrows]")) return;
  const plain = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  const arrow = key.startsWith("Arrow");
  const name = `${altKey ? "Alt+" : ""}${shiftKey && arrow ? "Shift+" : ""}${plain}`;
  if (!KNOWN.has(name)) return;
  return name === "K" ? "Space" : name === "=" ? "+" : name === "0" ? "Escape" : name;
}

/** `[["Space or K", "play or pause all"], ...]` */
export const keyHelp = (): [keys: string, words: string][] =>
  KEYS.map(([keys, words]) => [
    keys.length > 2
      ? `${keys[0]?.includes("+") ? "Shift + " : ""}arrows`
      : keys
          .join(keys[0] === "1" ? " to " : " ")
          .replaceAll("Arrow", "")
          .replaceAll("+L", " + L")
          .replaceAll("+R", " + R"),
    words,
  ]);
