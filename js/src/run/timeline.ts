// A run's progress: header with state and Stop, the bar, what went wrong, the log, the task's id.
import { announcer } from "../core/announcer.ts";
import { isStopped, whenStopped } from "../core/channel.ts";
import { button, h, on, setText } from "../core/dom.ts";
import { COPY, icon } from "../core/icons.ts";
import { kernelClock } from "../core/kernel_clock.ts";
import type { Kernel } from "../core/model.ts";
import type { RunProblem, RunSnapshot } from "../protocol/runs.ts";
import type { OutcomeActions } from "./outcome_actions.ts";
import { runLog } from "./run_log.ts";
import type { SeenRun } from "./run_snapshot.ts";
import { stageBar } from "./stage_bar.ts";
import { announcement, costWords, moneyWords, statusWords } from "./status_text.ts";
import { stopButton } from "./stop_button.ts";

const TICK_MS = 1000;
const NO_KERNEL = "No kernel: run the cell again to follow this run";

export interface Timeline {
  header: HTMLElement;
  body: HTMLElement;
  show(snapshot: SeenRun): void;
}

/**
 * @param ways what is offered under a problem.
 * @param tools what can be done with the run, in place of its task's id.
 */
export function timeline(
  model: Kernel,
  signal: AbortSignal,
  ways?: OutcomeActions,
  tools?: HTMLElement,
): Timeline {
  const heard = announcer(signal);
  const clock = kernelClock();
  const name = h("strong", "name");
  const state = h("span", "state");
  const stopping = stopButton(model, signal);
  const stages = stageBar();
  const problem = h("div", "problem", { hidden: true });
  const notice = h("p", "notice", { hidden: true });
  const lines = runLog();
  const task = taskId();
  const header = h("header", "head", {}, name, state, h("span", "grow"), stopping.button);
  const foot = h("div", "foot", {}, lines.fold, h("span", "grow"), tools ?? task.element);
  const body = h(
    "div",
    "progress",
    {},
    stages.element,
    stopping.outcome,
    notice,
    problem,
    ways?.element ?? "",
    foot,
    lines.element,
    heard.element,
  );
  let newest: SeenRun | null = null;
  /** Whether the kernel that reports on the run is gone. */
  let lost = isStopped(model);
  let known = "";

  let ticker: ReturnType<typeof setTimeout> | undefined;
  on(signal, "abort", () => clearTimeout(ticker));

  function tick(snapshot: SeenRun): void {
    const now = clock.now();
    stages.show(snapshot, now);
    const cost = costWords(snapshot);
    const words = lost && !snapshot.over ? NO_KERNEL : statusWords(snapshot, now);
    setText(state, words + (cost && ` · ${cost}`));
    // Only when nothing else has shown the time for so long: fifty runs do not tick at once.
    clearTimeout(ticker);
    if (!snapshot.over && !lost && !signal.aborted) ticker = setTimeout(tick, TICK_MS, snapshot);
  }

  function show(snapshot: SeenRun): void {
    clock.learn(snapshot.now);
    const words = announcement(snapshot);
    // A run that had ended before it was shown is no news.
    if (newest?.key !== snapshot.key && snapshot.over) known = words;
    newest = snapshot;
    setText(name, snapshot.name);
    header.dataset.status = snapshot.status;
    stopping.show(snapshot);
    showProblem(problem, snapshot.problem, snapshot);
    if (snapshot.notice && notice.textContent !== snapshot.notice) heard.announce(snapshot.notice);
    setText(notice, snapshot.notice ?? "");
    notice.hidden = !snapshot.notice;
    ways?.show(snapshot);
    lines.show(snapshot);
    task.show(snapshot.task_id);
    tick(snapshot);
    if (words !== known) heard.announce(words);
    known = words;
  }

  const onStopped = (gone: boolean) => {
    lost = gone;
    if (newest) tick(newest);
  };
  whenStopped(model, onStopped, signal);
  return { header, body, show };
}

function showProblem(element: HTMLElement, problem: RunProblem | null, run: RunSnapshot): void {
  // A run that was stopped on purpose has its outcome, not a problem.
  element.hidden = !problem || run.status === "cancelled";
  if (!problem) return;
  element.replaceChildren(
    h("p", "title", {}, `${run.status === "unknown" ? "?" : "✕"} ${problem.title}`),
    h("p", "reason", { hidden: !problem.detail }, problem.detail),
    h("p", "", {}, [moneyWords(problem), problem.remedy].filter(Boolean).join(" ")),
  );
}

function taskId(): { element: HTMLElement; show(id: string | null): void } {
  const number = h("span", "");
  const copied = h("span", "", { role: "status" });
  const copy = button("tool small", "", press, { "aria-label": "Copy the task id", title: "Copy" });
  copy.append(icon(COPY));
  const element = h("span", "task", { hidden: true }, "task ", number, " ", copy, copied);

  async function press(): Promise<void> {
    try {
      await navigator.clipboard.writeText(number.textContent ?? "");
      setText(copied, "copied");
    } catch {
      // No clipboard on pages served without encryption: leave it selected for Ctrl+C.
      getSelection()?.selectAllChildren(number);
      setText(copied, "selected, press Ctrl+C");
    }
  }

  return {
    element,
    show(id) {
      element.hidden = !id;
      setText(number, id ?? "");
    },
  };
}
