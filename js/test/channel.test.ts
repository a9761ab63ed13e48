// @vitest-environment node
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import {
  attempt,
  KERNEL_BUSY,
  KERNEL_SILENT,
  KERNEL_STOPPED,
  request,
} from "../src/core/channel.ts";
import type { Kernel } from "../src/core/model.ts";

const asModel = (fake: FakeModel) => fake as unknown as Kernel;
const ever = () => new AbortController().signal;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("takes no answer that is to another request", async () => {
  const fake = new FakeModel({});
  const stopped = request(asModel(fake), { type: "stop" }, ever());
  fake.reply({ id: "another", type: "ok" });
  fake.reply({ id: fake.sent[0]?.id, type: "error", message: "no such run" });
  await expect(stopped).rejects.toThrow("no such run");
});

it("says that the kernel is silent and then that it may have stopped, and waits on", async () => {
  const fake = new FakeModel({});
  const said: string[] = [];
  const stopped = request(asModel(fake), { type: "stop" }, ever(), (words) => said.push(words));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said).toEqual([KERNEL_BUSY, KERNEL_SILENT]);
  fake.reply({ id: fake.sent[0]?.id, type: "ok" });
  await stopped;
  expect(said).toEqual([KERNEL_BUSY, KERNEL_SILENT, ""]);
  expect(vi.getTimerCount()).toBe(0);
});

it("ends with a message when the kernel stops under it", async () => {
  const fake = new FakeModel({});
  const said: string[] = [];
  const done = attempt(asModel(fake), { type: "stop" }, ever(), (words) => said.push(words));
  await vi.advanceTimersByTimeAsync(3000);
  fake.stop();
  expect(await done).toBe(false);
  expect(said).toEqual(["", KERNEL_BUSY, KERNEL_STOPPED]);
  expect(fake.listeners).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it("ends with a message when the kernel is shut down, which only JupyterLab's kernel reports", async () => {
  const slots = new Set<() => void>();
  const disposed = {
    connect: (slot: () => void) => slots.add(slot),
    disconnect: (slot: () => void) => slots.delete(slot),
  };
  const fake = Object.assign(new FakeModel({}), { widget_manager: { kernel: { disposed } } });
  const asked = request(asModel(fake), { type: "stop" }, ever());
  for (const slot of slots) slot();
  await expect(asked).rejects.toThrow(KERNEL_STOPPED);
  expect(slots.size).toBe(0);
});

it("asks nobody where the host knows that no kernel is left", async () => {
  const dead = new FakeModel({ layout: { comm_live: false } });
  await expect(request(asModel(dead), { type: "stop" }, ever())).rejects.toThrow(KERNEL_STOPPED);
  expect(dead.sent).toEqual([]);
  const broken = new FakeModel({});
  broken.answer = () => {
    throw new Error("Cannot send");
  };
  await expect(request(asModel(broken), { type: "stop" }, ever())).rejects.toThrow(KERNEL_STOPPED);
  expect(broken.listeners).toBe(0);
});

it("ends with a message where the host rejects a promise because no kernel is left", async () => {
  const refusing = { send: () => Promise.reject(new Error("404")) };
  const marimo = Object.assign(new FakeModel({}), refusing);
  const asked = request(asModel(marimo), { type: "stop" }, ever());
  await expect(asked).rejects.toThrow(KERNEL_STOPPED);
});

it("asks for nothing once its view is gone", async () => {
  const fake = new FakeModel({});
  const signal = AbortSignal.abort(new Error("gone"));
  await expect(request(asModel(fake), { type: "stop" }, signal)).rejects.toThrow("gone");
  expect([fake.sent.length, fake.listeners]).toEqual([0, 0]);
});

it("leaves nothing on the signal of a view that lives on", async () => {
  const fake = new FakeModel({});
  fake.answer = ({ id }) => queueMicrotask(() => fake.reply({ id, type: "ok" }));
  const signal = ever();
  for (let count = 0; count < 3; count++) await request(asModel(fake), { type: "stop" }, signal);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
