// Facts about a picture as text. Whether a model takes it is decided in Python (media/pictures.py).

export interface Size {
  width: number;
  height: number;
}

/** Usual shapes, whose names are used for pictures within 1 % of them. */
const SHAPES: [width: number, height: number][] = [
  [1, 1],
  [5, 4],
  [4, 3],
  [3, 2],
  [8, 5],
  [16, 9],
  [2, 1],
  [21, 9],
  [5, 2],
];

const count = (value: number): string => value.toLocaleString("en");

export const pixels = ({ width, height }: Size): string => `${count(width)} × ${count(height)}`;

/** `3:2`; "" where no usual shape is near, since nobody thinks in `1:2.17`. */
export function ratioWords({ width, height }: Size): string {
  const tall = height > width;
  const ratio = tall ? height / width : width / height;
  const near = SHAPES.find(([w, h]) => Math.abs(ratio / (w / h) - 1) < 0.01);
  if (!near) return "";
  const [w, h] = near;
  return tall ? `${h}:${w}` : `${w}:${h}`;
}

export const bytesWords = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.max(1, Math.round(bytes / 1e3))}\u00a0KB`
    : `${(bytes / 1e6).toFixed(1)}\u00a0MB`;
