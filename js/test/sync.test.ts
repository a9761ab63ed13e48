import { expect, it } from "vitest";
import { spread } from "../src/video/clip_time.ts";
import { decodeMonitor } from "../src/video/decode_monitor.ts";
import { evenFrameTimes, frameTimes, mergedTimeline } from "../src/video/frame_times.ts";

it("finds the frame of a time where frames are of unlike lengths", () => {
  const clip = frameTimes([0, 0.1, 0.5, 0.6]);
  expect([0, 0.09, 0.1, 0.49, 0.55, 9].map(clip.at)).toEqual([0, 0, 1, 1, 2, 2]);
  expect(clip.middle(1)).toBeCloseTo(0.3);
  expect(clip.duration).toBe(0.6);
});

it("takes rounded times for what they mean", () => {
  const clip = evenFrameTimes(1001 / 24000, 5);
  for (let frame = 0; frame < clip.count; frame++) {
    expect(clip.at(Number(clip.begin(frame).toFixed(5)))).toBe(frame);
    expect(clip.at(clip.middle(frame))).toBe(frame);
  }
});

it("counts in frames of the finest, carried on to the end of the longest", () => {
  const clips = [
    { timing: evenFrameTimes(1 / 25, 2), offset: 0 },
    { timing: evenFrameTimes(1 / 16, 3), offset: 0 },
  ];
  const grid = mergedTimeline(clips, 3);
  expect(grid.count).toBe(75);
  expect(grid.duration).toBe(3);
});

it("counts on where the finest begins later or is ahead", () => {
  for (const offset of [-0.1, 0.1, -0.02]) {
    const grid = mergedTimeline([{ timing: evenFrameTimes(1 / 25, 2), offset }], 2);
    expect(Math.abs(grid.count - 50)).toBeLessThanOrEqual(1);
    expect(grid.begin(0)).toBe(0);
    expect(grid.duration).toBe(2);
  }
});

it("tells how far tiles are apart", () => {
  const frame = (number: number, length = 1 / 24) => ({
    begin: number * length,
    end: (number + 1) * length,
  });
  expect(spread([frame(3), frame(3)], 1 / 24)).toBe(0);
  expect(spread([frame(3), frame(4), frame(3)], 1 / 24)).toBe(1);
  expect(spread([frame(3), frame(9)], 1 / 24)).toBe(6);
  // The same moment at unlike rates.
  expect(spread([frame(12, 1 / 25), frame(7, 1 / 16)], 1 / 25)).toBe(0);
});

it("calls a machine slow only when it falls behind twice in a row", () => {
  const keep = decodeMonitor();
  const play = (shown: number) => {
    for (let tick = 0; tick < 60; tick++) keep.count(1 / 24, shown / 24);
  };
  play(0.6);
  play(1);
  expect(keep.slow()).toBe(false);
  play(0.6);
  play(0.6);
  expect(keep.slow()).toBe(true);
  keep.forget();
  expect(keep.slow()).toBe(false);
});
