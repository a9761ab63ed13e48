// What changes many times a second comes as messages, each with only what is new. They are merged
// into the trait `_live` once per model, in place: a trait that is set here would go back to the
// kernel with the next change of another one.
import { on } from "./dom.ts";
import { type BaseTraits, type Kernel, type Model, watch } from "./model.ts";
import type { Change } from "./protocol/common.ts";

/** One per model, shared by its views: what to call when `_live` has changed. */
export type Watchers = Set<() => void>;
export type Follow = (model: Kernel, watchers: Watchers, signal?: AbortSignal) => void;

interface LiveTraits<Live> extends BaseTraits {
  _live: Live & { revision: number };
}

/** Has a model follow its changes as long as it lives; `merge` puts one into `_live`. */
export const merging =
  <Live>(merge: (live: Live, change: never) => void): Follow =>
  (model, watchers, signal) => {
    const own = model as Model<LiveTraits<Live>>;
    const listener = (change: Change) => {
      const live = own.get("_live");
      if (!(change?.revision > live.revision)) return;
      if (change.revision === live.revision + 1) {
        merge(live, change as never);
        live.revision++;
        for (const show of watchers) show();
      } else model.send({ id: "", type: "resend" });
    };
    model.on("msg:custom", listener);
    if (signal) on(signal, "abort", () => model.off("msg:custom", listener));
  };

/** Call `show` now and on every change of `_live`, until `signal` ends. */
export function watchLive<Traits extends BaseTraits>(
  model: Model<Traits>,
  watchers: Watchers,
  show: () => void,
  signal: AbortSignal,
): void {
  watchers.add(show);
  on(signal, "abort", () => watchers.delete(show));
  watch(model as unknown as Model<LiveTraits<unknown>>, "_live", show, signal);
}
