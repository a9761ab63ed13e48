// What each widget carries: it finds its view in the kernel's one front end.
import type { AnyModel, Host } from "@anywidget/types";
import type { RenderContext, Widget } from "./core/define_widget.ts";
import type { Views } from "./front_end.ts";
import type { FrontEndMessage, ResendMessage } from "./protocol/common.ts";

interface FrontEnd {
  views: Views;
}

/** Milliseconds after which a person is told what is waited for: the kernel may be busy. */
const PATIENCE = 10_000;

/** The front end as the kernel sends it, where a host does not let a widget find another one. */
const askKernel = (model: AnyModel) =>
  new Promise<FrontEnd>((resolve, reject) => {
    const request: FrontEndMessage = { id: "front_end", type: "front_end" };
    const hear = ({ id }: { id: string }, [code]: DataView[]) => {
      if (id !== request.id) return;
      model.off("msg:custom", hear);
      const address = URL.createObjectURL(
        new Blob([code as DataView<ArrayBuffer>], { type: "text/javascript" }),
      );
      import(address)
        .then((module) => resolve(module.default.initialize()), reject)
        .finally(() => URL.revokeObjectURL(address));
    };
    model.on("msg:custom", hear);
    // In marimo a promise, which rejects where no kernel is left.
    Promise.resolve(model.send(request)).catch(reject);
  });

const find = async ({ model, host }: RenderContext): Promise<FrontEnd> => {
  try {
    return (await (host as Host).getWidget<FrontEnd>(model.get("_front_end"))).exports;
  } catch {
    return askKernel(model);
  }
};

export default () => {
  let initialized: Pick<RenderContext, "model" | "signal">;
  /** Whether the kernel said something unasked before there was anybody to listen. */
  let missed = false;
  const miss = (message: { id?: string }) => {
    missed ||= !message.id;
  };
  let widget: Promise<Widget> | null = null;

  const make = async (context: RenderContext) => {
    const made = (await find(context)).views[context.model.get("_view")]?.() as Widget;
    const { model } = initialized;
    made.initialize(initialized);
    model.off("msg:custom", miss);
    const request: ResendMessage = { id: "", type: "resend" };
    if (missed) model.send(request);
    return made;
  };

  return {
    initialize(context: RenderContext) {
      initialized = context;
      context.model.on("msg:custom", miss);
    },
    async render(context: RenderContext): Promise<(() => void) | undefined> {
      const say = (words: string) => {
        context.el.textContent = words;
      };
      const timer = setTimeout(
        say,
        PATIENCE,
        "Waiting for the kernel. If no cell is running, run this one again.",
      );
      try {
        // One for all views of a model: it is their memory.
        widget ??= make(context);
        const made = await widget;
        say("");
        return made.render(context);
      } catch (error) {
        widget = null;
        console.error(error);
        say("This widget did not load. Run its cell again, or reload the page.");
        return undefined;
      } finally {
        clearTimeout(timer);
      }
    },
  };
};
