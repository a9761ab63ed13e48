// A <video> for the browsers and files that cannot be decoded frame by frame, and for the sound.
import { h, on } from "../core/dom.ts";
import { frameRateMeter, frameTime } from "./frame_rate.ts";
import { evenFrameTimes, type FrameTimes } from "./frame_times.ts";
import { seekQueue } from "./seek_queue.ts";

/** A frame that was sought is on the screen by then, or the browser found it there already. */
const PRESENTED_MS = 250;
/** A URL that has not given a frame by then may be behind a firewall that answers nothing. */
const PATIENCE_MS = 8000;

export interface VideoElement {
  video: HTMLVideoElement;
  /** Whether the browser can play it; `open` servers let their pictures be drawn. */
  load(url: string, open: boolean): Promise<boolean>;
  /** Pause on the frame of a time, in seconds; resolves when it is presented. */
  seek(time: number): Promise<void>;
  play(speed: number): void;
  /** When the frame that was presented last begins, in seconds; null before there is one. */
  shown(): number | null;
  /** The frames of a file that does not tell, by looking where they begin. */
  measure(): Promise<FrameTimes | null>;
}

/** @param stalled told when playing has to wait for data, and when it may go on. */
export function videoElement(
  signal: AbortSignal,
  stalled: (waiting: boolean) => void,
): VideoElement {
  const video = h("video", "", { playsinline: true, preload: "auto" });
  video.muted = true;
  const seek = seekQueue(video);
  const frames = frameRateMeter();
  let shown: number | null = null;
  let presented = () => {};

  function onFrame(_: number, { mediaTime }: VideoFrameCallbackMetadata): void {
    if (signal.aborted) return;
    video.requestVideoFrameCallback(onFrame);
    shown = frameTime(mediaTime, video);
    presented();
  }
  video.requestVideoFrameCallback(onFrame);
  on(video, "waiting", () => stalled(true), { signal });
  on(video, "canplay playing", () => stalled(false), { signal });
  on(signal, "abort", () => {
    // Leaving the page is not enough: a browser keeps a player until its source is taken away.
    video.pause();
    video.removeAttribute("src");
    video.load();
  });

  async function go(time: number): Promise<void> {
    video.pause();
    const there = new Promise<void>((resolve) => {
      presented = resolve;
    });
    await seek(time);
    await Promise.race([there, new Promise((resolve) => setTimeout(resolve, PRESENTED_MS))]);
  }

  return {
    video,
    shown: () => shown,
    seek: go,
    load: (url, open) =>
      new Promise((resolve) => {
        const over = new AbortController();
        const end = (good: boolean) => {
          over.abort();
          clearTimeout(timer);
          resolve(good);
        };
        const timer = setTimeout(end, PATIENCE_MS, false);
        on(video, "loadeddata", () => end(true), over);
        on(video, "error", () => end(false), over);
        on(signal, "abort", () => end(false), over);
        video.crossOrigin = open ? "anonymous" : null;
        video.src = url;
      }),
    play(speed) {
      video.playbackRate = speed;
      video.play().catch(({ name }: DOMException) => {
        // Sound needs a gesture; silence does not.
        if (name !== "NotAllowedError" || video.muted) return;
        video.muted = true;
        video.play().catch(() => {});
      });
    },
    async measure() {
      let last: number | null = null;
      let count = 0;
      for (let at = 0; at < Math.min(0.6, video.duration) && !frames.known(); at += 0.01) {
        await go(at);
        if (shown !== last && shown !== null) frames.sample(shown, ++count);
        last = shown;
      }
      return frames.known()
        ? evenFrameTimes(frames.time(1) - frames.time(0), video.duration)
        : null;
    },
  };
}
