// @vitest-environment node
/// <reference types="vite/client" />
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readIndex } from "../src/video/clip_source.ts";
import { Unreadable } from "../src/video/mp4_boxes.ts";
import { readTrack, type Track } from "../src/video/mp4_demuxer.ts";

/** Written by tests/browser/make_mp4_fixtures.py; as data URLs, by path. */
const files = import.meta.glob<string>("./clips/*.mp4", {
  query: "?inline",
  import: "default",
  eager: true,
});
const names = Object.keys(files).map((path) => path.slice("./clips/".length, -".mp4".length));

function read(name: string): Uint8Array<ArrayBuffer> {
  const url = files[`./clips/${name}.mp4`] ?? "";
  return Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (sign) => sign.charCodeAt(0));
}

/** What another reader finds in the same file. */
async function reference(bytes: Uint8Array<ArrayBuffer>) {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error("It has no pictures.");
  const packets = [];
  for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet);
  return { track, packets };
}

/** When each sample is shown, in decoding order; null for those that are not. */
const starts = ({ samples, times }: Track) =>
  samples.map(({ frame }) => (frame < 0 ? null : (times[frame] as number)));

it.each(names)("reads %s as another reader does", async (name) => {
  const bytes = read(name);
  const ours = readTrack(bytes);
  const { track, packets } = await reference(bytes);
  // Two names for one codec, and tails of defaults, are left to each reader.
  const codec = (await track.getCodecParameterString())?.replace("hev1", "hvc1");
  expect(codec).toContain(ours.config.codec);
  expect([ours.width, ours.height]).toEqual([track.displayWidth, track.displayHeight]);
  expect(ours.rotation * 90).toBe(track.rotation);
  expect(ours.samples.map(({ key }) => key)).toEqual(packets.map(({ type }) => type === "key"));
  expect(ours.samples.map(({ size }) => size)).toEqual(packets.map(({ data }) => data.length));
  for (const [sample, start] of starts(ours).entries()) {
    const theirs = packets[sample]?.timestamp as number;
    if (start === null) expect(theirs).toBeLessThan(0);
    else expect(start).toBeCloseTo(Math.max(0, theirs), 6);
  }
  const { offset, size } = ours.samples[3] as Track["samples"][number];
  expect(bytes.subarray(offset, offset + size)).toEqual(packets[3]?.data);
});

describe("of known files", () => {
  const times = (name: string) => readTrack(read(name)).times;

  it("gives frames of unlike lengths their own times", () => {
    const begin = [0, 20, 60, 140, 160, 200, 280, 300, 340, 420].map((time) => time / 1000);
    expect(times("unlike_lengths").slice(0, -1)).toEqual(begin);
  });

  it("leaves out what an edit list leaves out, and waits when it waits", () => {
    expect(times("b_frames")).toHaveLength(21);
    expect(times("b_frames").slice(0, 2)).toEqual([0, 0.04]);
    expect(times("cut").length).toBeLessThan(21);
    expect(times("cut")[0]).toBe(0);
    expect(times("late")[0]).toBe(0.4);
  });

  it("turns what is to be turned", () => {
    const turned = readTrack(read("turned_90"));
    expect([turned.rotation, turned.width, turned.height]).toEqual([1, 48, 64]);
    expect(turned.config.codedWidth).toBe(64);
  });

  it("finds the key frames of the whole file and of fragments", () => {
    const keys = (name: string) => readTrack(read(name)).samples.filter(({ key }) => key).length;
    expect(keys("b_frames")).toBe(1);
    expect(keys("plain")).toBe(4);
    expect(keys("fragments")).toBeGreaterThan(3);
  });
});

/** A copy in which the box of a type has other bytes from its `at`th on. */
function patched(bytes: Uint8Array<ArrayBuffer>, type: string, at: number, put: number[]) {
  const made = bytes.slice();
  made.set(put, new TextDecoder("latin1").decode(bytes).lastIndexOf(type) - 4 + at);
  return made;
}

it("leaves out what comes after the end of an edit list", () => {
  const plain = read("plain");
  // The list counts in milliseconds: 300 of 800.
  const cut = readTrack(patched(plain, "elst", 16, [0, 0, 1, 44]));
  expect(cut.times).toHaveLength(9);
  expect(cut.times.at(-1)).toBe(0.3);
  expect(cut.samples.filter(({ frame }) => frame < 0)).toHaveLength(12);
  // A length of 0 is that of the file.
  expect(readTrack(patched(plain, "elst", 16, [0, 0, 0, 0])).times).toHaveLength(21);
});

describe("what a decoder is told of colours", () => {
  const plain = read("plain");
  const told = (bytes: Uint8Array) => {
    const { matrix, fullRange } = readTrack(bytes).config.colorSpace ?? {};
    return [matrix, fullRange];
  };
  const colr = (...codes: number[]) => {
    const body = [...codes.flatMap((code) => [0, code]), 0x80];
    return patched(plain, "btrt", 4, [..."colrnclx"].map((it) => it.charCodeAt(0)).concat(body));
  };

  it("is what the container says", () => {
    expect(told(colr(1, 1, 1))).toEqual(["bt709", true]);
    expect(told(colr(9, 14, 9))).toEqual(["bt2020-ncl", true]);
  });

  it("is guessed by the size where it says nothing, or a part", () => {
    expect(told(plain)).toEqual(["smpte170m", false]);
    expect(told(colr(2, 2, 1))).toEqual(["smpte170m", false]);
    expect(told(patched(plain, "avc1", 34, [2, 208]))).toEqual(["bt709", false]);
    expect(told(patched(plain, "avc1", 34, [2, 207]))).toEqual(["smpte170m", false]);
    expect(told(patched(read("vp9"), "vp09", 34, [4, 56]))).toEqual(["smpte170m", false]);
  });
});

