// Single frames of a clip for a storyboard or a measurement, beside what is being played.

import { frameDecoder } from "./frame_decoder.ts";
import type { Picture } from "./frame_scaler.ts";
import type { SyncClip } from "./sync_clip.ts";
import { videoElement } from "./video_element.ts";

/** Makes bitmaps of frames one by one; asked for in rising order, or it has to start over. */
type Take = (frame: number) => Promise<ImageBitmap>;

/**
 * Frames of a part as bitmaps `width` pixels wide, in the order asked for; the caller closes them.
 */
export async function thumbnails(
  part: SyncClip,
  frames: number[],
  width: number,
  signal: AbortSignal,
): Promise<ImageBitmap[]> {
  const end = new AbortController();
  const stop = () => end.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const found = new Map<number, ImageBitmap>();
  try {
    signal.throwIfAborted();
    let take: Take | undefined;
    for (const frame of [...new Set(frames)].sort((a, b) => a - b)) {
      // What is played from may have it already.
      const there = part.decoder?.picture(frame);
      if (there && there.width >= width) {
        found.set(frame, bitmapOf(there, part, width));
        continue;
      }
      take ??= part.decoder
        ? fromDecoder(part, width, end.signal)
        : await fromVideo(part, width, end.signal);
      found.set(frame, await take(frame));
      signal.throwIfAborted();
    }
    // Each gets its own, so that each can be closed.
    const own = frames.flatMap((frame) => found.get(frame) ?? []);
    return await Promise.all(
      own.map((it, index) => (own.indexOf(it) === index ? it : createImageBitmap(it))),
    );
  } catch (error) {
    for (const bitmap of found.values()) bitmap.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    end.abort();
  }
}

const heightOf = ({ file }: SyncClip, width: number): number =>
  Math.max(1, Math.round((width * (file?.track?.height ?? 1)) / (file?.track?.width ?? 1)));

function bitmapOf(picture: Picture, part: SyncClip, width: number): ImageBitmap {
  const height = heightOf(part, width);
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d", { alpha: false });
  if (pen) picture.draw(pen, width, height);
  return canvas.transferToImageBitmap();
}

function fromDecoder(part: SyncClip, width: number, signal: AbortSignal): Take {
  const { track, bytes } = part.file ?? {};
  if (!track || !bytes) throw new Error("The clip is not here yet.");
  let done = (_: Picture) => {};
  let fail = (_: unknown) => {};
  let awaited = -1;
  const look = () => {
    const picture = own.picture(awaited);
    if (picture) done(picture);
  };
  const own = frameDecoder({
    track,
    bytes,
    // No more than what is asked for.
    memory: () => 0,
    pinned: () => false,
    arrived: look,
    failed: (error) => fail(error),
  });
  own.resize(width, heightOf(part, width));
  signal.addEventListener("abort", () => {
    own.close();
    fail(signal.reason);
  });
  return (frame) =>
    new Promise<Picture>((resolve, reject) => {
      [awaited, done, fail] = [frame, resolve, reject];
      own.decode([frame]);
      look();
    }).then((picture) => bitmapOf(picture, part, width));
}

async function fromVideo(
  { file, timing }: SyncClip,
  width: number,
  signal: AbortSignal,
): Promise<Take> {
  const own = videoElement(signal, "", {});
  if (!file || !timing || !file.open || !(await own.load(file.url(), true))) {
    throw new Error("This clip's frames cannot be had.");
  }
  return async (frame) => {
    await own.seek(timing.middle(frame), timing.begin(frame));
    return createImageBitmap(own.element, { resizeWidth: width });
  };
}
