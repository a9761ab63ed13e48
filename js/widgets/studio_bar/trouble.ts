// What stands in the way, why and what helps, beside a button to try again.
import { button, h, say } from "../../lib/dom.ts";
import type { Kernel } from "../../lib/model.ts";
import type { StudioProblem } from "../../lib/protocol/grid_studio.ts";
import { request } from "../../lib/request.ts";

export interface Trouble {
  element: HTMLElement;
  /** Show a problem; nothing stands there while there is none. */
  show(problem: Partial<StudioProblem>): void;
}

export function trouble(model: Kernel, signal: AbortSignal): Trouble {
  const title = h("strong", "");
  const detail = h("span", "");
  const remedy = h("span", "");
  const retry = button("button", "Try again", () => void connectAgain());
  const problem = h("div", "problem", { role: "alert", hidden: true }, title, detail, remedy);
  const element = h("div", "trouble", { hidden: true }, problem, retry);

  async function connectAgain(): Promise<void> {
    retry.disabled = true;
    say(retry, "Trying…");
    await request(model, { type: "retry" }, signal).catch(() => {});
    retry.disabled = false;
    say(retry, "Try again");
  }

  return {
    element,
    show({ title: what = "", detail: why = "", remedy: next = "" }) {
      say(title, what);
      say(detail, why);
      say(remedy, next);
      problem.hidden = element.hidden = !what;
    },
  };
}
