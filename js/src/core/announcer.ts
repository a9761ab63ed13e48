// One polite status region per view, for stage changes and ends, never for ticks.
import { h, on } from "./dom.ts";

/** Between two announcements: time for the first to be spoken. */
const GAP_MS = 1000;
const SETTLE_MS = 100;

export interface Announcer {
  element: HTMLElement;
  /** Say `text` unless it was the last thing said; messages that come too fast wait their turn. */
  announce(text: string): void;
}

export function announcer(signal: AbortSignal): Announcer {
  const element = h("div", "heard", { role: "status", "aria-live": "polite" });
  const waiting: string[] = [];
  let last = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  on(signal, "abort", () => clearTimeout(timer));

  function next(): void {
    const text = waiting.shift();
    if (text === undefined) {
      timer = undefined;
      return;
    }
    // A new node is announced even when its words are those of the one before.
    element.replaceChildren(h("p", "", {}, text));
    timer = setTimeout(next, GAP_MS);
  }

  return {
    element,
    announce(text) {
      if (text === last || signal.aborted) return;
      last = text;
      waiting.push(text);
      // Not at once: a region is only listened to after it has been in the page for a moment.
      timer ??= setTimeout(next, SETTLE_MS);
    },
  };
}
