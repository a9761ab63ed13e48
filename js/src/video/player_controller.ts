// One <video> that does what is wanted of it: loads, plays while it is seen, steps by frames.
import { on } from "../core/dom.ts";
import type { Kernel } from "../core/model.ts";
import type { PlayAction } from "../core/shortcuts.ts";
import type { Clip } from "../protocol/runs.ts";
import { clipLoader } from "./clip_loader.ts";
import { frameRateMeter, frameTime } from "./frame_rate.ts";
import { seekQueue } from "./seek_queue.ts";
import { SPEEDS, type TransportState } from "./transport_bar.ts";

export interface PlayerSettings {
  loop: boolean;
  muted: boolean;
  speed: number;
}

/** What a view leaves to the next view of the same model, such as after scrolling away and back. */
export interface PlayerMemory extends PlayerSettings {
  key: string;
  time: number;
  /** Whether it is wanted to play; null until somebody has said so. */
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
  act(action: PlayAction): void;
  /** Play `clip`, or nothing; rejects in words when it cannot be played. */
  load(clip: Clip | null, key: string): Promise<void>;
  settle(settings: Partial<PlayerSettings>): void;
  set(settings: Partial<PlayerSettings>): void;
  scrub(time: number | null): void;
  /** The file, for keeping. */
  file(clip: Clip): Promise<Blob>;
}

