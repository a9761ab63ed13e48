// The button that starts a run, with the price on it and the usual time beside it.
import { announcer } from "../../core/announcer.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { button, h, newId, on, setAttributes, setText } from "../../core/dom.ts";
import { countOf, usualTime } from "../../core/format.ts";
import { type BaseTraits, watch } from "../../core/model.ts";
import type { PriceList } from "../../protocol/inputs.ts";
import { follow, freshPendingPress, type PendingPress, send } from "./pending_press.ts";
import { estimate, priceWords } from "./pricing.ts";

/** A run under way. */
interface Doing {
  /** "Run 6". */
  name: string;
  /** "Generating… 0:12". */
  words: string;
}

interface ButtonTraits extends BaseTraits {
  values: Record<string, unknown>;
  /** Unless empty, used instead of `values.prompt`. */
  prompt: string;
  repeats: number;
  /** Choices of `repeats`; empty for none. */
  takes: number[];
  /** What the run that was made last is doing, set by a Studio in the page; "" or missing for nothing. */
  doing?: Doing;
  disabled: boolean;
  blocked_because: string;
  /** The run that answers these values already; "" for none. */
  recorded_as: string;
  busy: boolean;
  service: "" | "sandbox" | "live";
  typical_seconds: [from: number, to: number] | null;
  sweep: boolean;
  /** Empty while there is no model. */
  _prices: Partial<PriceList>;
}

const TITLES = {
  "": "",
  live: "You pay this when the run succeeds.",
  sandbox: "The sandbox charges nothing. Live, the service's own price is shown.",
};

export default defineWidget(
  freshPendingPress,
  ({ model, memory, signal }: View<PendingPress, ButtonTraits>) => {
    const id = newId();
    const heard = announcer(signal);
    const run = button("primary", "Run", () => press("run"), { "aria-describedby": id });
    const sweep = button("button", "Sweep…", () => press("sweep"));
    const takes = h("div", "segments", { role: "radiogroup", "aria-label": "Takes" });
    const note = h("p", "reason", { id });
    const asked = () => {
      const [values, prompt] = [model.get("values"), model.get("prompt")];
      return prompt ? { ...values, prompt } : values;
    };
    let word = "";

    /** What the run these settings have is doing, unless several more are wanted. */
    function underWay(): Doing | undefined {
      const doing = model.get("doing");
      return doing?.words && model.get("recorded_as") && model.get("repeats") === 1
        ? doing
        : undefined;
    }

    function whyOff(): string {
      if (!model.get("_prices").rows) return "Choose a model first.";
      return model.get("disabled") ? model.get("blocked_because") || "Nothing to run yet." : "";
    }

    function show(): void {
      const [runs, busy] = [model.get("repeats"), memory.held || model.get("busy")];
      const reason = whyOff();
      const recorded = model.get("recorded_as");
      const doing = underWay();
      const name = runs > 1 ? `Run ${runs} takes` : recorded ? "Run again" : "Run";
      const { rows, average = null } = model.get("_prices");
      const price = rows && ` · ${priceWords(estimate({ rows, average }, asked()), runs)}`;
      setText(run, busy ? "Sending…" : (doing?.words ?? name + (price ?? "")));
      // Not `disabled`: the focus stays, and the reason can be read where it is.
      const off = String(busy || Boolean(reason));
      const title = TITLES[model.get("service")] || null;
      setAttributes(run, { "aria-disabled": doing ? "true" : off, title: doing ? null : title });
      setAttributes(sweep, { "aria-disabled": off });
      sweep.hidden = !model.get("sweep");
      const usual = usualTime(model.get("typical_seconds"));
      setText(
        note,
        word ||
          reason ||
          (doing && `${doing.name} is being generated.`) ||
          [recorded && `Same as ${recorded}. Run again for a new take.`, usual && `${usual}.`]
            .filter(Boolean)
            .join(" "),
      );
      for (const [place, radio] of takes.querySelectorAll("input").entries()) {
        radio.checked = model.get("takes")[place] === runs;
      }
    }

    function offerTakes(counts: number[]): void {
      takes.hidden = !counts.length;
      takes.replaceChildren(
        ...counts.map((count) => {
          const radio = h("input", "", {
            type: "radio",
            name: id,
            "aria-label": countOf(count, "take"),
          });
          on(radio, "change", () => {
            model.set("repeats", count);
            model.save_changes();
          });
          return h(
            "label",
            "segment-choice",
            { title: countOf(count, "take") },
            radio,
            `×${count}`,
          );
        }),
      );
    }

    function press(type: "run" | "sweep"): void {
      if (memory.held || model.get("busy")) return;
      if (whyOff() || (type === "run" && underWay())) {
        heard.announce(note.textContent ?? "");
        return;
      }
      const order = { values: asked(), prompt: model.get("prompt") };
      const repeats = model.get("repeats");
      void send(memory, model, type === "run" ? { type, ...order, repeats } : { type, ...order });
    }

    follow(
      memory,
      (words) => {
        // An error in the kernel is in the trait `error`, which every widget shows.
        word = words === model.get("error") ? "" : words;
        if (word) heard.announce(word);
        show();
      },
      signal,
    );
    watch(model, "takes", offerTakes, signal);
    for (const name of [
      "takes",
      "doing",
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
    return [h("div", "order", {}, run, takes, sweep, note), heard.element];
  },
);
