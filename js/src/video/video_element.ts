// A <video>: loads, goes to a frame and says when it is presented, plays. For the browsers and files
// that cannot be decoded frame by frame, for single clips, and for the sound.
import { h, on } from "../core/dom.ts";
import { type FrameRateMeter, frameRateMeter, frameTime } from "./frame_rate.ts";
import { evenFrameTimes, type FrameTimes } from "./frame_times.ts";

/** A browser that presents nothing for so long after a seek was showing the sought frame already. */
const QUIET_MS = 250;
/** So long a loaded machine may take to present a frame; one that never says so must not hang us. */
const PRESENTED_MS = 4000;
/** No frame begins here, in seconds: one that says so has the time that was sought, in Firefox. */
const PROBE = 0.004;
/** A URL that has not given a frame by then may be behind a firewall that answers nothing. */
export const LOADED_MS = 8000;
/** What is said of a clip that was loaded and fails while it is shown. */
export const BROKEN = "The clip broke off. Its file is damaged, or has changed or gone.";

export interface VideoElement {
  element: HTMLVideoElement;
  /**
   * Whether the browser can play it.
   *
   * @param open the server lets its frames be read and drawn.
   */
  load(url: string, open: boolean): Promise<boolean>;
  unload(): void;
  /**
   * Go to a time, in seconds, and play on if it plays. Of several jumps only the newest is carried
   * out: seeks that pile up make a scrubber lag behind the finger.
   */
  jump(time: number): Promise<void>;
  /**
   * Pause on the frame of a time, in seconds; resolves when it is presented.
   *
   * @param begin when that frame begins, if it is known; `time` is in the middle of it then.
   */
  seek(time: number, begin?: number): Promise<void>;
  play(speed: number): void;
  /** When the frame that was presented last begins, in seconds; null before there is one. */
  shown(): number | null;
  /**
   * The frames of a file whose index cannot be read, by looking where they begin; null for one
   * without an end.
   */
  measure(): Promise<FrameTimes | null>;
}

export interface VideoEvents {
  /** Playing has to wait for data, or may go on. */
  stalled?(waiting: boolean): void;
  /** A frame is on the screen. `count` counts them; null where the browser does not. */
  presented?(time: number, count: number | null): void;
  /** The browser does not play it with sound before a click: it plays silently. */
  silenced?(): void;
}

