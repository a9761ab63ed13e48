// Several clips that play as one: one clock, one transport, the same moment in every tile.
//
// Reels decode frame by frame; a tick is drawn in all tiles at once or not at all, so they cannot be
// apart. Where one cannot be had, or the machine does not keep up, films (<video>) play between
// barriers: everyone pauses, seeks, waits for all others, and starts again.
import { h, on } from "../core/dom.ts";
import { drawFitted, ownTime, shownBy } from "./clip_time.ts";
import { decodeMonitor } from "./decode_monitor.ts";
import { groupTime } from "./group_time.ts";
import { initialPlayback } from "./playback_state.ts";
import { spread } from "./spread.ts";
import { type SyncClip, syncClip } from "./sync_clip.ts";
import type { Lock, Member, SyncOptions, SyncPlayer, SyncState } from "./sync_types.ts";
import { thumbnails } from "./thumbnails.ts";
import { videoFallback } from "./video_fallback.ts";

export type * from "./sync_types.ts";

/** Frames decoded before they are due. */
const AHEAD = 8;
/** Seconds by which a tick may be late and still be caught up with, by leaving some out. */
const PATIENCE = 0.25;
/** Milliseconds until a person wants to know what all are waiting for. */
const NOTICEABLE = 300;

/** Somewhere all are on their way to. */
interface Goal {
  time: number;
  /** Films that are there. */
  there: Set<SyncClip>;
  since: number;
  done: (() => void)[];
}

