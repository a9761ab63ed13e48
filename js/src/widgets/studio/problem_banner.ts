// What stands in the way, why and what helps, beside a button to try again.

import { attempt, isStopped, whenStopped } from "../../core/channel.ts";
import { button, h, setText } from "../../core/dom.ts";
import { type Model, watch } from "../../core/model.ts";
import type { StudioProblem } from "../../protocol/grid_studio.ts";
import type { StudioTraits } from "./traits.ts";

const NO_KERNEL: StudioProblem = {
  title: "No kernel",
  detail: "The kernel of this Studio has ended. This is what was saved with the notebook.",
  remedy: "Run the cell again. Your prompt, settings and runs are saved.",
};

/** Nothing stands there while nothing is in the way. */
export function problemBanner(model: Model<StudioTraits>, signal: AbortSignal): HTMLElement {
  const title = h("strong", "");
  const detail = h("span", "");
  const remedy = h("span", "");
  const retry = button("button", "Try again", () => void connectAgain());
  const problem = h(
    "div",
    "studio-problem",
    { role: "alert", hidden: true },
    title,
    detail,
    remedy,
  );
  const note = h("span", "", { role: "status" });
  const element = h("div", "studio-banner", { hidden: true }, problem, note, retry);

  async function connectAgain(): Promise<void> {
    retry.disabled = true;
    setText(retry, "Trying…");
    await attempt(model, { type: "retry" }, signal, (words) => setText(note, words));
    retry.disabled = false;
    setText(retry, "Try again");
  }

  let gone = isStopped(model);

  function show(): void {
    const {
      title: what = "",
      detail: why = "",
      remedy: next = "",
    }: Partial<StudioProblem> = gone ? NO_KERNEL : model.get("_problem");
    setText(title, what);
    setText(detail, why);
    setText(remedy, next);
    retry.hidden = note.hidden = gone;
    problem.hidden = element.hidden = !what;
  }

  watch(model, "_problem", show, signal);
  const onStopped = (now: boolean) => {
    gone = now;
    show();
  };
  whenStopped(model, onStopped, signal);
  return element;
}
