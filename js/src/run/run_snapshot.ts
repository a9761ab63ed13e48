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

/** Log lines that are kept here; the kernel has them all. */
const MOST_LINES = 200;

export interface RunTraits extends BaseTraits {
  /** Empty while there is no run, as are the others. */
  _facts: Partial<RunFacts>;
  _standing: Partial<RunStanding>;
  _live: Partial<RunTail>;
  /** The model that has the poster, or the poster itself; null for none. */
  _poster: string | null;
}

interface PosterTraits {
  url: string;
}

/**
 * Finds the run's poster. It is a model of its own, so that a notebook keeps it once, however many
 * views and runs show it.
 *
 * @param arrived called when one that was not known yet is there.
 * @returns the poster's URL; null while there is none.
 */
export function posterOf(
  { model, host, signal }: Pick<View<unknown, RunTraits>, "model" | "host" | "signal">,
  arrived: () => void,
): () => string | null {
  let wanted: string | null = null;
  let url: string | null = null;

  async function find(reference: string): Promise<void> {
    // A host that finds no models shows no poster; the clip comes all the same.
    const found = await host?.getModel<PosterTraits>(reference).catch(() => null);
    if (!found || signal.aborted || wanted !== reference) return;
    url = found.get("url");
    arrived();
  }

  return () => {
    const reference = model.get("_poster");
    if (reference !== wanted) {
      wanted = reference;
      url = reference?.startsWith("data:") ? reference : null;
      if (reference && !url) void find(reference);
    }
    return url;
  };
}

/** The run's state; null while there is no run. */
export function snapshotOf(
  model: Model<RunTraits>,
  poster: string | null = null,
): RunSnapshot | null {
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
  show: (snapshot: RunSnapshot) => void,
): void {
  const { model, signal } = view;
  const poster = posterOf(view, () => showNow());
  const showNow = () => {
    const snapshot = snapshotOf(model, poster());
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
