// Decoded frames made as small as they are shown, and kept that way.
//
// Browsers convert a whole frame to RGB and scale that: 6 ms for 1366 x 768 without a GPU. Reading
// only what is needed takes 1 ms, and YUV 4:2:0 takes 1.5 bytes per pixel instead of 4.

/** Weights of red and blue in the brightness (ITU-T H.273). */
const WEIGHTS: Record<string, [red: number, blue: number]> = {
  bt709: [0.2126, 0.0722],
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  "bt2020-ncl": [0.2627, 0.0593],
};

type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A frame ready to be drawn. */
export interface Picture {
  width: number;
  height: number;
  /** What it takes in memory. */
  bytes: number;
  /** Draw it over a whole canvas of `width` x `height` pixels. */
  draw(pen: Pen, width: number, height: number): void;
  /** The same, smaller. */
  reduced(width: number, height: number): Picture;
  close(): void;
}

/** Makes pictures of `width` x `height` pixels; closes every frame it was given. */
export type FrameScaler = (frame: VideoFrame, width: number, height: number) => Promise<Picture>;

/** @param rotation by how many quarter turns frames are turned clockwise. */
export function frameScaler(rotation: number): FrameScaler {
  let spare = new Uint8Array(0);

  async function scale(frame: VideoFrame, width: number, height: number): Promise<Picture> {
    const { matrix, fullRange } = frame.colorSpace;
    const weights = WEIGHTS[matrix ?? ""];
    // Frames in a GPU's memory are best scaled by it; so are the rare formats.
    if (frame.format !== "I420" || !weights || !frame.visibleRect) {
      return bitmapPicture(frame, width, height, rotation);
    }
    const { width: columns, height: rows } = frame.visibleRect;
    const size = frame.allocationSize();
    // One buffer serves all frames, but never two at a time.
    const data = spare.length >= size ? spare : new Uint8Array(size);
    spare = new Uint8Array(0);
    const layout = await frame.copyTo(data);
    const yuv = { data, layout, columns, rows };
    const picture = yuvPicture(scaled(yuv, width, height, rotation), weights, Boolean(fullRange));
    spare = data;
    return picture;
  }

  return (frame, width, height) => scale(frame, width, height).finally(() => frame.close());
}

/** Planes of brightness and, half as wide and high, of two colours. */
interface Yuv {
  data: Uint8Array;
  layout: PlaneLayout[];
  columns: number;
  rows: number;
}

const half = (size: number): number => (size + 1) >> 1;

function scaled(from: Yuv, width: number, height: number, rotation: number): Yuv {
  const [small, low] = [half(width), half(height)];
  const layout = [
    { offset: 0, stride: width },
    { offset: width * height, stride: small },
    { offset: width * height + small * low, stride: small },
  ];
  const data = new Uint8Array(width * height + 2 * small * low);
  for (const [index, plane] of from.layout.entries()) {
    const offset = layout[index]?.offset ?? 0;
    const [columns, rows] = index
      ? [half(from.columns), half(from.rows)]
      : [from.columns, from.rows];
    const source = from.data.subarray(plane.offset);
    const target = data.subarray(offset);
    const [across, down] = index ? [small, low] : [width, height];
    scalePlane(source, plane.stride, [columns, rows], target, [across, down], rotation);
  }
  return { data, layout, columns: width, rows: height };
}

/** Each sample of `target` is the mean of four of `source`, turned clockwise by quarter turns. */
function scalePlane(
  source: Uint8Array,
  stride: number,
  [columns, rows]: [number, number],
  target: Uint8Array,
  [width, height]: [number, number],
  rotation: number,
): void {
  // Going right in the target is going right, up, left or down in the source; and so on.
  const turned = rotation % 2;
  const [backRight, backDown] = [rotation === 1 || rotation === 2, rotation > 1];
  const right = turned ? [rows, stride] : [columns, 1];
  const down = turned ? [columns, 1] : [rows, stride];
  const steps = ([from = 0, step = 0]: number[], to: number, within: number, back: boolean) =>
    Uint32Array.from({ length: to }, (_, at) => {
      const place = Math.floor(((at + within) * from) / to);
      return (back ? from - 1 - place : place) * step;
    });
  const left = steps(right, width, 0.25, backRight);
  const rest = steps(right, width, 0.75, backRight);
  const upper = steps(down, height, 0.25, backDown);
  const lower = steps(down, height, 0.75, backDown);
  let at = 0;
  for (let row = 0; row < height; row++) {
    const [top, bottom] = [upper[row] as number, lower[row] as number];
    for (let column = 0; column < width; column++) {
      const [a, b] = [left[column] as number, rest[column] as number];
      const four =
        (source[top + a] as number) +
        (source[top + b] as number) +
        (source[bottom + a] as number) +
        (source[bottom + b] as number);
      target[at++] = (four + 2) >> 2;
    }
  }
}

