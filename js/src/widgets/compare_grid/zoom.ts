// Looking closer: one zoom for all pictures, so that they stay comparable.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import type { ViewState } from "./view_state.ts";

const MOST = 8;
const PICTURE = ".wiro-zoomed";
/** Turning a wheel by one notch is about 100 pixels and makes it a quarter larger. */
const PER_PIXEL = 0.0023;
const LINE = 33;

interface Point {
  x: number;
  y: number;
}

export interface ZoomControl {
  /** Buttons, for those who have neither wheel nor keys. */
  element: HTMLElement;
  /** So many times as large; with a place, in parts from the middle, that place stays where it is. */
  by(factor: number, at?: Point): void;
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
  const smaller = button("small", "−", () => by(0.5), { "aria-label": "Zoom out of all clips" });
  const larger = button("small", "+", () => by(2), { "aria-label": "Zoom in on all clips" });
  const scale = h("span", "scale");
  const element = h(
    "div",
    "zoom",
    { role: "group", "aria-label": "Zoom", title: "Key Z, Ctrl + wheel, or two fingers" },
    smaller,
    scale,
    larger,
  );
  /** Fingers, or the mouse button, that are down on a picture. */
  const held = new Map<number, Point>();

  function apply(): void {
    zoom.scale = Math.max(1, Math.min(MOST, zoom.scale));
    const reach = (zoom.scale - 1) / 2;
    zoom.x = Math.max(-reach, Math.min(reach, zoom.x));
    zoom.y = Math.max(-reach, Math.min(reach, zoom.y));
    const { style } = root;
    style.setProperty("--wiro-zoom", String(zoom.scale));
    style.setProperty("--wiro-x", `${100 * zoom.x}%`);
    style.setProperty("--wiro-y", `${100 * zoom.y}%`);
    setAttributes(root, { "data-zoomed": String(zoom.scale > 1) });
    setText(scale, `${Math.round(100 * zoom.scale)} %`);
    smaller.disabled = zoom.scale <= 1;
    larger.disabled = zoom.scale >= MOST;
    changed(zoom.scale);
  }

  function by(factor: number, at: Point = { x: 0, y: 0 }): void {
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

  /** The box of the picture an event is about; null beside the pictures. */
  const boxOf = ({ target }: Event): DOMRect | null =>
    (target as Element).closest(PICTURE)?.parentElement?.getBoundingClientRect() ?? null;
  const within = ({ x, y }: Point, box: DOMRect): Point => ({
    x: (x - box.left) / box.width - 0.5,
    y: (y - box.top) / box.height - 0.5,
  });

  on<WheelEvent>(root, "wheel", (event) => {
    const box = boxOf(event);
    // Plain scrolling is the notebook's. A touchpad's pinch comes as a wheel with Ctrl.
    if (!box || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const pixels = event.deltaMode ? event.deltaY * LINE : event.deltaY;
    by(Math.exp(-pixels * PER_PIXEL), within(event, box));
  });
  on<PointerEvent>(root, "pointerdown", (event) => {
    if (boxOf(event)) held.set(event.pointerId, event);
  });
  on<PointerEvent>(root, "pointerup pointercancel pointerleave", ({ pointerId }) => {
    held.delete(pointerId);
  });
  on<PointerEvent>(root, "pointermove", (event) => {
    const before = held.get(event.pointerId);
    const box = boxOf(event);
    if (!before || !box || !event.buttons) return;
    held.set(event.pointerId, event);
    const [other] = [...held].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
    if (other) {
      const distance = (a: Point) => Math.hypot(a.x - other.x, a.y - other.y) || 1;
      const middle = { x: (event.x + other.x) / 2, y: (event.y + other.y) / 2 };
      by(distance(event) / distance(before), within(middle, box));
    } else if (zoom.scale > 1) {
      pan((event.x - before.x) / box.width, (event.y - before.y) / box.height);
    }
  });
  apply();
  return { element, by, pan, cycle: () => by(zoom.scale >= 4 ? 1 / MOST : 2) };
}
