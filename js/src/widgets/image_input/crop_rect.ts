// The rectangle of a crop, in pixels of the picture.
import type { ImageLimits } from "../../protocol/inputs.ts";
import type { Size } from "./image_facts.ts";

export interface Rect extends Size {
  x: number;
  y: number;
}

/** Which corner stays where it is. */
export interface Anchor {
  right: boolean;
  bottom: boolean;
}

export interface Frame extends Size {
  limits: Partial<ImageLimits>;
  /** Width to height; null when both are free. */
  ratio: number | null;
}

const LEAST = 16;

/** The largest rectangle in the middle that the model takes. */
export function largest(frame: Frame): Rect {
  const { width, height, limits } = frame;
  const most = limits.ratio ?? Infinity;
  const ratio = frame.ratio ?? Math.min(most, Math.max(1 / most, width / height));
  const w = Math.floor(Math.min(width, height * ratio));
  const h = Math.floor(Math.min(height, width / ratio));
  return { x: Math.floor((width - w) / 2), y: Math.floor((height - h) / 2), width: w, height: h };
}

export function moved(rect: Rect, dx: number, dy: number, frame: Frame): Rect {
  const x = clamp(rect.x + dx, 0, frame.width - rect.width);
  const y = clamp(rect.y + dy, 0, frame.height - rect.height);
  return { ...rect, x, y };
}

/** Another size as near to the one wanted as the picture, the ratio and the model allow. */
export function sized(rect: Rect, wanted: Size, anchor: Anchor, frame: Frame): Rect {
  const { limits, ratio } = frame;
  const room = {
    width: anchor.right ? rect.x + rect.width : frame.width - rect.x,
    height: anchor.bottom ? rect.y + rect.height : frame.height - rect.y,
  };
  const least = Math.min((limits.min_side ?? LEAST - 1) + 1, frame.width, frame.height);
  let { width, height } = wanted;
  if (ratio !== null) {
    const most = Math.min(room.width, room.height * ratio);
    width = Math.round(clamp(width, Math.min(most, least * Math.max(1, ratio)), most));
    height = Math.round(width / ratio);
  } else {
    const most = limits.ratio ?? Infinity;
    width = clamp(width, Math.min(least, room.width), room.width);
    height = clamp(height, Math.min(least, room.height), room.height);
    // The side that was changed is as wanted; the other follows where the model's ratio demands it.
    if (wanted.width === rect.width) width = clamp(width, height / most, height * most);
    else height = clamp(height, width / most, width * most);
    height = Math.min(height, room.height);
    width = Math.min(width, room.width, Math.floor(height * most));
    height = Math.min(height, Math.floor(width * most));
  }
  return {
    x: anchor.right ? rect.x + rect.width - width : rect.x,
    y: anchor.bottom ? rect.y + rect.height - height : rect.y,
    width,
    height,
  };
}

const clamp = (value: number, least: number, most: number): number =>
  Math.round(Math.max(least, Math.min(most, value)));
