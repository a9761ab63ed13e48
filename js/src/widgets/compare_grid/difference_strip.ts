// Where in time the runs differ most: a strip under the scrubber.
import type { SyncPlayer } from "../../video/sync_player.ts";

const TIMES = 32;
const [WIDTH, HEIGHT] = [48, 27];

export interface Differences {
  /** Seconds of each sample. */
  times: number[];
  /** How far the run that differs most is from the first, 0 to 255. */
  values: number[];
}

/** @param keys the first is what the others are held against. */
export async function measureDifferences(
  player: SyncPlayer,
  keys: string[],
  duration: number,
  signal: AbortSignal,
): Promise<Differences> {
  const times = Array.from({ length: TIMES }, (_, i) => ((i + 0.5) * duration) / TIMES);
  const lumas: Float32Array[][] = [];
  for (const key of keys) {
    const stills = await player.framesAt(key, times, WIDTH, signal);
    lumas.push(stills.map((still) => lumaOf(still, WIDTH, HEIGHT)));
    for (const still of stills) still.close();
  }
  const [first = [], ...others] = lumas;
  const values = times.map((_, i) =>
    Math.max(0, ...others.map((each) => meanDifference(first[i], each[i]))),
  );
  return { times, values };
}

/** Mean difference of two pictures; 0 when one is missing. */
function meanDifference(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (!a || !b) return 0;
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

/** Draw the strip; the strongest place is full. */
export function drawDifferences(canvas: HTMLCanvasElement, { values }: Differences): void {
  const most = Math.max(1, ...values);
  canvas.width = values.length;
  canvas.height = 1;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  // The colour is the strip's own, so that it follows the theme.
  pen.fillStyle = getComputedStyle(canvas).color;
  values.forEach((value, i) => {
    pen.globalAlpha = value / most;
    pen.fillRect(i, 0, 1, 1);
  });
}

/** The luminance of a picture, row by row, 0 to 255. */
export function lumaOf(picture: CanvasImageSource, width: number, height: number): Float32Array {
  const { data } = pixels(picture, width, height);
  return Float32Array.from(
    { length: width * height },
    (_, i) =>
      0.299 * (data[4 * i] ?? 0) + 0.587 * (data[4 * i + 1] ?? 0) + 0.114 * (data[4 * i + 2] ?? 0),
  );
}

/** A picture scaled to a size, as numbers. */
export function pixels(picture: CanvasImageSource, width: number, height: number): ImageData {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("This browser has no canvas.");
  pen.drawImage(picture, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height);
}