describe("the index of a clip that plays", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Serves a file by ranges, or whole; what was asked for, in bytes. */
  function serve(bytes: Uint8Array<ArrayBuffer>, whole = false): number[] {
    const asked: number[] = [];
    vi.stubGlobal("fetch", async (_: string, { headers }: { headers: { Range: string } }) => {
      const [from = 0, to = 0] = headers.Range.slice(6).split("-").map(Number);
      if (from >= bytes.length) return new Response(null, { status: 416 });
      const body = whole ? bytes : bytes.slice(from, to + 1);
      asked.push(body.length);
      return new Response(body, { status: whole ? 200 : 206 });
    });
    return asked;
  }

  /** The same file with 300 KB of nothing before a box. */
  function stretched(bytes: Uint8Array<ArrayBuffer>, type: string): Uint8Array<ArrayBuffer> {
    const at = new TextDecoder("latin1").decode(bytes).indexOf(type) - 4;
    const nothing = new Uint8Array(300_000);
    nothing.set([0, 4, 0x93, 0xe0, 0x66, 0x72, 0x65, 0x65]);
    return new Uint8Array([...bytes.slice(0, at), ...nothing, ...bytes.slice(at)]);
  }
  const look = () => readIndex("", new AbortController().signal);

  it.each(names)("is that of %s", async (name) => {
    serve(read(name));
    expect((await look())?.times).toEqual(readTrack(read(name)).times);
  });

  it("is found behind the pictures, which are left where they are", async () => {
    const asked = serve(stretched(read("moov_last"), "moov"));
    expect((await look())?.times).toHaveLength(21);
    expect(asked).toHaveLength(2);
    expect(asked.reduce((sum, each) => sum + each)).toBeLessThan(70_000);
  });

  it("is put together from all fragments", async () => {
    const asked = serve(stretched(read("fragments"), "moof"));
    expect((await look())?.times).toHaveLength(21);
    expect(asked).toHaveLength(2);
  });

  it("is taken from a whole file where there are no ranges", async () => {
    const asked = serve(stretched(read("moov_last"), "moov"), true);
    expect((await look())?.times).toHaveLength(21);
    expect(asked).toHaveLength(1);
  });

  it("is nothing where there is none", async () => {
    const asked = serve(new Uint8Array(200_000).fill(65));
    expect(await look()).toBeNull();
    serve(new Uint8Array(0));
    expect(await look()).toBeNull();
    expect(asked.length).toBeLessThan(7);
  });
});

it.each([
  ["nothing", []],
  ["a picture", [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]],
  ["a file cut off in its table", [0, 0, 1, 0, 0x6d, 0x6f, 0x6f, 0x76, 0, 0, 0, 8]],
  ["an empty table", [0, 0, 0, 8, 0x6d, 0x6f, 0x6f, 0x76]],
])("leaves %s to the browser", (_, bytes) => {
  expect(() => readTrack(new Uint8Array(bytes))).toThrow(Unreadable);
});

/** How long reading takes, in ms, and how many samples come of it. */
function attempt(bytes: Uint8Array): [took: number, samples: number] {
  const before = performance.now();
  let found = 0;
  try {
    const { samples, times } = readTrack(bytes);
    found = Math.max(samples.length, times.length);
  } catch (error) {
    expect(error).toBeInstanceOf(Unreadable);
  }
  return [performance.now() - before, found];
}

it("takes a damaged file for one that it cannot read, and does not choke on it", () => {
  const originals = names.map((name) => {
    const bytes = read(name);
    return { bytes, text: new TextDecoder("latin1").decode(bytes) };
  });
  let seed = 20250607;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  let [slowest, largest] = [0, 0];
  for (let round = 0; round < 3000; round++) {
    const original = originals[round % originals.length] as (typeof originals)[number];
    const { text } = original;
    const bytes = original.bytes.slice();
    // Half of the damage goes where counts are, as most of a file is pictures.
    const index = text.indexOf(random(2) ? "stbl" : "moov");
    const boxes = ["stts", "ctts", "stsz", "stsc", "stco", "elst", "trun", "tfhd", "mdhd"];
    const box = text.indexOf(boxes[random(boxes.length)] as string, index);
    for (let flips = 1 + random(3); flips > 0; flips--) {
      const at = box > 0 ? box + 4 + random(24) : index + random(600);
      bytes[at % bytes.length] = [0, 255, 127, random(256)][random(4)] as number;
    }
    let [took, samples] = attempt(bytes);
    // A busy machine may have halted it: what is slow by itself is slow each time.
    for (let again = 0; took > 50 && again < 3; again++) took = Math.min(took, attempt(bytes)[0]);
    largest = Math.max(largest, samples);
    slowest = Math.max(slowest, took);
  }
  // A few times as many as the files have: what is made of them stays in proportion.
  expect(largest).toBeLessThan(200);
  expect(slowest).toBeLessThan(50);
});
