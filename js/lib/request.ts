// Asking the kernel for something. It may be busy with a cell for minutes: we say so and wait on.
import { on } from "./dom.ts";
import type { Kernel } from "./model.ts";
import type { ErrorMessage, FromKernel, ToKernel } from "./protocol/run.ts";

/** Silence after which a person wants to know what we are waiting for. */
const SILENCE_MS = 3000;

type Message = { id: string; type: string };
/** A message as it is asked for: its id is given on the way. */
export type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** Takes a reply; true when it was the last one. */
type Hear<From> = (reply: Exclude<From, ErrorMessage>, buffer: DataView | undefined) => boolean;

export interface Asking<To> {
  /** Resolves with the last reply; rejects with the kernel's words, or when the signal ends. */
  done: Promise<void>;
  /** Say more under the same id. */
  send(message: WithoutId<To>, buffers?: ArrayBuffer[]): void;
}

/**
 * A request to the kernel under an id of its own.
 *
 * @param hear called for each reply but an error, which rejects `done`.
 * @param onSilence told when the kernel has not answered for a while, and when it does again.
 */
export function ask<To extends Message, From extends Message>(
  model: Kernel,
  message: WithoutId<To>,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
  hear: Hear<From>,
): Asking<To> {
  // Unlike other views' and pages'; not a secret.
  const id = `${Date.now()}${Math.random()}`;
  const send = (next: WithoutId<To>, buffers?: ArrayBuffer[]) =>
    model.send({ id, ...next }, undefined, buffers);
  const done = new Promise<void>((resolve, reject) => {
    const wait = () => setTimeout(onSilence, SILENCE_MS, true);
    let timer = wait();
    const end = () => {
      clearTimeout(timer);
      model.off("msg:custom", listener);
      reject(signal.reason);
    };
    const listener = (reply: From | ErrorMessage, buffers: DataView[]) => {
      if (reply?.id !== id) return;
      clearTimeout(timer);
      onSilence(false);
      if (reply.type === "error") reject(new Error((reply as ErrorMessage).message));
      else if (hear(reply as Exclude<From, ErrorMessage>, buffers[0])) resolve();
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
export const request = <To extends Message>(
  model: Kernel,
  message: WithoutId<To>,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void = () => {},
): Promise<void> => ask<To, Message>(model, message, signal, onSilence, () => true).done;

/** Ask the kernel to stop the run; resolves when the request was taken. */
export const requestStop = (
  model: Kernel,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
): Promise<void> => request<ToKernel>(model, { type: "stop" }, signal, onSilence);

/**
 * The bytes of a clip from the kernel, chunk by chunk.
 *
 * @param onProgress told 0 to 1.
 * @param run which one of a comparison.
 */
export async function fetchClip(
  model: Kernel,
  contentType: string,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
  onProgress: (part: number) => void,
  run: string,
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const hear: Hear<FromKernel> = (reply, buffer) => {
    // A chunk out of turn was asked for by nobody.
    if (reply.type !== "chunk" || !buffer || reply.offset !== received) return false;
    parts.push(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice());
    received += buffer.byteLength;
    onProgress(received / reply.total);
    send({ type: "ack" });
    return received >= reply.total;
  };
  const { done, send } = ask<ToKernel, FromKernel>(
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
  return new Blob(parts, { type: contentType });
}
