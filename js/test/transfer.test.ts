// @vitest-environment node
import { getEventListeners } from "node:events";
import { expect, it, vi } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import { KERNEL_STOPPED } from "../src/core/channel.ts";
import type { Kernel } from "../src/core/model.ts";
import { download, droppedFiles, upload } from "../src/core/transfer.ts";

const CHUNK = 512 * 1024;
const asModel = (fake: FakeModel) => fake as unknown as Kernel;
const ever = () => new AbortController().signal;
const nothing = () => {};
const types = (fake: FakeModel) => fake.sent.map(({ type }) => type);

/** A kernel that has a clip of these bytes and sends 500 at a time. */
function clipKernel(bytes: Uint8Array<ArrayBuffer>): FakeModel {
  const fake = new FakeModel({});
  let offset = 0;
  fake.answer = ({ id, type }) => {
    if (type === "cancel_media") return;
    const part = bytes.slice(offset, offset + 500);
    const message = { id, type: "chunk", offset, total: bytes.length };
    offset += part.length;
    if (part.length) queueMicrotask(() => fake.reply(message, [new DataView(part.buffer)]));
  };
  return fake;
}

/** A kernel that takes a file; `arrived` is what of it has come. */
function fileKernel() {
  const arrived: { offset: unknown; size: number }[] = [];
  const fake = new FakeModel({});
  let size = 0;
  let taken = 0;
  const send = fake.send.bind(fake);
  fake.send = (message, _callbacks?: unknown, buffers: ArrayBuffer[] = []) => {
    send(message);
    const { id, type } = message;
    if (type === "begin") size = Number(message.size);
    if (type === "piece") {
      const bytes = buffers[0]?.byteLength ?? 0;
      arrived.push({ offset: message.offset, size: bytes });
      taken += bytes;
    }
    if (type === "cancel") return;
    const whole = taken === size;
    const reply = whole ? { type: "kept", path: "/kept" } : { type: "taken", offset: taken };
    queueMicrotask(() => fake.reply({ id, ...reply }));
  };
  return { fake, arrived };
}

const outgoing = (file: Blob) => ({ file, name: "gull.jpg", notes: [] });

/** A file that was there when it was chosen. */
class Unreadable extends Blob {
  override slice(): Blob {
    const part = new Blob();
    part.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotReadableError"));
    return part;
  }
}

it("puts a clip together chunk by chunk, each asked for by an ack, and keeps none of it", async () => {
  const bytes = Uint8Array.from({ length: 1300 }, (_, i) => i % 251);
  const fake = clipKernel(bytes);
  const progress: number[] = [];
  const signal = ever();
  const tell = (part: number) => progress.push(part);
  const blob = await download(
    asModel(fake),
    { content_type: "video/mp4" },
    signal,
    "r12",
    nothing,
    tell,
  );
  expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
  expect(blob.type).toBe("video/mp4");
  expect(types(fake)).toEqual(["media", "ack", "ack", "ack"]);
  expect(fake.sent[0]?.run).toBe("r12");
  expect(progress.at(-1)).toBe(1);
  expect(fake.listeners).toBe(0);
  // What listens to the view's signal would keep every chunk for as long as the view is open.
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("waits without a word while the kernel fetches the clip itself", async () => {
  const bytes = Uint8Array.from({ length: 400 }, (_, index) => index % 251);
  const fake = clipKernel(bytes);
  const send = fake.answer;
  const said: string[] = [];
  let told = 0;
  vi.useFakeTimers();
  fake.answer = (message) => {
    if (message.type !== "media") return send(message);
    const coming = setInterval(() => {
      fake.reply({ id: message.id, type: "ok" }, []);
      if (++told < 5) return;
      clearInterval(coming);
      send(message);
    }, 2000);
  };
  const clip = download(asModel(fake), null, ever(), "", (words) => words && said.push(words));
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect((await clip).size).toBe(400);
  expect(said).toEqual([]);
});

it("tells the kernel when nobody waits for the bytes any more", async () => {
  const fake = new FakeModel({});
  const end = new AbortController();
  const clip = download(asModel(fake), { content_type: "video/mp4" }, end.signal, "");
  end.abort(new Error("gone"));
  await expect(clip).rejects.toThrow("gone");
  expect(types(fake)).toEqual(["media", "cancel_media"]);
  expect(fake.listeners).toBe(0);
});

it("sends a file in pieces and says how much has arrived", async () => {
  const { fake, arrived } = fileKernel();
  const told: number[] = [];
  const signal = ever();
  const file = new Blob([new Uint8Array(2 * CHUNK + 7)]);
  const path = await upload(asModel(fake), outgoing(file), signal, (part) => told.push(part));
  expect(path).toBe("/kept");
  expect(arrived).toEqual([
    { offset: 0, size: CHUNK },
    { offset: CHUNK, size: CHUNK },
    { offset: 2 * CHUNK, size: 7 },
  ]);
  expect(told.at(-1)).toBeGreaterThan(0.99);
  expect(fake.listeners).toBe(0);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("says so when a file can no longer be read, and lets the kernel forget it", async () => {
  const { fake } = fileKernel();
  const file = new Unreadable([new Uint8Array(10)]);
  await expect(upload(asModel(fake), outgoing(file), ever(), nothing)).rejects.toThrow(
    "gull.jpg cannot be read. It may have been moved, changed or deleted: choose it again.",
  );
  expect(types(fake)).toEqual(["begin", "cancel"]);
  expect(fake.listeners).toBe(0);
});

it("does not send an empty file", async () => {
  const { fake } = fileKernel();
  const sent = upload(asModel(fake), outgoing(new Blob()), ever(), nothing);
  await expect(sent).rejects.toThrow("gull.jpg is empty.");
  expect(fake.sent).toEqual([]);
});

it("ends with a message when the kernel stops", async () => {
  const fake = new FakeModel({});
  const sent = upload(asModel(fake), outgoing(new Blob(["12"])), ever(), nothing);
  fake.stop();
  await expect(sent).rejects.toThrow(KERNEL_STOPPED);
  expect(fake.listeners).toBe(0);
});

it("is taken back when its view goes", async () => {
  const fake = new FakeModel({});
  const end = new AbortController();
  const sent = upload(asModel(fake), outgoing(new Blob(["12"])), end.signal, nothing);
  end.abort(new Error("gone"));
  await expect(sent).rejects.toThrow("gone");
  expect(types(fake)).toEqual(["begin", "cancel"]);
});

it("takes dropped files, and names a folder among them", () => {
  const file = new File(["12"], "gull.jpg");
  const entry = (name: string, isDirectory: boolean) => ({
    webkitGetAsEntry: () => ({ name, isDirectory }),
  });
  const dropped = (...items: unknown[]) => ({ items, files: [file] }) as unknown as DataTransfer;
  expect(droppedFiles(dropped(entry("gull.jpg", false)))).toEqual([file]);
  expect(() => droppedFiles(dropped(entry("beach", true)))).toThrow(
    "beach is a folder. Drop the files in it instead.",
  );
});
