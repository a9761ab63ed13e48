// What happens at each animation frame: those on their way are waited for, those that play go on. It
// asks for animation frames only while there is something to do.

import type { DecodeMonitor } from "./decode_monitor.ts";
import type { GroupTime } from "./group_time.ts";
import type { PlaybackState } from "./playback_state.ts";
import type { SyncBarrier } from "./sync_barrier.ts";
import type { SyncClip } from "./sync_clip.ts";
import { LOADED_MS } from "./video_element.ts";
import type { VideoFallback } from "./video_fallback.ts";

/** Frames decoded before they are due. */
export const AHEAD = 8;
/** Seconds by which a tick may be late and still be caught up with, by leaving some out. */
const PATIENCE = 0.25;
/** A longer pause between two ticks, in ms, is one of the whole page: playing goes on where it was. */
const PAGE_PAUSE = 500;

export interface LoopContext {
  playback: PlaybackState;
  time: GroupTime;
  monitor: DecodeMonitor;
  barrier: SyncBarrier;
  fallback: VideoFallback;
  live(): SyncClip[];
  onVideo(clip: SyncClip): boolean;
  ownTime(clip: SyncClip, time: number): number;
  frameOf(clip: SyncClip, time: number): number;
  goTo(time: number): void;
  stop(): void;
  /** These are waited for; nobody is, when there are none. */
  wait(late: SyncClip[]): void;
  refresh(): void;
}

export interface PlaybackLoop {
  /** Something may have to be done. */
  wake(): void;
  /** Playing begins when these have loaded; one whose server is silent joins in later. */
  startWith(loading: SyncClip[]): void;
  /** Whether playing still waits for some of them. */
  starting(): boolean;
  /** What has passed and is not shown yet is forgotten. */
  reset(): void;
}

export function playbackLoop(signal: AbortSignal, context: LoopContext): PlaybackLoop {
  const { playback, time, monitor, barrier, fallback, live, onVideo, frameOf } = context;
  const { onward, frameLength } = time;
  /** Time that has passed but is not shown yet, in seconds. */
  let backlog = 0;
  let last = Number.NaN;
  let next = 0;
  let awaited: SyncClip[] = [];
  /** Until when they are waited for, in ms. */
  let patience = 0;
  const lacks = (clip: SyncClip, at: number) =>
    !onVideo(clip) && !clip.decoder?.picture(frameOf(clip, at));

  function wake(): void {
    const moving = playback.playing && !playback.scrubbing;
    const busy =
      barrier.target() === null
        ? moving && (awaited.length > 0 || live().length > 0)
        : live().length > 0;
    if (next || signal.aborted) return;
    if (busy) next = requestAnimationFrame(tick);
    else last = Number.NaN;
  }

  function tick(at: number): void {
    next = 0;
    const passed = at - last < PAGE_PAUSE ? ((at - last) / 1000) * playback.speed : 0;
    last = at;
    awaited = awaited.filter((clip) => clip.loading && clip.live && at < patience);
    if (barrier.target() !== null) barrier.check();
    else if (awaited.length) context.wait(awaited);
    // <video> elements take over from a machine that cannot decode all in time.
    else if (live().some((clip) => onVideo(clip) && clip.drawn !== null))
      context.goTo(playback.now);
    else if (live().some(onVideo)) follow(passed);
    else if (live().length) advance(passed);
    wake();
  }

  /** Have what will be due from `ahead` seconds on decoded. */
  function decodeAhead(ahead: number): void {
    const length = frameLength();
    // What could be shown at once comes first.
    const times = [onward(Math.min(ahead, length))];
    for (let step = 0; step < AHEAD; step++) times.push(onward(ahead + step * length));
    for (const clip of live()) {
      if (onVideo(clip)) continue;
      const frames = times.flatMap((each) => (each === null ? [] : [frameOf(clip, each)]));
      clip.decoder?.decode([...new Set(frames)]);
    }
  }

  /** Show the latest tick that is due and decoded, in all tiles. */
  function advance(passed: number): void {
    backlog = Math.min(backlog + passed, PATIENCE);
    decodeAhead(backlog);
    let ahead = backlog;
    let due = onward(ahead);
    if (due === null) {
      context.stop();
      return;
    }
    const late = (at: number) => live().filter((clip) => lacks(clip, at));
    while (late(due).length && ahead > frameLength()) {
      ahead -= frameLength();
      due = onward(ahead) ?? due;
    }
    const missing = late(due);
    monitor.count(passed, missing.length ? 0 : ahead);
    context.wait(missing);
    if (missing.length) return;
    playback.now = due;
    backlog -= ahead;
    show(live());
  }

  /** Go by the clock of those that are played by a <video>, as nobody can set theirs. */
  function follow(passed: number): void {
    if (!fallback.keepUp(passed)) {
      context.refresh();
      return;
    }
    decodeAhead(0);
    const late = live().filter((clip) => lacks(clip, playback.now));
    monitor.count(passed, late.length ? 0 : passed);
    context.wait([]);
    show(live().filter((clip) => !onVideo(clip) && !late.includes(clip)));
    const behind = ({ timing, drawn }: SyncClip, own: number) =>
      own - (timing?.begin(drawn ?? 0) ?? 0);
    if (late.some((clip) => behind(clip, context.ownTime(clip, playback.now)) > PATIENCE))
      context.goTo(playback.now);
  }

  function show(drawable: SyncClip[]): void {
    for (const clip of drawable) clip.draw(frameOf(clip, playback.now));
    fallback.playSound();
    context.refresh();
  }

  signal.addEventListener("abort", () => cancelAnimationFrame(next));

  return {
    wake,
    startWith(loading) {
      awaited = loading;
      patience = performance.now() + LOADED_MS;
    },
    starting: () => awaited.length > 0,
    reset() {
      backlog = 0;
    },
  };
}
