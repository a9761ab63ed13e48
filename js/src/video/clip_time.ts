// Where a clip is: in its own time and in the group's, and how far tiles are apart.

import type { SyncClip } from "./sync_clip.ts";
import type { LengthMode } from "./sync_types.ts";

/** A clip's own time, in seconds; outside of the clip while it holds an end. */
export function ownTime({ member, timing }: SyncClip, time: number, lengths: LengthMode): number {
  const own = time + member.offset;
  const length = timing?.duration ?? 0;
  return lengths === "loop" && length ? ((own % length) + length) % length : own;
}

/** What one tile shows, in seconds of the group: when its frame is due, and when the next is. */
export interface Shown {
  begin: number;
  end: number;
}

/** When what a clip shows is due, in the group's time; nothing while it shows no frame. */
export function shownBy(
  clip: SyncClip,
  now: number,
  lengths: LengthMode,
  duration: number,
): Shown[] {
  const { timing, drawn, video } = clip;
  const seen = video?.shown() ?? null;
  const frame = drawn ?? (seen === null ? null : (timing?.at(seen) ?? null));
  if (!timing || frame === null) return [];
  // In its latest round, when it loops on its own.
  const shift = now - ownTime(clip, now, lengths);
  const begin = timing.begin(frame) + shift;
  const end = 2 * timing.middle(frame) - timing.begin(frame) + shift;
  if (lengths === "loop") return [{ begin, end }];
  // The first and the last frame are held for as long as it takes.
  return [
    {
      begin: frame === 0 ? Math.min(0, begin) : begin,
      end: frame === timing.count - 1 ? Math.max(end, duration) : end,
    },
  ];
}

/**
 * How far tiles are apart, in frames of `length` seconds; 0 when some moment is shown by all. Frame
 * rates may differ.
 */
export function spread(tiles: Shown[], length: number): number {
  const latest = Math.max(...tiles.map(({ begin }) => begin));
  const earliest = Math.min(...tiles.map(({ end }) => end));
  // Where the latest begins as the earliest ends, they are one frame apart.
  const apart = (latest - earliest) / length + 1;
  return latest < earliest - length / 100 ? 0 : Math.max(1, Math.round(apart));
}
