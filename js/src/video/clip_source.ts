// Getting a clip's bytes: by its URL where the browser can read it, else from who else has them.
import { objectUrl } from "../core/dom.ts";
import { messageOf } from "../core/format.ts";
import { boxes, find, Unreadable } from "./mp4_boxes.ts";
import { readTrack, type Track } from "./mp4_demuxer.ts";
import type { Member } from "./sync_types.ts";

/** Bytes. Longer files are not read into memory but left to a <video>, which fetches as it plays. */
const LARGEST = 64 * 2 ** 20;

/** Bytes that hold the index of most clips. */
const PIECE = 2 ** 16;

export interface ClipSource {
  /** Null when the browser may play it but we may not read it, or when it is too large. */
  bytes: Uint8Array<ArrayBuffer> | null;
  /** What is known of its frames; null when that is left to the browser. */
  track: Track | null;
  /**
   * A source for a <video>. Where the bytes are here, asking for it copies them: clips that are
   * decoded frame by frame do without.
   */
  url(): string;
  /** Whether what is played from `url` may be drawn. */
  open: boolean;
  /** Why its bytes are not to be had, for people to read. */
  lack: string;
  /** Gives the source of a <video> back. */
  release(): void;
}

/** Rejects in the words of `member.bytes` when the clip can be had nowhere. */
export async function openClip(member: Member, signal: AbortSignal): Promise<ClipSource> {
  const { url } = member;
  const kept = { bytes: null, track: null, lack: "", release: () => {}, url: () => url ?? "" };
  const answer = url ? await fetch(url, { signal }).catch(() => null) : null;
  signal.throwIfAborted();
  if (url && answer?.ok) {
    if (Number(answer.headers.get("Content-Length")) > LARGEST) {
      void answer.body?.cancel();
      return { ...kept, open: true };
    }
    const blob = await answer.blob().catch(() => null);
    if (blob) return ofBlob(blob);
  }
  try {
    return await ofBlob(await member.bytes(signal));
  } catch (error) {
    // The last resort for a URL whose server does not allow reading: it may still be played.
    if (signal.aborted || !url || answer) throw error;
    return { ...kept, open: false, lack: messageOf(error) };
  }
}

async function ofBlob(blob: Blob): Promise<ClipSource> {
  const { type, size } = blob;
  const bytes = size > LARGEST ? null : new Uint8Array(await blob.arrayBuffer());
  // Only one of the two is kept.
  const whole = bytes ? null : blob;
  let made = "";
  return {
    bytes,
    track: bytes && trackOf(bytes),
    open: true,
    lack: "",
    url() {
      made ||= objectUrl(whole ?? new Blob(bytes ? [bytes] : [], { type }));
      return made;
    },
    release() {
      URL.revokeObjectURL(made);
      made = "";
    },
  };
}

/**
 * What a file tells of its frames, while a <video> plays it: no more of it is fetched than that
 * takes. Null when it does not tell; rejects when nobody may read it.
 */
export async function readIndex(
  url: string,
  signal: AbortSignal,
  at = 0,
  size = PIECE,
  pieces = 6,
): Promise<Track | null> {
  const headers = { Range: `bytes=${at}-${at + size - 1}` };
  const answer = await fetch(url, { signal, headers });
  if (!answer.ok || !pieces) return null;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const more = (from: number, length: number) => readIndex(url, signal, from, length, pieces - 1);
  let end = 0;
  for (const box of boxes(new DataView(bytes.buffer))) {
    const { type, start, size: length } = box;
    end = start + length;
    if (type !== "moov") continue;
    if (end > bytes.length) return more(at + start, length);
    // Each fragment has its own index.
    if (!find(box.view, "mvex")) return trackOf(bytes.subarray(start), Number.POSITIVE_INFINITY);
    return size === LARGEST ? trackOf(bytes) : more(0, LARGEST);
  }
  return more(at + end, PIECE);
}

function trackOf(bytes: Uint8Array, size?: number): Track | null {
  try {
    return readTrack(bytes, size);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
