// Films (<video>) that play together between barriers: started at once, watched, brought together.
import type { PlaybackState } from "./playback_state.ts";
import type { SyncClip } from "./sync_clip.ts";

/** Films further apart than this, in frames, are brought together; and how often at most, in ms. */
const APART = 1;
const TOGETHER_EVERY = 2000;

/** What films need to know of the group, and have it do. */
export interface FallbackContext {
  live(): SyncClip[];
  /** Seconds. */
  duration(): number;
  end(): number;
  frameLength(): number;
  /** A member's own time. */
  local(each: SyncClip, time: number): number;
  /** Frames between the first and the last of them. */
  apart(): number | null;
  go(time: number): Promise<void>;
  stop(): void;
  wait(late: SyncClip[]): void;
  refresh(): void;
}

export interface VideoFallback {
  /** Start all of them at once. */
  playAll(): void;
  /** Keep up with them; called once a tick. */
  keepUp(): void;
  /** Have the member that is heard run a film beside its decoder. */
  playSound(): void;
}

/** @param stalled those that wait for data. */
export function videoFallback(
  playback: PlaybackState,
  stalled: Set<SyncClip>,
  whole: FallbackContext,
): VideoFallback {
  /** When they were last brought together, in ms. */
  let mended = 0;

  function playAll(): void {
    for (const each of whole.live()) {
      if (each.film) each.film.video.muted = each.member.key !== playback.heard;
      start(each);
    }
  }

  function start(each: SyncClip): void {
    const { film, timing } = each;
    const at = whole.local(each, playback.now);
    if (!film || !timing || at < 0 || at >= timing.duration - whole.frameLength() / 4) return;
    // Only those that are over before the rest go round by themselves.
    const early = timing.duration - each.member.offset < whole.duration() - whole.frameLength() / 2;
    film.video.loop = playback.lengths === "loop" && early;
    film.play(playback.speed);
  }

  function keepUp(): void {
    // One that goes round by itself says nothing of the whole.
    const running = whole
      .live()
      .filter(({ film }) => film && !film.video.paused && !film.video.loop);
    const clocks = running
      .map(({ film, member }) => (film?.video.currentTime ?? 0) - member.offset)
      .sort((a, b) => a - b);
    const time = clocks[clocks.length >> 1] ?? whole.end();
    if (stalled.size) {
      hold();
      return;
    }
    playback.now = Math.max(playback.now, time);
    // The last frame is seen before everyone turns round.
    if (playback.now >= whole.end() - 0.005) {
      if (!playback.looping) whole.stop();
      else void whole.go(playback.from);
    } else {
      for (const each of whole.live()) if (each.film?.video.paused) start(each);
      mend();
    }
    whole.refresh();
  }

  /** Someone waits for data: so do all. */
  function hold(): void {
    for (const each of whole.live()) if (!stalled.has(each)) each.film?.video.pause();
    whole.wait([...stalled]);
  }

  function mend(): void {
    const at = performance.now();
    if (at - mended < TOGETHER_EVERY || (whole.apart() ?? 0) <= APART) return;
    mended = at;
    void whole.go(playback.now);
  }

  function playSound(): void {
    const each = whole.live().find(({ member }) => member.key === playback.heard);
    if (!each?.decoder) return;
    const video = each.film?.video;
    if (!video) {
      each.needFilm().catch(() => {});
      return;
    }
    const at = whole.local(each, playback.now);
    if (Math.abs(video.currentTime - at) > 0.12 && !video.seeking) video.currentTime = at;
    video.muted = false;
    if (video.paused && at < video.duration) each.film?.play(playback.speed);
  }

  return { playAll, keepUp, playSound };
}
