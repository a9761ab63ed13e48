// @vitest-environment node
import { describe, expect, it } from "vitest";
import { durationWords, elapsed } from "../src/core/format.ts";
import { kernelClock } from "../src/core/kernel_clock.ts";
import { frameRateMeter, frameTime, timecode } from "../src/video/frame_rate.ts";

it("shows the kernel's time to a browser whose clock is an hour off", () => {
  let browser = 1000 + 3600;
  const clock = kernelClock(() => browser);
  clock.learn(1000);
  browser += 5;
  expect(clock.now()).toBe(1005);
});

it("believes the message that was under way the shortest", () => {
  let browser = 500;
  const clock = kernelClock(() => browser);
  clock.learn(470); // resent when the page was opened, half a minute old
  browser += 1;
  clock.learn(500.9);
  browser += 1;
  clock.learn(500.5);
  expect(clock.now()).toBeCloseTo(501.9);
});

it("writes times as a person would", () => {
  expect([0, 9.99, 72, 3912, -3].map(elapsed)).toEqual(["0:00", "0:09", "1:12", "1:05:12", "0:00"]);
  expect([0, 0.42, 9.99, 72].map(durationWords)).toEqual(["0.0 s", "0.4 s", "0:09", "1:12"]);
  expect([0, 2.28, 61.5].map(timecode)).toEqual(["00:00.00", "00:02.28", "01:01.50"]);
});

it.each([1, 16, 24000 / 1001, 24, 25, 30])("learns %d frames a second, some lost", (fps) => {
  const frames = frameRateMeter();
  for (let frame = 0; frame < 40; frame++) {
    if (frame % 7 !== 3) frames.sample(0.08 + frame / fps, frame);
  }
  expect(frames.length()).toBeCloseTo(1 / fps, 6);
});

it("does not know before it has seen, and takes no jump for a frame", () => {
  const frames = frameRateMeter();
  expect(frames.length()).toBe(0);
  for (const [count, time] of [0, 5.9, 0, 5.9, 0.02].entries()) frames.sample(time, count);
  expect(frames.length()).toBe(0);
});

describe("frameTime", () => {
  const at = (mediaTime: number, currentTime: number) =>
    frameTime(mediaTime, { currentTime, duration: 6 } as HTMLMediaElement);

  it("is what the browser says", () => {
    expect(at(2.28, 2.3)).toBe(2.28);
    // The last frame may be told when the first is due already.
    expect(at(5.96, 0.01)).toBe(5.96);
  });

  it("takes off the rounds that Firefox adds up", () => {
    expect(at(12.08, 0.0339)).toBeCloseTo(0.08);
    expect(at(8.76, 2.77)).toBeCloseTo(2.76);
    expect(at(30.04, 0.0081)).toBeCloseTo(0.04);
    expect(at(11.96, 5.97)).toBeCloseTo(5.96);
  });

  it("never is before the beginning", () => {
    expect(at(11.96, 0.01)).toBe(0);
  });
});
