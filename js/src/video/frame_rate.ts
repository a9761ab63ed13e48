// Which frame is shown, and how long frames last where a file does not tell: measured, not assumed.
import { twoDigits } from "../core/format.ts";

const ENOUGH_SAMPLES = 3;
/** Seconds that no frame lasts. */
const LONGEST = 5;

/** Learns how long frames last from the times of those that were shown. */
export interface FrameRateMeter {
  /** A frame was shown: when it begins, in seconds, and which of all that were shown it is. */
  sample(time: number, count: number): void;
  /** Seconds per frame; 0 while that is not known. */
  length(): number;
}

export function frameRateMeter(): FrameRateMeter {
  const lengths: number[] = [];
  let last: [time: number, count: number] | null = null;
  let length = 0;

  return {
    sample(time, count) {
      const each = last ? (time - last[0]) / Math.max(1, count - last[1]) : 0;
      last = [time, count];
      // Looping jumps.
      if (each < 0.001 || each > LONGEST) return;
      lengths.push(each);
      lengths.sort((a, b) => a - b);
      if (lengths.length >= ENOUGH_SAMPLES) length = lengths[lengths.length >> 1] ?? 0;
    },
    length: () => length,
  };
}

/**
 * When the presented frame begins. In Firefox the mediaTime of a clip that loops goes on and on:
 * 12.08 is its frame of 0.08 in the third round of 6 seconds.
 */
export function frameTime(mediaTime: number, { currentTime, duration }: HTMLMediaElement): number {
  if (!(mediaTime >= duration)) return mediaTime;
  const rounds = Math.round((mediaTime - currentTime) / duration);
  return Math.max(0, mediaTime - rounds * duration);
}

/** 2.28 -> "00:02.28". */
export function timecode(seconds: number): string {
  const hundredths = Math.floor(seconds * 100 + 1e-6);
  const parts = [hundredths / 6000, (hundredths / 100) % 60, hundredths % 100];
  const [minutes, whole, rest] = parts.map((part) => twoDigits(Math.floor(part)));
  return `${minutes}:${whole}.${rest}`;
}
