// What a decoder has to know of an MP4 file's pictures: the codec, and the colours.
import { twoDigits } from "../core/format.ts";
import { boxes, bytes, find, name, need, part, Unreadable } from "./mp4_boxes.ts";

/** H.264 and HEVC of so many rows are taken for HD. */
const HD_ROWS = 720;

/** Code of ISO/IEC 23091-2 for what is not told. */
const UNTOLD = 2;
/** By the code of a matrix: what a decoder is told, with the primaries it usually goes with. */
const COLOURS: Record<number, object> = {
  1: { primaries: "bt709", transfer: "bt709", matrix: "bt709" },
  5: { primaries: "bt470bg", transfer: "smpte170m", matrix: "bt470bg" },
  6: { primaries: "smpte170m", transfer: "smpte170m", matrix: "smpte170m" },
  9: { primaries: "bt2020", transfer: "bt709", matrix: "bt2020-ncl" },
};

/**
 * What the container says of the colours. Where it says nothing, or not all, a decoder takes
 * BT.709, but Chromium's <video> takes `otherwise`; what the coded pictures say themselves comes
 * first in both.
 */
function colourSpace(parts: DataView, otherwise: number): VideoColorSpaceInit {
  const colr = find(parts, "colr");
  const vpcC = find(parts, "vpcC");
  let codes: number[] = [];
  let fullRange = false;
  if (colr && name(colr, 0).startsWith("ncl")) {
    codes = [4, 6, 8].map((at) => colr.getUint16(at));
    fullRange = colr.byteLength > 10 && colr.getUint8(10) > 127;
  } else if (vpcC) {
    codes = [7, 8, 9].map((at) => vpcC.getUint8(at));
    fullRange = vpcC.getUint8(6) % 2 > 0;
  }
  const told = codes.includes(UNTOLD) ? undefined : COLOURS[codes[2] ?? 0];
  return told ? { ...told, fullRange } : { ...COLOURS[otherwise], fullRange: false };
}

const hex = (value: number): string => value.toString(16).padStart(2, "0");

/** What a decoder has to know; the `codec` strings are those of RFC 6381 and of each codec. */
export function decoderConfig(stsd: DataView): VideoDecoderConfig {
  const [entry] = boxes(stsd, 8);
  if (!entry) throw new Unreadable();
  const { type, view } = entry;
  const parts = part(view, 78, view.byteLength - 78);
  const [codedWidth, codedHeight] = [view.getUint16(24), view.getUint16(26)];
  const hd = codedHeight >= HD_ROWS && /^[ah]vc|^hev/.test(type);
  const colorSpace = colourSpace(parts, hd ? 1 : 6);
  const size = { codedWidth, codedHeight, colorSpace };
  if (type === "avc1" || type === "avc3") {
    const description = bytes(need(parts, "avcC"));
    const [, profile = 0, constraints = 0, level = 0] = description;
    const codec = `${type}.${hex(profile)}${hex(constraints)}${hex(level)}`;
    return { ...size, codec, description };
  }
  if (type === "hvc1" || type === "hev1") {
    const box = need(parts, "hvcC");
    return { ...size, codec: `${type}.${hevcProfile(box)}`, description: bytes(box) };
  }
  if (type === "vp09") {
    const box = need(parts, "vpcC");
    const [profile, level, depth] = [box.getUint8(4), box.getUint8(5), box.getUint8(6) >> 4];
    return { ...size, codec: `vp09.${[profile, level, depth].map(twoDigits).join(".")}` };
  }
  if (type === "av01") {
    const box = need(parts, "av1C");
    const [first, second] = [box.getUint8(1), box.getUint8(2)];
    const depth = second & 0x40 ? (second & 0x20 ? 12 : 10) : 8;
    const tier = second & 0x80 ? "H" : "M";
    return {
      ...size,
      codec: `av01.${first >> 5}.${twoDigits(first & 31)}${tier}.${twoDigits(depth)}`,
    };
  }
  throw new Unreadable();
}

/** The part of a codec string that describes HEVC (ISO/IEC 14496-15, annex E). */
function hevcProfile(hvcC: DataView): string {
  const profile = hvcC.getUint8(1);
  let [flags, reversed] = [hvcC.getUint32(2), 0];
  for (let bit = 0; bit < 32; bit++, flags >>>= 1) reversed = reversed * 2 + (flags & 1);
  const constraints = [...bytes(part(hvcC, 6, 6))];
  while (constraints.at(-1) === 0) constraints.pop();
  return [
    `${["", "A", "B", "C"][profile >> 6]}${profile & 31}`,
    reversed.toString(16),
    `${profile & 32 ? "H" : "L"}${hvcC.getUint8(12)}`,
    ...constraints.map((value) => value.toString(16)),
  ].join(".");
}
