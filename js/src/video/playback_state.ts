// Where all are and how they move: what the parts of a group share and change.
import type { LengthMode } from "./sync_types.ts";

/** Times are in seconds of the group. */
export interface PlaybackState {
  playing: boolean;
  scrubbing: boolean;
  looping: boolean;
  now: number;
  /** What is looped: from here to there; null is the end. */
  from: number;
  to: number | null;
  speed: number;
  /** 1 when it goes on, -1 when it goes back: which frames will be needed next. */
  heading: 1 | -1;
  /** Key of the one that is heard. */
  heard: string | null;
  lengths: LengthMode;
}

export const initialPlayback = (): PlaybackState => ({
  playing: false,
  scrubbing: false,
  looping: true,
  now: 0,
  from: 0,
  to: null,
  speed: 1,
  heading: 1,
  heard: null,
  lengths: "hold",
});
