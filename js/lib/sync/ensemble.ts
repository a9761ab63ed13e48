// Several clips that play as one: one clock, one transport, the same moment in every tile.
import { h, on } from "../dom.ts";
import { frameClock } from "../frames.ts";
import { seeker } from "../seeker.ts";

/** One clip of an ensemble. All times here and below are in seconds. */
export interface Member {
  key: string;
  /** Where a browser may have the clip from; null when only `bytes` has it. */
  url: string | null;
  /** The clip's bytes by another way, asked for when the URL fails; rejects in words. */
  bytes(signal: AbortSignal): Promise<Blob>;
  /** A picture until the clip's first frame is here, and for members that get no live player. */
  poster: string | null;
  /** How far this clip is ahead of the others: it shows the ensemble's time plus this. */
  offset: number;
}

/**
 * What happens when some clips are over before others: they hold their last frame, or start again
 * by themselves, or all end with the shortest.
 */
export type Lengths = "hold" | "loop" | "shortest";

export interface State {
  /** Whether there is something to play: at least one clip is here. */
  ready: boolean;
  /** Whether it is wanted to play; it may be held meanwhile, see `holding`. */
  playing: boolean;
  time: number;
  duration: number;
  /** Counted from 0, in frames of the clip that has the most per second; null while unknown. */
  frame: number | null;
  frames: number | null;
  /** The part that is looped; `to` is null for the end. */
  from: number;
  to: number | null;
  loop: boolean;
  speed: number;
  /** The one member that is heard, if any. */
  heard: string | null;
  /**
   * How many frames the tiles are apart at this moment, by the frames that were really presented;
   * 0 is in step, null is not known.
   */
  spread: number | null;
  /** Members whose clip has not come yet. */
  loading: string[];
  /** Members that all others are waiting for. */
  holding: string[];
  /** Why a member cannot be shown, as a sentence. */
  failed: Record<string, string>;
  /** Every tile shows the same moment by construction: frames may be compared even while playing. */
  exact: boolean;
}

/** All members paused on the frames of one moment. */
export interface Lock {
  time: number;
  /** The frame each member shows, counted from 0; null where its frames cannot be known. */
  frames: Record<string, number | null>;
}

/** Where to draw, in the context's own pixels. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Stage {
  /** Ends everything and releases every player. */
  signal: AbortSignal;
  /** Called whenever something in the state has changed; while playing, after each tick. */
  paint(state: State): void;
  /** At most so many live players; further visible members show a still. */
  live: number;
}

export interface Ensemble {
  /** Who plays, in the order in which they get live players. Those with known keys play on. */
  set(members: Member[]): void;
  /** What a tile shows: always the member's current frame. The same element for the same key. */
  element(key: string): HTMLElement;
  /** Only visible members get live players; all are visible until told otherwise. */
  visible(key: string, visible: boolean): void;
  /** Draw frames at least this many device pixels wide (for zoom); null: as wide as their tile. */
  detail(width: number | null): void;
  play(): void;
  pause(): void;
  toggle(): void;
  /** Resolves when every member shows its frame of that time. */
  seek(time: number): Promise<void>;
  /** While a finger is on the scrubber, and null when it has let go. */
  scrub(time: number | null): void;
  /** So many frames on, or back when negative; pauses. */
  step(by: number): Promise<void>;
  /** Loop a part; `to` null is the end. */
  range(from: number, to: number | null): void;
  /** Whether to start again at the end. */
  loop(loop: boolean): void;
  speed(speed: number): void;
  /** Hear one member, or (null) none. */
  hear(key: string | null): void;
  lengths(lengths: Lengths): void;
  /** Pause with every member on its frame of the same moment. */
  lock(): Promise<Lock>;
  /**
   * Draw the frame a member shows, fitted into `rect` (letterboxed, never cropped); false while
   * there is none. Rejected pictures of servers that forbid drawing also give false.
   */
  draw(key: string, context: CanvasRenderingContext2D, rect: Rect): boolean;
  /** Stills at times of the ensemble, `width` pixels wide; the caller closes them. */
  framesAt(
    key: string,
    times: number[],
    width: number,
    signal: AbortSignal,
  ): Promise<ImageBitmap[]>;
  /** Try again to load a member that failed. */
  retry(key: string): void;
  /** The present state, as painted. */
  state(): State;
}

