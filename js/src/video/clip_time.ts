// Where a part is: in its own time, in the group's, and on someone else's canvas.

import type { Shown } from "./spread.ts";
import type { SyncClip } from "./sync_clip.ts";
import type { LengthMode, Rect } from "./sync_types.ts";

/** A part's time in its own clip, in seconds; outside of it while it holds an end. */
export function ownTime({ member, timing }: SyncClip, time: number, lengths: LengthMode): number {
  const own = time + member.offset;
  const length = timing?.duration ?? 0;
  return lengths === "loop" && length ? ((own % length) + length) % length : own;
}

/** When what a part shows is due, in the group's time; nothing while it shows no frame. */
export function shownBy(
  part: SyncClip,
  now: number,
  lengths: LengthMode,
  duration: number,
): Shown[] {
  const { timing, drawn, film } = part;
  const seen = film?.shown() ?? null;
  const frame = drawn ?? (seen === null ? null : (timing?.at(seen) ?? null));
  if (!timing || frame === null) return [];
  // In its latest round, when it goes round by itself.
  const shift = now - ownTime(part, now, lengths);
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

/** Draw what a tile shows into `rect`, letterboxed. */
export function drawFitted(
  source: HTMLCanvasElement | HTMLVideoElement,
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Rect,
): void {
  const film = source instanceof HTMLVideoElement;
  const [w, d] = film ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
  const scale = Math.min(width / w, height / d);
  const [left, top] = [x + (width - w * scale) / 2, y + (height - d * scale) / 2];
  context.drawImage(source, left, top, w * scale, d * scale);
}
