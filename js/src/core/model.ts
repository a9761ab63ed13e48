// The part of anywidget's model that these widgets use, and listening that ends with a signal.

import type { AnyModel } from "@anywidget/types";
import type {
  PlayerSource,
  ProgressMessage,
  RunFacts,
  RunSnapshot,
  RunStanding,
  RunTail,
} from "../protocol/runs.ts";
import type { View } from "./define_widget.ts";
import { on } from "./dom.ts";
import { type LiveMemory, watchLive } from "./live.ts";

/** What every widget has. */
export interface BaseTraits {
  error: string | null;
}

export interface RunTraits extends BaseTraits {
  /** Empty while there is no run, as are the others. */
  _facts: Partial<RunFacts>;
  _standing: Partial<RunStanding>;
  _live: Partial<RunTail>;
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
  const [facts, standing] = [model.get("_facts"), model.get("_standing")];
  // They come one after the other: between the two, the one is of another run than the other.
  if (!facts.key || facts.key !== standing.key) return null;
  const { progress = null, logs = [], log_total = 0 } = model.get("_live");
  const poster = model.get("_poster");
  return {
    ...(facts as RunFacts),
    ...(standing as RunStanding),
    progress,
    logs,
    log_total,
    poster,
  };
}

/** Call `show` with the run's state now and on every change, once there is a run. */
export function watchSnapshot(
  view: View<LiveMemory, RunTraits>,
  show: (snapshot: RunSnapshot) => void,
): void {
  const { model, signal } = view;
  const showNow = () => {
    const snapshot = snapshotOf(model);
    if (snapshot) show(snapshot);
  };
  watchLive(view, showNow);
  for (const name of ["_facts", "_standing", "_poster"] as const) {
    watch(model, name, showNow, signal);
  }
}

/** Put what is new of a run into what is known of it. */
export function mergeProgress(
  live: RunTail,
  { progress, lines, log_total }: ProgressMessage,
): void {
  const most = Math.max(live.logs.length, MOST_LINES);
  live.progress = progress;
  live.logs.push(...lines);
  live.logs.splice(0, live.logs.length - most);
  live.log_total = log_total;
}

/** Log lines that are kept here; the kernel has them all. */
const MOST_LINES = 200;