/** What was drawn last, so that playing does not need new memory for each frame. */
let image: ImageData | null = null;
/** A canvas for pictures of another size than where they are drawn. */
let scratch: OffscreenCanvasRenderingContext2D | null = null;

function yuvPicture(yuv: Yuv, weights: [red: number, blue: number], full: boolean): Picture {
  const { columns: width, rows: height, data } = yuv;
  return {
    width,
    height,
    bytes: data.length,
    draw(pen, toWidth, toHeight) {
      if (image?.width !== width || image.height !== height) image = new ImageData(width, height);
      convert(yuv, image.data, weights, full);
      if (toWidth === width && toHeight === height) {
        pen.putImageData(image, 0, 0);
        return;
      }
      scratch ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      if (!scratch) return;
      Object.assign(scratch.canvas, { width, height });
      scratch.putImageData(image, 0, 0);
      pen.drawImage(scratch.canvas, 0, 0, toWidth, toHeight);
    },
    reduced: (to, down) => yuvPicture(scaled(yuv, to, down, 0), weights, full),
    close() {},
  };
}

/** From YUV to RGB. */
function convert(
  { data: planes, layout, columns: width, rows: height }: Yuv,
  data: Uint8ClampedArray,
  [red, blue]: [number, number],
  full: boolean,
): void {
  // 16 bits behind the point.
  const y = Math.round(65536 * (full ? 1 : 255 / 219));
  const dark = full ? 0 : 16;
  const chroma = 65536 * 2 * (full ? 1 : 255 / 224);
  const green = 1 - red - blue;
  const crRed = Math.round(chroma * (1 - red));
  const cbBlue = Math.round(chroma * (1 - blue));
  const cbGreen = Math.round((chroma * blue * (1 - blue)) / green);
  const crGreen = Math.round((chroma * red * (1 - red)) / green);
  const [, cb, cr] = layout.map(({ offset }) => offset);
  const small = half(width);
  let [at, to] = [0, 0];
  for (let row = 0; row < height; row++) {
    const line = (row >> 1) * small;
    const [cbLine, crLine] = [(cb as number) + line, (cr as number) + line];
    for (let column = 0; column < width; column++, to += 4) {
      const light = ((planes[at++] as number) - dark) * y + 32768;
      const u = (planes[cbLine + (column >> 1)] as number) - 128;
      const v = (planes[crLine + (column >> 1)] as number) - 128;
      data[to] = (light + crRed * v) >> 16;
      data[to + 1] = (light - cbGreen * u - crGreen * v) >> 16;
      data[to + 2] = (light + cbBlue * u) >> 16;
      data[to + 3] = 255;
    }
  }
}

function bitmapPicture(
  source: CanvasImageSource,
  width: number,
  height: number,
  rotation: number,
): Picture {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d", { alpha: false });
  const [across, down] = rotation % 2 ? [height, width] : [width, height];
  pen?.translate(width / 2, height / 2);
  pen?.rotate((rotation * Math.PI) / 2);
  pen?.drawImage(source, -across / 2, -down / 2, across, down);
  const bitmap = canvas.transferToImageBitmap();
  return {
    width,
    height,
    bytes: width * height * 4,
    draw: (pen, toWidth, toHeight) => pen.drawImage(bitmap, 0, 0, toWidth, toHeight),
    reduced: (to, low) => bitmapPicture(bitmap, to, low, 0),
    close: () => bitmap.close(),
  };
}
