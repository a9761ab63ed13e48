// What changes many times a second comes as messages, each with only what is new. They are merged
// into the trait `_live` once per model, in place: a trait that is set here would go back to the
// kernel with the next change of another one.
import { on } from "./dom.ts";
import { type BaseTraits, type Kernel, type Model, watch } from "./model.ts";
import type { Change } from "./protocol/common.ts";
import type { View } from "./view.ts";

/** Memory of a model that has a trait `_live`: what its views do when that has changed. */
export interface Watched {
  watchers: Set<() => void>;
}

export const freshWatched = (): Watched => ({ watchers: new Set() });

interface LiveTraits<Live> extends BaseTraits {
  _live: Live & { revision: number };
}

/** Has a model follow its changes as long as it lives; `merge` puts one into `_live`. */
export const merging =
  <Live>(merge: (live: Live, change: never) => void) =>
  (kernel: Kernel, { watchers }: Watched, signal?: AbortSignal): void => {
    const model = kernel as Model<LiveTraits<Live>>;
    const listener = (change: Change) => {
      const live = model.get("_live");
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

/** Call `show` now and on every change of `_live`, as long as the view lives. */
export function watchLive<Memory extends Watched, Traits extends BaseTraits>(
  { model, memory: { watchers }, signal }: View<Memory, Traits>,
  show: () => void,
): void {
  watchers.add(show);
  on(signal, "abort", () => watchers.delete(show));
  watch(model as unknown as Model<LiveTraits<unknown>>, "_live", show, signal);
}
