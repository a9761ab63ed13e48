// The table of contents of an MP4 (ISO/IEC 14496-12): where its pictures lie and when they are due.

/** One coded picture, in the order of the file. */
export interface Sample {
  /** Bytes. */
  offset: number;
  size: number;
  /** Whether decoding can begin here. */
  key: boolean;
  /** Its place in the order of showing, from 0; negative when the file says not to show it. */
  frame: number;
}

export interface Track {
  config: VideoDecoderConfig;
  /** As it is to be shown, in pixels. */
  width: number;
  height: number;
  samples: Sample[];
  /** When each frame begins, and as one more entry when the last one ends; in seconds. */
  times: number[];
}

/** A file that this reader leaves to the browser's own. */
export class Unreadable extends Error {}

interface Box {
  type: string;
  view: DataView;
}

/** The boxes that lie in `view` from `start` on. */
function* boxes(view: DataView, start = 0): Generator<Box> {
  for (let at = start; at + 8 <= view.byteLength; ) {
    let [size, head] = [view.getUint32(at), 8];
    if (size === 1) [size, head] = [Number(view.getBigUint64(at + 8)), 16];
    if (size === 0) size = view.byteLength - at;
    if (size < head || at + size > view.byteLength) throw new Unreadable("A box is cut off.");
    yield { type: name(view, at + 4), view: part(view, at + head, size - head) };
    at += size;
  }
}

const name = (view: DataView, at: number): string =>
  String.fromCharCode(...bytes(part(view, at, 4)));
const part = (view: DataView, start: number, size: number): DataView =>
  new DataView(view.buffer, view.byteOffset + start, size);
const bytes = (view: DataView): Uint8Array<ArrayBuffer> =>
  new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);

function find(view: DataView, ...path: string[]): DataView | null {
  let inner: DataView | null = view;
  for (const type of path) {
    if (inner) inner = [...boxes(inner)].find((box) => box.type === type)?.view ?? null;
  }
  return inner;
}

function need(view: DataView, ...path: string[]): DataView {
  const found = find(view, ...path);
  if (!found) throw new Unreadable(`It has no ${path.at(-1)} box.`);
  return found;
}

/** The rows of a table box: a count at `at`, then rows of `width` 32-bit numbers. */
function* rows(view: DataView, width: number, at = 4): Generator<number[]> {
  const count = view.getUint32(at);
  for (let row = 0; row < count; row++) {
    const start = at + 4 + row * width * 4;
    yield Array.from({ length: width }, (_, column) => view.getUint32(start + column * 4));
  }
}

/** Read a whole file. Throws {@link Unreadable} for what it does not know. */
export function readTrack({ buffer, byteOffset, byteLength }: Uint8Array): Track {
  const moov = need(new DataView(buffer, byteOffset, byteLength), "moov");
  if (find(moov, "mvex")) throw new Unreadable("It comes in fragments.");
  for (const { type, view } of boxes(moov)) {
    if (type !== "trak" || name(need(view, "mdia", "hdlr"), 8) !== "vide") continue;
    return track(view, need(moov, "mvhd"));
  }
  throw new Unreadable("It has no pictures.");
}

function track(trak: DataView, mvhd: DataView): Track {
  const header = need(trak, "tkhd");
  const table = need(trak, "mdia", "minf", "stbl");
  const scale = timescale(need(trak, "mdia", "mdhd"));
  const shift = firstEdit(find(trak, "edts", "elst"), scale / timescale(mvhd));
  const matrix = header.getUint8(0) ? 52 : 40;
  if (header.getInt32(matrix) !== 0x10000 || header.getInt32(matrix + 16) !== 0x10000) {
    throw new Unreadable("Its pictures are turned.");
  }
  const { starts, ends } = timing(table);
  const places = offsets(table);
  const count = Math.min(starts.length, places.length);
  const order = Array.from({ length: count }, (_, sample) => sample)
    .filter((sample) => (ends[sample] ?? 0) + shift > 0)
    .sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  const last = order.at(-1);
  if (last === undefined) throw new Unreadable("It has no frame.");
  const rank = new Map(order.map((sample, frame) => [sample, frame]));
  const keys = find(table, "stss");
  const cuts = keys && new Set([...rows(keys, 1)].map(([number = 0]) => number - 1));
  return {
    config: decoderConfig(need(table, "stsd")),
    width: header.getUint32(matrix + 36) >> 16,
    height: header.getUint32(matrix + 40) >> 16,
    samples: places.slice(0, count).map((place, sample) => ({
      ...place,
      key: cuts?.has(sample) ?? true,
      frame: rank.get(sample) ?? -1,
    })),
    times: [...order.map((sample) => starts[sample]), ends[last]].map((time = 0) =>
      Math.max(0, (time + shift) / scale),
    ),
  };
}

