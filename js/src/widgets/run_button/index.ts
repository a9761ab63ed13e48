// The button that starts a run: what that will cost and how long it takes stand on and beside it.
import { announcer } from "../../core/announcer.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { button, h, setAttributes, setText } from "../../core/dom.ts";
import { type BaseTraits, watch } from "../../core/model.ts";
import type { PriceList } from "../../protocol/inputs.ts";
import { follow, freshPendingPress, type PendingPress, send } from "./pending_press.ts";
import { estimate, priceWords } from "./pricing.ts";
import { usualTime } from "./usually.ts";

interface ButtonTraits extends BaseTraits {
  values: Record<string, unknown>;
  /** Unless empty it stands for `values.prompt`. */
  prompt: string;
  repeats: number;
  disabled: boolean;
  blocked_because: string;
  /** The run that answers these values already; "" for none. */
  recorded_as: string;
  busy: boolean;
  service: "" | "sandbox" | "live";
  typical_seconds: [from: number, to: number] | null;
  sweep: boolean;
  _prices: PriceList;
}

const TITLES = {
  "": "",
  live: "You pay this when the run succeeds.",
  sandbox: "In the sandbox nothing is charged; this is what the service would ask.",
};

export default defineWidget(
  freshPendingPress,
  ({ model, memory, signal }: View<PendingPress, ButtonTraits>) => {
    const id = `wiro-${Math.random().toString(36).slice(2)}`;
    const heard = announcer(signal);
    const run = button("primary", "Run", () => press("run"), { "aria-describedby": id });
    const sweep = button("button", "Sweep…", () => press("sweep"));
    const usual = h("span", "usual");
    const note = h("p", "reason", { id });
    const asked = () => {
      const [values, prompt] = [model.get("values"), model.get("prompt")];
      return prompt ? { ...values, prompt } : values;
    };
    let word = "";

    function show(): void {
      const [runs, busy] = [model.get("repeats"), memory.held || model.get("busy")];
      const reason = model.get("disabled")
        ? model.get("blocked_because") || "Nothing to run yet."
        : "";
      const recorded = model.get("recorded_as");
      const name = recorded ? "Run again" : "Run";
      const price = priceWords(estimate(model.get("_prices"), asked()), runs);
      setText(run, busy ? "Sending…" : `${runs > 1 ? `Run ${runs}` : name} · ${price}`);
      // Not `disabled`: the focus stays, and the reason can be read where it is.
      const off = String(busy || Boolean(reason));
      setAttributes(run, { "aria-disabled": off, title: TITLES[model.get("service")] || null });
      setAttributes(sweep, { "aria-disabled": off });
      sweep.hidden = !model.get("sweep");
      setText(usual, usualTime(model.get("typical_seconds")));
      setText(
        note,
        word || reason || (recorded && `${recorded} asked for just this; press to make another.`),
      );
    }

    function press(type: "run" | "sweep"): void {
      if (memory.held || model.get("busy")) return;
      if (model.get("disabled")) heard.announce(note.textContent ?? "");
      else void send(memory, model, { type, values: asked(), prompt: model.get("prompt") });
    }

    const waiting = (words: string) => {
      if (words && words !== word) heard.announce(words);
      word = words;
      show();
    };
    follow(memory, waiting, signal);
    for (const name of [
      "values",
      "prompt",
      "repeats",
      "disabled",
      "blocked_because",
      "recorded_as",
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
