// Asking the kernel for something. It may be busy with a cell for minutes: we say so and wait on.

import type { ErrorMessage } from "../protocol/common.ts";
import type { FromKernel, ToKernel } from "../protocol/messages.ts";
import { on } from "./dom.ts";
import type { Kernel } from "./model.ts";

/** Silence after which a person wants to know what we are waiting for. */
const SILENCE_MS = 3000;

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
/** A message as it is asked for: its id is given on the way. */
export type RequestBody = WithoutId<ToKernel>;
/** A reply that is no error. */
export type Reply = Exclude<FromKernel, ErrorMessage>;

/** Takes a reply; true when it was the last one. */
type Hear = (reply: Reply, buffer: DataView | undefined) => boolean;

export interface OpenRequest {
  /** Resolves with the last reply; rejects with the kernel's words, or when the signal ends. */
  done: Promise<void>;
  /** Say more under the same id. */
  send(message: RequestBody, buffers?: ArrayBuffer[]): void;
}

/** Unlike other views' and pages'; not a secret. */
export const newId = (): string => `${Date.now()}${Math.random()}`;

/**
 * A request to the kernel under an id of its own.
 *
 * @param hear called for each reply but an error, which rejects `done`.
 * @param onSilence told when the kernel has not answered for a while, and when it does again.
 */
export function openRequest(
  model: Kernel,
  message: RequestBody,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
  hear: Hear,
): OpenRequest {
  const id = newId();
  const send = (next: RequestBody, buffers?: ArrayBuffer[]) =>
    model.send({ id, ...next }, undefined, buffers);
  const done = new Promise<void>((resolve, reject) => {
    const wait = () => setTimeout(onSilence, SILENCE_MS, true);
    let timer = wait();
    const end = () => {
      clearTimeout(timer);
      model.off("msg:custom", listener);
      reject(signal.reason);
    };
    const listener = (reply: FromKernel, buffers: DataView[]) => {
      if (reply?.id !== id) return;
      clearTimeout(timer);
      onSilence(false);
      if (reply.type === "error") reject(new Error(reply.message));
      else if (hear(reply, buffers[0])) resolve();
      else {
        timer = wait();
        return;
      }
      end();
    };
    on(signal, "abort", end);
    model.on("msg:custom", listener);
  });
  send(message);
  return { done, send };
}

/** Ask for what the kernel answers with nothing but that it was done; rejects as `done` does. */
export const request = (
  model: Kernel,
  message: RequestBody,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void = () => {},
): Promise<void> => openRequest(model, message, signal, onSilence, () => true).done;

export const KERNEL_BUSY = "Waiting for the kernel; it is busy with a cell.";

/** Ask, and `say` what is waited for and what went wrong; true when it was done. */
export async function attempt(
  model: Kernel,
  message: RequestBody,
  signal: AbortSignal,
  say: (words: string) => void,
): Promise<boolean> {
  say("");
  try {
    await request(model, message, signal, (silent) => say(silent ? KERNEL_BUSY : ""));
    return true;
  } catch (error) {
    if (!signal.aborted) say((error as Error).message);
    return false;
  }
}

/**
 * The bytes of a clip or picture from the kernel, chunk by chunk.
 *
 * @param onProgress told 0 to 1.
 * @param run which one of a comparison; "" where there is one only.
 */
export async function fetchClip(
  model: Kernel,
  media: { content_type?: string } | null,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
  onProgress: (part: number) => void,
  run = "",
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const hear: Hear = (reply, buffer) => {
    // A chunk out of turn was asked for by nobody.
    if (reply.type !== "chunk" || !buffer || reply.offset !== received) return false;
    parts.push(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice());
    received += buffer.byteLength;
    onProgress(received / reply.total);
    send({ type: "ack" });
    return received >= reply.total;
  };
  const { done, send } = openRequest(
    model,
    { type: "media", run, clip: 0 },
    signal,
    onSilence,
    hear,
  );
  try {
    await done;
  } catch (error) {
    if (signal.aborted) send({ type: "cancel_media" });
    throw error;
  }
  return new Blob(parts, { type: media?.content_type ?? "" });
}
