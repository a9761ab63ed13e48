import { beforeEach, expect, it } from "vitest";
import type { FieldContext } from "../src/form/control.ts";
import { field } from "../src/form/field.ts";
import { fileInput } from "../src/form/file_input.ts";
import type { PanelField } from "../src/protocol/inputs.ts";

const changes: unknown[] = [];
const explained: string[] = [];
let send: FieldContext["send"];

const context: FieldContext = {
  id: "f",
  change: (value) => changes.push(value),
  send: (file, onProgress) => send(file, onProgress),
  explain: (why) => explained.push(why),
};

const about = (kind: PanelField["kind"], rest: Partial<PanelField> = {}): PanelField => ({
  id: "x",
  kind,
  label: "X",
  help: "",
  note: "",
  placeholder: "",
  default: "",
  required: false,
  advanced: false,
  multiple: false,
  complete: true,
  options: [],
  minimum: null,
  maximum: null,
  step: null,
  max_length: null,
  ...rest,
});

const options = (...values: string[]) =>
  values.map((value) => ({ value, label: value, cover: "" }));

/** Show a field with nothing wrong. */
function show(made: ReturnType<typeof field>, value: unknown): void {
  document.body.replaceChildren(made.element);
  made.show({ value, problem: "", blocked: [] });
}

beforeEach(() => {
  changes.length = explained.length = 0;
});

function enter(element: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  element.value = text;
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

const one = <E extends Element>(selector: string) => document.querySelector(selector) as E;

it("draws few settled choices as radio buttons, others as a list, on and off as a switch", () => {
  const drawn = (made: PanelField) => {
    const { element } = field(made, context);
    return element.querySelector("[role=radiogroup], select, [role=switch]")?.tagName;
  };
  expect(drawn(about("choice", { options: options("a", "b"), default: "a" }))).toBe("DIV");
  expect(drawn(about("choice", { options: options("a", "b") }))).toBe("SELECT");
  expect(drawn(about("choice", { options: options(..."abcdef"), default: "a" }))).toBe("SELECT");
  expect(drawn(about("choice", { options: options("True", "False"), default: "True" }))).toBe(
    "INPUT",
  );
});

it("reads numbers as numbers, with a comma too, and leaves what is typed alone", () => {
  const made = field(about("number", { label: "Scale" }), context);
  show(made, 1);
  const input = one<HTMLInputElement>("input");
  expect(input.value).toBe("1");
  for (const text of ["1.", "0,5", "many", " ", ""]) enter(input, text);
  expect(changes).toEqual([1, 0.5, "many", undefined, undefined]);
  enter(input, "1.");
  made.show({ value: 1, problem: "", blocked: [] });
  expect(input.value).toBe("1.");
});

it("does not take a choice that is ruled out, and says why", () => {
  const made = field(about("choice", { options: options("6", "10"), default: "6" }), context);
  show(made, "6");
  const blocked = [{ choice: "10", why: "Only with 768P.", label: "Use it", apply: () => {} }];
  made.show({ value: "6", problem: "", blocked });
  const ten = one<HTMLInputElement>("[value='10']");
  expect(ten.getAttribute("aria-disabled")).toBe("true");
  ten.click();
  expect([changes, explained, ten.checked]).toEqual([[], ["Only with 768P."], false]);
  expect(one(".wiro-fixes").textContent).toBe("Only with 768P. Use it");
});

/** Drop things on the field for files. */
function drop(...items: { name: string; folder?: boolean }[]): void {
  const event = new Event("drop", { bubbles: true, cancelable: true });
  const dataTransfer = {
    types: ["Files"],
    files: items.map(({ name }) => new File(["12"], name)),
    items: items.map(({ name, folder = false }) => ({
      webkitGetAsEntry: () => ({ name, isDirectory: folder }),
    })),
  };
  one(".wiro-files").dispatchEvent(Object.assign(event, { dataTransfer }));
}

it("sends dropped files one after the other and adds them to what is there", async () => {
  send = async ({ name }) => `/kept/${name}`;
  const made = fileInput(about("files", { multiple: true }), context);
  document.body.replaceChildren(made.element);
  made.show(["/kept/a.png"], []);
  drop({ name: "b.png" });
  await expect.poll(() => changes).toEqual([["/kept/a.png", "/kept/b.png"]]);
});

it("says what is wrong with what was dropped, and can be used again", async () => {
  const made = fileInput(about("files"), context);
  document.body.replaceChildren(made.element);
  made.show(undefined, []);
  const state = () => one("[role=status]").textContent;
  drop({ name: "beach", folder: true });
  expect(state()).toBe("beach is a folder. Drop the files in it instead.");
  send = () => Promise.reject(new Error("gull.png cannot be read."));
  drop({ name: "gull.png" });
  await expect.poll(state).toBe("gull.png cannot be read.");
  send = async () => "/kept/gull.png";
  drop({ name: "gull.png" });
  await expect.poll(() => changes).toEqual(["/kept/gull.png"]);
  expect(state()).toBe("");
});
