// One seek under way at a time, always towards the newest target: seeks that pile up make a
// scrubber lag behind the finger.
import { on } from "../core/dom.ts";

/** Go to a time, in seconds; resolves when no seek is under way any more. */
export type Seek = (time: number) => Promise<void>;

export function seekQueue(video: HTMLVideoElement): Seek {
  let target: number | null = null;
  let busy = false;
  const waiting: (() => void)[] = [];

  function next(): void {
    busy = target !== null;
    if (target === null) for (const resolve of waiting.splice(0)) resolve();
    else {
      video.currentTime = target;
      target = null;
    }
  }

  // "emptied" and "error": there is nothing left to arrive at.
  on(video, "seeked emptied error", next);
  return (time) => {
    // A clip that went away meanwhile has no times any more.
    if (!Number.isFinite(time)) return Promise.resolve();
    target = time;
    if (!busy) next();
    return new Promise((resolve) => waiting.push(resolve));
  };
}
