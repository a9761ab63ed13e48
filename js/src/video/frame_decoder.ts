// The frames of one clip as pictures: those that are wanted at once, and in time the whole clip.
//
// A clip may have one key frame, so that going back one frame means decoding all of it. That is done
// once: every frame is kept, as small as the memory demands, and what is wanted in full size.

import { frameScaler, type Picture } from "./frame_scaler.ts";
import type { Track } from "./mp4_demuxer.ts";

/** Coded frames on their way into a decoder: enough to keep it busy, few to throw away. */
const QUEUE = 3;
/** Full-size pictures that are kept whatever they take: what playing needs ahead, and a loop's start. */
const LEAST = 20;
/** Pictures of the whole clip are kept unless they had to be smaller than this part of full size. */
const SMALLEST = 1 / 4;
/** Milliseconds at one place, until it is worth decoding all that leads there for a finer picture. */
const AT_REST = 120;
/** Decoders taken back by the browser, one after another, before it is believed. */
const MOST_LOST = 3;

export interface FrameDecoder {
  /** Which frames are wanted, the most urgent first; they arrive one after another. */
  decode(frames: number[]): void;
  /** The best picture of a frame there is; a finer one may come. */
  picture(frame: number): Picture | undefined;
  /** Make pictures of this size, in pixels, from now on; those there are serve until replaced. */
  resize(width: number, height: number): void;
  /** Give back all that it holds; it begins anew when next asked for frames. */
  close(): void;
}

export interface DecoderSource {
  track: Track;
  /** The whole file. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How many bytes of pictures may be kept. Too few for the whole clip: only what is wanted. */
  memory(): number;
  /** First frames of what is looped: kept in full size, as decoding up to them takes time. */
  pinned(frame: number): boolean;
  /** A wanted picture is there, or there in full size. */
  arrived(): void;
  /**
   * The file cannot be decoded here. Not called for a decoder that the browser takes back: another
   * one is made.
   */
  failed(error: unknown): void;
}

/** Whether this browser decodes that; outside of https and localhost none does. */
export async function decodable({ config }: Track): Promise<boolean> {
  if (!("VideoDecoder" in globalThis)) return false;
  return (await VideoDecoder.isConfigSupported(config).catch(() => null))?.supported ?? false;
}

/** Decoders of all clips that lack something wanted: while there is one, no clip is read ahead. */
const urgent = new Set<() => void>();
/** Those that would read ahead. */
const patient = new Set<() => void>();

