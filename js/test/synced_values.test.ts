import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import type { Model } from "../src/core/model.ts";
import { freshDraft, syncedValues, type ValueTraits } from "../src/core/synced_values.ts";
import type { Values } from "../src/form/validation.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Two views of one model whose values are `value`. */
function views(value: Values = {}) {
  const fake = new FakeModel({ error: null, value });
  const model = fake as unknown as Model<ValueTraits>;
  const end = new AbortController();
  const draft = freshDraft();
  const shown: Values[] = [{}, {}];
  const view = (place: number) =>
    syncedValues(model, draft, end.signal, (values) => {
      shown[place] = values;
    });
  return { fake, end, shown, first: view(0), second: view(1) };
}

const values = (fake: FakeModel) => fake.sent.map((message) => message.values);
const confirm = (fake: FakeModel, value: Values, message = fake.sent.at(-1)) =>
  fake.reply({ id: message?.id, type: "changed", value });

it("tells choices at once and what is typed after a pause, together", () => {
  const { fake, shown, first } = views({ seed: 1 });
  first.change({ style: "clay" }, false);
  first.change({ seed: 2 }, true);
  first.change({ seed: 23 }, true);
  expect(shown).toEqual([
    { style: "clay", seed: 23 },
    { style: "clay", seed: 23 },
  ]);
  expect(values(fake)).toEqual([{ style: "clay" }]);
  vi.advanceTimersByTime(300);
  expect(values(fake)).toEqual([{ style: "clay" }, { seed: 23 }]);
});

it("keeps one's own value against an older one of the kernel, and takes all the others", () => {
  const { fake, shown, first } = views({ seed: 1, steps: 5 });
  first.change({ seed: 2 }, false);
  fake.set("value", { seed: 1, steps: 6 });
  expect(shown[1]).toEqual({ seed: 2, steps: 6 });
  const early = fake.sent.at(-1);
  first.change({ seed: 3 }, false);
  confirm(fake, { seed: 2, steps: 6 }, early);
  expect(shown[0]).toEqual({ seed: 3, steps: 6 });
  confirm(fake, { seed: 50, steps: 6 });
  expect(shown[0]).toEqual({ seed: 50, steps: 6 });
  fake.set("value", { seed: 7, steps: 6 });
  expect(shown[0]).toEqual({ seed: 7, steps: 6 });
});

it("says null for what was emptied, and leaves it out", () => {
  const { fake, shown, first } = views({ style: "clay", frames: ["a"] });
  first.change({ style: "", frames: [] }, false);
  expect(values(fake)).toEqual([{ style: null, frames: null }]);
  expect(shown[0]).toEqual({});
});

it("gives in when the kernel cannot take it", () => {
  const { fake, shown, first } = views({ seed: 1 });
  first.change({ seed: 2 }, false);
  fake.reply({ id: fake.sent.at(-1)?.id, type: "error", message: "no" });
  fake.set("value", { seed: 4 });
  expect(shown[0]).toEqual({ seed: 4 });
});

it("tells what is left when the view goes, and listens no longer", () => {
  const { fake, end, first } = views();
  first.change({ seed: 2 }, true);
  end.abort();
  expect(values(fake)).toEqual([{ seed: 2 }]);
  expect(fake.listeners).toBe(0);
});
