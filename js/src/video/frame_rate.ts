// Which frame is shown, and where to seek for another; the rate is measured, never assumed.
import { twoDigits } from "../core/format.ts";

const WANTED_SAMPLES = 31;
const ENOUGH_SAMPLES = 3;

/** What is known of a clip's frames. Times are in seconds, frames count from 0. */
export interface FrameRateMeter {
  /** A frame was shown: its mediaTime and its presentedFrames. */
  sample(time: number, count: number): void;
  /** The first frame was shown at this mediaTime, which is not 0 in every file. */
  start(time: number): void;
  /** Whether the rate is known; everything below is null or meaningless before. */
  known(): boolean;
  /** The frame shown at a mediaTime. */
  at(time: number): number | null;
  /**
   * When a frame begins. To see it, seek to its middle, `time(frame + 0.5)`: a seek to its
   * beginning shows the frame before in a third to a half of all cases.
   */
  time(frame: number): number;
  /** How many frames a clip of this length has. */
  total(duration: number): number | null;
}

/** Learns a clip's frame rate from the times of the frames that were shown. */
export function frameRateMeter(): FrameRateMeter {
  const lengths: number[] = [];
  let last: [time: number, count: number] | null = null;
  let origin = 0;
  /** Seconds per frame. */
  let length = 0;

  return {
    sample(time, count) {
      const each = last ? (time - last[0]) / Math.max(1, count - last[1]) : 0;
      last = [time, count];
      // Looping and seeking jump; no frame of a clip lasts half a second.
      if (each < 0.001 || each > 0.5 || lengths.length >= WANTED_SAMPLES) return;
      lengths.push(each);
      lengths.sort((a, b) => a - b);
      if (lengths.length >= ENOUGH_SAMPLES) length = lengths[lengths.length >> 1] ?? 0;
    },
    start(time) {
      origin = time;
    },
    known: () => length > 0,
    at: (time) => (length ? Math.max(0, Math.round((time - origin) / length)) : null),
    time: (frame) => origin + frame * length,
    total: (duration) => (length ? Math.round(duration / length) : null),
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