export function frameDecoder({
  track,
  bytes,
  memory,
  pinned,
  arrived,
  failed,
}: DecoderSource): FrameDecoder {
  const { samples, config } = track;
  const sampleOf = new Map(samples.map(({ frame }, sample) => [frame, sample]));
  const pictures = new Map<number, Picture>();
  const scale = frameScaler(track.rotation);
  let [width, height] = [track.width, track.height];
  /** Bytes of all pictures, and of one pixel of them. */
  let [held, depth] = [0, 1.5];
  let wanted: number[] = [];
  /** When the place that is wanted changed last, other than by playing on. */
  let moved = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let decoder: VideoDecoder | null = null;
  /** How many decoders were taken back since the last frame. */
  let lost = 0;
  /** The next sample to decode, and those of this run that are still inside, by their timestamp. */
  let next = Number.POSITIVE_INFINITY;
  let timestamp = 0;
  let drained = false;
  const inside = new Map<number, number>();
  /** Frames that are being scaled; their number is part of the decoder's load. */
  const scaling = new Set<number>();
  /** Counts calls of `close`. */
  let edition = 0;

  function open(): VideoDecoder {
    const made = new VideoDecoder({
      output: (frame) => void take(frame),
      error: (error) => {
        if (made !== decoder) return;
        forget();
        // Browsers take decoders of hidden pages back. The file has nothing to do with it.
        if (error.name !== "QuotaExceededError" || ++lost > MOST_LOST) failed(error);
        else if (wanted.some((frame) => !pictures.has(frame))) pump();
      },
    });
    made.configure(config);
    made.ondequeue = pump;
    return made;
  }

  /** A decoder opened later has seen nothing yet: it has to begin at a key frame. */
  function forget(): void {
    decoder = null;
    inside.clear();
    next = Number.POSITIVE_INFINITY;
  }

  /** How far off what is wanted now, in frames; where a loop ends, what is wanted has two ends. */
  const distance = (frame: number) =>
    Math.min(Math.abs(frame - (wanted[0] ?? 0)), Math.abs(frame - (wanted.at(-1) ?? 0)));
  const needed = (frame: number) => wanted.includes(frame) || pinned(frame);
  const sharp = (frame: number) => (pictures.get(frame)?.width ?? 0) >= width;

  /** The width of pictures of the whole clip; 0 when only those near what is wanted are kept. */
  function wholeWidth(): number {
    const part = memory() / (samples.length * width * height * depth);
    if (part >= 1) return width;
    // Half is left to those in full size.
    const smaller = Math.sqrt(part / 2);
    return smaller < SMALLEST ? 0 : Math.floor(width * smaller);
  }
  const heightOf = (across: number) => Math.max(1, Math.round((across * height) / width));

  /** How wide a picture to make of a decoded frame; 0 for none. */
  function widthFor(frame: number): number {
    if (sharp(frame)) return 0;
    const whole = wholeWidth();
    const [first = 0, second = 0] = wanted;
    // On the way to somewhere else little is worth keeping, but much for stepping back.
    const there = pictures.has(first) || second < first;
    const near = there ? memory() / (width * height * depth) / 4 : QUEUE;
    if (needed(frame) || distance(frame) < near) return width;
    return (pictures.get(frame)?.width ?? 0) < whole ? whole : 0;
  }

  async function take(frame: VideoFrame): Promise<void> {
    const number = inside.get(frame.timestamp) ?? -1;
    inside.delete(frame.timestamp);
    lost = 0;
    const across = number < 0 ? 0 : widthFor(number);
    if (!across) {
      frame.close();
      pump();
      return;
    }
    scaling.add(number);
    const now = edition;
    try {
      const picture = await scale(frame, across, across === width ? height : heightOf(across));
      if (now === edition) keep(number, picture);
      else picture.close();
    } catch (error) {
      if (now === edition) failed(error);
    } finally {
      scaling.delete(number);
      pump();
    }
  }

  function keep(number: number, picture: Picture): void {
    depth = picture.bytes / (picture.width * picture.height);
    put(number, picture);
    const whole = wholeWidth();
    const most = Math.max(
      memory(),
      (LEAST + samples.length * (whole / width) ** 2) * width * height * depth,
    );
    if (held > most) {
      const large = [...pictures].filter(([frame, { width }]) => width > whole && !needed(frame));
      large.sort(([a], [b]) => distance(b) - distance(a));
      for (const [frame, each] of large) {
        if (held <= most) break;
        put(frame, whole ? each.reduced(whole, heightOf(whole)) : null);
      }
    }
    if (wanted.includes(number)) arrived();
  }

  function put(frame: number, picture: Picture | null): void {
    const before = pictures.get(frame);
    held += (picture?.bytes ?? 0) - (before?.bytes ?? 0);
    before?.close();
    if (picture) pictures.set(frame, picture);
    else pictures.delete(frame);
  }

  /** The sample from which `sample` can be decoded. */
  function keyBefore(sample: number): number {
    let at = sample;
    while (at > 0 && !samples[at]?.key) at--;
    return at;
  }

  /** Have the decoder give out what it still holds. */
  function drain(): void {
    const due = [...inside.keys()];
    // It is rejected when a jump makes it pointless.
    decoder?.flush().then(
      () => {
        if (due.some((each) => inside.has(each))) failed(new Error("Frames are missing."));
      },
      () => {},
    );
  }

  function jump(sample: number): void {
    if ([...inside.values()].some((frame) => wanted.includes(frame))) drain();
    else {
      decoder?.reset();
      decoder?.configure(config);
      inside.clear();
    }
    [next, drained] = [sample, false];
  }

  /** The frame to decode up to; undefined when there is nothing to do now. */
  function goal(): number | undefined {
    const coming = (frame: number) => scaling.has(frame);
    const missing = wanted.find((frame) => !pictures.has(frame) && !coming(frame));
    const blurred = missing ?? wanted.find((frame) => !sharp(frame) && !coming(frame));
    if (blurred !== undefined) {
      urgent.add(pump);
      return blurred;
    }
    if (urgent.delete(pump) && !urgent.size) for (const each of patient) queueMicrotask(each);
    const whole = wholeWidth();
    if (!whole || lost) return undefined;
    // What is nearly as fine as it could be is not worth decoding everything again.
    const lacks = ({ frame }: Track["samples"][number]) =>
      frame >= 0 && (pictures.get(frame)?.width ?? 0) < whole * 0.75 && !coming(frame);
    const ahead = samples.slice(next).find(lacks) ?? samples.find(lacks);
    if (!ahead) patient.delete(pump);
    return urgent.size ? undefined : ahead?.frame;
  }

  function pump(): void {
    try {
      decodeOn();
    } catch (error) {
      // A browser refuses at once what a damaged index calls a key frame, or does not.
      failed(error);
    }
  }

  /** Feed the decoder what leads to the frame that is due next. */
  function decodeOn(): void {
    if (!wanted.length) return;
    while (scaling.size <= QUEUE) {
      const frame = goal();
      const sample = frame === undefined ? undefined : sampleOf.get(frame);
      if (frame === undefined || sample === undefined) return;
      decoder ??= open();
      if (decoder.state !== "configured" || decoder.decodeQueueSize >= QUEUE) return;
      const key = keyBefore(sample);
      const coming = [...inside.values()].includes(frame);
      if (!coming && (sample < next || key > next)) {
        const wait = moved + AT_REST - performance.now();
        if (wait > 0 && pictures.has(frame)) {
          clearTimeout(timer);
          timer = setTimeout(pump, wait);
          return;
        }
        jump(key);
      }
      const due = samples[next];
      if (!due) {
        if (drained) return;
        drained = true;
        drain();
        return;
      }
      feed(due);
    }
  }

  function feed({ key, offset, size, frame }: Track["samples"][number]): void {
    next++;
    // The browser hands timestamps through: they need not be times, only never twice the same.
    inside.set(++timestamp, frame);
    const data = bytes.subarray(offset, offset + size);
    decoder?.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp, data }));
  }

  return {
    decode(frames) {
      if (!wanted.includes(frames[0] ?? -1)) moved = performance.now();
      wanted = frames;
      patient.add(pump);
      pump();
    },
    picture(frame) {
      const picture = pictures.get(frame);
      // It was made for a larger tile: small ones are drawn faster.
      if (picture && picture.width > width * 1.1) put(frame, picture.reduced(width, height));
      return pictures.get(frame);
    },
    resize(across, down) {
      [width, height] = [across, down];
      pump();
    },
    close() {
      edition++;
      wanted = [];
      clearTimeout(timer);
      urgent.delete(pump);
      patient.delete(pump);
      const closing = decoder;
      forget();
      if (closing && closing.state !== "closed") closing.close();
      for (const frame of [...pictures.keys()]) put(frame, null);
    },
  };
}
