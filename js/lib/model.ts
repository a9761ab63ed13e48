// The part of anywidget's model that these widgets use, and listening that ends with a signal.

import type { AnyModel } from "@anywidget/types";
import { on } from "./dom.ts";
import type { PlayerSource, RunSnapshot } from "./protocol/run.ts";

/** What every widget has. */
export interface BaseTraits {
  error: string | null;
}

export interface RunTraits extends BaseTraits {
  /** Without `poster`, which would weigh more than all the rest and never changes. */
  _snapshot: Partial<RunSnapshot>;
  _poster: string | null;
}

export interface PlayerTraits extends RunTraits {
  _source: Partial<PlayerSource>;
  loop: boolean;
  muted: boolean;
  speed: number;
}

/** Somebody to talk to, whatever the traits. */
export type Kernel = Pick<AnyModel, "on" | "off"> & {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
};

export type Model<Traits extends BaseTraits> = Kernel &
  Pick<AnyModel<Traits>, "get" | "set" | "on" | "off" | "save_changes">;

/** Call `show` now and on every change of the trait, until `signal` ends. */
export function watch<Traits extends BaseTraits, Name extends keyof Traits & string>(
  model: Model<Traits>,
  name: Name,
  show: (value: Traits[Name]) => void,
  signal: AbortSignal,
): void {
  const listener = () => show(model.get(name));
  model.on(`change:${name}`, listener);
  on(signal, "abort", () => model.off(`change:${name}`, listener));
  listener();
}

/** The run's state; null while there is no run. */
export function snapshotOf(model: Model<RunTraits>): RunSnapshot | null {
  const value = model.get("_snapshot") as Omit<RunSnapshot, "poster">;
  return value.key ? { poster: model.get("_poster"), ...value } : null;
}

/** Call `show` with the run's state now and on every change, once there is a run. */
export function watchSnapshot(
  model: Model<RunTraits>,
  show: (snapshot: RunSnapshot) => void,
  signal: AbortSignal,
): void {
  const showNow = () => {
    const snapshot = snapshotOf(model);
    if (snapshot) show(snapshot);
  };
  watch(model, "_snapshot", showNow, signal);
}
