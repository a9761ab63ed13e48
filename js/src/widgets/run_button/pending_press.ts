// What a press waits for, in whichever view of the model it comes: until the kernel has answered
// one press, no view sends another.

import { request } from "../../core/channel.ts";
import { on } from "../../core/dom.ts";
import type { Kernel } from "../../core/model.ts";
import type { OpenSweepMessage, RunMessage } from "../../protocol/inputs.ts";

/** One per model, shared by its views. */
export interface PendingPress {
  /** A request is on its way, or was answered a moment ago. */
  held: boolean;
  /** Show this state in each view. */
  views: Set<(words: string) => void>;
}

/** What is sent by a press. */
export type Order = Omit<RunMessage, "id"> | Omit<OpenSweepMessage, "id">;

const BUSY = "Waiting for the kernel; it is busy with a cell. It will run once.";
/** A second press this soon after the answer is the end of a double click, and no wish. */
const REST_MS = 700;

export const freshPendingPress = (): PendingPress => ({ held: false, views: new Set() });

/** Call `show` with what is waited for, in words, whenever that changes, until `signal` ends. */
export function follow(
  { views }: PendingPress,
  show: (words: string) => void,
  signal: AbortSignal,
): void {
  views.add(show);
  on(signal, "abort", () => views.delete(show));
}

/** Send what was pressed for, and hold every view until a moment after the answer. */
export async function send(pressing: PendingPress, model: Kernel, order: Order): Promise<void> {
  hold(pressing, true, "");
  // A view that is closed must not leave the others waiting for its answer.
  const { signal } = new AbortController();
  const waiting = (silent: boolean) => hold(pressing, true, silent ? BUSY : "");
  // What went wrong stands in the trait `error`, which every widget shows.
  await request(model, order, signal, waiting).catch(() => {});
  setTimeout(hold, REST_MS, pressing, false, "");
}

function hold(pressing: PendingPress, held: boolean, words: string): void {
  pressing.held = held;
  for (const each of pressing.views) each(words);
}
