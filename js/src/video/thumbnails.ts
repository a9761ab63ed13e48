// Single frames of a clip for a storyboard or a measurement, beside what is being played.

import { frameDecoder } from "./frame_decoder.ts";
import type { Picture } from "./frame_scaler.ts";
import type { SyncClip } from "./sync_clip.ts";
import { videoElement } from "./video_element.ts";

/** Gives the pictures of frames one by one, in rising order. */
type Take = (frame: number) => Promise<Picture | HTMLVideoElement>;

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
  const rising = [...new Set(frames)].sort((a, b) => a - b);
  const found = new Map<number, ImageBitmap>();
  try {
    const take = part.decoder ? unwind(part, width, end.signal) : await project(part, end.signal);
    for (const frame of rising) {
      const picture = await take(frame);
      signal.throwIfAborted();
      found.set(frame, await createImageBitmap(picture, { resizeWidth: width }));
    }
  } finally {
    signal.removeEventListener("abort", stop);
    end.abort();
  }
  // Each gets its own, so that each can be closed.
  return Promise.all(
    frames.flatMap((frame) => found.get(frame) ?? []).map((it) => createImageBitmap(it)),
  );
}

function unwind({ file }: SyncClip, width: number, signal: AbortSignal): Take {
  const { track, bytes } = file ?? {};
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
    room: () => 48,
    pinned: () => false,
    arrived: look,
    failed: (error) => fail(error),
  });
  own.resize(width, Math.max(1, Math.round((width * track.height) / track.width)));
  signal.addEventListener("abort", () => {
    own.close();
    fail(signal.reason);
  });
  return (frame) =>
    new Promise((resolve, reject) => {
      [awaited, done, fail] = [frame, resolve, reject];
      own.decode([frame]);
      look();
    });
}

async function project({ file, timing }: SyncClip, signal: AbortSignal): Promise<Take> {
  const own = videoElement(signal, () => {});
  if (!file || !timing || !file.open || !(await own.load(file.url, true))) {
    throw new Error("This clip's frames cannot be had.");
  }
  return async (frame) => {
    await own.seek(timing.middle(frame));
    return own.video;
  };
}
