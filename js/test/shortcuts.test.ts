import { expect, it } from "vitest";
import { type Action, keyWords, PLAYER_KEYS, shortcuts } from "../src/core/shortcuts.ts";

const settings = { letters: true };
const { commandOf, help } = shortcuts<Action>(
  [...PLAYER_KEYS, [["1", "2"], "first, second"]],
  settings,
);

type Press = Partial<KeyboardEventInit> & { key: string };

/** What a key press on an element asks for. */
function press(keys: Press, on: HTMLElement = document.createElement("div")): string | undefined {
  const event = new KeyboardEvent("keydown", keys);
  Object.defineProperty(event, "target", { value: on });
  return commandOf(event);
}

function field(name: string, type?: string): HTMLElement {
  const element = document.createElement(name);
  if (type) element.setAttribute("type", type);
  return element;
}

it.each<[string, Press, string]>([
  ["a letter, large or small", { key: "m", code: "KeyM" }, "M"],
  ["another key for the same", { key: "k", code: "KeyK" }, "Space"],
  ["AltGr on a German keyboard", { key: "[", code: "Digit8", ctrlKey: true, altKey: true }, "["],
  ["Option on a Mac", { key: "]", code: "Digit6", altKey: true }, "]"],
  ["a letter that stands there instead of a bracket", { key: "ü", code: "BracketLeft" }, "["],
  ["a dead key there", { key: "Dead", code: "BracketRight" }, "]"],
  ["Cyrillic", { key: "ь", code: "KeyM" }, "M"],
  ["Cyrillic, a sign", { key: "б", code: "Comma" }, ","],
  ["Greek", { key: "μ", code: "KeyM" }, "M"],
  ["Hebrew", { key: "ך", code: "KeyL" }, "L"],
  ["a digit that needs Shift, as in France", { key: "é", code: "Digit2" }, "2"],
  ["a letter of AZERTY by what it types", { key: "m", code: "Semicolon" }, "M"],
])("knows %s", (_, keys, command) => {
  expect(press(keys)).toBe(command);
});

it.each<[string, Press, HTMLElement?]>([
  ["Ctrl and a letter", { key: "m", code: "KeyM", ctrlKey: true }],
  ["Ctrl+Alt and a letter", { key: "l", code: "KeyL", ctrlKey: true, altKey: true }],
  ["the system's key", { key: "m", code: "KeyM", metaKey: true }],
  ["another Latin letter in its place", { key: "r", code: "KeyL" }],
  ["a letter while it is composed", { key: "m", code: "KeyM", isComposing: true }],
  ["Ctrl and a Cyrillic letter", { key: "ь", code: "KeyM", ctrlKey: true }],
  ["text that is typed", { key: "m", code: "KeyM" }, field("textarea")],
  ["Space on a button", { key: " ", code: "Space" }, field("button")],
  ["arrows on a slider", { key: "ArrowLeft", code: "ArrowLeft" }, field("input", "range")],
])("leaves %s alone", (_, keys, on) => {
  expect(press(keys, on)).toBeUndefined();
});

it("can be told to leave all that types a character", () => {
  settings.letters = false;
  expect(press({ key: "m", code: "KeyM" })).toBeUndefined();
  expect(press({ key: "[", code: "BracketLeft" })).toBeUndefined();
  expect(press({ key: "Home", code: "Home" })).toBe("Home");
  settings.letters = true;
});

it("lists each key once, with the focus on the switch", () => {
  expect(help.querySelectorAll("dt").length).toBe(PLAYER_KEYS.length + 1);
  expect(help.querySelector("[autofocus]")).not.toBeNull();
  expect(keyWords(["Space K"])).toBe("Space or K");
  expect(keyWords(["Alt+ArrowLeft", "Alt+ArrowRight"])).toBe("Alt + ← →");
  expect(keyWords(["1", "2", "3", "4", "5"])).toBe("1 to 5");
});
