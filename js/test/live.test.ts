import { expect, it } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import { snapshot, traitsOf } from "../demo/states.js";
import { freshLiveMemory, mergeLive, watchLive } from "../src/core/live.ts";
import type { Model } from "../src/core/model.ts";
import { mergeProgress, type RunTraits, snapshotOf } from "../src/run/run_snapshot.ts";

function follow(seconds = 72) {
  const fake = new FakeModel({ ...traitsOf(snapshot(seconds)), error: null });
  const model = fake as unknown as Model<RunTraits>;
  const memory = freshLiveMemory();
  const end = new AbortController();
  let shown = 0;
  mergeLive(mergeProgress)(model, memory, end.signal);
  watchLive({ model, memory, signal: end.signal }, () => shown++);
  const progress = (revision: number, ...lines: string[]) =>
    fake.reply({ type: "progress", revision, progress: 0.75, lines, log_total: 4 + lines.length });
  return { fake, model, end, progress, shown: () => shown };
}

it("puts new log lines and progress into what is known, and tells every view", () => {
  const { fake, model, progress, shown } = follow();
  progress(2, "one", "two");
  const run = snapshotOf(model);
  expect(run?.progress).toBe(0.75);
  expect(run?.logs.slice(-2)).toEqual(["one", "two"]);
  expect(shown()).toBe(2);
  expect(fake.sent).toEqual([]);
});

it("keeps no more lines than the kernel sends", () => {
  const { model, progress } = follow();
  progress(2, ...Array.from({ length: 300 }, (_, line) => `${line}`));
  expect(snapshotOf(model)?.logs).toHaveLength(200);
  expect(snapshotOf(model)?.logs.at(-1)).toBe("299");
});

it("asks for everything when a change was missed, and ignores one it has", () => {
  const { fake, model, progress, shown } = follow();
  progress(1, "old");
  expect(fake.sent).toEqual([]);
  progress(4, "late");
  expect(fake.sent).toEqual([{ id: "", type: "resend" }]);
  expect(snapshotOf(model)?.logs).not.toContain("late");
  fake.set("_live", { revision: 4, progress: 0.8, logs: ["late"], log_total: 9 });
  progress(5, "next");
  expect(snapshotOf(model)?.logs).toEqual(["late", "next"]);
  expect(shown()).toBe(3);
});

it("shows nothing while the facts are of another run than how it stands", () => {
  const { fake, model } = follow();
  fake.set("_standing", { ...traitsOf(snapshot(5))._standing, key: "r15" });
  expect(snapshotOf(model)).toBeNull();
  fake.set("_facts", { ...traitsOf(snapshot(5))._facts, key: "r15" });
  expect(snapshotOf(model)?.key).toBe("r15");
});

it("ends with the model and with the view", () => {
  const { fake, end, progress, shown } = follow();
  end.abort();
  progress(2, "nobody hears");
  expect(shown()).toBe(1);
  expect(fake.listeners).toBe(0);
});
