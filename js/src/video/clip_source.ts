// Getting a clip's bytes: by its URL where the browser can read it, else from who else has them.
import { objectUrl } from "../core/dom.ts";
import { messageOf } from "../core/format.ts";
import { readTrack, type Track, Unreadable } from "./mp4_demuxer.ts";
import type { Member } from "./sync_types.ts";

/** Bytes. Longer files are not read into memory but left to a <video>, which fetches as it plays. */
const LARGEST = 64 * 2 ** 20;

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

function trackOf(bytes: Uint8Array): Track | null {
  try {
    return readTrack(bytes);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
