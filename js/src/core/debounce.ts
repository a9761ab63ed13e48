// Work that waits until changes have stopped for a moment.
import { on } from "./dom.ts";

const PAUSE_MS = 200;

/**
 * A function to call at each change.
 *
 * @param work called a moment after the last change; its signal aborts at the next one.
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
