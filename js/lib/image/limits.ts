// What a model takes, and facts of a picture, in words. wiro_widgets/media/limits.py says the same;
// tests/cases/pictures.json holds the two together.
import type { ImageLimits } from "../protocol/image.ts";

export interface Size {
  width: number;
  height: number;
}

/** Usual shapes; a picture within 1 % of one is called by its name. */
const SHAPES: [width: number, height: number][] = [
  [1, 1],
  [5, 4],
  [4, 3],
  [3, 2],
  [16, 9],
  [2, 1],
  [21, 9],
  [5, 2],
];

const count = (value: number): string => value.toLocaleString("en");

/** Why a model would refuse a picture; "" when it would not. */
export function complaint(limits: Partial<ImageLimits>, { width, height }: Size, size: number) {
  const { min_side, ratio, max_bytes } = limits;
  if (min_side === undefined || ratio === undefined || max_bytes === undefined) return "";
  const side = Math.min(width, height);
  if (side <= min_side) {
    return (
      `Too small: the short side is ${count(side)} px and has to be over ${count(min_side)}. ` +
      "Enlarging would add no detail; choose a larger picture."
    );
  }
  if (Math.max(width, height) > ratio * side) {
    const shape = width > height ? "wide" : "tall";
    return `Too ${shape}: the ratio has to be between 2:5 and 5:2. Crop it.`;
  }
  if (size >= max_bytes) {
    const most = max_bytes / 1e6;
    return `Too large: ${(size / 1e6).toFixed(1)} MB, and it has to be under ${most} MB. Reduce it.`;
  }
  return "";
}

export const pixels = ({ width, height }: Size): string => `${count(width)} × ${count(height)}`;

/** `3:2`, or `1:2.17` where no usual shape is near. */
export function ratioWords({ width, height }: Size): string {
  const tall = height > width;
  const ratio = tall ? height / width : width / height;
  const near = SHAPES.find(([w, h]) => Math.abs(ratio / (w / h) - 1) < 0.01);
  const [w, h] = near ?? [Number(ratio.toFixed(2)), 1];
  return tall ? `${h}:${w}` : `${w}:${h}`;
}

export const bytesWords = (bytes: number): string =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
