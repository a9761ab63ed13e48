// The parts of a Studio are widgets of their own: here each gets its place, and the values of one
// go to another.
import type { Host } from "@anywidget/types";
import { h, on } from "../../core/dom.ts";
import { type Model, watch } from "../../core/model.ts";
import type { Reference, StudioTraits } from "./traits.ts";

/** The traits that refer to a part. */
type PartName =
  | "_prompt"
  | "_image"
  | "_panel"
  | "_button"
  | "_run_view"
  | "_strip"
  | "_sweep"
  | "_grid";

const LOST = "This part of the Studio was closed or could not be shown. Run the cell again.";

export interface Parts {
  model: Model<StudioTraits>;
  host: Host;
  signal: AbortSignal;
}

/**
 * A cell for the widget that a trait refers to; hidden while it refers to none.
 *
 * @param drawn called when a widget has been drawn in it.
 */
export function partCell(
  { model, host, signal }: Parts,
  name: PartName,
  drawn: () => void = () => {},
): HTMLElement {
  const cell = h("div", "studio-cell", { "data-part": name.slice(1) });
  // Ends with the view, or when another widget takes the place.
  let shown = new AbortController();
  on(signal, "abort", () => shown.abort());

  async function show(reference: Reference | null): Promise<void> {
    shown.abort();
    shown = new AbortController();
    const until = shown.signal;
    const el = h("div", "studio-part");
    cell.replaceChildren(el);
    cell.hidden = !reference;
    if (!reference) return;
    const lose = () => {
      if (!until.aborted) el.replaceChildren(h("p", "studio-lost", { role: "alert" }, LOST));
    };
    try {
      const part = await host.getWidget(reference);
      if (until.aborted) return;
      await part.render({ el, signal: until });
      drawn();
      const widget = await host.getModel(reference);
      if (until.aborted) return;
      // The host ends a view whose widget is closed, and leaves there what it has drawn.
      widget.on("comm:close", lose);
      on(until, "abort", () => widget.off("comm:close", lose));
    } catch (error) {
      if (!until.aborted) reportError(error);
      lose();
    }
  }

  watch(model, name, (reference) => void show(reference), signal);
  return cell;
}

/** Give every value of one part's trait to another part, in the browser: the kernel may be busy. */
export async function copyValues(
  { model, host, signal }: Parts,
  [from, value]: [part: "_prompt" | "_panel", trait: string],
  [to, target]: [part: "_button", trait: string],
): Promise<void> {
  const [source, receiver] = await Promise.all([
    host.getModel(model.get(from)),
    host.getModel(model.get(to)),
  ]);
  // Not saved: whatever the button sends to the kernel has its values with it.
  const copy = () => receiver.set(target, source.get(value));
  if (signal.aborted) return;
  source.on(`change:${value}`, copy);
  on(signal, "abort", () => source.off(`change:${value}`, copy));
  copy();
}
