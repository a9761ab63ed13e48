// From anywidget's lifecycle to a card: theme, errors that are seen, one signal that ends everything.
import type { AnyModel, Host } from "@anywidget/types";
import { h, on, setText } from "./dom.ts";
import { type BaseTraits, type Kernel, type Model, watch } from "./model.ts";
import { followTheme } from "./theme.ts";

export interface View<Memory, Traits extends BaseTraits> {
  model: Model<Traits>;
  /** What outlives a view: one per model, shared by its views. */
  memory: Memory;
  signal: AbortSignal;
  /** Where other widgets are found; missing in hosts older than anywidget 0.11. */
  host?: Host | undefined;
}

/** What a host hands over for a view; some hosts give no signal. */
export interface RenderContext {
  model: AnyModel;
  el: HTMLElement;
  signal?: AbortSignal;
  host?: Host;
}

/** The two functions of a widget that hosts call. */
export interface Widget {
  initialize(context: { model: AnyModel; signal?: AbortSignal }): void;
  render(context: RenderContext): () => void;
}

/**
 * A widget whose views are cards holding what `build` returns.
 *
 * @param start called once per model, before its first view.
 * @returns makes the widget of one model. `style` is called with each view's element, to have the
 * style sheet hold there until the signal ends.
 */
export function defineWidget<Memory, Traits extends BaseTraits>(
  remember: () => Memory,
  build: (view: View<Memory, Traits>) => Node[],
  start?: (model: Kernel, memory: Memory, signal?: AbortSignal) => void,
) {
  return (style: (el: HTMLElement, signal: AbortSignal) => void): Widget => {
    const memory = remember();
    return {
      initialize: ({ model, signal }) => start?.(model, memory, signal),
      render({ model, el, host, signal: hostSignal }) {
        // Some hosts only abort their signal, some only call what is returned.
        const end = new AbortController();
        const { signal } = end;
        const stop = () => end.abort();
        if (hostSignal?.aborted) stop();
        else if (hostSignal) on(hostSignal, "abort", stop, end);
        const fault = h("p", "fault", { role: "alert", hidden: true });
        // The texts are English wherever the page is from: in a page in Arabic, too, they and the
        // controls between them run from left to right.
        const root = h("div", "root", { lang: "en", dir: "ltr" });
        // On what has the focus itself: the notebook looks no further before it takes a key.
        on(root, "focusin", ({ target }) => {
          (target as HTMLElement).dataset.lmSuppressShortcuts = "";
        });
        // In Firefox JupyterLab keeps undo and redo from a field, once it hears of their keys.
        on<KeyboardEvent>(root, "keydown", (event) => {
          const undoing =
            (event.ctrlKey || event.metaKey) && /^(z|y|control|meta|shift)$/i.test(event.key);
          if (undoing && (event.target as Element).matches("input, textarea")) {
            event.stopPropagation();
          }
        });
        style(el, signal);
        el.append(root);
        followTheme(root, signal);
        const complain = (text: string | null) => {
          setText(fault, text ?? "");
          fault.hidden = !text;
        };
        try {
          root.append(...build({ model: model as Model<Traits>, memory, signal, host }));
          watch(model as Model<Traits>, "error", complain, signal);
        } catch (error) {
          // The host would show nothing at all; where it happened is for whoever reports it.
          console.error(error);
          complain(`${error}`);
        }
        root.append(fault);
        return stop;
      },
    };
  };
}
