// Doing something once changes have come to rest, for how things stand then.
import { on } from "../../core/dom.ts";

const PAUSE_MS = 200;

/**
 * What is to be called at each change.
 *
 * @param work called a moment after the last change; its signal ends at the next one.
 * @param signal ends it all.
 */
export function debounce(work: (until: AbortSignal) => void, signal: AbortSignal): () => void {
  let latest = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function giveUp(): void {
    clearTimeout(timer);
    latest.abort();
  }

  function start(): void {
    latest = new AbortController();
    work(latest.signal);
  }

  on(signal, "abort", giveUp);
  return () => {
    giveUp();
    timer = setTimeout(start, PAUSE_MS);
  };
}
