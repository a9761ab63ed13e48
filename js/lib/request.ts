// Asking the kernel for something. It may be busy with a cell for minutes: we say so and wait on.
import { on } from "./dom.ts";
import type { Model } from "./model.ts";
import type { FromKernel, ToKernel } from "./protocol.ts";

/** Silence after which a person wants to know what we are waiting for. */
const SILENCE_MS = 3000;

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** Takes a reply; true when it was the last one. */
type Hear = (reply: FromKernel, buffer: DataView | undefined) => boolean;

/**
 * A request to the kernel under an id of its own.
 *
 * @param hear called for each reply but an error, which rejects `done`.
 * @param onSilence told when the kernel has not answered for a while, and when it does again.
 */
function ask(
  model: Model,
  message: WithoutId<ToKernel>,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
  hear: Hear,
): { done: Promise<void>; send(message: WithoutId<ToKernel>): void } {
  // Unlike other views' and pages'; not a secret.
  const id = `${Date.now()}${Math.random()}`;
  const send = (next: WithoutId<ToKernel>) => model.send({ id, ...next });
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

/** Ask the kernel to stop the run; resolves when the request was taken. */
export const requestStop = (
  model: Model,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
): Promise<void> => ask(model, { type: "stop" }, signal, onSilence, () => true).done;

/** The bytes of a clip from the kernel, chunk by chunk; `onProgress` is told 0 to 1. */
export async function fetchClip(
  model: Model,
  contentType: string,
  signal: AbortSignal,
  onSilence: (silent: boolean) => void,
  onProgress: (part: number) => void,
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
  const { done, send } = ask(model, { type: "media", clip: 0 }, signal, onSilence, hear);
  try {
    await done;
  } catch (error) {
    if (signal.aborted) send({ type: "cancel_media" });
    throw error;
  }
  return new Blob(parts, { type: contentType });
}
