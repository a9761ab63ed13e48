import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import { fetchClip, request } from "../src/core/channel.ts";
import type { Kernel } from "../src/core/model.ts";

const bytes = Uint8Array.from({ length: 1300 }, (_, i) => i % 251);
const asModel = (fake: FakeModel) => fake as unknown as Kernel;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A kernel that sends `bytes` by 500. */
function kernel(fake: FakeModel) {
  let offset = 0;
  fake.answer = ({ id, type }) => {
    if (type === "cancel_media") return;
    const part = bytes.slice(offset, offset + 500);
    const message = { id, type: "chunk", offset, total: bytes.length };
    offset += part.length;
    if (part.length) queueMicrotask(() => fake.reply(message, [new DataView(part.buffer)]));
  };
}

it("puts a clip together chunk by chunk, each asked for by an ack", async () => {
  const fake = new FakeModel({});
  kernel(fake);
  const progress: number[] = [];
  const blob = await fetchClip(
    asModel(fake),
    { content_type: "video/mp4" },
    new AbortController().signal,
    () => {},
    (part) => progress.push(part),
    "r12",
  );
  expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
  expect(blob.type).toBe("video/mp4");
  expect(fake.sent.map((message) => message.type)).toEqual(["media", "ack", "ack", "ack"]);
  expect(fake.sent[0]?.run).toBe("r12");
  expect(progress.at(-1)).toBe(1);
  expect(fake.listeners).toBe(0);
});

it("does not listen to answers that are somebody else's", async () => {
  const fake = new FakeModel({});
  const end = new AbortController();
  const stopped = request(asModel(fake), { type: "stop" }, end.signal);
  fake.reply({ id: "another", type: "ok" });
  fake.reply({ id: fake.sent[0]?.id, type: "error", message: "no such run" });
  await expect(stopped).rejects.toThrow("no such run");
});

it("says that the kernel is silent, and waits on", async () => {
  const fake = new FakeModel({});
  const silence: boolean[] = [];
  const stopped = request(asModel(fake), { type: "stop" }, new AbortController().signal, (silent) =>
    silence.push(silent),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(silence).toEqual([true]);
  fake.reply({ id: fake.sent[0]?.id, type: "ok" });
  await stopped;
  expect(silence).toEqual([true, false]);
});

it("tells the kernel when nobody waits for the bytes any more", async () => {
  const fake = new FakeModel({});
  const end = new AbortController();
  const clip = fetchClip(
    asModel(fake),
    { content_type: "video/mp4" },
    end.signal,
    () => {},
    () => {},
    "",
  );
  end.abort(new Error("gone"));
  await expect(clip).rejects.toThrow("gone");
  expect(fake.sent.map((message) => message.type)).toEqual(["media", "cancel_media"]);
  expect(fake.listeners).toBe(0);
});
