// How far a clip's first frame is from the image that was uploaded: crop, shift and colour.
import { lumaOf, pixels } from "./difference_strip.ts";

const [WIDTH, HEIGHT] = [96, 54];

interface Alignment {
  /** How much larger the image is drawn in the frame; 1.04 is 4 % cropped away. */
  scale: number;
  /** Where the middle of the image has gone, in parts of the frame. */
  x: number;
  y: number;
  /** What is left of difference after that, 0 to 255. */
  rest: number;
}

/** The crop and shift of `image` that come nearest to `frame`; both WIDTH x HEIGHT luminances. */
function alignmentOf(image: Float32Array, frame: Float32Array): Alignment {
  let best: Alignment = { scale: 1, x: 0, y: 0, rest: Number.POSITIVE_INFINITY };
  // From coarse to fine around the best so far.
  for (const [step, reach] of [
    [0.04, 5],
    [0.01, 4],
  ] as const) {
    const { scale, x, y } = best;
    for (let s = -reach; s <= reach; s++) {
      for (let i = -reach; i <= reach; i++) {
        for (let j = -reach; j <= reach; j++) {
          const tried = { scale: scale + s * step, x: x + i * step, y: y + j * step };
          const rest = remainder(image, frame, tried);
          if (rest < best.rest - 1e-6) best = { ...tried, rest };
        }
      }
    }
  }
  return best;
}

function remainder(
  image: Float32Array,
  frame: Float32Array,
  { scale, x, y }: Omit<Alignment, "rest">,
): number {
  let [sum, count] = [0, 0];
  for (let row = 0; row < HEIGHT; row += 2) {
    for (let column = 0; column < WIDTH; column += 2) {
      const u = Math.round((((column + 0.5) / WIDTH - 0.5 - x) / scale) * WIDTH + WIDTH / 2 - 0.5);
      const v = Math.round((((row + 0.5) / HEIGHT - 0.5 - y) / scale) * HEIGHT + HEIGHT / 2 - 0.5);
      if (u < 0 || v < 0 || u >= WIDTH || v >= HEIGHT) continue;
      sum += Math.abs((image[v * WIDTH + u] ?? 0) - (frame[row * WIDTH + column] ?? 0));
      count++;
    }
  }
  // A fit that leaves most of the frame out says nothing.
  return count < (WIDTH * HEIGHT) / 8 ? Number.POSITIVE_INFINITY : sum / count;
}

/**
 * In words how far the first frame is from the image.
 *
 * @param image what was uploaded.
 * @param frame the clip's first frame.
 */
export function matchWords(image: HTMLImageElement, frame: ImageBitmap): string {
  // An image of another shape is cut to the frame's shape around its middle first.
  const cut = covering(image, frame.width / frame.height);
  const { scale, x, y } = alignmentOf(lumaOf(cut, WIDTH, HEIGHT), lumaOf(frame, WIDTH, HEIGHT));
  const [a, b] = [meanColour(cut), meanColour(frame)];
  const colour = Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))));
  const percent = (part: number) => `${Math.round(100 * part)} %`;
  const changes = [
    Math.abs(scale - 1) >= 0.005 &&
      (scale > 1 ? `cropped by ${percent(1 - 1 / scale)}` : `scaled down by ${percent(1 - scale)}`),
    (x || y) && `shifted by ${percent(Math.hypot(x, y))}`,
  ].filter(Boolean);
  const verdict = changes.length ? "differs from" : "matches";
  const words = changes.join(", ") || "no crop or shift";
  const rest = percent(colour / 255);
  return `First frame ${verdict} your image (${words}; colour difference ${rest}).`;
}

/** The mean red, green and blue. */
function meanColour(picture: CanvasImageSource): number[] {
  const { data } = pixels(picture, 16, 16);
  const sums = [0, 0, 0];
  data.forEach((value, i) => {
    if (i % 4 < 3) sums[i % 4] = (sums[i % 4] ?? 0) + value / 256;
  });
  return sums;
}

function covering(image: HTMLImageElement, ratio: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(WIDTH * 4, HEIGHT * 4);
  const { naturalWidth: width, naturalHeight: height } = image;
  const [w, d] = width / height > ratio ? [height * ratio, height] : [width, width / ratio];
  const pen = canvas.getContext("2d");
  pen?.drawImage(image, (width - w) / 2, (height - d) / 2, w, d, 0, 0, canvas.width, canvas.height);
  return canvas;
}
