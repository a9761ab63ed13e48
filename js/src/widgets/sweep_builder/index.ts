// Several prompts, several values: how many runs that makes and what they cost, before any is sent.
import { announcer } from "../../core/announcer.ts";
import { openRequest, request } from "../../core/channel.ts";
import { debounce } from "../../core/debounce.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { activeBeside, button, h, setAttributes, setText } from "../../core/dom.ts";
import { countOf, messageOf } from "../../core/format.ts";
import { type BaseTraits, watch } from "../../core/model.ts";
import type { SweepAxis, SweepPlan } from "../../protocol/grid_studio.ts";
import { sweepForm } from "./form.ts";
import { planTable } from "./plan_table.ts";

interface SweepTraits extends BaseTraits {
  shown: boolean;
  /** What the form starts with. */
  _prompt: string;
  _axes: SweepAxis[];
  /** The values that are chosen now, by parameter. */
  _values: Record<string, string>;
  /** The camera moves that the model knows. */
  _moves: string[];
  /** The plan that was started last, as it is going now; empty before one. */
  _made: SweepPlan | Record<string, never>;
}

export default defineWidget(
  () => null,
  ({ model, signal }: View<null, SweepTraits>) => {
    const heard = announcer(signal);
    const form = sweepForm(() => {
      setText(failure, "");
      planSoon();
    });
    const runs = planTable();
    const total = h("p", "total", { role: "status" });
    const problem = h("p", "fault", { role: "alert" });
    const failure = h("p", "fault", { role: "alert" });
    const start = button("primary", "Make clips", () => void run());
    const leave = button("button", "", () => {
      skips = true;
      if (plan) show(plan);
      start.focus();
    });
    const close = button("button", "Close", () => {
      model.set("shown", false);
      model.save_changes();
    });
    const about = h("span", "state", {}, "Runs every prompt with every selected value");
    const name = h("strong", "name", {}, "Sweep");
    const head = h("header", "head", {}, name, about, close);
    const foot = [total, problem, failure, h("p", "row", {}, leave, start)];
    const body = h("div", "sweep", {}, ...form.elements, runs.element, ...foot);
    const makePlanSoon = debounce(makePlan, signal);
    let plan: SweepPlan | null = null;
    let starting = false;
    /** Whether impossible combinations are to be left out. */
    let skips = false;
    let opener: HTMLElement | null = null;

    const runnable = () =>
      plan?.key && !plan.problem && (skips || !plan.impossible) && !starting ? plan : null;
    // Not `disabled`, which would take the focus away.
    const showStart = () => setAttributes(start, { "aria-disabled": runnable() ? null : "true" });

    function planSoon(): void {
      plan = null;
      showStart();
      makePlanSoon();
    }

    async function makePlan(until: AbortSignal): Promise<void> {
      const question = { type: "plan", ...form.read() } as const;
      const wait = (words: string) => setText(problem, words);
      try {
        await openRequest(model, question, until, wait, (reply) => {
          if (reply.type === "planned") show(reply.plan);
          return true;
        }).done;
      } catch (error) {
        complain(error, until);
      }
    }

    function show(made: SweepPlan): void {
      const { count, impossible, key } = made;
      plan = made;
      // Without a plan there is nothing to show instead of the last one.
      if (made.rows.length) runs.show(made);
      runs.element.hidden = !runs.element.textContent;
      setAttributes(runs.element, { "data-old": !made.rows.length });
      setText(problem, made.problem ?? "");
      const combinations = countOf(impossible, "impossible combination");
      const words = [made.total];
      if (key) words.unshift(countOf(count, "clip"));
      if (made.new && made.new < count) words.push(`you already have ${count - made.new}`);
      if (impossible) words.push(`${combinations}${!key || skips ? " left out" : ""}`);
      setText(total, words.filter(Boolean).join(" · "));
      setText(start, buttonWords(made));
      leave.hidden = skips || !impossible || !key;
      setText(leave, `Leave out the ${combinations.replace(/^1 /, "")}`);
      showStart();
    }

    async function run(): Promise<void> {
      const chosen = runnable();
      if (!chosen) return;
      const { key } = chosen;
      const wait = (words: string) => setText(failure, words);
      starting = true;
      showStart();
      try {
        await request(model, { type: "start", plan: key }, signal, wait);
        starting = false;
        heard.announce(`${countOf(chosen.new || chosen.count, "clip")} started.`);
      } catch (error) {
        complain(error, signal);
        starting = false;
        // The kernel starts a plan only once, even if that fails.
        if (!signal.aborted && model.get("shown")) planSoon();
      }
    }

    function complain(error: unknown, until: AbortSignal): void {
      const words = messageOf(error);
      // An error in the kernel is in the trait `error`, which every widget shows.
      if (!until.aborted) setText(failure, words === model.get("error") ? "" : words);
    }

    function opened(open: boolean): void {
      const held = activeBeside(body);
      const inside = head.contains(held) || body.contains(held);
      body.hidden = head.hidden = !open;
      if (open) {
        opener = held as HTMLElement | null;
        setText(failure, "");
        skips = false;
        const [prompt, axes] = [model.get("_prompt"), model.get("_axes")];
        form.fill(prompt, axes, model.get("_values"), model.get("_moves") ?? []);
        planSoon();
        form.focus();
      } else if (inside) opener?.focus();
    }

    watch(model, "shown", opened, signal);
    watch(model, "_made", (made) => made?.rows && show(made as SweepPlan), signal);
    return [head, body, heard.element];
  },
);

/** What pressing the button does, and what that costs. */
function buttonWords(plan: SweepPlan): string {
  if (!plan.count) return "Make clips";
  const clips = countOf(plan.count, "clip");
  if (!plan.key) return plan.problem ? "Make clips" : "Started";
  return plan.new ? `Make ${countOf(plan.new, "clip")} · ${plan.total}` : `Show ${clips}`;
}
