// Several prompts, several values: how many runs that makes and what they cost, before any is sent.
import { announcer } from "../../core/announcer.ts";
import { KERNEL_BUSY, openRequest, request } from "../../core/channel.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { button, h, setText } from "../../core/dom.ts";
import { type BaseTraits, watch } from "../../core/model.ts";
import type { SweepAxis, SweepPlan } from "../../protocol/grid_studio.ts";
import { sweepForm } from "./form.ts";
import { debounce } from "./pause.ts";
import { planTable } from "./plan_table.ts";

interface SweepTraits extends BaseTraits {
  shown: boolean;
  /** What the form starts with. */
  _prompt: string;
  _axes: SweepAxis[];
  /** The values that are chosen now, by parameter. */
  _values: Record<string, string>;
}

export default defineWidget(
  () => null,
  ({ model, signal }: View<null, SweepTraits>) => {
    const heard = announcer(signal);
    const wishes = sweepForm(planSoon);
    const runs = planTable();
    const total = h("p", "total", { role: "status" });
    const trouble = h("p", "fault", { role: "alert" });
    const start = button("primary", "Run", () => void run(), { disabled: true });
    const close = button("button", "Close", () => {
      model.set("shown", false);
      model.save_changes();
    });
    const about = h("span", "state", {}, "every prompt with every ticked value");
    const name = h("strong", "name", {}, "Sweep");
    const head = h("header", "head", {}, name, about, h("span", "grow"), close);
    const row = h("p", "row", {}, start);
    const body = h("div", "sweep", {}, ...wishes.elements, runs.element, total, trouble, row);
    const makePlanSoon = debounce(makePlan, signal);
    let plan: SweepPlan | null = null;

    function planSoon(): void {
      plan = null;
      start.disabled = true;
      makePlanSoon();
    }

    async function makePlan(until: AbortSignal): Promise<void> {
      const question = { type: "plan", ...wishes.read() } as const;
      try {
        await openRequest(model, question, until, waiting, (reply) => {
          if (reply.type === "planned") show(reply.plan);
          return true;
        }).done;
      } catch (error) {
        complain(error, until);
      }
    }

    function show(made: SweepPlan): void {
      plan = made;
      runs.show(made);
      setText(trouble, made.problem ?? "");
      const count = made.count === 1 ? "1 run" : `${made.count} runs`;
      setText(total, `${count} · ${made.total}`);
      start.disabled = made.problem !== null || made.count === 0;
      setText(start, made.count ? `Run ${made.count} · ${made.total}` : "Run");
    }

    async function run(): Promise<void> {
      if (!plan) return;
      const { key, count } = plan;
      start.disabled = true;
      try {
        await request(model, { type: "start", plan: key }, signal, waiting);
        heard.announce(`${count} runs started.`);
      } catch (error) {
        complain(error, signal);
      }
    }

    const waiting = (silent: boolean) => setText(trouble, silent ? KERNEL_BUSY : "");

    function complain(error: unknown, until: AbortSignal): void {
      if (!until.aborted) setText(trouble, (error as Error).message);
    }

    function opened(open: boolean): void {
      body.hidden = head.hidden = !open;
      if (!open) return;
      wishes.fill(model.get("_prompt"), model.get("_axes"), model.get("_values"));
      planSoon();
      wishes.focus();
    }

    watch(model, "shown", opened, signal);
    return [head, body, heard.element];
  },
);
