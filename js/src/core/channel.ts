// Requests to the kernel. It may be busy with a cell for minutes: views say so and wait on. It may
// also stop, and then every request ends with a message for the person.

import type { ErrorMessage } from "../protocol/common.ts";
import type { FromKernel, ToKernel } from "../protocol/messages.ts";
import { newId, on } from "./dom.ts";
import { messageOf } from "./format.ts";
import type { Kernel } from "./model.ts";

/** Silence after which a person wants to know what we are waiting for. */
const SILENCE_MS = 3000;
/** Silence after which it may be that nobody will ever answer: few hosts tell that a kernel died. */
const LONG_SILENCE_MS = 20_000;

export const KERNEL_BUSY = "Waiting for the kernel; it is busy with a cell.";
export const KERNEL_SILENT =
  "Still no answer. If no cell is running, the kernel has stopped: run the cell again to go on.";
export const KERNEL_STOPPED = "The kernel stopped. Run the cell again to go on.";

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
/** A message without its id, which `openRequest` gives it. */
export type RequestBody = WithoutId<ToKernel>;
/** A reply that is no error. */
export type Reply = Exclude<FromKernel, ErrorMessage>;

/** Takes a reply; true when it was the last one. */
export type OnReply = (reply: Reply, buffer: DataView | undefined) => boolean;
/** Called with what we are waiting for when the kernel is silent, and with "" when it answers. */
export type OnSilence = (words: string) => void;

export interface OpenRequest {
  /**
   * Resolves with the last reply; rejects with the kernel's words, when the kernel stops, or when
   * the signal aborts.
   */
  done: Promise<void>;
  /** Send more under the same id. */
  send(message: RequestBody, buffers?: ArrayBuffer[]): void;
}

/** Why a request has ended well. */
const ANSWERED = Symbol();

/**
 * A request to the kernel under an id of its own.
 *
 * @param onReply called for each reply but an error, which rejects `done`.
 */
export function openRequest(
  model: Kernel,
  message: RequestBody,
  signal: AbortSignal,
  onSilence: OnSilence,
  onReply: OnReply,
): OpenRequest {
  const id = newId();
  // Ends the request and all its listeners: the signal may be that of a view that stays for hours.
  const end = new AbortController();
  const stopped = () => end.abort(new Error(KERNEL_STOPPED));
  const send = async (next: RequestBody, buffers?: ArrayBuffer[]) => {
    try {
      await model.send({ id, ...next }, undefined, buffers);
    } catch {
      // JupyterLab refuses to send to a kernel that is gone; marimo tells it by a promise.
      stopped();
    }
  };
  const done = new Promise<void>((resolve, reject) => {
    let timers: ReturnType<typeof setTimeout>[] = [];
    const wait = () => {
      timers = [
        setTimeout(onSilence, SILENCE_MS, KERNEL_BUSY),
        setTimeout(onSilence, LONG_SILENCE_MS, KERNEL_SILENT),
      ];
    };
    const stopWaiting = () => {
      for (const timer of timers) clearTimeout(timer);
    };
    const listener = (reply: FromKernel, buffers: DataView[]) => {
      if (reply?.id !== id) return;
      stopWaiting();
      onSilence("");
      if (reply.type === "error") end.abort(new Error(reply.message));
      else if (onReply(reply, buffers[0])) end.abort(ANSWERED);
      else wait();
    };
    on(end.signal, "abort", () => {
      stopWaiting();
      model.off("msg:custom", listener);
      const { reason } = end.signal;
      if (reason === ANSWERED) resolve();
      else reject(reason);
    });
    on(signal, "abort", () => end.abort(signal.reason), end);
    model.on("msg:custom", listener);
    whenStopped(model, stopped, end.signal);
    wait();
  });
  if (signal.aborted) end.abort(signal.reason);
  else if (isStopped(model)) stopped();
  else send(message);
  return { done, send };
}

/** What the hosts of ipywidgets know of the kernel behind a model; others keep it to themselves. */
interface HostModel {
  /** A model of the host's own, made and left together with ours. */
  get(name: "layout"): { comm_live?: boolean } | undefined;
  widget_manager?: { kernel?: { disposed?: HostSignal } | null };
}

interface HostSignal {
  connect(slot: () => void): void;
  disconnect(slot: () => void): void;
}

/** Whether the kernel is known to be gone. */
export const isStopped = (model: Kernel): boolean =>
  (model as unknown as HostModel).get("layout")?.comm_live === false;

/** Restarted, crashed, or the widget closed; and, in JupyterLab and Notebook, shut down. */
const STOP_EVENTS = ["comm_live_update", "comm:close"];

/** @param stopped told whether the kernel is gone; false when only the widget is, or it is back. */
export function whenStopped(
  model: Kernel,
  stopped: (gone: boolean) => void,
  until: AbortSignal,
): void {
  const { disposed } = (model as unknown as HostModel).widget_manager?.kernel ?? {};
  const look = () => stopped(isStopped(model));
  const end = () => stopped(true);
  for (const event of STOP_EVENTS) model.on(event, look);
  disposed?.connect(end);
  on(until, "abort", () => {
    for (const event of STOP_EVENTS) model.off(event, look);
    disposed?.disconnect(end);
  });
}

/** A request that the kernel answers only with whether it was done; rejects as `done` does. */
export const request = (
  model: Kernel,
  message: RequestBody,
  signal: AbortSignal,
  onSilence: OnSilence = () => {},
): Promise<void> => openRequest(model, message, signal, onSilence, () => true).done;

/** Make a request, and `say` what is waited for and what went wrong; true when it was done. */
export async function attempt(
  model: Kernel,
  message: RequestBody,
  signal: AbortSignal,
  say: (words: string) => void,
  onReply: OnReply = () => true,
): Promise<boolean> {
  say("");
  try {
    await openRequest(model, message, signal, say, onReply).done;
    return true;
  } catch (error) {
    if (!signal.aborted) say(messageOf(error));
    return false;
  }
}
