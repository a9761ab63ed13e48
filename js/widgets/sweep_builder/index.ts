// Several prompts, several values: how many runs that makes and what they cost, before any is sent.
import { announcer } from "../../lib/announcer.ts";
import { button, h, on, say } from "../../lib/dom.ts";
import { type BaseTraits, watch } from "../../lib/model.ts";
import type {
  StudioFromKernel,
  StudioToKernel,
  SweepAxis,
  SweepPlan,
} from "../../lib/protocol/studio.ts";
import { ask } from "../../lib/request.ts";
import { type View, widget } from "../../lib/view.ts";

interface SweepTraits extends BaseTraits {
  shown: boolean;
  /** What the form starts with. */
  _prompt: string;
  _axes: SweepAxis[];
  /** The values that are chosen now, by parameter. */
  _values: Record<string, string>;
}

/** Between two changes and a question to the kernel. */
const PAUSE_MS = 200;
const MOST_REPEATS = 9;
const BUSY = "Waiting for the kernel; it is busy with a cell.";

export default widget(
  () => null,
  ({ model, signal }: View<null, SweepTraits>) => {
    const heard = announcer(signal);
    const prompts = h("div", "prompts", { role: "group", "aria-label": "Prompts" });
    const more = button("button", "Add a prompt", () => {
      addPrompt("").focus();
      planSoon();
    });
    const axes = h("div", "axes");
    const repeats = h("input", "repeats", {
      type: "number",
      min: 1,
      max: MOST_REPEATS,
      value: 1,
      "aria-label": "Repeats of each",
    });
    const table = h("table", "table", { hidden: true });
    const total = h("p", "total", { role: "status" });
    const trouble = h("p", "fault", { role: "alert" });
    const start = button("primary", "Run", () => void run(), { disabled: true });
    const head = h(
      "header",
      "head",
      {},
      h("strong", "name", {}, "Sweep"),
      h("span", "state", {}, "every prompt with every ticked value"),
      h("span", "grow"),
      button("button", "Close", () => {
        model.set("shown", false);
        model.save_changes();
      }),
    );
    const form = h(
      "div",
      "sweep",
      {},
      prompts,
      more,
      axes,
      h("label", "row", {}, "Repeats of each ", repeats),
      h("div", "scroll", { tabindex: 0, role: "group", "aria-label": "The runs" }, table),
      total,
      trouble,
      h("p", "row", {}, start),
    );
    let plan: SweepPlan | null = null;
    let latest = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    function addPrompt(text: string): HTMLTextAreaElement {
      const area = h("textarea", "area", { rows: 2, "aria-label": "Prompt" });
      area.value = text;
      const remove = button("button", "Remove", () => {
        row.remove();
        more.focus();
        planSoon();
      });
      const row = h("div", "promptrow", {}, area, remove);
      prompts.append(row);
      return area;
    }

    function addAxis({ name, label, options }: SweepAxis): HTMLElement {
      const now = model.get("_values")[name];
      const boxes = options.map(([value = "", words = value]) => {
        const box = h("input", "", { type: "checkbox", name, value });
        box.checked = value === now;
        return h("label", "choice", {}, box, words);
      });
      return h("fieldset", "axis", {}, h("legend", "", {}, label), ...boxes);
    }

    function ticked(): Record<string, string[]> {
      const values: Record<string, string[]> = {};
      for (const box of axes.querySelectorAll<HTMLInputElement>("input:checked")) {
        values[box.name] = [...(values[box.name] ?? []), box.value];
      }
      return values;
    }

    function planSoon(): void {
      clearTimeout(timer);
      latest.abort();
      plan = null;
      start.disabled = true;
      timer = setTimeout(() => void makePlan(), PAUSE_MS);
    }

    async function makePlan(): Promise<void> {
      latest = new AbortController();
      const until = latest.signal;
      const texts = [...prompts.querySelectorAll("textarea")].map(({ value }) => value.trim());
      const question = {
        type: "plan",
        prompts: texts.filter(Boolean),
        values: ticked(),
        repeats: Math.max(1, Math.min(MOST_REPEATS, Number(repeats.value) || 1)),
      } as const;
      try {
        await ask<StudioToKernel, StudioFromKernel>(model, question, until, waiting, (reply) => {
          if (reply.type === "planned") show(reply.plan);
          return true;
        }).done;
      } catch (error) {
        if (!until.aborted) say(trouble, error instanceof Error ? error.message : String(error));
      }
    }

    function show(made: SweepPlan): void {
      plan = made;
      const cells = (tag: "th" | "td", row: string[]) =>
        h(
          "tr",
          "",
          {},
          ...row.map((text) => h(tag, "", tag === "th" ? { scope: "col" } : {}, text)),
        );
      table.replaceChildren(
        h("thead", "", {}, cells("th", made.columns)),
        h("tbody", "", {}, ...made.rows.map((row) => cells("td", row))),
      );
      table.hidden = made.count === 0;
      say(trouble, made.problem ?? "");
      const runs = made.count === 1 ? "1 run" : `${made.count} runs`;
      say(total, `${runs} · ${made.total}`);
      start.disabled = made.problem !== null || made.count === 0;
      say(start, made.count ? `Run ${made.count} · ${made.total}` : "Run");
    }

    async function run(): Promise<void> {
      if (!plan) return;
      start.disabled = true;
      const question = { type: "start", plan: plan.key } as const;
      try {
        await ask<StudioToKernel, StudioFromKernel>(model, question, signal, waiting, () => true)
          .done;
        heard.announce(`${plan?.count ?? 0} runs started.`);
      } catch (error) {
        if (!signal.aborted) say(trouble, error instanceof Error ? error.message : String(error));
      }
    }

    const waiting = (silent: boolean) => say(trouble, silent ? BUSY : "");

    function opened(open: boolean): void {
      form.hidden = head.hidden = !open;
      if (!open) return;
      prompts.replaceChildren();
      addPrompt(model.get("_prompt"));
      axes.replaceChildren(...model.get("_axes").map(addAxis));
      planSoon();
      prompts.querySelector("textarea")?.focus();
    }

    on(form, "input", planSoon);
    on(signal, "abort", () => {
      clearTimeout(timer);
      latest.abort();
    });
    watch(model, "shown", opened, signal);
    return [head, form, heard.element];
  },
);
