// The time of the group: how long it is, which frames it has, and where playing on leads.

import { type FrameTimes, mergedTimeline } from "./frame_times.ts";
import type { PlaybackState } from "./playback_state.ts";
import type { SyncClip } from "./sync_clip.ts";

/** Times are in seconds of the group. */
export interface GroupTime {
  /** Take the parts that can be played. */
  measure(parts: SyncClip[]): void;
  /** The frames of all of them together; null while there are none. */
  grid(): FrameTimes | null;
  duration(): number;
  /** Where it ends or turns round. */
  end(): number;
  frameLength(): number;
  /** The middle of the frame at a time, which is where it is surely shown. */
  snap(time: number): number;
  /** Where playing on for so many seconds leads; null is the end. */
  onward(seconds: number): number | null;
}

export function groupTime(playback: PlaybackState): GroupTime {
  let grid: FrameTimes | null = null;
  const duration = () => grid?.duration ?? 0;
  const end = () => Math.min(playback.to ?? duration(), duration());

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
      const length = playback.lengths === "shortest" ? Math.min(...ends) : Math.max(...ends);
      grid = clips.length && length > 0 ? mergedTimeline(clips, length) : null;
      if (grid) playback.now = Math.min(playback.now, grid.middle(grid.count - 1));
    },
    onward(seconds) {
      const time = playback.now + seconds;
      if (time < end()) return time;
      return playback.looping
        ? playback.from + ((time - end()) % Math.max(end() - playback.from, 0.001))
        : null;
    },
  };
}
