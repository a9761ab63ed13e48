// Edits a picture in the browser: a part of it, or all of it with fewer pixels.

import type { Rect } from "./crop_rect.ts";
import type { Size } from "./image_facts.ts";

/** A change to the upright picture. */
export interface Edit {
  crop?: Rect;
  /** Pixels of the longer side. */
  longest?: number;
}

const QUALITY = 0.95;

/**
 * The picture as a person sees it, turned as its file says.
 *
 * @throws Error with words for a person when the browser cannot read it.
 */
export const upright = (file: Blob, name: string): Promise<ImageBitmap> =>
  createImageBitmap(file).catch(() => {
    throw new Error(`This browser cannot read ${name}. Save it as JPG, PNG or WebP.`);
  });

export function draw(bitmap: ImageBitmap, { crop, longest = Infinity }: Edit): HTMLCanvasElement {
  const { x, y, width, height } = crop ?? { x: 0, y: 0, ...sizeOf(bitmap) };
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, x, y, width, height, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A new file: JPEG of a JPEG, PNG of all types that may be transparent. */
export async function edited(file: Blob, name: string, edit: Edit): Promise<Blob> {
  const bitmap = await upright(file, name);
  const canvas = draw(bitmap, edit);
  bitmap.close();
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null) =>
      blob ? resolve(blob) : reject(new Error("This browser cannot save an image of this size."));
    canvas.toBlob(done, file.type === "image/jpeg" ? file.type : "image/png", QUALITY);
  });
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });
