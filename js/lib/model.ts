// The part of anywidget's model that these widgets use, and listening that ends with a signal.

import type { AnyModel } from "@anywidget/types";
import { on } from "./dom.ts";
import type { PlayerSource, RunSnapshot } from "./protocol.ts";

export interface RunTraits {
  _snapshot: Partial<RunSnapshot>;
  error: string | null;
}

export interface PlayerTraits extends RunTraits {
  _source: Partial<PlayerSource>;
  loop: boolean;
  muted: boolean;
  speed: number;
}

export type Model = Pick<AnyModel<PlayerTraits>, "get" | "set" | "on" | "off" | "save_changes"> & {
  send(content: unknown): void;
};

/** Call `show` now and on every change of the trait, until `signal` ends. */
export function watch<K extends keyof PlayerTraits>(
  model: Model,
  name: K,
  show: (value: PlayerTraits[K]) => void,
  signal: AbortSignal,
): void {
  const listener = () => show(model.get(name));
  model.on(`change:${name}`, listener);
  on(signal, "abort", () => model.off(`change:${name}`, listener));
  listener();
}

/** Whether there is a run; the trait is empty before. */
export const isComplete = (value: Partial<RunSnapshot>): value is RunSnapshot =>
  value.key !== undefined;

/** The run's snapshot, once there is one. */
export function watchSnapshot(
  model: Model,
  show: (snapshot: RunSnapshot) => void,
  signal: AbortSignal,
): void {
  watch(model, "_snapshot", (value) => isComplete(value) && show(value), signal);
}
