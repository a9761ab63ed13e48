import { beforeEach, expect, it } from "vitest";
import { combobox } from "../src/core/combobox.ts";

const models = ["minimax/hailuo-2.3", "minimax/hailuo-02", "openai/sora", "google/veo"];
const choices = [...models, ...Array.from({ length: 20 }, (_, place) => `a/model-${place}`)].map(
  (value) => ({ value, label: value, note: "" }),
);
const chosen: string[] = [];
const searched: string[] = [];
let box: ReturnType<typeof combobox>;

const input = () => box.element.querySelector("input") as HTMLInputElement;
const options = () => [...box.element.querySelectorAll("[role=option]")];
const said = () => box.element.querySelector("[role=status]")?.textContent;
const marked = () => {
  const id = input().getAttribute("aria-activedescendant");
  return id && box.element.querySelector(`#${id}`)?.textContent;
};

function type(text: string): void {
  input().value = text;
  input().dispatchEvent(new Event("input", { bubbles: true }));
}

function press(key: string, init: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  input().dispatchEvent(event);
  return event;
}

beforeEach(() => {
  chosen.length = searched.length = 0;
  box = combobox(
    "Model",
    (value) => chosen.push(value),
    (text) => searched.push(text),
  );
  document.body.replaceChildren(box.element);
  box.offer(choices);
  box.show("openai/sora");
});

it("offers what matches every word, says how many, and takes the first with Enter", () => {
  type("hailuo minimax");
  expect(options().map(({ textContent }) => textContent)).toEqual(models.slice(0, 2));
  expect(said()).toBe("2 models");
  expect(searched).toEqual(["hailuo minimax"]);
  press("Enter");
  expect(chosen).toEqual(["minimax/hailuo-2.3"]);
  expect([input().value, input().getAttribute("aria-expanded")]).toEqual([
    "minimax/hailuo-2.3",
    "false",
  ]);
  expect(said()).toBe("");
});

it("says that nothing matches, to the eye and to the ear", () => {
  type("zebra");
  expect(box.element.querySelector(".wiro-none")?.textContent).toBe("No model of that name.");
  expect(said()).toBe("No model of that name.");
  press("Escape");
  expect(input().value).toBe("openai/sora");
  type("sora");
  expect(said()).toBe("1 model");
});

it("walks the list by one, by the page and to its ends", () => {
  press("ArrowDown");
  expect([options().length, marked()]).toEqual([24, "openai/sora"]);
  const walk = (key: string) => [press(key).defaultPrevented, marked()];
  expect(walk("ArrowDown")).toEqual([true, "google/veo"]);
  expect(walk("PageDown")).toEqual([true, "a/model-7"]);
  expect(walk("End")).toEqual([true, "a/model-19"]);
  expect(walk("PageUp")).toEqual([true, "a/model-11"]);
  expect(walk("Home")).toEqual([true, "minimax/hailuo-2.3"]);
  expect(walk("PageUp")).toEqual([true, "minimax/hailuo-2.3"]);
  // With Shift it selects text, and with the list closed it moves the caret: both are the field's.
  expect(press("End", { shiftKey: true }).defaultPrevented).toBe(false);
  press("Escape");
  expect(press("Home").defaultPrevented).toBe(false);
});

it("leaves the keys to an input method that composes a word", () => {
  type("s");
  expect(press("Enter", { isComposing: true }).defaultPrevented).toBe(false);
  expect(press("ArrowDown", { isComposing: true }).defaultPrevented).toBe(false);
  expect(chosen).toEqual([]);
});
