// The keys of the player. An action is called by its first key, wherever it comes from.

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

/** Keys that do the same, and what that is. */
const KEYS: [keys: [Action, ...string[]], words: string][] = [
  [["Space", "K"], "play or pause"],
  [[",", "ArrowDown"], "one frame back"],
  [[".", "ArrowUp"], "one frame on"],
  [["ArrowLeft"], "one second back"],
  [["ArrowRight"], "one second on"],
  [["Home"], "first frame"],
  [["End"], "last frame"],
  [["["], "loop from here"],
  [["]"], "loop to here"],
  [["L"], "loop on or off"],
  [["M"], "sound on or off"],
  [["-"], "slower"],
  [["+", "="], "faster"],
  [["F"], "full screen"],
  [["?"], "these keys"],
];

/** What a key press asks of the player; undefined when it is the host's or the control's own. */
export function actionOf(event: KeyboardEvent): Action | undefined {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const element = target as Element;
  if (ctrlKey || metaKey || altKey || element.matches("select")) return;
  if (key === " " && element.matches("button, [type=checkbox]")) return;
  const name = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  return KEYS.find(([keys]) => keys.includes(name))?.[0][0];
}

/** `[["Space or K", "play or pause"], ...]` */
export const keyHelp = (): [keys: string, words: string][] =>
  KEYS.map(([keys, words]) => [keys.join(" or ").replace("Arrow", ""), words]);