/** @param signal ends it; what it holds of the clip is given back. */
export function videoElement(
  signal: AbortSignal,
  name: string,
  { stalled, presented, silenced }: VideoEvents,
): VideoElement {
  const element = h("video", name, { playsinline: true, preload: "auto" });
  element.muted = true;
  let shown: number | null = null;
  let sought: number | null = null;
  let seeking = false;
  let waiting: (() => void)[] = [];
  /** Told of each frame that is presented while one is sought. */
  let onFrame = (_count: number | null) => {};
  /** Ends the wait for the frame that was sought last. */
  let arrive = () => {};
  let endLoading = () => {};
  /** Whether frames are presented at the times that the file tells. */
  let exact = true;

  function show(time: number, count: number | null): void {
    shown = time;
    onFrame(count);
    presented?.(time, count);
  }

  function nextFrame(): void {
    element.requestVideoFrameCallback((_, { mediaTime, presentedFrames }) => {
      if (signal.aborted) return;
      nextFrame();
      show(frameTime(mediaTime, element), presentedFrames);
    });
  }
  // Browsers older than those promised tell less, but they play.
  if (typeof element.requestVideoFrameCallback === "function") nextFrame();
  else on(element, "loadeddata timeupdate seeked", () => show(element.currentTime, null));
  on(element, "waiting", () => stalled?.(true), { signal });
  on(element, "canplay playing", () => stalled?.(false), { signal });
  // "emptied" and "error": there is nothing left to arrive at.
  on(element, "seeked emptied error", nextSeek);
  on(signal, "abort", unload);

  function unload(): void {
    endLoading();
    arrive();
    // Leaving the page is not enough: a browser keeps a player until its source is taken away.
    element.pause();
    element.removeAttribute("src");
    element.load();
    shown = null;
  }

  function nextSeek(): void {
    seeking = sought !== null;
    if (sought === null) {
      const done = waiting;
      waiting = [];
      for (const resolve of done) resolve();
    } else {
      element.currentTime = sought;
      sought = null;
    }
  }

  function jump(time: number): Promise<void> {
    // A clip that went away meanwhile has no times any more.
    if (!Number.isFinite(time)) return Promise.resolve();
    sought = time;
    if (!seeking) nextSeek();
    return new Promise((resolve) => waiting.push(resolve));
  }

  async function seek(time: number, begin?: number): Promise<void> {
    element.pause();
    if (signal.aborted) return;
    const known = begin !== undefined && exact;
    // A frame of before may still be on its way to the screen when the seek is over. In Firefox the
    // sought frame has the time that was sought, not the one when it begins.
    const there = () =>
      shown !== null && (!known || Math.abs(shown - (begin + time) / 2) < time - begin);
    let over = false;
    let done = () => {};
    const finish = () => {
      over = true;
      done();
    };
    arrive();
    arrive = finish;
    onFrame = () => {
      // Without its time, a frame is told from those of before only by the end of the seek.
      if (there() && (known || !element.seeking)) finish();
    };
    await jump(time);
    if (over) return;
    const quiet = setTimeout(() => there() && finish(), QUIET_MS);
    const late = setTimeout(() => {
      // Its times are not those of the file, or nobody looks.
      exact &&= there() || document.hidden;
      finish();
    }, PRESENTED_MS);
    await new Promise<void>((resolve) => {
      done = resolve;
    });
    clearTimeout(quiet);
    clearTimeout(late);
  }

  async function sampleWhilePlaying(frames: FrameRateMeter): Promise<void> {
    const { muted } = element;
    element.muted = true;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, PRESENTED_MS);
      onFrame = (count) => {
        if (shown !== null && count !== null) frames.sample(shown, count);
        if (!frames.length()) return;
        clearTimeout(late);
        resolve();
      };
      element.play().catch(resolve);
    });
    onFrame = () => {};
    element.pause();
    element.muted = muted;
  }

  return {
    element,
    unload,
    jump,
    seek,
    shown: () => shown,
    load(url, open) {
      const over = new AbortController();
      return new Promise((resolve) => {
        const end = (good: boolean) => {
          over.abort();
          clearTimeout(timer);
          resolve(good && !signal.aborted);
        };
        const timer = setTimeout(end, LOADED_MS, false);
        endLoading();
        endLoading = () => end(false);
        on(element, "loadeddata", () => end(true), over);
        on(element, "error", () => end(false), over);
        element.crossOrigin = open ? "anonymous" : null;
        element.src = url;
      });
    },
    play(speed) {
      element.playbackRate = speed;
      element.play().catch(({ name }: DOMException) => {
        // Sound needs a gesture; silence does not.
        if (name !== "NotAllowedError" || element.muted) return;
        element.muted = true;
        silenced?.();
        element.play().catch(() => {});
      });
    },
    async measure() {
      const { duration } = element;
      // A recording that was never finished does not say how long it is.
      if (!Number.isFinite(duration)) return null;
      const frames = frameRateMeter();
      let last: number | null = null;
      let count = 0;
      // Never further than the next frame, until there are enough of them.
      for (let at = PROBE; at < duration && !frames.length(); at += Math.max(0.01, at / 3)) {
        await seek(at);
        if (at === PROBE && shown !== null && Math.abs(shown - at) < at / 2) {
          await sampleWhilePlaying(frames);
          break;
        }
        if (shown !== last && shown !== null) frames.sample(shown, ++count);
        last = shown;
      }
      // Three frames or fewer are those that were seen.
      return evenFrameTimes(frames.length() || duration / Math.max(1, count), duration);
    },
  };
}
