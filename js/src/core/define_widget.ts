// From anywidget's lifecycle to a card: theme, faults in the open, one signal that ends everything.
import type { AnyWidget } from "@anywidget/types";
import { h, on, setText } from "./dom.ts";
import { type BaseTraits, type Kernel, type Model, watch } from "./model.ts";
import { followTheme } from "./theme.ts";

/** Set by build.mjs: where the style sheet of the widget holds. */
declare const WIDGET_CLASS: string;

export interface View<Memory, Traits extends BaseTraits> {
  model: Model<Traits>;
  /** What outlives a view: one per model, shared by its views. */
  memory: Memory;
  signal: AbortSignal;
}

/**
 * A widget whose views are cards holding what `build` returns.
 *
 * @param start called once per model, before its first view.
 */
export function defineWidget<Memory, Traits extends BaseTraits>(
  remember: () => Memory,
  build: (view: View<Memory, Traits>) => Node[],
  start?: (model: Kernel, memory: Memory, signal?: AbortSignal) => void,
): () => AnyWidget<Traits> {
  return () => {
    const memory = remember();
    return {
      initialize: ({ model, signal }) => start?.(model as Kernel, memory, signal),
      render({ model, el }) {
        // Only newer hosts hand over a signal; all of them call what is returned.
        const end = new AbortController();
        const { signal } = end;
        const fault = h("p", "fault", { role: "alert", hidden: true });
        const root = h("div", "root", { lang: "en" });
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
        el.className += ` ${WIDGET_CLASS}`;
        el.append(root);
        followTheme(root, signal);
        const complain = (text: string | null) => {
          setText(fault, text ?? "");
          fault.hidden = !text;
        };
        try {
          root.append(...build({ model, memory, signal }));
          watch(model, "error", complain, signal);
        } catch (error) {
          // The host would show nothing at all.
          complain(`${error}`);
        }
        root.append(fault);
        return () => end.abort();
      },
    };
  };
}
