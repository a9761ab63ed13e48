// The Stop button, and what became of pressing it.
import { button, h, say } from "./dom.ts";
import type { Kernel } from "./model.ts";
import type { RunSnapshot } from "./protocol/runs.ts";
import { attempt } from "./request.ts";
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
    asked = await attempt(model, { type: "stop" }, signal, (words) => {
      trouble = words;
      refresh();
    });
    if (!asked) trouble = `Not stopped: ${trouble}`;
    refresh();
  }

  function refresh(): void {
    if (!newest) return;
    const { over } = newest;
    const stopping = asked || newest.stopping;
    element.hidden = over || newest.status === "downloading";
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
