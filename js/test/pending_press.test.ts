// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import { KERNEL_BUSY, KERNEL_SILENT, KERNEL_STOPPED } from "../src/core/channel.ts";
import type { Kernel } from "../src/core/model.ts";
import { follow, freshPendingPress, send } from "../src/widgets/run_button/pending_press.ts";

const ORDER = { type: "run", values: {}, prompt: "", repeats: 1 } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function pressed() {
  const fake = new FakeModel({});
  const press = freshPendingPress();
  const said: string[] = [];
  follow(press, (words) => said.push(words), new AbortController().signal);
  const done = send(press, fake as unknown as Kernel, ORDER);
  return { fake, press, said, done };
}

it("says what it waits for, and can be pressed again a moment after the answer", async () => {
  const { fake, press, said, done } = pressed();
  await vi.advanceTimersByTimeAsync(3000);
  expect(said.at(-1)).toBe(`${KERNEL_BUSY} It will run once.`);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(said.at(-1)).toBe(KERNEL_SILENT);
  fake.reply({ id: fake.sent[0]?.id, type: "ok" });
  await done;
  expect([press.held, said.at(-1)]).toEqual([true, ""]);
  await vi.advanceTimersByTimeAsync(1000);
  expect([press.held, said.at(-1)]).toEqual([false, ""]);
});

it("ends with a message when the kernel stops, in views that open later too", async () => {
  const { fake, press, said, done } = pressed();
  fake.stop();
  await done;
  await vi.advanceTimersByTimeAsync(1000);
  expect([press.held, said.at(-1)]).toEqual([false, KERNEL_STOPPED]);
  follow(press, (words) => said.push(`later: ${words}`), new AbortController().signal);
  expect(said.at(-1)).toBe(`later: ${KERNEL_STOPPED}`);
});
