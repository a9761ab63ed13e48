import { afterEach, beforeEach, expect, it, vi } from "vitest";
import costs from "../../tests/cases/costs.json";
import { snapshot, states } from "../demo/states.js";
import { announcer } from "../src/core/announcer.ts";
import type { RunSnapshot } from "../src/protocol/runs.ts";
import { announcement, costWords, statusWords, stopWords } from "../src/run/status_text.ts";

const all = states(null, null);
const state = (name: string): RunSnapshot => {
  const found = all[name];
  if (!found) throw new Error(`no state ${name}`);
  return found;
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says the state in words with the time since the request", () => {
  const words = Object.entries(all).map(([name, run]) => [name, statusWords(run, run.now)]);
  expect(Object.fromEntries(words)).toMatchObject({
    queued: "In the queue 0:12",
    generating: "Generating 1:12 · 52 %",
    succeeded: "Done in 3:00",
    failed: "Failed after 3:00",
    unknown: "Outcome unknown after 0:31",
    looking: "Looking for it 0:40",
    downloading: "Fetching the clip 3:00",
    unfetched: "Clip not fetched after 3:00",
    refused: "Refused after 0:00",
    unsent: "Not sent yet 0:00",
  });
});

it("says how much time is left where that is known", () => {
  const at = (seconds: number, usual: number[]) =>
    statusWords({ ...snapshot(seconds, { progress: 0.52 }), usual }, 0);
  expect(at(72, [170, 210])).toBe("Generating · 52 % · about 2 min left");
  expect(at(150, [170, 210])).toBe("Generating · 52 % · about 45 s left");
  expect(at(300, [170, 210])).toBe("Finishing 5:00");
  expect(at(72, [])).toBe("Generating 1:12 · 52 %");
});

it("is honest about what a stop came to", () => {
  expect(stopWords(state("cancelled_queue"), true)).toBe(
    "Cancelled in the queue. Nothing was charged.",
  );
  expect(stopWords(state("cancelled"), true)).toBe(
    "Stopped while it was running. It may still be billed.",
  );
  expect(stopWords({ ...state("cancelled"), service: "sandbox" }, true)).toBe(
    "Stopped while it was running. Live, this may be billed.",
  );
  expect(stopWords(state("stopping"), false)).toBe("Stop requested; may still be billed.");
  expect(stopWords(snapshot(12, { stopping: true }), false)).toBe("Stopping…");
  expect(stopWords(state("succeeded"), true)).toBe("It had already ended before the stop arrived.");
  expect(stopWords(state("succeeded"), false)).toBe("");
});

it.each(costs)("writes a cost of %s (%s) as %s", (cost = "", service, words) => {
  const run = { ...state("succeeded"), cost, service: service as RunSnapshot["service"] };
  expect(costWords(run)).toBe(words);
});

it("never says that an unknown price is nothing", () => {
  expect(costWords(state("succeeded"))).toBe("$0.19 if live");
  expect(costWords({ ...state("succeeded"), service: "live" })).toBe("$0.19");
  expect(costWords({ ...state("succeeded"), cost: null })).toBe("price unknown");
  expect(costWords(state("cancelled"))).toBe("cost not settled yet");
  expect(costWords({ ...state("generating"), unsettled: true })).toBe("");
});

it("announces stages, quarters and ends, at most twelve things in a whole run", () => {
  const end = new AbortController();
  const { element, announce } = announcer(end.signal);
  const heard: string[] = [];
  const listen = new MutationObserver((changes) => {
    if (changes.some((change) => change.addedNodes.length)) heard.push(element.textContent ?? "");
  });
  listen.observe(element, { childList: true });
  return run().finally(() => end.abort());

  async function run() {
    for (let at = 0; at < 180; at += 0.3) {
      const progress = at < 37 ? null : Math.min(1, (at - 37) / 130);
      announce(announcement(snapshot(at, { progress })));
      await vi.advanceTimersByTimeAsync(300);
    }
    announce(announcement(state("succeeded")));
    await vi.advanceTimersByTimeAsync(2000);
    expect(heard).toContain("Run 14: generating, 50 percent.");
    expect(heard.at(-1)).toBe("Run 14: done, the clip is here.");
    expect(heard.length).toBeLessThanOrEqual(12);
    expect(heard.join()).not.toMatch(/\d:\d\d/);
  }
});

it("puts off what comes too fast, and loses none of it", async () => {
  const end = new AbortController();
  const { element, announce } = announcer(end.signal);
  const heard = new Set<string>();
  for (const text of ["one", "two", "three"]) announce(text);
  for (let i = 0; i < 50; i++) {
    await vi.advanceTimersByTimeAsync(100);
    heard.add(element.textContent ?? "");
  }
  expect([...heard].filter(Boolean)).toEqual(["one", "two", "three"]);
  end.abort();
});
