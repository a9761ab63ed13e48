// What changes many times a second comes as messages, each with only what is new. They are merged
// into the trait `_live` once per model, in place: a trait that is set here would go back to the
// kernel with the next change of another one.

import type { Change } from "../protocol/common.ts";
import type { View } from "./define_widget.ts";
import { on } from "./dom.ts";
import { type BaseTraits, type Kernel, type Model, watch } from "./model.ts";

/** Memory of a model that has a trait `_live`: what its views do when that has changed. */
export interface LiveMemory {
  watchers: Set<() => void>;
}

export const freshLiveMemory = (): LiveMemory => ({ watchers: new Set() });

interface LiveTraits<Live> extends BaseTraits {
  _live: Live & { revision: number };
}

/** Has a model follow its changes as long as it lives; `merge` puts one into `_live`. */
export const mergeLive =
  <Live>(merge: (live: Live, change: never) => void) =>
  (kernel: Kernel, { watchers }: LiveMemory, signal?: AbortSignal): void => {
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
export function watchLive<Memory extends LiveMemory, Traits extends BaseTraits>(
  { model, memory: { watchers }, signal }: View<Memory, Traits>,
  show: () => void,
): void {
  watchers.add(show);
  on(signal, "abort", () => watchers.delete(show));
  watch(model as unknown as Model<LiveTraits<unknown>>, "_live", show, signal);
}
