// One <video> that does what it is told: loads, plays while it is seen, steps by frames.

import { objectUrl, on } from "../core/dom.ts";
import { messageOf } from "../core/format.ts";
import type { Kernel } from "../core/model.ts";
import type { PlayAction } from "../core/shortcuts.ts";
import { download } from "../core/transfer.ts";
import type { Clip } from "../protocol/runs.ts";
import { readIndex } from "./clip_source.ts";
import { type FrameTimes, frameTimes } from "./frame_times.ts";
import { speedBeside, type TransportState } from "./transport_bar.ts";
import { videoElement } from "./video_element.ts";

export interface PlayerSettings {
  loop: boolean;
  muted: boolean;
  speed: number;
}

/** What a view leaves to the next view of the same model, such as after scrolling away and back. */
export interface PlayerMemory extends PlayerSettings {
  key: string;
  time: number;
  /** Whether somebody wants it to play; null until somebody has said so. */
  wanted: boolean | null;
}

export const freshPlayerMemory = (): PlayerMemory => ({
  key: "",
  time: 0,
  wanted: null,
  loop: true,
  muted: true,
  speed: 1,
});

export interface PlayerHost {
  model: Kernel;
  memory: PlayerMemory;
  signal: AbortSignal;
  /** Someone changed a setting by the player's own controls. */
  changed?(settings: PlayerSettings): void;
}

export interface PlayerController {
  video: HTMLVideoElement;
  act(action: PlayAction): void;
  /**
   * Play `clip`, or nothing; rejects with a message when it cannot be played.
   *
   * @param stored play what the kernel has of it, whatever is at its address.
   */
  load(clip: Clip | null, key: string, stored?: boolean): Promise<void>;
  settle(settings: Partial<PlayerSettings>): void;
  set(settings: Partial<PlayerSettings>): void;
  scrub(time: number | null): void;
  /** The file, for keeping; rejects with a message when it can be had nowhere. */
  file(clip: Clip): Promise<Blob>;
}

/**
 * @param stage gets the <video>, which plays while the stage is in sight.
 * @param paint called whenever the controls have something new to show.
 * @param broke called when the clip fails after it was loaded; `stored` when it came from the kernel.
 */
