// A press that the kernel has not answered yet, in whichever view of the model it was made: until
// then no view sends another.

import { KERNEL_BUSY, request } from "../../core/channel.ts";
import { on } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import type { Kernel } from "../../core/model.ts";
import type { OpenSweepMessage, RunMessage } from "../../protocol/inputs.ts";

/** One per model, shared by its views. */
export interface PendingPress {
  /** A request is on its way, or was answered a moment ago. */
  held: boolean;
  /** What it waits for or why it failed; "" for neither. */
  words: string;
  /** Show this state in each view. */
  views: Set<(words: string) => void>;
}

/** What is sent by a press. */
export type Order = Omit<RunMessage, "id"> | Omit<OpenSweepMessage, "id">;

/** A press this soon after the answer is the second half of a double click. */
const REST_MS = 700;

export const freshPendingPress = (): PendingPress => ({ held: false, words: "", views: new Set() });

/** Call `show` with its words now and whenever they change, until `signal` aborts. */
export function follow(
  { views, words }: PendingPress,
  show: (words: string) => void,
  signal: AbortSignal,
): void {
  views.add(show);
  on(signal, "abort", () => views.delete(show));
  show(words);
}

/** Send what was pressed for, and hold every view until a moment after the answer. */
export async function send(pressing: PendingPress, model: Kernel, order: Order): Promise<void> {
  let words = "";
  hold(pressing, true, words);
  // A view that is closed must not leave the others waiting for its answer.
  const { signal } = new AbortController();
  const waiting = (why: string) =>
    hold(pressing, true, why === KERNEL_BUSY ? `${why} It will run once.` : why);
  await request(model, order, signal, waiting).catch((error) => {
    words = messageOf(error);
  });
  setTimeout(hold, REST_MS, pressing, false, words);
}

function hold(pressing: PendingPress, held: boolean, words: string): void {
  pressing.held = held;
  pressing.words = words;
  for (const each of pressing.views) each(words);
}
