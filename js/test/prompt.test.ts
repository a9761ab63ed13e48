import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import { usualTime } from "../src/core/format.ts";
import type { Model } from "../src/core/model.ts";
import { freshDraft, syncedText, type TextTraits } from "../src/core/synced_values.ts";
import { recall } from "../src/widgets/prompt_input/prompt_history.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Two views of one model. */
function views() {
  const fake = new FakeModel({ error: null, value: "" });
  const model = fake as unknown as Model<TextTraits>;
  const end = new AbortController();
  const draft = freshDraft();
  const shown = { first: "", second: "" };
  const view = (name: keyof typeof shown) =>
    syncedText(model, draft, end.signal, (text) => {
      shown[name] = text;
    });
  return { fake, end, shown, first: view("first"), second: view("second") };
}

const confirm = (fake: FakeModel, value: unknown, message = fake.sent.at(-1)) =>
  fake.reply({ id: message?.id, type: "edited", value });

it("shows the same in both views at once, and tells the kernel after a pause", () => {
  const { fake, shown, first } = views();
  first.type("a");
  first.type("ab");
  expect(shown).toEqual({ first: "ab", second: "ab" });
  expect(fake.sent).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(fake.sent.map(({ type, text }) => [type, text])).toEqual([["edit", "ab"]]);
});

it("does not hold back what is typed while the kernel is busy", () => {
  const { fake, first } = views();
  for (const text of ["a", "ab", "abc"]) {
    first.type(text);
    vi.advanceTimersByTime(300);
  }
  expect(fake.sent.map(({ text }) => text)).toEqual(["a", "ab", "abc"]);
});

it("keeps what was typed since against what the kernel says, until it has caught up", () => {
  const { fake, shown, first } = views();
  first.type("mine");
  fake.set("value", "the kernel's");
  expect(shown.first).toBe("mine");
  vi.advanceTimersByTime(300);
  const early = fake.sent.at(-1);
  first.type("mine too");
  confirm(fake, "mine", early);
  fake.set("value", "mine");
  expect(shown.first).toBe("mine too");
  vi.advanceTimersByTime(300);
  confirm(fake, "MINE TOO");
  expect(shown).toEqual({ first: "MINE TOO", second: "MINE TOO" });
  fake.set("value", "loaded");
  expect(shown.first).toBe("loaded");
});

it("sends at once what is still to be sent when a view is closed", () => {
  const { fake, end, first } = views();
  first.type("last words");
  end.abort();
  expect(fake.sent.map(({ text }) => text)).toEqual(["last words"]);
  expect(fake.listeners).toBe(0);
});

it("walks to earlier prompts and back to one's own", () => {
  const past = recall();
  const list = ["new", "mine", "old"];
  expect(past.newer()).toBeNull();
  expect(past.older(list, "mine")).toBe("new");
  expect(past.words()).toBe("earlier prompt 1 of 2");
  list.unshift("newest");
  expect(past.older(list, "new")).toBe("old");
  expect(past.older(list, "old")).toBeNull();
  expect(past.newer()).toBe("new");
  expect(past.newer()).toBe("mine");
  expect(past.words()).toBe("");
  expect(past.newer()).toBeNull();
});

it.each([
  [null, ""],
  [[180, 240], "Usually 3 to 4 min"],
  [[200, 215], "Usually 3 to 4 min"],
  [[170, 190], "Usually about 3 min"],
  [[41, 52], "Usually 40 to 50 s"],
  [[1, 2], "Usually about 5 s"],
  [[60, 300], "Usually 1 to 5 min"],
] as const)("%j is %j", (span, words) => {
  expect(usualTime(span as [number, number] | null)).toBe(words);
});
