// A run as its views get it: three traits that together are its state.
import type { View } from "../core/define_widget.ts";
import { type LiveMemory, watchLive } from "../core/live.ts";
import { type BaseTraits, type Model, watch } from "../core/model.ts";
import type {
  ProgressMessage,
  RunFacts,
  RunSnapshot,
  RunStanding,
  RunTail,
} from "../protocol/runs.ts";
import { posters } from "./posters.ts";

/** Log lines that are kept here; the kernel has them all. */
const MOST_LINES = 200;

/** A run with what only its own views are told of it. */
export type SeenRun = RunSnapshot &
  Partial<Pick<RunFacts, "usual"> & Pick<RunStanding, "starred" | "rating">>;

export interface RunTraits extends BaseTraits {
  /** Empty while there is no run, as are the others. */
  _facts: Partial<RunFacts>;
  _standing: Partial<RunStanding>;
  _live: Partial<RunTail>;
  /** The model that has the poster, or the poster itself; null for none. */
  _poster: string | null;
}

/** The run's state; null while there is no run. */
export function snapshotOf(model: Model<RunTraits>, poster: string | null = null): SeenRun | null {
  const [facts, standing] = [model.get("_facts"), model.get("_standing")];
  // They come one after the other: between the two, the one is of another run than the other.
  if (!facts.key || facts.key !== standing.key) return null;
  const { progress = null, logs = [], log_total = 0 } = model.get("_live");
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
  show: (snapshot: SeenRun) => void,
): void {
  const { model, signal } = view;
  const poster = posters(view, () => showNow());
  const showNow = () => {
    const snapshot = snapshotOf(model, poster(model.get("_poster")));
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