/** @param paint called whenever the controls have something new to show. */
export function playerController(
  video: HTMLVideoElement,
  { model, memory, signal, changed }: PlayerHost,
  say: (note: string) => void,
  paint: (state: TransportState) => void,
): PlayerController {
  const seek = seekQueue(video);
  const media = clipLoader(video, model, say);
  let frames = frameRateMeter();
  let loading = new AbortController();
  /** When the frame begins that is on the screen, in seconds. */
  let shown = 0;
  /** The frame a step is on its way to. */
  let goal: number | null = null;
  let measuring: Promise<void> | null = null;
  let visible = true;
  let from = 0;
  let to: number | null = null;

  // Whether it is seen decides whether it runs: hidden videos go on decoding, and one that was
  // taken out of the page and put back stays paused by itself.
  const sight = new IntersectionObserver((entries) => {
    visible = entries.at(-1)?.isIntersecting ?? false;
    if (visible) resume();
    else video.pause();
  });
  const look = () => {
    sight.disconnect();
    sight.observe(video.parentElement ?? video);
  };
  look();
  on(video, "pause", () => {
    if (!video.isConnected) look();
    refresh();
  });
  on(video, "play timeupdate", refresh);
  on(video, "ended", () => setPlaying(false));
  video.requestVideoFrameCallback(onFrame);
  on(signal, "abort", () => {
    sight.disconnect();
    stop();
  });

  function onFrame(_: number, { mediaTime, presentedFrames }: VideoFrameCallbackMetadata): void {
    if (signal.aborted) return;
    video.requestVideoFrameCallback(onFrame);
    if (!shown && video.currentTime < 0.01) frames.start(mediaTime);
    // While it is paused frames come from seeks, and say nothing of the rate.
    if (!video.paused) frames.sample(mediaTime, presentedFrames);
    shown = frameTime(mediaTime, video);
    if (to !== null && !video.paused && shown >= to) void seek(from);
    refresh();
  }

  /** When the frame begins that is shown, or stepped to. */
  const here = () => (goal === null ? shown : frames.time(goal));

  function refresh(): void {
    const ready = !video.hidden;
    // While there is no source the time is 0, which is nothing to remember.
    if (ready) memory.time = goal === null ? video.currentTime : frames.time(goal + 0.5);
    const { duration, paused } = video;
    const time = here();
    const [frame, total] = [frames.at(time), frames.total(duration)];
    paint({ ...memory, ready, playing: !paused, time, duration, frame, total, from, to });
  }

  function stop(): void {
    // First, so that the end of the clip is not taken for where a person left it.
    video.hidden = true;
    loading.abort();
    media.unload();
  }

  async function load(clip: Clip | null, key: string): Promise<void> {
    stop();
    loading = new AbortController();
    const current = loading.signal;
    if (memory.key !== key) Object.assign(memory, { key, time: 0, wanted: null });
    const start = memory.time;
    frames = frameRateMeter();
    measuring = null;
    [shown, goal, from, to] = [0, null, 0, null];
    refresh();
    if (!clip) return;
    try {
      await media.load(clip, current);
      if (start) await seek(start);
    } catch (error) {
      if (current.aborted) return;
      throw error;
    }
    if (current.aborted) return;
    settle({});
    video.hidden = false;
    resume();
    refresh();
  }

  function resume(): void {
    const calm = matchMedia("(prefers-reduced-motion)").matches;
    if (video.hidden || !visible || !(memory.wanted ?? !calm)) return;
    video.play().catch(({ name }: DOMException) => {
      // Sound needs a gesture; silence does not.
      if (name !== "NotAllowedError" || video.muted) return;
      settle({ muted: true });
      resume();
    });
  }

  function setPlaying(wanted: boolean): void {
    memory.wanted = wanted;
    goal = null;
    if (wanted) resume();
    else video.pause();
    refresh();
  }

  function settle(settings: Partial<PlayerSettings>): void {
    const { loop, muted, speed } = Object.assign(memory, settings);
    Object.assign(video, { loop, muted, playbackRate: speed });
    refresh();
  }

  function set(settings: Partial<PlayerSettings>): void {
    settle(settings);
    changed?.(memory);
  }

  async function step(by: number): Promise<void> {
    memory.wanted = false;
    video.pause();
    const before = shown;
    measuring ??= frames.known() ? null : measure();
    await measuring;
    const at = goal ?? frames.at(before);
    const total = frames.total(video.duration);
    if (at === null || total === null) return;
    goal = Math.max(0, Math.min(total - 1, at + by));
    refresh();
    void seek(memory.time);
  }

  /** Learn the frame rate of a clip that has not been played, by looking where its frames begin. */
  async function measure(): Promise<void> {
    const start = video.currentTime;
    let [count, last] = [0, -1];
    for (let at = start; at < start + 0.6 && !frames.known(); at += 0.01) {
      await seek(at % video.duration);
      await new Promise(requestAnimationFrame);
      if (shown !== last) frames.sample(shown, ++count);
      last = shown;
    }
    await seek(start);
  }

  function jump(time: number): void {
    goal = null;
    void seek(time);
  }

  function scrub(time: number | null): void {
    if (time === null) resume();
    else {
      video.pause();
      jump(time);
    }
  }

  function changeSpeed(by: number): void {
    const place = SPEEDS.findIndex((speed) => speed >= memory.speed) + by;
    set({ speed: SPEEDS[place] ?? memory.speed });
  }

  const actions: Record<PlayAction, () => void> = {
    Space: () => setPlaying(video.paused),
    ",": () => void step(-1),
    ".": () => void step(1),
    ArrowLeft: () => jump(video.currentTime - 1),
    ArrowRight: () => jump(video.currentTime + 1),
    Home: () => jump(0),
    End: () => jump(video.duration),
    "[": () => {
      from = from ? 0 : here();
    },
    "]": () => {
      to = to ? null : here();
    },
    L: () => set({ loop: !memory.loop }),
    M: () => set({ muted: !memory.muted }),
    "-": () => changeSpeed(-1),
    "+": () => changeSpeed(1),
  };

  return {
    load,
    settle,
    set,
    scrub,
    act(action) {
      if (video.hidden) return;
      actions[action]();
      refresh();
    },
    // A link to another origin would be opened, not saved.
    file: (clip) =>
      fetch(video.currentSrc).then(
        (answer) => answer.blob(),
        () => media.bytes(clip, signal),
      ),
  };
}
