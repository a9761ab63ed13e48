// Getting a clip's bytes: by its URL where the browser can read it, else from who else has them.
import { objectUrl } from "../core/dom.ts";
import { readTrack, type Track, Unreadable } from "./mp4_demuxer.ts";
import type { Member } from "./sync_types.ts";

/** Bytes. Longer files are not read into memory but left to a <video>, which fetches as it plays. */
const LARGEST = 64 * 2 ** 20;

export interface ClipSource {
  /** Null when the browser may play it but we may not read it, or when it is too large. */
  bytes: Uint8Array<ArrayBuffer> | null;
  /** What is known of its frames; null when that is left to the browser. */
  track: Track | null;
  /** A source for a <video>; the caller revokes object URLs by `release`. */
  url: string;
  /** Whether what is played from `url` may be drawn. */
  open: boolean;
  /** Why its bytes are not to be had, in words. */
  lack: string;
  release(): void;
}

/** Rejects in the words of `member.bytes` when the clip can be had nowhere. */
export async function openClip(member: Member, signal: AbortSignal): Promise<ClipSource> {
  const { url } = member;
  const kept = { bytes: null, track: null, lack: "", release: () => {} };
  const answer = url ? await fetch(url, { signal }).catch(() => null) : null;
  signal.throwIfAborted();
  if (url && answer?.ok) {
    if (Number(answer.headers.get("Content-Length")) > LARGEST) {
      void answer.body?.cancel();
      return { ...kept, url, open: true };
    }
    const blob = await answer.blob().catch(() => null);
    if (blob) return ofBlob(blob);
  }
  try {
    return await ofBlob(await member.bytes(signal));
  } catch (error) {
    // The last resort for a URL whose server does not allow reading: it may still be played.
    if (signal.aborted || !url || answer) throw error;
    return { ...kept, url, open: false, lack: (error as Error).message };
  }
}

async function ofBlob(blob: Blob): Promise<ClipSource> {
  const url = objectUrl(blob);
  const release = () => URL.revokeObjectURL(url);
  const kept = { url, open: true, lack: "", release };
  if (blob.size > LARGEST) return { ...kept, bytes: null, track: null };
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { ...kept, bytes, track: trackOf(bytes) };
}

function trackOf(bytes: Uint8Array): Track | null {
  try {
    return readTrack(bytes);
  } catch (error) {
    // A table that points outside of its box is as good as one of an unknown kind.
    if (error instanceof Unreadable || error instanceof RangeError) return null;
    throw error;
  }
}
