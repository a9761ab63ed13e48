// Choosing a part of a picture, with the pointer or with keys.
import { button, h, newId, on, setAttributes, setText } from "../../core/dom.ts";
import type { ImageLimits } from "../../protocol/inputs.ts";
import { type Frame, largest, moved, type Rect, sized } from "./crop_rect.ts";
import { pixels, ratioWords, type Size } from "./image_facts.ts";

const SHAPES: [words: string, ratio: number | null][] = [
  ["Free", null],
  ["16:9", 16 / 9],
  ["4:3", 4 / 3],
  ["1:1", 1],
  ["3:4", 3 / 4],
  ["9:16", 9 / 16],
];
/** Part of the longer side that one key press moves the box by. */
const STEP = 0.01;
const STEPS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export interface CropBox {
  element: HTMLElement;
  focus(): void;
}

/**
 * @param picture the upright picture, in any size.
 * @param take called with the rectangle in pixels of `size`.
 */
export function cropBox(
  picture: HTMLElement,
  size: Size,
  limits: Partial<ImageLimits>,
  take: (rect: Rect) => void,
  leave: () => void,
): CropBox {
  const frame: Frame = { width: size.width, height: size.height, limits, ratio: null };
  let rect = largest(frame);
  const id = newId();
  const words = h("p", "", { id, role: "status" });
  const corners = ["nw", "ne", "sw", "se"].map((name) => h("span", "corner", { "data-at": name }));
  const box = h(
    "div",
    "crop-box",
    {
      tabindex: 0,
      role: "application",
      "aria-label": "Part of the image to keep",
      "aria-describedby": `${id} ${id}-keys`,
    },
    ...corners,
  );
  const stage = h("div", "crop-stage", {}, picture, box);
  const shapes = SHAPES.map(([name, ratio]) => {
    const radio = h("input", "", { type: "radio", name: id });
    radio.checked = ratio === null;
    on(radio, "change", () => {
      frame.ratio = ratio;
      rect = largest(frame);
      show();
    });
    return h("label", "segment-choice", {}, radio, name);
  });
  const keys = h(
    "p",
    "hint",
    { id: `${id}-keys` },
    "Arrow keys move the crop, Shift+arrows resize it, Enter applies, Esc cancels.",
  );
  const element = h(
    "div",
    "crop",
    { role: "group", "aria-label": "Crop" },
    stage,
    h(
      "div",
      "crop-tools",
      {},
      h("div", "segments", { role: "radiogroup", "aria-label": "Shape" }, ...shapes),
      words,
      h("span", "grow"),
      button("button", "Cancel", leave),
      button("primary", "Crop", () => take(rect)),
    ),
    keys,
  );

  function show(): void {
    const { style } = box;
    style.left = `${(100 * rect.x) / size.width}%`;
    style.top = `${(100 * rect.y) / size.height}%`;
    style.width = `${(100 * rect.width) / size.width}%`;
    style.height = `${(100 * rect.height) / size.height}%`;
    setText(words, [pixels(rect), ratioWords(rect)].filter(Boolean).join(" · "));
  }

  on<KeyboardEvent>(element, "keydown", (event) => {
    const step = event.target === box ? STEPS[event.key] : undefined;
    if (step) {
      const by = Math.max(1, Math.round(STEP * Math.max(size.width, size.height)));
      const [dx, dy] = [step[0] * by, step[1] * by];
      const grown = { width: rect.width + dx, height: rect.height + dy };
      // With a fixed ratio the height follows the width, so that all four arrows change the size.
      if (frame.ratio !== null && dy) grown.width = rect.width + dy * frame.ratio;
      const stay = { right: false, bottom: false };
      rect = event.shiftKey ? sized(rect, grown, stay, frame) : moved(rect, dx, dy, frame);
      show();
    } else if (event.key === "Enter" && event.target === box) take(rect);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  on<PointerEvent>(box, "pointerdown", (down) => {
    // A second finger on the box is not another drag.
    if (down.button || !down.isPrimary) return;
    const begun = rect;
    const scale = size.width / stage.clientWidth;
    const corner = (down.target as HTMLElement).dataset.at;
    const anchor = {
      right: Boolean(corner?.includes("w")),
      bottom: Boolean(corner?.includes("n")),
    };
    const over = new AbortController();
    box.setPointerCapture(down.pointerId);
    const drag = ({ clientX, clientY, isPrimary }: PointerEvent) => {
      if (!isPrimary) return;
      const [dx, dy] = [(clientX - down.clientX) * scale, (clientY - down.clientY) * scale];
      const wanted = {
        width: begun.width + (anchor.right ? -dx : dx),
        height: begun.height + (anchor.bottom ? -dy : dy),
      };
      rect = corner ? sized(begun, wanted, anchor, frame) : moved(begun, dx, dy, frame);
      show();
    };
    on(box, "pointermove", drag, over);
    const drop = ({ isPrimary }: PointerEvent) => isPrimary && over.abort();
    on(box, "pointerup pointercancel", drop, over);
  });

  setAttributes(stage, { style: `aspect-ratio: ${size.width} / ${size.height}` });
  show();
  return { element, focus: () => box.focus() };
}