export function syncPlayer({ signal, paint, live: limit }: SyncOptions): SyncPlayer {
  const parts = new Map<string, SyncClip>();
  const keep = decodeMonitor();
  let order: SyncClip[] = [];
  const playback = initialPlayback();
  const course = groupTime(playback);
  const { grid, duration, end, onward, frameLength } = course;
  let detail: number | null = null;
  let goal: Goal | null = null;
  let after: Goal | null = null;
  /** Time that has passed but is not shown yet, in seconds. */
  let owed = 0;
  let last = 0;
  /** Since when (ms) playing waits, and for whom. */
  let waiting: { since: number; keys: string[]; said: boolean } | null = null;
  const stalled = new Set<SyncClip>();
  /** Those who were still coming when playing was asked for: it starts with them. */
  let awaited: SyncClip[] = [];

  const ready = () => order.filter((each) => each.timing && !each.fault);
  const live = () => ready().filter((each) => each.live);
  /** Whether playing is left to films. */
  const filmed = () => keep.slow() || !live().every((each) => each.decoder);
  const onFilm = (each: SyncClip) => !each.decoder || (playback.playing && filmed());
  const local = (each: SyncClip, time: number) => ownTime(each, time, playback.lengths);
  const frameOf = (each: SyncClip, time: number) => each.timing?.at(local(each, time)) ?? 0;

  // --- Going somewhere ---------------------------------------------------------------------------

  /** Have every member show its frame of a time; the newest wish wins. */
  function go(time: number): Promise<void> {
    if (!grid()) return Promise.resolve();
    const next: Goal = {
      time: course.snap(time),
      there: new Set(),
      since: performance.now(),
      done: [],
    };
    // One at a time: each is seen, and none is given up half-way when they come fast.
    if (goal) {
      next.done = after?.done ?? [];
      after = next;
    } else depart(next);
    return new Promise((resolve) => next.done.push(resolve));
  }

  /** Those on their way, or where all are now, once the members have changed. */
  function regroup(): void {
    course.measure(ready());
    if (goal) depart(goal);
    else void go(playback.now);
    refresh();
  }

  function depart(next: Goal): void {
    goal = next;
    owed = 0;
    for (const each of live()) {
      each.film?.video.pause();
      if (next.there.has(each)) continue;
      if (onFilm(each)) void sendFilm(each, next);
      else each.decoder?.decode(around(each, next.time));
    }
  }

  async function sendFilm(each: SyncClip, next: Goal): Promise<void> {
    try {
      const film = await each.needFilm();
      const at = local(each, next.time);
      const timing = each.timing;
      if (timing) await film.seek(timing.middle(timing.at(at)));
    } catch {
      // The part says itself what is the matter.
    }
    next.there.add(each);
  }

  /** The frame of a time, and those that stepping on would show. */
  function around(each: SyncClip, time: number): number[] {
    const first = frameOf(each, time);
    const count = each.timing?.count ?? 0;
    return Array.from({ length: AHEAD }, (_, step) => first + step * playback.heading).filter(
      (frame) => frame >= 0 && frame < count,
    );
  }

  const missing = (time: number) =>
    live().filter((each) => !onFilm(each) && !each.decoder?.picture(frameOf(each, time)));

  function arrive({ time, there, since, done }: Goal): void {
    const away = live().filter((each) => onFilm(each) && !there.has(each));
    const late = [...away, ...missing(time)];
    if (late.length) {
      wait(late, since);
      return;
    }
    playback.now = time;
    for (const each of live()) {
      if (onFilm(each)) each.showFilm();
      else each.draw(frameOf(each, time));
    }
    goal = waiting = null;
    for (const resolve of done) resolve();
    const next = after;
    after = null;
    if (next) depart(next);
    else if (playback.playing && !playback.scrubbing && !awaited.length && filmed())
      projection.playAll();
    refresh();
  }

  function wait(late: SyncClip[], since: number): void {
    const keys = late.map(({ member }) => member.key);
    const said = performance.now() - since > NOTICEABLE;
    const news = said && !(waiting?.said && waiting.keys.join() === keys.join());
    waiting = { since, keys, said };
    if (news) refresh();
  }

  // --- Playing -----------------------------------------------------------------------------------

  function tick(at: number): void {
    if (signal.aborted) return;
    requestAnimationFrame(tick);
    // After a pause of the whole page it goes on where it was.
    const passed = at - last < 500 ? (at - last) / 1000 : 0;
    last = at;
    awaited = awaited.filter((each) => each.loading && each.live);
    if (goal) {
      if (live().length) arrive(goal);
    } else if (playback.playing && awaited.length) {
      wait(awaited, waiting?.since ?? at);
    } else if (playback.playing && !playback.scrubbing && grid() && live().length) {
      if (filmed()) projection.keepUp();
      else advance(passed * playback.speed);
    }
  }

  /** Show the latest tick that is due and decoded, in all tiles. */
  function advance(passed: number): void {
    const wall = performance.now();
    owed = Math.min(owed + passed, PATIENCE);
    const length = frameLength();
    for (const each of live()) {
      const times = Array.from({ length: AHEAD }, (_, step) => onward(owed + step * length));
      // What could be shown at once comes first.
      times.unshift(onward(Math.min(owed, length)));
      const frames = times.flatMap((time) => (time === null ? [] : [frameOf(each, time)]));
      each.decoder?.decode([...new Set(frames)]);
    }
    let ahead = owed;
    let next = onward(ahead);
    if (next === null) {
      stop();
      return;
    }
    while (missing(next).length && ahead > length) {
      ahead -= length;
      next = onward(ahead) ?? next;
    }
    const late = missing(next);
    keep.count(passed, late.length ? 0 : ahead);
    if (late.length) {
      wait(late, waiting?.since ?? wall);
      return;
    }
    waiting = null;
    playback.now = next;
    owed -= ahead;
    for (const each of live()) each.draw(frameOf(each, playback.now));
    projection.playSound();
    refresh();
    // Films take over from a machine that cannot decode all in time.
    if (keep.slow()) void go(playback.now);
  }

  /** The end, without a loop. */
  function stop(): void {
    playback.playing = false;
    void go(end() - frameLength() / 2);
  }

  // --- What is seen ------------------------------------------------------------------------------

  function apart(): number | null {
    const tiles = live().flatMap((each) =>
      shownBy(each, playback.now, playback.lengths, duration()),
    );
    return tiles.length ? spread(tiles, frameLength()) : null;
  }

  function state(): SyncState {
    const failed: Record<string, string> = {};
    for (const { member, fault } of order) if (fault) failed[member.key] = fault;
    return {
      ready: grid() !== null,
      playing: playback.playing,
      time: playback.now,
      duration: duration(),
      frame: grid()?.at(playback.now) ?? null,
      frames: grid()?.count ?? null,
      from: playback.from,
      to: playback.to,
      loop: playback.looping,
      speed: playback.speed,
      heard: playback.heard,
      spread: apart(),
      loading: order.flatMap(({ loading, member }) => (loading ? member.key : [])),
      holding: waiting?.said ? waiting.keys : [],
      failed,
      exact: goal === null && grid() !== null && (!playback.playing || !filmed()),
    };
  }

  function refresh(): void {
    if (!signal.aborted) paint(state());
  }

  // --- Members -----------------------------------------------------------------------------------

  /** Give live players to the first that are seen. */
  function assign(): void {
    let left = limit;
    for (const each of order) {
      const lives = each.visible && !each.fault && left > 0;
      if (lives) left--;
      if (each.live && !lives) each.rest();
      each.live = lives;
      if (lives) void each.open();
    }
    for (const each of live()) each.refit();
    keep.forget();
    regroup();
  }

  const whole = {
    sharing: () => Math.max(1, order.filter((each) => each.live).length),
    detail: () => detail,
    loopStart: (each: SyncClip) => frameOf(each, playback.from),
    changed(each: SyncClip) {
      if (each.fault) assign();
      else regroup();
    },
    stalled(each: SyncClip, waits: boolean) {
      const before = stalled.size;
      // A film that seeks or has ended waits for nobody.
      if (waits && playback.playing && !goal && each.live) stalled.add(each);
      else stalled.delete(each);
      if (before && !stalled.size && playback.playing) void go(playback.now);
    },
  };

  function set(members: Member[]): void {
    const keys = new Set(members.map(({ key }) => key));
    for (const [key, each] of parts) {
      if (keys.has(key)) continue;
      each.close();
      stalled.delete(each);
      parts.delete(key);
    }
    order = members.map((member) => {
      const each = parts.get(member.key) ?? syncClip(member, whole);
      each.member = member;
      parts.set(member.key, each);
      return each;
    });
    assign();
  }

  function pause(): void {
    playback.playing = false;
    void go(playback.now);
    refresh();
  }

  function play(): void {
    playback.playing = true;
    playback.heading = 1;
    awaited = order.filter((each) => each.loading);
    // At the end it starts again, as everywhere.
    void go(
      !playback.looping && playback.now >= end() - frameLength() ? playback.from : playback.now,
    );
    refresh();
  }

  const projection = videoFallback(playback, stalled, {
    live,
    duration,
    end,
    frameLength,
    local,
    apart,
    go,
    stop,
    wait: (late) => wait(late, waiting?.since ?? performance.now()),
    refresh,
  });
  requestAnimationFrame(tick);
  on(document, "visibilitychange", () => playback.playing && void go(playback.now), { signal });
  on(signal, "abort", () => {
    for (const each of parts.values()) each.close();
  });

  return {
    set,
    state,
    play,
    pause,
    toggle: () => (playback.playing ? pause() : play()),
    element: (key) => parts.get(key)?.root ?? h("div", "picture"),
    visible(key, visible) {
      const each = parts.get(key);
      if (!each || each.visible === visible) return;
      each.visible = visible;
      assign();
    },
    detail(width) {
      detail = width;
      for (const each of live()) each.refit();
    },
    seek: go,
    scrub(time) {
      playback.scrubbing = time !== null;
      void go(time ?? playback.now);
    },
    step(by) {
      const all = grid();
      if (!all) return Promise.resolve();
      playback.playing = false;
      playback.heading = by < 0 ? -1 : 1;
      const at = all.at((after ?? goal)?.time ?? playback.now) + by;
      return go(all.middle(Math.max(0, Math.min(all.count - 1, at))));
    },
    range(start, stop) {
      [playback.from, playback.to] = [start, stop];
      if (playback.now < playback.from || playback.now >= end()) void go(playback.from);
      refresh();
    },
    loop(wanted) {
      playback.looping = wanted;
      refresh();
    },
    speed(value) {
      playback.speed = value;
      for (const { film } of live()) if (film) film.video.playbackRate = value;
      refresh();
    },
    hear(key) {
      playback.heard = key;
      for (const { film, member } of ready()) if (film) film.video.muted = member.key !== key;
      refresh();
    },
    lengths(value) {
      playback.lengths = value;
      regroup();
    },
    async lock() {
      playback.playing = false;
      await go(playback.now);
      const frames: Lock["frames"] = {};
      for (const each of live()) frames[each.member.key] = frameOf(each, playback.now);
      return { time: playback.now, frames };
    },
    draw(key, context, rect) {
      const source = parts.get(key)?.source();
      if (source) drawFitted(source, context, rect);
      return Boolean(source);
    },
    async framesAt(key, times, width, until) {
      const each = parts.get(key);
      if (!each) return [];
      await each.open();
      const frames = times.map((time) => frameOf(each, time));
      return thumbnails(each, frames, width, until);
    },
    retry(key) {
      const each = parts.get(key);
      if (!each?.fault) return;
      each.fault = "";
      assign();
    },
  };
}
