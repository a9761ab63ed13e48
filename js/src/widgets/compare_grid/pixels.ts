// Small pictures as numbers.

/** The luminance of a picture, row by row, 0 to 255. */
export function lumaOf(picture: CanvasImageSource, width: number, height: number): Float32Array {
  const { data } = pixels(picture, width, height);
  return Float32Array.from(
    { length: width * height },
    (_, i) =>
      0.299 * (data[4 * i] ?? 0) + 0.587 * (data[4 * i + 1] ?? 0) + 0.114 * (data[4 * i + 2] ?? 0),
  );
}

/** The mean red, green and blue. */
export function meanColour(picture: CanvasImageSource): number[] {
  const { data } = pixels(picture, 16, 16);
  const sums = [0, 0, 0];
  data.forEach((value, i) => {
    if (i % 4 < 3) sums[i % 4] = (sums[i % 4] ?? 0) + value / 256;
  });
  return sums;
}

function pixels(picture: CanvasImageSource, width: number, height: number): ImageData {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("This browser has no canvas.");
  pen.drawImage(picture, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height);
}
