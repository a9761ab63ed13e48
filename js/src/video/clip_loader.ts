// Getting a clip into a <video>: by its URL where the browser can reach it, else from the kernel.

import { fetchClip, KERNEL_BUSY } from "../core/channel.ts";
import { objectUrl, on } from "../core/dom.ts";
import type { Kernel } from "../core/model.ts";
import type { Clip } from "../protocol/runs.ts";

/** A URL that has not given a frame by then may be behind a firewall that answers nothing. */
const PATIENCE_MS = 8000;

export interface ClipLoader {
  /** Play `clip` from wherever it can be had; rejects in words when nowhere. */
  load(clip: Clip, signal: AbortSignal): Promise<void>;
  /** The bytes of `clip` from the kernel, with words while they come. */
  bytes(clip: Clip, signal: AbortSignal): Promise<Blob>;
  unload(): void;
}

export function clipLoader(
  video: HTMLVideoElement,
  model: Kernel,
  say: (note: string) => void,
): ClipLoader {
  let loadedUrl = "";

  async function load(clip: Clip, signal: AbortSignal): Promise<void> {
    const { url } = clip;
    // "anonymous", so that the frames may be drawn and compared.
    if (url && (await plays(video, url, "anonymous", signal, PATIENCE_MS))) return;
    let blob: Blob | null = null;
    try {
      blob = await bytes(clip, signal);
    } catch (error) {
      // The last resort for a URL whose server does not allow drawing its frames.
      if (signal.aborted || !url || !(await plays(video, url, null, signal))) throw error;
      return;
    }
    unload();
    loadedUrl = objectUrl(blob);
    if (await plays(video, loadedUrl, null, signal)) return;
    throw new Error(`This browser cannot play ${blob.type}. Save it instead.`);
  }

  async function bytes(clip: Clip, signal: AbortSignal): Promise<Blob> {
    const coming = "Fetching the clip";
    const blob = await fetchClip(
      model,
      clip,
      signal,
      (silent) => say(silent ? KERNEL_BUSY : coming),
      (part) => say(`${coming} ${Math.floor(part * 4) * 25} %`),
    );
    say("");
    return blob;
  }

  function unload(): void {
    // Leaving the page is not enough: a browser keeps a player until its source is taken away.
    video.pause();
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(loadedUrl);
  }

  return { load, bytes, unload };
}

/** Give `video` a source; false when it cannot be played, or not in time. */
function plays(
  video: HTMLVideoElement,
  url: string,
  crossOrigin: string | null,
  signal: AbortSignal,
  patience?: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const end = (good: boolean) => {
      over.abort();
      clearTimeout(timer);
      resolve(good);
    };
    const timer = patience ? setTimeout(end, patience, false) : undefined;
    on(video, "loadeddata", () => end(canSeek(video)), over);
    on(video, "error", () => end(false), over);
    on(signal, "abort", () => reject(signal.reason), over);
    video.crossOrigin = crossOrigin;
    video.src = url;
  });
}

/** A server without Range plays but cannot be stepped through; the bytes themselves can. */
const canSeek = ({ seekable, duration }: HTMLVideoElement): boolean =>
  seekable.length > 0 && seekable.end(0) >= Math.min(duration, 0.1);
