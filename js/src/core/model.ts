// The part of anywidget's model that these widgets use, and listening that ends with a signal.

import type { AnyModel } from "@anywidget/types";
import { on } from "./dom.ts";

/** What every widget has. */
export interface BaseTraits {
  error: string | null;
}

/** What messages are sent to and heard from, whatever its traits. */
export type Kernel = Pick<AnyModel, "on" | "off"> & {
  /** In marimo a promise, which rejects where no kernel is left. */
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): unknown;
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
