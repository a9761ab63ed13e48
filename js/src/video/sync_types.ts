// What several clips that play as one can do, and what they say of themselves.

/** One clip of a group. All times here and below are in seconds. */
export interface Member {
  key: string;
  /** Where a browser may have the clip from; null when only `bytes` has it. */
  url: string | null;
  /** The clip's bytes by another way, asked for when the URL fails; rejects with a message. */
  bytes(signal: AbortSignal): Promise<Blob>;
  /** A picture until the clip's first frame is here, and for members that get no live player. */
  poster: string | null;
  /** How far this clip is ahead of the others: it shows the group's time plus this. */
  offset: number;
}

/**
 * What happens when some clips are over before others: they hold their last frame, or loop
 * on their own, or all end with the shortest.
 */
export type LengthMode = "hold" | "loop" | "shortest";

export interface SyncState {
  /** Whether there is something to play: at least one clip is here. */
  ready: boolean;
  /** Whether somebody wants it to play; it may have to wait meanwhile, see `holding`. */
  playing: boolean;
  time: number;
  duration: number;
  /** Counted from 0, in frames of the clip that has the most per second; null while unknown. */
  frame: number | null;
  frames: number | null;
  /** Those frames were measured: no file tells when its own begin. */
  about: boolean;
  /** What is looped, from here to there; `to` is null for the end. */
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
  /** Members that all others are waiting for, when that takes long enough to be noticed. */
  holding: string[];
  /** Why a member cannot be shown, as a sentence. */
  failed: Record<string, string>;
  /** Every tile shows the same moment by construction: frames may be compared even while playing. */
  exact: boolean;
  /**
   * Members that the browser's own player plays, as they cannot be decoded frame by frame or not in
   * time: while playing they may be a frame off, paused they are not.
   */
  inexact: string[];
  /** While paused: some pictures are about to be replaced by finer ones of the same frames. */
  coarse: boolean;
}

/** Where to draw, in the context's own pixels. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface SyncOptions {
  /** Ends everything and releases every player. */
  signal: AbortSignal;
  /** Called whenever something in the state has changed; while playing, after each tick. */
  paint(state: SyncState): void;
  /** At most so many live players; further visible members show a still. */
  live: number;
}

export interface SyncPlayer {
  /** Who plays, in the order in which they get live players. Those with known keys play on. */
  set(members: Member[]): void;
  /**
   * What a tile shows: always the member's current frame, letterboxed in whatever size the tile
   * gives it (picture.css does that). The same element for the same key.
   */
  element(key: string): HTMLElement;
  /** Only visible members get live players; all are visible until told otherwise. */
  visible(key: string, visible: boolean): void;
  /** Draw frames at least this many device pixels wide (for zoom); null: as wide as their tile. */
  detail(width: number | null): void;
  play(): void;
  /** Resolves when every member shows its frame of the same moment. */
  pause(): Promise<void>;
  /** Resolves when every member shows its frame of that time. */
  seek(time: number): Promise<void>;
  /** While a finger is on the scrubber, and null when it has let go. */
  scrub(time: number | null): void;
  /** So many frames on, or back when negative; pauses. */
  step(by: number): Promise<void>;
  /** Loop from here to there; `to` null is the end. */
  range(from: number, to: number | null): void;
  /** Whether to start again at the end. */
  loop(loop: boolean): void;
  speed(speed: number): void;
  /** Hear one member, or (null) none. */
  hear(key: string | null): void;
  lengths(lengths: LengthMode): void;
  /**
   * Draw the frame a member shows, fitted into `rect` (letterboxed, never cropped); false while
   * there is none. Rejected pictures of servers that forbid drawing also give false.
   */
  draw(key: string, context: CanvasRenderingContext2D, rect: Rect): boolean;
  /** Stills at times of the group, `width` pixels wide; the caller closes them. */
  framesAt(
    key: string,
    times: number[],
    width: number,
    signal: AbortSignal,
  ): Promise<ImageBitmap[]>;
  /** Try again to load a member that failed. */
  retry(key: string): void;
  /** The present state, as painted. */
  state(): SyncState;
}
