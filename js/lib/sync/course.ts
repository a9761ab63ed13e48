// The time of the whole: how long it is, which frames it has, and where playing on leads.
import type { Motion } from "./motion.ts";
import type { Part } from "./part.ts";
import { type Timing, together } from "./timing.ts";

/** Times are in seconds of the whole. */
export interface Course {
  /** Take the parts that can be played. */
  measure(parts: Part[]): void;
  /** The frames of all of them together; null while there are none. */
  grid(): Timing | null;
  duration(): number;
  /** Where it ends or turns round. */
  end(): number;
  frameLength(): number;
  /** The middle of the frame at a time, which is where it is surely shown. */
  snap(time: number): number;
  /** Where playing on for so many seconds leads; null is the end. */
  onward(seconds: number): number | null;
}

export function courseOf(motion: Motion): Course {
  let grid: Timing | null = null;
  const duration = () => grid?.duration ?? 0;
  const end = () => Math.min(motion.to ?? duration(), duration());

  return {
    grid: () => grid,
    duration,
    end,
    frameLength: () => (grid ? grid.duration / grid.count : 1),
    snap: (time) => grid?.middle(grid.at(time)) ?? 0,
    measure(parts) {
      const clips = parts.flatMap(({ timing, member }) =>
        timing ? [{ timing, offset: member.offset }] : [],
      );
      const ends = clips.map(({ timing, offset }) => timing.duration - offset);
      const whole = motion.lengths === "shortest" ? Math.min(...ends) : Math.max(...ends);
      grid = clips.length && whole > 0 ? together(clips, whole) : null;
      if (grid) motion.now = Math.min(motion.now, grid.middle(grid.count - 1));
    },
    onward(seconds) {
      const time = motion.now + seconds;
      if (time < end()) return time;
      return motion.looping
        ? motion.from + ((time - end()) % Math.max(end() - motion.from, 0.001))
        : null;
    },
  };
}
