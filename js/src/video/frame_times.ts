// When frames begin. A clip says so itself; clips together have the frames of the finest of them.

/** Times of a file are sums of rounded parts: closer than this, in seconds, they are the same. */
const SAME = 1e-4;
/** Frames of several clips together. */
const MOST = 1e6;

export interface FrameTimes {
  /** How many frames. */
  count: number;
  /** When the last frame ends, in seconds. */
  duration: number;
  /** The frame that is due at a time; the first or last one outside of the clip. */
  at(time: number): number;
  /**
   * The time in the middle of a frame, in seconds. A seek to where it begins shows the frame before
   * in a third to a half of all cases.
   */
  middle(frame: number): number;
  begin(frame: number): number;
  /** They were measured, not read: frames of unlike lengths are miscounted. */
  about: boolean;
}

/** @param times when each frame begins, and last when the last one ends; in seconds. */
export function frameTimes(times: number[], about = false): FrameTimes {
  const count = times.length - 1;
  const clamp = (frame: number) => Math.max(0, Math.min(count - 1, frame));
  const begin = (frame: number) => times[clamp(frame)] ?? 0;
  return {
    count,
    about,
    duration: times[count] ?? 0,
    begin,
    middle: (frame) => (begin(frame) + (times[clamp(frame) + 1] ?? 0)) / 2,
    at(time) {
      let [low, high] = [0, count];
      while (high - low > 1) {
        const half = (low + high) >> 1;
        if ((times[half] ?? 0) <= time + SAME) low = half;
        else high = half;
      }
      return low;
    },
  };
}

/** Frames of one length, for clips that do not say when theirs begin. */
export const evenFrameTimes = (length: number, duration: number): FrameTimes =>
  frameTimes(
    Array.from({ length: Math.round(duration / length) + 1 }, (_, frame) => frame * length),
    true,
  );

/**
 * The frames of several clips together, from 0 to `duration`: those of the finest, carried on
 * beyond its ends. `offset` is how far a clip is ahead, in seconds.
 */
export function mergedTimeline(
  clips: { timing: FrameTimes; offset: number }[],
  duration: number,
): FrameTimes {
  const length = ({ timing: { duration, count } }: { timing: FrameTimes }) => duration / count;
  const finest = clips.reduce((a, b) => (length(b) < length(a) - SAME ? b : a));
  // A damaged clip may be said to last for hours, and another one to have frames of microseconds.
  const each = Math.max(length(finest), duration / MOST);
  const { timing: own, offset } = finest;
  const end = own.duration - offset;
  // A clip that begins late shows its first frame until the second one is due.
  const times = Array.from(
    { length: own.count },
    (_, frame) => (frame && own.begin(frame)) - offset,
  );
  for (let before = (times[0] ?? 0) - each; before > -each; before -= each) times.unshift(before);
  for (let after = end; after < duration - SAME; after += each) times.push(after);
  const inside = times.filter((time) => time > SAME && time < duration - SAME);
  return frameTimes([0, ...inside, duration], own.about);
}
