// What a group says of itself.

import { tilesApart } from "./clip_time.ts";
import type { GroupTime } from "./group_time.ts";
import type { PlaybackState } from "./playback_state.ts";
import type { SyncClip } from "./sync_clip.ts";
import type { SyncState } from "./sync_types.ts";

export interface Group {
  order: SyncClip[];
  live: SyncClip[];
  playback: PlaybackState;
  time: GroupTime;
  /** The machine does not decode in time. */
  slow: boolean;
  /** All are on their way to a frame. */
  moving: boolean;
  /** Keys of those that all wait for. */
  holding: string[];
}

export function groupState(group: Group): SyncState {
  const { order, live, playback, time, slow, moving, holding } = group;
  const grid = time.grid();
  const failed: Record<string, string> = {};
  for (const { member, fault } of order) if (fault) failed[member.key] = fault;
  const inexact = live.flatMap(({ decoder, member }) => (!decoder || slow ? member.key : []));
  return {
    ready: grid !== null,
    playing: playback.playing,
    time: playback.now,
    duration: time.duration(),
    frame: grid?.at(playback.now) ?? null,
    frames: grid?.count ?? null,
    about: grid?.about ?? false,
    from: playback.from,
    to: playback.to,
    loop: playback.looping,
    speed: playback.speed,
    heard: playback.heard,
    spread: tilesApart(live, playback, time),
    loading: order.flatMap(({ loading, member }) => (loading ? member.key : [])),
    holding,
    failed,
    exact: !moving && grid !== null && (!playback.playing || !inexact.length),
    inexact,
    coarse: !playback.playing && live.some(({ decoder, coarse }) => decoder !== null && coarse),
  };
}
