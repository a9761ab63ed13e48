// What a picture file says of itself, and the same file without what is not picture. Pixels are not
// touched here. wiro_widgets/media/strip.py does the same in the kernel.

export interface PictureFile {
  /** By the first bytes, whatever the name says; "" when it is none of those known here. */
  type: string;
  /** Exif's 1 to 8. */
  orientation: number;
  animated: boolean;
  /** More than 8 bits per colour. */
  deep: boolean;
  /** Made for print: CMYK. */
  print: boolean;
  /** Without Exif, XMP, comments and whatever follows the end of the file. */
  parts: Uint8Array<ArrayBuffer>[];
}

type Bytes = Uint8Array<ArrayBuffer>;

const PNG_KEPT = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP"];
const WEBP_KEPT = ["VP8 ", "VP8L", "ALPH", "ICCP", "ANIM", "ANMF"];
const ORIENTATION = 0x0112;

export function readFile(bytes: Bytes): PictureFile {
  const found: PictureFile = {
    type: "",
    orientation: 1,
    animated: false,
    deep: false,
    print: false,
    parts: [bytes],
  };
  const text = (at: number, length: number) =>
    String.fromCharCode(...bytes.subarray(at, at + length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (view.getUint16(0) === 0xffd8) jpeg(bytes, view, text, found);
    else if (text(1, 3) === "PNG") png(bytes, view, text, found);
    else if (text(0, 4) === "RIFF" && text(8, 4) === "WEBP") webp(bytes, view, text, found);
    else if (text(0, 4) === "GIF8") gif(bytes, found);
  } catch {
    // It ends too early; whoever decodes it says so in a better way.
    found.parts = [bytes];
  }
  return found;
}

type Text = (at: number, length: number) => string;

function jpeg(bytes: Bytes, view: DataView, text: Text, found: PictureFile): void {
  found.type = "image/jpeg";
  const parts = [bytes.subarray(0, 2)];
  let at = 2;
  while (at < bytes.length) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      // Fill bytes may stand before a marker.
      at++;
      continue;
    }
    if (marker === 0xd9) {
      parts.push(bytes.subarray(at, at + 2));
      break;
    }
    let end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xda) end = endOfScan(bytes, end);
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) found.print = view.getUint8(at + 9) === 4;
    if (marker === 0xe1 && text(at + 4, 4) === "Exif") {
      found.orientation = orientationOf(bytes.subarray(at + 10, end));
    }
    const isProfile = marker === 0xe2 && text(at + 4, 11) === "ICC_PROFILE";
    const isOther = (marker >= 0xe1 && marker <= 0xef && marker !== 0xee) || marker === 0xfe;
    if (isProfile || !isOther) parts.push(bytes.subarray(at, end));
    at = end;
  }
  found.parts = parts;
}

/** Within a scan FF is followed by 00 (stuffing), another FF or a restart marker. */
function endOfScan(bytes: Bytes, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && at + 1 < bytes.length) {
    const next = bytes[at + 1] as number;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at = bytes.indexOf(0xff, at + 1);
  }
  return bytes.length;
}

function png(bytes: Bytes, view: DataView, text: Text, found: PictureFile): void {
  found.type = "image/png";
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const kind = text(at + 4, 4);
    const end = at + 12 + view.getUint32(at);
    if (kind === "IHDR") found.deep = view.getUint8(at + 16) > 8;
    if (kind === "acTL") found.animated = true;
    if (kind === "eXIf") found.orientation = orientationOf(bytes.subarray(at + 8, end));
    if (PNG_KEPT.includes(kind)) parts.push(bytes.subarray(at, end));
    if (kind === "IEND") break;
    at = end;
  }
  found.parts = parts;
}

function webp(bytes: Bytes, view: DataView, text: Text, found: PictureFile): void {
  found.type = "image/webp";
  const parts: Bytes[] = [];
  const whole = Math.min(bytes.length, 8 + view.getUint32(4, true));
  for (let at = 12; at + 8 <= whole; ) {
    const kind = text(at, 4);
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length % 2);
    if (kind === "ANIM") found.animated = true;
    if (kind === "EXIF") {
      const start = text(at + 8, 4) === "Exif" ? at + 14 : at + 8;
      found.orientation = orientationOf(bytes.subarray(start, end));
    }
    if (kind === "VP8X") {
      const header = bytes.slice(at, end);
      // The bits that announce Exif and XMP.
      header[8] = view.getUint8(at + 8) & ~0x0c;
      parts.push(header);
    } else if (WEBP_KEPT.includes(kind)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  const start = bytes.slice(0, 12);
  const size = parts.reduce((sum, part) => sum + part.length, 4);
  new DataView(start.buffer).setUint32(4, size, true);
  found.parts = [start, ...parts];
}

function gif(bytes: Bytes, found: PictureFile): void {
  found.type = "image/gif";
  let frames = 0;
  for (let at = bytes.indexOf(0x21); at >= 0; at = bytes.indexOf(0x21, at + 1)) {
    if (bytes[at + 1] === 0xf9 && bytes[at + 2] === 4) frames++;
  }
  found.animated = frames > 1;
}

/** From a TIFF header on; 1 when it says nothing that makes sense. */
function orientationOf(tiff: Bytes): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  try {
    const little = view.getUint16(0) === 0x4949;
    const directory = view.getUint32(4, little);
    for (let entry = 0; entry < view.getUint16(directory, little); entry++) {
      const at = directory + 2 + 12 * entry;
      if (view.getUint16(at, little) !== ORIENTATION) continue;
      const value = view.getUint16(at + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch {
    // A broken directory turns nothing.
  }
  return 1;
}
