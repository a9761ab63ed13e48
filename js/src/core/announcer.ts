// One polite status region per view, for changes of stage and for ends, never for progress.
import { h, on } from "./dom.ts";

/** Between two announcements, so that the first is spoken to its end. */
const GAP_MS = 1000;
const SETTLE_MS = 100;

export interface Announcer {
  element: HTMLElement;
  /** Say `text` unless it was the last thing said; messages that come too fast wait their turn. */
  announce(text: string): void;
}

export function announcer(signal: AbortSignal): Announcer {
  const element = h("div", "visually-hidden", { role: "status", "aria-live": "polite" });
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
