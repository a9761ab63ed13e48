import { expect, test } from "vitest";
import { type Frame, largest, moved, sized } from "../src/widgets/image_input/crop_rect.ts";

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48271) % 2147483647;
    yield state / 2147483647;
  }
}

test("whatever is done to it, a crop is inside the picture and one the model takes", () => {
  const next = numbers(7);
  const some = (from: number, to: number) => Math.floor(from + next.next().value * (to - from));
  for (let round = 0; round < 4000; round++) {
    const frame: Frame = {
      width: some(301, 5000),
      height: some(301, 5000),
      limits: { min_side: 300, ratio: 2.5 },
      ratio: null,
    };
    let rect = largest(frame);
    for (let step = 0; step < 8; step++) {
      const by = [some(-400, 400), some(-400, 400)] as const;
      const wanted = {
        width: rect.width + (step % 3 ? by[0] : 0),
        height: rect.height + (step % 3 === 1 ? 0 : by[1]),
      };
      const anchor = { right: step % 2 === 0, bottom: step % 4 < 2 };
      rect = step % 5 ? sized(rect, wanted, anchor, frame) : moved(rect, ...by, frame);
      const { x, y, width, height } = rect;
      expect([x, y, width, height].every(Number.isInteger)).toBe(true);
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(frame.width);
      expect(y + height).toBeLessThanOrEqual(frame.height);
      expect(Math.min(width, height)).toBeGreaterThan(300);
      expect(Math.max(width, height) / Math.min(width, height)).toBeLessThanOrEqual(2.5);
    }
  }
});

test("the side that was changed is as wanted, and the other follows", () => {
  const frame = { width: 1600, height: 400, limits: { min_side: 300, ratio: 2.5 }, ratio: null };
  const whole = largest(frame);
  expect(whole).toEqual({ x: 300, y: 0, width: 1000, height: 400 });
  const lower = sized(whole, { width: 1000, height: 350 }, { right: false, bottom: false }, frame);
  expect(lower).toMatchObject({ width: 875, height: 350 });
});

test("a shape is kept to the pixel", () => {
  const frame = { width: 1600, height: 900, limits: {}, ratio: 1 };
  const rect = largest(frame);
  expect(rect).toMatchObject({ width: 900, height: 900 });
  const less = sized(rect, { width: 700, height: 900 }, { right: false, bottom: false }, frame);
  expect(less).toMatchObject({ width: 700, height: 700 });
});
