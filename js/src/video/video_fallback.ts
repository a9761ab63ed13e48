// Clips that are played by their <video>, where no decoder can be had or the machine does not keep
// up: started at once between barriers, watched, brought together when they drift apart.
import type { PlaybackState } from "./playback_state.ts";
import type { SyncClip } from "./sync_clip.ts";

/** Clips further apart than this, in frames, are brought together; and how often at most, in ms. */
const APART = 1;
const RESYNC_EVERY = 2000;

/** What it needs to know of the group, and has it do. */
export interface FallbackContext {
  live(): SyncClip[];
  onVideo(clip: SyncClip): boolean;
  /** Seconds. */
  duration(): number;
  end(): number;
  frameLength(): number;
  /** A clip's own time. */
  ownTime(clip: SyncClip, time: number): number;
  /** Frames between the first and the last of them. */
  apart(): number | null;
  goTo(time: number): void;
  stop(): void;
  wait(late: SyncClip[]): void;
}

export interface VideoFallback {
  /** Start all of them at once. */
  playAll(): void;
  /** Follow them for one tick of so many seconds; false while nobody moves on. */
  keepUp(passed: number): boolean;
  /** Have the clip that is heard play its <video> beside its decoder. */
  playSound(): void;
}

/** @param stalled those that wait for data. */
export function videoFallback(
  playback: PlaybackState,
  stalled: Set<SyncClip>,
  context: FallbackContext,
): VideoFallback {
  /** When they were last brought together, in ms. */
  let resynced = 0;
  const clips = () => context.live().filter(context.onVideo);

  function playAll(): void {
    for (const clip of clips()) {
      if (clip.video) clip.video.element.muted = clip.member.key !== playback.heard;
      start(clip);
    }
  }

  function start(clip: SyncClip): void {
    const { video, timing, member } = clip;
    const at = context.ownTime(clip, playback.now);
    if (!video || !timing || at < 0 || at >= timing.duration - context.frameLength() / 4) return;
    // Only those that end before the rest loop on their own.
    const early = timing.duration - member.offset < context.duration() - context.frameLength() / 2;
    video.element.loop = playback.lengths === "loop" && early;
    video.play(playback.speed);
  }

  /** The time of the group by those that run; null when none does. */
  function clock(): number | null {
    const times = clips().flatMap(({ video, timing, member }) => {
      // One that loops on its own says nothing of the group.
      if (!video || !timing || video.element.paused || video.element.loop) return [];
      const { currentTime } = video.element;
      const shown = video.shown();
      if (shown === null) return currentTime - member.offset;
      // No further than the frame that is on the screen: decoded clips beside it would be ahead.
      const frame = timing.at(shown);
      const end = 2 * timing.middle(frame) - timing.begin(frame) - 0.001;
      return Math.max(timing.begin(frame), Math.min(end, currentTime)) - member.offset;
    });
    times.sort((a, b) => a - b);
    return times[times.length >> 1] ?? null;
  }

  function keepUp(passed: number): boolean {
    if (stalled.size) {
      // Someone waits for data: so do all.
      for (const clip of clips()) if (!stalled.has(clip)) clip.video?.element.pause();
      context.wait([...stalled]);
      return false;
    }
    playback.now = Math.max(playback.now, clock() ?? playback.now + passed);
    // The last frame is seen before all begin again.
    if (playback.now >= context.end() - 0.005) {
      if (playback.looping) context.goTo(playback.from);
      else context.stop();
      return false;
    }
    for (const clip of clips()) if (clip.video?.element.paused) start(clip);
    const at = performance.now();
    if (at - resynced >= RESYNC_EVERY && (context.apart() ?? 0) > APART) {
      resynced = at;
      context.goTo(playback.now);
      return false;
    }
    return true;
  }

  function playSound(): void {
    const clip = context.live().find(({ member }) => member.key === playback.heard);
    if (!clip?.decoder || context.onVideo(clip)) return;
    const { video } = clip;
    if (!video) {
      clip.needVideo().catch(() => {});
      return;
    }
    const { element } = video;
    const at = context.ownTime(clip, playback.now);
    if (Math.abs(element.currentTime - at) > 0.12 && !element.seeking) element.currentTime = at;
    element.muted = false;
    if (element.paused && at < element.duration) video.play(playback.speed);
  }

  return { playAll, keepUp, playSound };
}
