// The pictures of one clip, decoded around where they are wanted and kept no longer than that.

import { frameScaler, type Picture } from "./frame_scaler.ts";
import type { Track } from "./mp4_demuxer.ts";

/** Coded pictures on their way into a decoder: enough to keep it busy, few to throw away. */
const QUEUE = 3;

export interface FrameDecoder {
  /** Which frames are wanted, the most urgent first; they arrive by and by. */
  decode(frames: number[]): void;
  picture(frame: number): Picture | undefined;
  /** Make pictures of this size, in pixels, from now on. Those there are get replaced. */
  resize(width: number, height: number): void;
  close(): void;
}

export interface DecoderSource {
  track: Track;
  /** The whole file. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How many pictures may be kept. */
  room(): number;
  /** First frames of what is looped: kept, as decoding up to them takes time. */
  pinned(frame: number): boolean;
  /** A wanted picture is there. */
  arrived(): void;
  failed(error: unknown): void;
}

/** Whether this browser decodes that; outside of https and localhost none does. */
export async function decodable({ config }: Track): Promise<boolean> {
  if (!("VideoDecoder" in globalThis)) return false;
  return (await VideoDecoder.isConfigSupported(config).catch(() => null))?.supported ?? false;
}

export function frameDecoder({
  track,
  bytes,
  room,
  pinned,
  arrived,
  failed,
}: DecoderSource): FrameDecoder {
  const { samples, config } = track;
  const sampleOf = new Map(samples.map(({ frame }, sample) => [frame, sample]));
  const pictures = new Map<number, Picture>();
  let shrink = frameScaler(track.width, track.height);
  let wanted: number[] = [];
  let decoder: VideoDecoder | null = null;
  /** The next sample to decode, and those of this run that are still inside, by their stamp. */
  let next = 0;
  let stamp = 0;
  let drained = false;
  const inside = new Map<number, number>();
  /** Frames that are being made smaller; their number is part of the decoder's load. */
  const shrinking = new Set<number>();
  /** Counts resizes: what was under way is of the old size. */
  let edition = 0;

  function open(): VideoDecoder {
    const made = new VideoDecoder({
      output: (frame) => void take(frame),
      error: (error) => {
        if (made === decoder) failed(error);
      },
    });
    made.configure(config);
    made.ondequeue = pump;
    return made;
  }

  /** How far off what is wanted now, in frames; where a loop ends, what is wanted has two ends. */
  const distance = (frame: number) =>
    Math.min(Math.abs(frame - (wanted[0] ?? 0)), Math.abs(frame - (wanted.at(-1) ?? 0)));
  /** How far off is worth keeping: on the way to somewhere else little, but much for stepping back. */
  const near = () => {
    const [first = 0, second = 0] = wanted;
    return pictures.has(first) || second < first ? room() / 2 : QUEUE;
  };
  const needed = (frame: number) => wanted.includes(frame) || pinned(frame);

  async function take(frame: VideoFrame): Promise<void> {
    const number = inside.get(frame.timestamp) ?? -1;
    inside.delete(frame.timestamp);
    if (number < 0 || pictures.has(number) || !(needed(number) || distance(number) < near())) {
      frame.close();
      pump();
      return;
    }
    shrinking.add(number);
    const now = edition;
    try {
      const picture = await shrink(frame);
      if (now !== edition || !decoder) release(picture);
      else keep(number, picture);
    } catch (error) {
      if (decoder) failed(error);
    } finally {
      shrinking.delete(number);
      pump();
    }
  }

  function keep(number: number, picture: Picture): void {
    pictures.set(number, picture);
    const rest = [...pictures.keys()].filter((frame) => !needed(frame));
    rest.sort((a, b) => distance(b) - distance(a));
    for (const frame of rest.slice(0, Math.max(0, pictures.size - room()))) drop(frame);
    if (wanted.includes(number)) arrived();
  }

  function drop(frame: number): void {
    release(pictures.get(frame));
    pictures.delete(frame);
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

  /** Feed the decoder what leads to the first wanted picture that is missing. */
  function pump(): void {
    while (decoder?.state === "configured" && decoder.decodeQueueSize < QUEUE) {
      if (shrinking.size > QUEUE) return;
      const missing = wanted.find((frame) => !pictures.has(frame) && !shrinking.has(frame));
      const goal = missing === undefined ? undefined : sampleOf.get(missing);
      if (missing === undefined || goal === undefined) return;
      const coming = [...inside.values()].includes(missing);
      const key = keyBefore(goal);
      if (!coming && (goal < next || key > next)) jump(key);
      const sample = samples[next];
      if (!sample) {
        if (drained) return;
        drained = true;
        drain();
        return;
      }
      feed(sample);
    }
  }

  function feed({ key, offset, size, frame }: Track["samples"][number]): void {
    next++;
    // The browser hands stamps through: they need not be times, only never twice the same.
    stamp += 1000;
    inside.set(stamp, frame);
    const data = bytes.subarray(offset, offset + size);
    decoder?.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: stamp, data }));
  }

  return {
    decode(frames) {
      wanted = frames;
      decoder ??= open();
      pump();
    },
    picture: (frame) => pictures.get(frame),
    resize(width, height) {
      edition++;
      shrink = frameScaler(width, height);
      for (const frame of [...pictures.keys()]) drop(frame);
      pump();
    },
    close() {
      const closing = decoder;
      decoder = null;
      inside.clear();
      // A decoder opened later has seen nothing yet: it has to begin at a key frame.
      next = Number.POSITIVE_INFINITY;
      if (closing && closing.state !== "closed") closing.close();
      for (const frame of [...pictures.keys()]) drop(frame);
    },
  };
}

function release(picture: Picture | undefined): void {
  if (picture instanceof ImageBitmap) picture.close();
}
