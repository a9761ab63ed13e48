// How far tiles are apart, by the frames they really show.

/** What one tile shows, in seconds of the group: when its frame is due, and when the next is. */
export interface Shown {
  begin: number;
  end: number;
}

/**
 * In frames of `length` seconds; 0 when some moment is shown by all. Frame rates may differ.
 */
export function spread(tiles: Shown[], length: number): number {
  const latest = Math.max(...tiles.map(({ begin }) => begin));
  const earliest = Math.min(...tiles.map(({ end }) => end));
  // Where the latest begins as the earliest ends, they are one frame apart.
  const apart = (latest - earliest) / length + 1;
  return latest < earliest - length / 100 ? 0 : Math.max(1, Math.round(apart));
}
