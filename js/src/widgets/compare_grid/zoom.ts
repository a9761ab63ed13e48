// Looking closer: one zoom for all pictures, so that they stay comparable.
import { on } from "../../core/dom.ts";
import type { ViewState } from "./view_state.ts";

const MOST = 8;
const PICTURE = ".wiro-zoomed";

export interface ZoomControl {
  /** Half as close or twice; with a place, that place stays where it is. */
  by(factor: number, at?: { x: number; y: number }): void;
  pan(x: number, y: number): void;
  /** 1, 2, 4, and back to 1. */
  cycle(): void;
}

/** @param changed told the new scale. */
export function zoomControl(
  root: HTMLElement,
  memory: ViewState,
  changed: (scale: number) => void,
): ZoomControl {
  const { zoom } = memory;
  let from: PointerEvent | null = null;

  function apply(): void {
    zoom.scale = Math.max(1, Math.min(MOST, zoom.scale));
    const reach = (zoom.scale - 1) / 2;
    zoom.x = Math.max(-reach, Math.min(reach, zoom.x));
    zoom.y = Math.max(-reach, Math.min(reach, zoom.y));
    const { style } = root;
    style.setProperty("--wiro-zoom", String(zoom.scale));
    style.setProperty("--wiro-x", `${100 * zoom.x}%`);
    style.setProperty("--wiro-y", `${100 * zoom.y}%`);
    root.dataset.zoomed = String(zoom.scale > 1);
    changed(zoom.scale);
  }

  function by(factor: number, at = { x: 0, y: 0 }): void {
    const before = zoom.scale;
    zoom.scale = Math.max(1, Math.min(MOST, before * factor));
    const real = zoom.scale / before;
    zoom.x = at.x - (at.x - zoom.x) * real;
    zoom.y = at.y - (at.y - zoom.y) * real;
    apply();
  }

  function pan(x: number, y: number): void {
    zoom.x += x;
    zoom.y += y;
    apply();
  }

  const picture = (event: Event) => (event.target as Element).closest<HTMLElement>(PICTURE);
  on<WheelEvent>(root, "wheel", (event) => {
    const box = picture(event)?.parentElement?.getBoundingClientRect();
    // Plain scrolling is the notebook's.
    if (!box || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const x = (event.clientX - box.left) / box.width - 0.5;
    const y = (event.clientY - box.top) / box.height - 0.5;
    by(event.deltaY < 0 ? 1.25 : 0.8, { x, y });
  });
  on<PointerEvent>(root, "pointerdown", (event) => {
    from = zoom.scale > 1 && picture(event) ? event : null;
  });
  on<PointerEvent>(root, "pointermove", (event) => {
    const box = from && picture(event)?.parentElement?.getBoundingClientRect();
    if (!from || !box || !event.buttons) return;
    pan((event.clientX - from.clientX) / box.width, (event.clientY - from.clientY) / box.height);
    from = event;
  });
  apply();
  return { by, pan, cycle: () => by(zoom.scale >= 4 ? 1 / MOST : 2) };
}