export function playerController(
  stage: HTMLElement,
  { model, memory, signal, changed }: PlayerHost,
  say: (note: string) => void,
  paint: (state: TransportState) => void,
  broke: (stored: boolean) => void,
): PlayerController {
  const video = videoElement(signal, "video", {
    presented: onFrame,
    silenced: () => settle({ muted: true }),
  });
  const { element } = video;
  element.hidden = true;
  /** When the clip's frames begin; null while that is not known. */
  let timing: FrameTimes | null = null;
  let reading: Promise<void> | null = null;
  let looking: Promise<void> | null = null;
  /** Where the browser begins, in seconds: it may count otherwise than the file does. */
  let origin = 0;
  let loading = new AbortController();
  let blobUrl = "";
  /** When the frame begins that is on the screen, in seconds. */
  let shown = 0;
  /** The frame a step is on its way to. */
  let target: number | null = null;
  let inSight = true;
  let from = 0;
  let to: number | null = null;
  stage.append(element);

  // Whether it is seen decides whether it runs: hidden videos go on decoding, and one that was
  // taken out of the page and put back stays paused on its own.
  const sight = new IntersectionObserver((entries) => {
    inSight = entries.at(-1)?.isIntersecting ?? false;
    heed();
  });
  const look = () => {
    sight.disconnect();
    sight.observe(stage);
  };
  look();
  const visible = () => inSight && !document.hidden;
  const heed = () => (visible() ? resume() : element.pause());
  on(document, "visibilitychange", heed, { signal });
  on(element, "pause", () => {
    if (!element.isConnected) look();
    refresh();
  });
  on(element, "play timeupdate", refresh);
  on(element, "play pause", turnRound);
  on(element, "ended", () => memory.loop || setPlaying(false));
  on(element, "error", () => element.hidden || broke(blobUrl !== ""));
  on(signal, "abort", () => {
    sight.disconnect();
    stop();
  });

  function onFrame(time: number): void {
    shown = time;
    if (to !== null && !element.paused && shown >= to) void video.jump(from);
    refresh();
  }

  const frameAt = (time: number) => timing?.at(time) ?? null;
  /** When the frame begins that is shown, or stepped to. */
  const here = () => {
    // In Firefox a sought frame has the time that was sought.
    const frame = target ?? frameAt(shown);
    return timing && frame !== null ? timing.begin(frame) : shown;
  };

  function refresh(): void {
    const ready = !element.hidden;
    // While there is no source the time is 0, which is nothing to remember.
    if (ready) memory.time = target === null ? element.currentTime : (timing?.middle(target) ?? 0);
    const { duration, paused } = element;
    const time = here();
    const frame = frameAt(time);
    const { count: total = null, about = false } = timing ?? {};
    paint({ ...memory, ready, playing: !paused, time, duration, frame, total, about, from, to });
  }

  function stop(): void {
    // First, so that the end of the clip is not taken for where a person left it.
    element.hidden = true;
    loading.abort();
    video.unload();
    URL.revokeObjectURL(blobUrl);
    blobUrl = "";
  }

  async function load(clip: Clip | null, key: string, stored = false): Promise<void> {
    stop();
    loading = new AbortController();
    const current = loading.signal;
    if (memory.key !== key) Object.assign(memory, { key, time: 0, wanted: null });
    const start = memory.time;
    timing = reading = looking = null;
    [shown, origin, target, from, to] = [0, 0, null, 0, null];
    refresh();
    if (!clip) return;
    try {
      await loadFrom(clip, current, stored);
      origin = element.currentTime;
      if (start) await video.jump(start);
    } catch (error) {
      if (current.aborted) return;
      throw error;
    }
    if (current.aborted) return;
    settle({});
    element.hidden = false;
    reading = readFrames(current);
    resume();
    refresh();
  }

  /** By its URL where the browser can reach it, else from the kernel. */
  async function loadFrom(clip: Clip, until: AbortSignal, stored: boolean): Promise<void> {
    const url = stored ? null : clip.url;
    // A server without Range plays but cannot be stepped through; the bytes themselves can.
    if (url && (await video.load(url, true)) && canSeek(element)) return;
    until.throwIfAborted();
    let blob: Blob;
    try {
      blob = await bytes(clip, until);
    } catch (error) {
      // The last resort for a URL whose server does not allow drawing its frames.
      if (until.aborted || !url || !(await video.load(url, false))) throw error;
      return;
    }
    video.unload();
    blobUrl = objectUrl(blob);
    if (await video.load(blobUrl, true)) return;
    until.throwIfAborted();
    throw new Error(`This browser cannot play ${blob.type}. Save it instead.`);
  }

  /** The bytes of a clip from the kernel, with words while they come. */
  async function bytes(clip: Clip, until: AbortSignal): Promise<Blob> {
    const coming = "Fetching the clip";
    const blob = await download(
      model,
      clip,
      until,
      "",
      (waiting) => say(waiting || coming),
      (part) => say(`${coming} ${Math.floor(part * 4) * 25} %`),
    );
    say("");
    return blob;
  }

  function resume(): void {
    const calm = matchMedia("(prefers-reduced-motion)").matches;
    if (element.hidden || !visible() || !(memory.wanted ?? !calm)) return;
    video.play(memory.speed);
  }

  function setPlaying(wanted: boolean): void {
    memory.wanted = wanted;
    target = null;
    if (wanted) resume();
    else element.pause();
    refresh();
  }

  function settle(settings: Partial<PlayerSettings>): void {
    const { muted, speed } = Object.assign(memory, settings);
    Object.assign(element, { muted, playbackRate: speed });
    turnRound();
    refresh();
  }

  /** While it stands, a step to the last frame would go round to the first. */
  function turnRound(): void {
    element.loop = memory.loop && !element.paused;
  }

  function set(settings: Partial<PlayerSettings>): void {
    settle(settings);
    changed?.(memory);
  }

  async function step(by: number): Promise<void> {
    memory.wanted = false;
    element.pause();
    const before = shown;
    looking ??= lookForFrames(loading.signal);
    await looking;
    const at = target ?? frameAt(before);
    if (at === null || !timing) return;
    const { count, about, middle } = timing;
    const next = Math.max(0, Math.min(count - 1, at + by));
    if (next === target) return;
    target = next;
    refresh();
    if (!about) return video.jump(middle(next));
    await video.seek(middle(next));
    // A frame that lasts longer than the others: a step is to another picture.
    if (shown === before && target === next) await step(by);
  }

  /** Learn when the frames begin, from the file's own index. */
  async function readFrames(until: AbortSignal): Promise<void> {
    const track = await readIndex(element.currentSrc, until).catch(() => null);
    if (until.aborted || !track) return;
    const { times } = track;
    const late = origin && origin - (times[0] ?? 0);
    timing = frameTimes(times.map((time) => time + late));
    refresh();
  }

  /** Where the file does not tell, look for them. */
  async function lookForFrames(until: AbortSignal): Promise<void> {
    await reading;
    if (timing || until.aborted) return;
    const { currentTime } = element;
    const found = await video.measure();
    if (until.aborted) return;
    timing = found;
    await video.jump(currentTime);
  }

  function jump(time: number): void {
    target = null;
    void video.jump(time);
  }

  function scrub(time: number | null): void {
    if (time === null) resume();
    else {
      element.pause();
      jump(time);
    }
  }

  const actions: Record<PlayAction, () => void> = {
    Space: () => setPlaying(element.paused),
    ",": () => void step(-1),
    ".": () => void step(1),
    ArrowLeft: () => jump(element.currentTime - 1),
    ArrowRight: () => jump(element.currentTime + 1),
    Home: () => jump(0),
    End: () => jump(element.duration),
    "[": () => {
      from = from ? 0 : here();
    },
    "]": () => {
      to = to ? null : here();
    },
    L: () => set({ loop: !memory.loop }),
    M: () => set({ muted: !memory.muted }),
    "-": () => set({ speed: speedBeside(memory.speed, -1) }),
    "+": () => set({ speed: speedBeside(memory.speed, 1) }),
  };

  return {
    video: element,
    load,
    settle,
    set,
    scrub,
    act(action) {
      if (element.hidden) return;
      actions[action]();
      refresh();
    },
    async file(clip) {
      // Fetched, as a link to another origin would be opened, not saved.
      const answer = await fetch(element.currentSrc, { signal }).catch(() => null);
      // An address that has expired answers with a page that says so.
      if (answer?.ok) return answer.blob();
      signal.throwIfAborted();
      try {
        return await bytes(clip, signal);
      } catch (error) {
        throw new Error(`The clip could not be saved. ${messageOf(error)}`);
      }
    },
  };
}

const canSeek = ({ seekable, duration }: HTMLVideoElement): boolean =>
  seekable.length > 0 && seekable.end(0) >= Math.min(duration, 0.1);
