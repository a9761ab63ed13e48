// What stands in the way, why and what helps, beside a button to try again.

import { request } from "../../core/channel.ts";
import { button, h, setText } from "../../core/dom.ts";
import type { Kernel } from "../../core/model.ts";
import type { StudioProblem } from "../../protocol/grid_studio.ts";

export interface ProblemBanner {
  element: HTMLElement;
  /** Show a problem; nothing stands there while there is none. */
  show(problem: Partial<StudioProblem>): void;
}

export function problemBanner(model: Kernel, signal: AbortSignal): ProblemBanner {
  const title = h("strong", "");
  const detail = h("span", "");
  const remedy = h("span", "");
  const retry = button("button", "Try again", () => void connectAgain());
  const problem = h("div", "problem", { role: "alert", hidden: true }, title, detail, remedy);
  const element = h("div", "trouble", { hidden: true }, problem, retry);

  async function connectAgain(): Promise<void> {
    retry.disabled = true;
    setText(retry, "Trying…");
    await request(model, { type: "retry" }, signal).catch(() => {});
    retry.disabled = false;
    setText(retry, "Try again");
  }

  return {
    element,
    show({ title: what = "", detail: why = "", remedy: next = "" }) {
      setText(title, what);
      setText(detail, why);
      setText(remedy, next);
      problem.hidden = element.hidden = !what;
    },
  };
}
