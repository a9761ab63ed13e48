// Reads the index of an MP4 file (ISO/IEC 14496-12): where each coded frame is and when it is shown.
//
// The bytes come from outside and may be damaged. Every count is checked against the size of its box
// before anything is made of it, and every offset against the size of the file.
import { decoderConfig } from "./decoder_config.ts";
import { boxesOf, find, name, need, rows, Unreadable, uint64 } from "./mp4_boxes.ts";

/** One coded frame, in decoding order. */
export interface Sample {
  /** Bytes. */
  offset: number;
  size: number;
  /** Whether decoding can begin here. */
  key: boolean;
  /** Its number in the order of display, from 0; -1 when the file says not to show it. */
  frame: number;
}

export interface Track {
  config: VideoDecoderConfig;
  /** In pixels, as displayed: after the rotation. */
  width: number;
  height: number;
  /** By how much decoded frames are to be turned clockwise, in quarter turns. */
  rotation: number;
  samples: Sample[];
  /** When each frame begins, and as one more entry when the last one ends; in seconds. */
  times: number[];
}

/** Longer clips are left to the browser: an index that claims more is damaged, as a rule. */
const MOST_SAMPLES = 100_000;
const MOST_SECONDS = 3 * 3600;
/** A frame rate above this comes from a damaged index. */
const MOST_PER_SECOND = 1000;

/** When a sample is shown, in ticks of the track, and where it is. */
interface TimedSample {
  offset: number;
  size: number;
  key: boolean;
  start: number;
  end: number;
}

/**
 * Read a file. Throws {@link Unreadable} for what it does not know or trust.
 *
 * @param size of the file in bytes, when what is given is only the part that holds its index.
 */
export function readTrack(
  { buffer, byteOffset, byteLength }: Uint8Array,
  size: number = byteLength,
): Track {
  try {
    const file = new DataView(buffer, byteOffset, byteLength);
    const moov = need(file, "moov");
    for (const { view } of boxesOf("trak", moov)) {
      if (name(need(view, "mdia", "hdlr"), 8) === "vide") return track(file, size, moov, view);
    }
  } catch (error) {
    // A read beyond the end of a box.
    if (error instanceof RangeError) throw new Unreadable();
    throw error;
  }
  // It has no pictures.
  throw new Unreadable();
}

function track(file: DataView, fileSize: number, moov: DataView, trak: DataView): Track {
  const tkhd = need(trak, "tkhd");
  const table = need(trak, "mdia", "minf", "stbl");
  const scale = timescale(need(trak, "mdia", "mdhd"));
  const { shift, last } = edit(
    find(trak, "edts", "elst"),
    scale / timescale(need(moov, "mvhd")),
    find(moov, "mvex") !== null,
  );
  const id = tkhd.getUint32(tkhd.getUint8(0) ? 20 : 12);
  const coded: TimedSample[] = [];
  const add = (sample: TimedSample): void => {
    const { offset, size } = sample;
    // An empty sample has no picture; it would also let a small file claim any number of them.
    if (size < 1 || offset < 0 || offset + size > fileSize) {
      throw new Unreadable();
    }
    if (coded.push(sample) > MOST_SAMPLES) throw new Unreadable();
  };
  readTables(table, add);
  readFragments(file, moov, id, add);
  const shown = coded
    .filter(({ start, end }) => end + shift > 0 && start + shift < last)
    .sort((a, b) => a.start - b.start);
  const frames = new Map(shown.map((sample, frame) => [sample, frame]));
  const times = [...shown.map(({ start }) => start), shown.at(-1)?.end ?? 0].map((time) =>
    Math.max(0, Math.min(time + shift, last) / scale),
  );
  const duration = times.at(-1) ?? 0;
  if (!(shown.length / MOST_PER_SECOND < duration && duration < MOST_SECONDS)) {
    throw new Unreadable();
  }
  return {
    config: decoderConfig(need(table, "stsd")),
    ...displayed(tkhd),
    samples: coded.map((sample) => {
      const { offset, size, key } = sample;
      return { offset, size, key, frame: frames.get(sample) ?? -1 };
    }),
    times,
  };
}

/** The size and the rotation that a track header asks for. */
function displayed(tkhd: DataView): { width: number; height: number; rotation: number } {
  const matrix = tkhd.getUint8(0) ? 52 : 40;
  // The first two entries of the first two rows.
  const [a, b, c, d] = [0, 4, 12, 16].map((at) => tkhd.getInt32(matrix + at) / 0x10000);
  const rotation = ["1,0", "0,1", "-1,0", "0,-1"].indexOf(`${a},${b}`);
  // Mirrored and sheared pictures are left to the browser.
  if (rotation < 0 || d !== a || (c ?? 0) + (b ?? 0)) throw new Unreadable();
  const [width, height] = [36, 40].map((at) => tkhd.getUint32(matrix + at) >>> 16);
  if (!width || !height) throw new Unreadable();
  return rotation % 2 ? { width: height, height: width, rotation } : { width, height, rotation };
}

/** `mvhd` and `mdhd` begin alike: ticks per second. */
function timescale(view: DataView): number {
  const ticks = view.getUint32(view.getUint8(0) ? 20 : 12);
  if (!ticks) throw new Unreadable();
  return ticks;
}

/**
 * By how many ticks of the track the edit list moves its beginning, and at which of them it ends.
 *
 * @param ticks of the track in one of the file.
 * @param grows when fragments follow, whose length the list does not know.
 */
