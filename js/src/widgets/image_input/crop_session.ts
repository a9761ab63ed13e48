// Cropping: what chooses a part of the picture stands in the picture's place until it is closed.
import { cropBox } from "./crop_box.ts";
import type { Rect } from "./crop_rect.ts";
import { draw, upright } from "./image_edit.ts";
import type { ImageTraits } from "./image_state.ts";

/** Longest side of the picture that is cropped on, as drawn on the screen. */
const CROP_VIEW = 1400;

/**
 * @param place what is hidden meanwhile.
 * @returns the part in pixels of the upright picture; null when the crop was left.
 * @throws Error with words for a person when the browser cannot read the picture.
 */
export async function partOf(
  original: Blob,
  name: string,
  limits: ImageTraits["limits"],
  place: HTMLElement,
): Promise<Rect | null> {
  const bitmap = await upright(original, name);
  const { width, height } = bitmap;
  const canvas = draw(bitmap, { longest: CROP_VIEW });
  bitmap.close();
  return new Promise((resolve) => {
    const close = (part: Rect | null) => {
      opened.element.remove();
      place.hidden = false;
      resolve(part);
    };
    const opened = cropBox(canvas, { width, height }, limits, close, () => close(null));
    place.hidden = true;
    place.after(opened.element);
    opened.focus();
  });
}