/** `mvhd` and `mdhd` begin alike: ticks per second. */
const timescale = (view: DataView): number => view.getUint32(view.getUint8(0) ? 20 : 12);

/** How many ticks of the media the first edit puts its beginning off. */
function firstEdit(elst: DataView | null, ticks: number): number {
  if (!elst) return 0;
  if (elst.getUint8(0)) throw new Unreadable("Its edit list is a long one.");
  const edits = [...rows(elst, 3)].map(([length = 0, start = 0]) => ({ length, start: start | 0 }));
  const [pause, cut = pause] = edits[0]?.start === -1 ? edits : [null, ...edits];
  if (!cut || cut.start < 0 || edits.length > (pause ? 2 : 1)) {
    throw new Unreadable("It is cut together from parts.");
  }
  return (pause?.length ?? 0) * ticks - cut.start;
}

/** When each sample begins and ends, in ticks, in the order of the file. */
function timing(table: DataView): { starts: number[]; ends: number[] } {
  const [starts, ends]: [number[], number[]] = [[], []];
  let at = 0;
  for (const [count = 0, length = 0] of rows(need(table, "stts"), 2)) {
    for (let sample = 0; sample < count; sample++, at += length) {
      starts.push(at);
      ends.push(at + length);
    }
  }
  const late = find(table, "ctts");
  let sample = 0;
  for (const [count = 0, delay = 0] of late ? rows(late, 2) : []) {
    for (const stop = sample + count; sample < stop; sample++) {
      starts[sample] = (starts[sample] ?? 0) + (delay | 0);
      ends[sample] = (ends[sample] ?? 0) + (delay | 0);
    }
  }
  return { starts, ends };
}

/** Where each sample lies in the file. */
function offsets(table: DataView): { offset: number; size: number }[] {
  const sizes = need(table, "stsz");
  const same = sizes.getUint32(4);
  const size = (sample: number) => same || sizes.getUint32(12 + sample * 4);
  const short = find(table, "stco");
  const chunks = short
    ? [...rows(short, 1)].map(([at = 0]) => at)
    : [...rows(need(table, "co64"), 2)].map(([high = 0, low = 0]) => high * 2 ** 32 + low);
  const runs = [...rows(need(table, "stsc"), 3)];
  const places: { offset: number; size: number }[] = [];
  const total = sizes.getUint32(8);
  let run = 0;
  for (const [chunk, start] of chunks.entries()) {
    while ((runs[run + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= chunk + 1) run++;
    let offset = start;
    for (let left = runs[run]?.[1] ?? 0; left > 0 && places.length < total; left--) {
      places.push({ offset, size: size(places.length) });
      offset += places.at(-1)?.size ?? 0;
    }
  }
  return places;
}

const hex = (value: number): string => value.toString(16).padStart(2, "0");
const two = (value: number): string => String(value).padStart(2, "0");

/** What a decoder has to know; the `codec` strings are those of RFC 6381 and of each codec. */
function decoderConfig(stsd: DataView): VideoDecoderConfig {
  const entry = [...boxes(stsd, 8)][0];
  if (!entry) throw new Unreadable("It does not say how it is coded.");
  const { type, view } = entry;
  const parts = part(view, 78, view.byteLength - 78);
  const size = { codedWidth: view.getUint16(24), codedHeight: view.getUint16(26) };
  if (type === "avc1" || type === "avc3") {
    const description = bytes(need(parts, "avcC"));
    const [, profile = 0, constraints = 0, level = 0] = description;
    return { ...size, codec: `avc1.${hex(profile)}${hex(constraints)}${hex(level)}`, description };
  }
  if (type === "vp09") {
    const box = need(parts, "vpcC");
    const [profile, level, depth] = [box.getUint8(4), box.getUint8(5), box.getUint8(6) >> 4];
    return { ...size, codec: `vp09.${two(profile)}.${two(level)}.${two(depth)}` };
  }
  if (type === "av01") {
    const box = need(parts, "av1C");
    const [first, second] = [box.getUint8(1), box.getUint8(2)];
    const depth = second & 0x40 ? (second & 0x20 ? 12 : 10) : 8;
    const tier = second & 0x80 ? "H" : "M";
    return { ...size, codec: `av01.${first >> 5}.${two(first & 31)}${tier}.${two(depth)}` };
  }
  throw new Unreadable(`Its coding, ${type}, is left to the browser.`);
}
