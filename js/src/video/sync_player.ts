// Several clips that play as one: one clock, one transport, the same moment in every tile.
//
// Decoders give frame after frame; a tick is drawn in all tiles at once or not at all, so they cannot
// be apart. A clip that has no decoder is played by its <video>, and the others follow its clock. When
// the machine does not decode in time, all are played that way. Between barriers: everyone pauses, goes
// to one frame, waits for all others, and starts again.
import { h, on } from "../core/dom.ts";
import { ownTime, tilesApart } from "./clip_time.ts";
import { decodeMonitor } from "./decode_monitor.ts";
import { groupState } from "./group_state.ts";
import { groupTime } from "./group_time.ts";
import { AHEAD, playbackLoop } from "./playback_loop.ts";
import { initialPlayback } from "./playback_state.ts";
import { syncBarrier } from "./sync_barrier.ts";
import { type SyncClip, syncClip } from "./sync_clip.ts";
import type { Member, SyncOptions, SyncPlayer } from "./sync_types.ts";
import { thumbnails } from "./thumbnails.ts";
import { videoFallback } from "./video_fallback.ts";

export type * from "./sync_types.ts";

/** Milliseconds until a person wants to know what all are waiting for. */
const NOTICEABLE = 300;

export function syncPlayer({ signal, paint, live: limit }: SyncOptions): SyncPlayer {
  const clips = new Map<string, SyncClip>();
  const monitor = decodeMonitor();
  let order: SyncClip[] = [];
  const playback = initialPlayback();
  const group = groupTime(playback);
  const { grid, duration, end, frameLength } = group;
  let detail: number | null = null;
  /** Since when (ms) playing waits, and for whom. */
  let waiting: { since: number; keys: string[]; told: boolean } | null = null;
  const stalled = new Set<SyncClip>();
  let painted = "";

  const ready = () => order.filter((clip) => clip.timing && !clip.fault);
  const live = () => ready().filter((clip) => clip.live);
  const onVideo = (clip: SyncClip) => !clip.decoder || (playback.playing && monitor.slow());
  const local = (clip: SyncClip, time: number) => ownTime(clip, time, playback.lengths);
  const frameOf = (clip: SyncClip, time: number) => clip.timing?.at(local(clip, time)) ?? 0;

  // --- Going somewhere ---------------------------------------------------------------------------

  const barrier = syncBarrier({
    live,
    onVideo,
    frameOf,
    framesAround(clip, time) {
      const first = frameOf(clip, time);
      const count = clip.timing?.count ?? 0;
      // The frame itself, and those that stepping on would show.
      return Array.from({ length: AHEAD }, (_, step) => first + step * playback.heading).filter(
        (frame) => frame >= 0 && frame < count,
      );
    },
    wait,
    arrived(time) {
      playback.now = time;
      waiting = null;
      const stays = barrier.target() === null && !loop.starting();
      if (playback.playing && !playback.scrubbing && stays) fallback.playAll();
      refresh();
    },
  });

  /** Have every member show its frame of a time. */
  function goTo(time: number): Promise<void> {
    if (!grid()) return Promise.resolve();
    loop.reset();
    const over = barrier.goTo(group.snap(time));
    loop.wake();
    return over;
  }

  /** Where all are now, or are on their way to, once the members have changed. */
  function regroup(): void {
    group.measure(ready());
    if (barrier.target() === null) void goTo(playback.now);
    else barrier.restart();
    loop.wake();
    refresh();
  }

  function wait(late: SyncClip[], since = waiting?.since ?? performance.now()): void {
    if (!late.length) {
      waiting = null;
      return;
    }
    const keys = late.map(({ member }) => member.key);
    const told = performance.now() - since > NOTICEABLE;
    waiting = { since, keys, told };
    if (told) refresh();
  }

  // --- Playing -----------------------------------------------------------------------------------

  /** The end, without a loop. */
  function stop(): void {
    playback.playing = false;
    void goTo(end() - frameLength() / 2);
  }

  // --- What is seen ------------------------------------------------------------------------------

  const apart = () => tilesApart(live(), playback, group);
  const state = () =>
    groupState({
      order,
      live: live(),
      playback,
      time: group,
      slow: monitor.slow(),
      moving: barrier.target() !== null,
      holding: waiting?.told ? waiting.keys : [],
    });

  /** Tell of what has changed; within a frame, time that goes on is no news. */
  function refresh(): void {
    if (signal.aborted) return;
    const next = state();
    const moving = playback.playing && barrier.target() === null;
    const news = JSON.stringify(moving ? { ...next, time: 0 } : next);
    if (news === painted) return;
    painted = news;
    paint(next);
  }

  // --- Members -----------------------------------------------------------------------------------

  /** Give live players to the first that are seen; nobody sees a page in the background. */
  function assign(): void {
    let left = document.hidden ? 0 : limit;
    const before = order.filter((clip) => clip.live);
    for (const clip of order) {
      const lives = clip.requested && clip.inSight && !clip.fault && left > 0;
      if (lives) left--;
      if (clip.live && !lives) {
        clip.rest();
        stalled.delete(clip);
      }
      clip.live = lives;
      if (lives) void clip.open();
    }
    const now = order.filter((clip) => clip.live);
    if (now.length === before.length && now.every((clip) => before.includes(clip))) return;
    for (const clip of live()) clip.refit();
    monitor.forget();
    regroup();
  }

  const context = {
    sharing: () => Math.max(1, order.filter((clip) => clip.live).length),
    detail: () => detail,
    loopStart: (clip: SyncClip) => frameOf(clip, playback.from),
    sighted: assign,
    sharpened: refresh,
    changed(clip: SyncClip) {
      if (clip.fault || !clip.loading) assign();
      regroup();
    },
    stalled(clip: SyncClip, waits: boolean) {
      const before = stalled.size;
      // One that seeks or has ended waits for nobody.
      if (waits && playback.playing && barrier.target() === null && clip.live) stalled.add(clip);
      else stalled.delete(clip);
      if (before && !stalled.size && playback.playing) void goTo(playback.now);
    },
  };

  function set(members: Member[]): void {
    const keys = new Set(members.map(({ key }) => key));
    const shape = () => order.map(({ member }) => [member.key, member.offset]).join();
    const before = shape();
    for (const [key, clip] of clips) {
      if (keys.has(key)) continue;
      clip.close();
      stalled.delete(clip);
      clips.delete(key);
    }
    order = members.map((member) => {
      const clip = clips.get(member.key) ?? syncClip(member, context);
      clip.update(member);
      clips.set(member.key, clip);
      return clip;
    });
    assign();
    if (shape() !== before) regroup();
  }

  function play(): void {
    playback.playing = true;
    playback.heading = 1;
    loop.startWith(order.filter((clip) => clip.loading));
    // At the end it starts again, as everywhere.
    const over = !playback.looping && playback.now >= end() - frameLength();
    void goTo(over ? playback.from : playback.now);
    loop.wake();
    refresh();
  }

  const fallback = videoFallback(playback, stalled, {
    live,
    onVideo,
    duration,
    end,
    frameLength,
    ownTime: local,
    apart,
    goTo,
    stop,
    wait,
  });
  const loop = playbackLoop(signal, {
    playback,
    time: group,
    monitor,
    barrier,
    fallback,
    live,
    onVideo,
    ownTime: local,
    frameOf,
    goTo,
    stop,
    wait,
    refresh,
  });
  on(document, "visibilitychange", assign, { signal });
  on(signal, "abort", () => {
    for (const clip of clips.values()) clip.close();
  });

  return {
    set,
    state,
    play,
    pause() {
      playback.playing = false;
      const over = goTo(playback.now);
      refresh();
      return over;
    },
    element: (key) => clips.get(key)?.root ?? h("div", "picture"),
    visible(key, visible) {
      const clip = clips.get(key);
      if (!clip || clip.requested === visible) return;
      clip.requested = visible;
      assign();
    },
    detail(width) {
      if (detail === width) return;
      detail = width;
      for (const clip of live()) clip.refit();
    },
    seek: goTo,
    scrub(time) {
      playback.scrubbing = time !== null;
      void goTo(time ?? playback.now);
    },
    step(by) {
      const all = grid();
      if (!all) return Promise.resolve();
      playback.playing = false;
      playback.heading = by < 0 ? -1 : 1;
      const at = all.at(barrier.target() ?? playback.now) + by;
      return goTo(all.middle(Math.max(0, Math.min(all.count - 1, at))));
    },
    range(from, to) {
      [playback.from, playback.to] = [from, to];
      if (playback.now < from || playback.now >= end()) void goTo(from);
      refresh();
    },
    loop(looping) {
      playback.looping = looping;
      refresh();
    },
    speed(value) {
      playback.speed = value;
      for (const { video } of live()) if (video) video.element.playbackRate = value;
      refresh();
    },
    hear(key) {
      playback.heard = key;
      for (const { video, member } of ready()) if (video) video.element.muted = member.key !== key;
      refresh();
    },
    lengths(value) {
      if (playback.lengths === value) return;
      playback.lengths = value;
      regroup();
    },
    draw: (key, pen, rect) => clips.get(key)?.drawInto(pen, rect) ?? false,
    async framesAt(key, times, width, until) {
      const clip = clips.get(key);
      if (!clip) return [];
      await clip.open();
      const frames = times.map((time) => frameOf(clip, time));
      return thumbnails(clip, frames, width, until);
    },
    retry(key) {
      const clip = clips.get(key);
      if (!clip?.fault) return;
      clip.fault = "";
      assign();
    },
  };
}
