import { announcer } from "../../lib/announcer.ts";
import { button, h, say, set } from "../../lib/dom.ts";
import { type BaseTraits, watch } from "../../lib/model.ts";
import { estimate, priceWords } from "../../lib/price.ts";
import type { ButtonFromKernel, ButtonToKernel, PriceList } from "../../lib/protocol/run_button.ts";
import { ask } from "../../lib/request.ts";
import { type View, widget } from "../../lib/view.ts";
import { usually } from "./usually.ts";

interface ButtonTraits extends BaseTraits {
  values: Record<string, unknown>;
  /** Unless empty it stands for `values.prompt`. */
  prompt: string;
  repeats: number;
  disabled: boolean;
  reason: string;
  /** The run that answers these values already; "" for none. */
  recorded: string;
  busy: boolean;
  service: "" | "sandbox" | "live";
  typical_seconds: [from: number, to: number] | null;
  sweep: boolean;
  _prices: PriceList;
}

/** What a press has to wait for, in whichever view of the model it comes. */
interface Pressing {
  /** A request is on its way, or was answered a moment ago. */
  held: boolean;
  /** Show this state in each view. */
  views: Set<(words: string) => void>;
}

const BUSY = "Waiting for the kernel; it is busy with a cell. It will run once.";
/** A second press this soon after the answer is the end of a double click, and no wish. */
const REST_MS = 700;
const TITLES = {
  "": "",
  live: "You pay this when the run succeeds.",
  sandbox: "In the sandbox nothing is charged; this is what the service would ask.",
};

export default widget(
  (): Pressing => ({ held: false, views: new Set() }),
  ({ model, memory, signal }: View<Pressing, ButtonTraits>) => {
    const id = `wiro-${Math.random().toString(36).slice(2)}`;
    const heard = announcer(signal);
    const run = button("primary", "Run", () => void press("run"), { "aria-describedby": id });
    const sweep = button("button", "Sweep…", () => void press("sweep"));
    const usual = h("span", "usual");
    const note = h("p", "reason", { id });
    const asked = () => {
      const [values, prompt] = [model.get("values"), model.get("prompt")];
      return prompt ? { ...values, prompt } : values;
    };
    let word = "";

    function show(): void {
      const [runs, busy] = [model.get("repeats"), memory.held || model.get("busy")];
      const reason = model.get("disabled") ? model.get("reason") || "Nothing to run yet." : "";
      const recorded = model.get("recorded");
      const name = recorded ? "Run again" : "Run";
      const price = priceWords(estimate(model.get("_prices"), asked()), runs);
      say(run, busy ? "Sending…" : `${runs > 1 ? `Run ${runs}` : name} · ${price}`);
      // Not `disabled`: the focus stays, and the reason can be read where it is.
      const off = String(busy || Boolean(reason));
      set(run, { "aria-disabled": off, title: TITLES[model.get("service")] || null });
      set(sweep, { "aria-disabled": off });
      sweep.hidden = !model.get("sweep");
      say(usual, usually(model.get("typical_seconds")));
      say(
        note,
        word || reason || (recorded && `${recorded} asked for just this; press to make another.`),
      );
    }

    async function press(type: "run" | "sweep"): Promise<void> {
      if (memory.held || model.get("busy")) return;
      if (model.get("disabled")) {
        heard.announce(note.textContent ?? "");
        return;
      }
      hold(true, "");
      const message = { type, values: asked(), prompt: model.get("prompt") };
      await ask<ButtonToKernel, ButtonFromKernel>(
        model,
        message,
        // A view that is closed must not leave the others waiting for its answer.
        new AbortController().signal,
        (silent) => hold(true, silent ? BUSY : ""),
        () => true,
        // What went wrong stands in the trait `error`, which every widget shows.
      ).done.catch(() => {});
      setTimeout(hold, REST_MS, false, "");
    }

    function hold(held: boolean, words: string): void {
      memory.held = held;
      for (const each of memory.views) each(words);
    }

    const view = (words: string) => {
      if (words && words !== word) heard.announce(words);
      word = words;
      show();
    };
    memory.views.add(view);
    signal.addEventListener("abort", () => memory.views.delete(view));
    for (const name of [
      "values",
      "prompt",
      "repeats",
      "disabled",
      "reason",
      "recorded",
      "busy",
      "service",
      "typical_seconds",
      "sweep",
      "_prices",
    ] as const) {
      watch(model, name, show, signal);
    }
    return [h("div", "order", {}, run, sweep, usual, note), heard.element];
  },
);
