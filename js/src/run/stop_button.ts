// The Stop button, and what became of pressing it.

import { attempt } from "../core/channel.ts";
import { button, h, setText } from "../core/dom.ts";
import type { Kernel } from "../core/model.ts";
import type { RunSnapshot } from "../protocol/runs.ts";
import { stopWords } from "./status_text.ts";

export interface StopButton {
  button: HTMLButtonElement;
  outcome: HTMLElement;
  show(snapshot: RunSnapshot): void;
}

export function stopButton(model: Kernel, signal: AbortSignal): StopButton {
  const element = button("button", "Stop", press, { hidden: true });
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
    setText(element, stopping ? "Stopping…" : "Stop");
    const said = stopWords(newest, asked);
    // The button says "Stopping…" already.
    const words = over ? said : trouble || (said === "Stopping…" ? "" : said);
    setText(outcome, words);
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