interface Player {
  member: Member;
  root: HTMLElement;
  video: HTMLVideoElement;
  seek(time: number): Promise<void>;
  shown: number;
  ready: boolean;
  fault: string;
  seen: boolean;
  end: AbortController;
}

export function ensemble({ signal, paint, live }: Stage): Ensemble {
  const players = new Map<string, Player>();
  const frames = frameClock();
  let order: string[] = [];
  let [playing, looping, from, rate] = [false, true, 0, 1];
  let to: number | null = null;
  let heard: string | null = null;
  let policy: Lengths = "hold";
  let now = 0;
  let busy = false;

  const ready = () => order.flatMap((key) => players.get(key) ?? []).filter((p) => p.ready);
  const playable = () =>
    ready()
      .filter((p) => p.seen)
      .slice(0, live);
  const length = () => {
    const all = ready().map(({ video, member }) => video.duration - member.offset);
    return all.length ? (policy === "shortest" ? Math.min(...all) : Math.max(...all)) : 0;
  };

  function state(): State {
    const failed: Record<string, string> = {};
    for (const [key, { fault }] of players) if (fault) failed[key] = fault;
    return {
      ready: ready().length > 0,
      playing,
      time: now,
      duration: length(),
      frame: frames.at(now),
      frames: frames.total(length()),
      from,
      to,
      loop: looping,
      speed: rate,
      heard,
      spread: null,
      loading: [...players.values()].filter((p) => !p.ready && !p.fault).map((p) => p.member.key),
      holding: [],
      failed,
      exact: !playing && !busy,
    };
  }
  const refresh = () => {
    if (!signal.aborted) paint(state());
  };

  function player(member: Member): Player {
    const video = h("video", "", { playsinline: true, preload: "auto" });
    video.muted = true;
    const root = h("div", "picture", {}, video);
    const end = new AbortController();
    const made: Player = {
      member,
      root,
      video,
      seek: seeker(video),
      shown: 0,
      ready: false,
      fault: "",
      seen: true,
      end,
    };
    if (member.poster) video.poster = member.poster;
    let last = 0;
    const onFrame = (_: number, { mediaTime, presentedFrames }: VideoFrameCallbackMetadata) => {
      if (end.signal.aborted) return;
      video.requestVideoFrameCallback(onFrame);
      if (!video.paused && presentedFrames !== last) frames.sample(mediaTime, presentedFrames);
      last = presentedFrames;
      made.shown = mediaTime;
    };
    video.requestVideoFrameCallback(onFrame);
    void open(made);
    return made;
  }

  async function open(made: Player): Promise<void> {
    const { member, video, end } = made;
    made.fault = "";
    try {
      if (!member.url || !(await plays(video, member.url, end.signal))) {
        const blob = await member.bytes(end.signal);
        const url = URL.createObjectURL(blob);
        on(end.signal, "abort", () => URL.revokeObjectURL(url));
        if (!(await plays(video, url, end.signal))) {
          throw new Error("This browser cannot play this clip.");
        }
      }
      made.ready = true;
      await made.seek(now + member.offset);
      if (playing) await start();
    } catch (error) {
      if (end.signal.aborted) return;
      made.fault = error instanceof Error ? error.message : String(error);
    }
    refresh();
  }

  function close({ video, end, root }: Player): void {
    end.abort();
    video.pause();
    video.removeAttribute("src");
    video.load();
    root.remove();
  }

  async function all(time: number): Promise<void> {
    now = Math.max(0, Math.min(time, length()));
    for (const { video } of ready()) video.pause();
    await Promise.all(
      ready().map(({ seek, member, video }) => {
        const at = now + member.offset;
        const local = policy === "loop" ? at % video.duration : at;
        return seek(Math.max(0, Math.min(local, video.duration - 0.01)));
      }),
    );
    refresh();
  }

  async function start(): Promise<void> {
    busy = true;
    await all(now);
    busy = false;
    if (!playing) return;
    for (const { video } of playable()) {
      video.playbackRate = rate;
      video.play().catch(() => {});
    }
    refresh();
  }

  function tick(): void {
    if (signal.aborted) return;
    requestAnimationFrame(tick);
    const first = playable()[0];
    if (!playing || busy || !first) return;
    now = first.video.currentTime - first.member.offset;
    if (now >= (to ?? length()) - 0.02 || first.video.ended) {
      now = from;
      if (!looping) playing = false;
      void start();
    }
    refresh();
  }
  requestAnimationFrame(tick);
  on(signal, "abort", () => {
    for (const each of players.values()) close(each);
  });

  function pause(): void {
    playing = false;
    for (const { video } of ready()) video.pause();
    refresh();
  }
  function play(): void {
    playing = true;
    void start();
  }
  const middle = (frame: number) => frames.time(frame + 0.5);

  return {
    state,
    play,
    pause,
    toggle: () => (playing ? pause() : play()),
    set(members) {
      const keys = new Set(members.map(({ key }) => key));
      for (const [key, each] of players) {
        if (keys.has(key)) continue;
        close(each);
        players.delete(key);
      }
      for (const member of members) {
        const known = players.get(member.key);
        if (known) known.member = member;
        else players.set(member.key, player(member));
      }
      order = members.map(({ key }) => key);
      refresh();
    },
    element: (key) => players.get(key)?.root ?? h("div", "picture"),
    visible(key, visible) {
      const each = players.get(key);
      if (!each) return;
      each.seen = visible;
      if (!visible) each.video.pause();
      else if (playing) void start();
    },
    detail() {},
    seek: all,
    scrub(time) {
      if (time !== null) void all(time);
      else if (playing) void start();
    },
    async step(by) {
      pause();
      const at = frames.at(now);
      if (at !== null) await all(middle(at + by));
    },
    range(start, end) {
      [from, to] = [start, end];
      refresh();
    },
    loop(wanted) {
      looping = wanted;
      refresh();
    },
    speed(value) {
      rate = value;
      for (const { video } of ready()) video.playbackRate = value;
      refresh();
    },
    hear(key) {
      heard = key;
      for (const { video, member } of ready()) video.muted = member.key !== key;
      refresh();
    },
    lengths(value) {
      policy = value;
      refresh();
    },
    async lock() {
      pause();
      await all(now);
      const shown: Lock["frames"] = {};
      for (const { member } of ready()) shown[member.key] = frames.at(now + member.offset);
      return { time: now, frames: shown };
    },
    draw(key, context, { x, y, width, height }) {
      const each = players.get(key);
      if (!each?.ready) return false;
      const { video } = each;
      const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
      const [w, d] = [video.videoWidth * scale, video.videoHeight * scale];
      context.drawImage(video, x + (width - w) / 2, y + (height - d) / 2, w, d);
      return true;
    },
    async framesAt(key, times, width) {
      const each = players.get(key);
      if (!each?.ready) return [];
      const stills: ImageBitmap[] = [];
      const before = now;
      for (const time of times) {
        await each.seek(time + each.member.offset);
        stills.push(await createImageBitmap(each.video, { resizeWidth: width }));
      }
      await all(before);
      return stills;
    },
    retry(key) {
      const each = players.get(key);
      if (each?.fault) void open(each);
    },
  };
}

function plays(video: HTMLVideoElement, url: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const end = (good: boolean) => {
      over.abort();
      resolve(good);
    };
    on(video, "loadeddata", () => end(true), over);
    on(video, "error", () => end(false), over);
    on(signal, "abort", () => reject(signal.reason), over);
    video.crossOrigin = "anonymous";
    video.src = url;
  });
}