function edit(
  elst: DataView | null,
  ticks: number,
  grows: boolean,
): { shift: number; last: number } {
  const long = elst?.getUint8(0);
  const edits = [...rows(elst, long ? 5 : 3)].map(([a = 0, b = 0, c = 0, d = 0]) =>
    long ? { length: a * 2 ** 32 + b, start: (c | 0) * 2 ** 32 + d } : { length: a, start: b | 0 },
  );
  if (!edits.length) return { shift: 0, last: Number.POSITIVE_INFINITY };
  const [pause, cut = pause] = edits[0]?.start === -1 ? edits : [null, ...edits];
  // Clips that are cut together from parts are left to the browser.
  if (!cut || cut.start < 0 || edits.length > (pause ? 2 : 1)) {
    throw new Unreadable();
  }
  const begin = (pause?.length ?? 0) * ticks;
  const open = grows || !cut.length;
  return {
    shift: begin - cut.start,
    last: open ? Number.POSITIVE_INFINITY : begin + cut.length * ticks,
  };
}

/** Adds the samples that `moov` itself lists. */
function readTables(table: DataView, add: (sample: TimedSample) => void): void {
  const sizes = need(table, "stsz");
  const same = sizes.getUint32(4);
  const total = sizes.getUint32(8);
  if (total > MOST_SAMPLES) throw new Unreadable();
  const short = find(table, "stco");
  const chunks = short
    ? [...rows(short, 1)].map(([at = 0]) => at)
    : [...rows(need(table, "co64"), 2)].map(([high = 0, low = 0]) => high * 2 ** 32 + low);
  const runs = [...rows(need(table, "stsc"), 3)];
  const cuts = find(table, "stss");
  const keys = cuts && new Set([...rows(cuts, 1)].map(([number = 0]) => number - 1));
  const delays = perSample(find(table, "ctts"), total);
  const lengths = perSample(need(table, "stts"), total);
  let [run, now, number] = [0, 0, 0];
  for (const [chunk, chunkStart] of chunks.entries()) {
    while ((runs[run + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= chunk + 1) run++;
    let offset = chunkStart;
    for (let left = runs[run]?.[1] ?? 0; left > 0; left--, number++) {
      const length = lengths[number];
      if (length === undefined) return;
      const size = same || sizes.getUint32(12 + number * 4);
      // Some writers put signed delays into a table that says they are unsigned.
      const start = now + ((delays[number] ?? 0) | 0);
      add({ offset, size, key: keys?.has(number) ?? true, start, end: start + length });
      offset += size;
      now += length;
    }
  }
}

/** A table of runs (`stts`, `ctts`) as one value for each of at most `total` samples. */
function perSample(table: DataView | null, total: number): number[] {
  const values: number[] = [];
  for (const [count = 0, value = 0] of rows(table, 2)) {
    for (let left = Math.min(count, total - values.length); left > 0; left--) values.push(value);
  }
  return values;
}

/** Adds the samples of a track that come in fragments, each with an index of its own. */
function readFragments(
  file: DataView,
  moov: DataView,
  id: number,
  add: (sample: TimedSample) => void,
): void {
  const defaults = [...boxesOf("trex", find(moov, "mvex"))];
  const trex = defaults.find(({ view }) => view.getUint32(4) === id)?.view;
  if (!trex) return;
  let now = 0;
  for (const moof of boxesOf("moof", file)) {
    const trafs = [...boxesOf("traf", moof.view)];
    for (const [index, { view: traf }] of trafs.entries()) {
      const tfhd = need(traf, "tfhd");
      if (tfhd.getUint32(4) !== id) continue;
      const { flags, next } = optionalFields(tfhd);
      // In old files, offsets may count from where the fragment of another track ends.
      if (index && !(flags & 0x20001)) throw new Unreadable();
      const base = next(0x1, moof.start - file.byteOffset, 8);
      next(0x2, 0);
      const length = next(0x8, trex.getUint32(12));
      const size = next(0x10, trex.getUint32(16));
      const marks = next(0x20, trex.getUint32(20));
      const tfdt = find(traf, "tfdt");
      if (tfdt) now = tfdt.getUint8(0) ? uint64(tfdt, 4) : tfdt.getUint32(4);
      let offset = base;
      for (const { view } of boxesOf("trun", traf)) {
        const { flags, next } = optionalFields(view);
        if (flags & 0x1) offset = base + (next(0x1, 0) | 0);
        const first = next(0x4, marks);
        for (let sample = 0; sample < view.getUint32(4); sample++) {
          const lasts = next(0x100, length);
          const own = next(0x200, size);
          // The bit says that it is *not* a key frame.
          const key = !(next(0x400, sample ? marks : first) & 0x10000);
          const start = now + (next(0x800, 0) | 0);
          add({ offset, size: own, key, start, end: start + lasts });
          offset += own;
          now += lasts;
        }
      }
    }
  }
}

/** Reads, from byte 8 of a box on, fields that are only there when their bit is set in its flags. */
function optionalFields(view: DataView) {
  const flags = view.getUint32(0);
  let at = 8;
  const next = (bit: number, otherwise: number, size = 4): number => {
    if (!(flags & bit)) return otherwise;
    at += size;
    return size === 8 ? uint64(view, at - 8) : view.getUint32(at - 4);
  };
  return { flags, next };
}
