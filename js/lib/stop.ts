// The Stop button, and what became of pressing it.
import { button, h, say } from "./dom.ts";
import type { Kernel } from "./model.ts";
import type { RunSnapshot } from "./protocol/run.ts";
import { requestStop } from "./request.ts";
import { isOver } from "./stages.ts";
import { stopWords } from "./words.ts";

export interface Stop {
  button: HTMLButtonElement;
  outcome: HTMLElement;
  show(snapshot: RunSnapshot): void;
}

export function stop(model: Kernel, signal: AbortSignal): Stop {
  const element = button("button", "Stop", press);
  const outcome = h("p", "outcome", { hidden: true });
  let asked = false;
  let trouble = "";
  let newest: RunSnapshot | null = null;

  async function press(): Promise<void> {
    asked = true;
    trouble = "";
    refresh();
    try {
      await requestStop(model, signal, (silent) => {
        trouble = silent ? "Waiting for the kernel; it is busy with a cell." : "";
        refresh();
      });
    } catch (error) {
      if (signal.aborted) return;
      asked = false;
      trouble = `Not stopped: ${error instanceof Error ? error.message : error}`;
      refresh();
    }
  }

  function refresh(): void {
    if (!newest) return;
    const over = isOver(newest.state);
    const stopping = asked || newest.stopping;
    element.hidden = over;
    element.disabled = stopping;
    say(element, stopping ? "Stopping…" : "Stop");
    const said = stopWords(newest, asked);
    // The button says "Stopping…" already.
    const words = over ? said : trouble || (said === "Stopping…" ? "" : said);
    say(outcome, words);
    outcome.hidden = words === "";
  }

  return {
    button: element,
    outcome,
    show(snapshot) {
      if (newest && newest.key !== snapshot.key) asked = false;
      newest = snapshot;
      refresh();
    },
  };
}
