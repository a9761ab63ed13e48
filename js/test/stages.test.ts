import { describe, expect, it } from "vitest";
import { snapshot, states } from "../demo/states.js";
import { frontier, layoutStages, stageWords } from "../src/run/stages.ts";

const all = states(null, null);

describe("the bar", () => {
  it.each(["live", "sandbox"] as const)("never jumps backwards (%s)", (service) => {
    let filled = 0;
    for (let at = 0; at <= 179; at += 0.25) {
      const run = snapshot(at, { service });
      const next = frontier(layoutStages(run, run.now, filled));
      expect(next).toBeGreaterThanOrEqual(filled);
      filled = next;
    }
    expect(filled).toBeLessThan(1);
  });

  it("does not go back when a first progress says less than the time did", () => {
    const before = snapshot(150);
    const filled = frontier(layoutStages(before, before.now));
    const after = snapshot(151, { progress: 0.1 });
    expect(frontier(layoutStages(after, after.now, filled))).toBe(filled);
  });

  it.each(Object.keys(all))("leaves every label room and fills itself exactly (%s)", (state) => {
    const run = all[state];
    if (!run) throw new Error(state);
    const spans = layoutStages(run, run.now);
    expect(spans.reduce((sum, span) => sum + span.share, 0)).toBeCloseTo(1, 9);
    for (const span of spans) expect(span.share).toBeGreaterThan(0.199);
    for (const span of spans) expect(span.filled).toBeLessThanOrEqual(span.share + 1e-9);
  });

  it("is full only when the run succeeded", () => {
    const full = Object.entries(all).filter(([, run]) => frontier(layoutStages(run, run.now)) >= 1);
    expect(full.map(([state]) => state)).toEqual(["succeeded", "reused"]);
  });

  it("does not let a long queue squash the stages behind it", () => {
    const patient = snapshot(35, {});
    const stages = patient.stages.map(({ name, at }) => ({ name, at: at + 3600 }));
    const [first] = stages;
    if (first) first.at -= 3600;
    const run = { ...patient, stages, now: patient.now + 3660 };
    const [queue, , generate] = layoutStages(run, run.now);
    expect(queue?.seconds).toBeGreaterThan(3600);
    expect(queue?.share).toBeLessThan(0.35);
    expect(generate?.filled).toBeGreaterThan(0.1);
  });

  it("times a span from its first stage to the next span's", () => {
    const run = snapshot(72);
    expect(layoutStages(run, run.now).map((span) => Math.round(span.seconds))).toEqual([
      24, 11, 37, 0,
    ]);
  });

  it("draws waiting apart from work, also between two stages of work", () => {
    const run = snapshot(72);
    const kinds = layoutStages(run, run.now).flatMap((span) =>
      span.segments.map((each) => each.kind),
    );
    expect(kinds).toEqual(["wait", "wait", "done", "done", "wait", "done", "done", "run"]);
  });

  it("breaks where it generated, though the service ran through its last stages", () => {
    const spans = layoutStages(all.failed ?? snapshot(0), 0);
    expect(new Set(spans[2]?.segments.map((each) => each.kind))).toEqual(new Set(["bad"]));
    expect(new Set(spans[3]?.segments.map((each) => each.kind))).toEqual(new Set(["idle"]));
  });

  it("ends where a stopped run ended, with no segment after", () => {
    const { stages, ...rest } = all.cancelled ?? snapshot(0);
    const run = { ...rest, stages: [...stages, { name: "task_cancel", at: rest.ended ?? 0 }] };
    const spans = layoutStages(run, run.now);
    expect(spans[2]?.segments.at(-1)).toMatchObject({ stage: "task_output", kind: "ended" });
    expect(spans[3]?.segments).toEqual([]);
  });

  it("keeps a stage the service has invented in the span it came in, under its own name", () => {
    const run = snapshot(72);
    run.stages.push({ name: "task_polish", at: run.now - 5 });
    const generate = layoutStages(run, run.now)[2];
    expect(generate?.segments.at(-1)).toMatchObject({ stage: "task_polish", kind: "run" });
    expect(stageWords("task_polish")).toBe("task_polish");
  });
});
