// What is said about a run: the state in the header, the announcement, the outcome of a stop.
import { elapsed } from "./clock.ts";
import type { RunProblem, RunSnapshot } from "./protocol/run.ts";
import { currentSpan, isOver } from "./stages.ts";

const DOING = ["In the queue", "Preparing", "Generating", "Finishing"] as const;

/** Seconds from the request until `now`, or until it ended. */
export function age(snapshot: RunSnapshot, now: number): number {
  return (snapshot.ended ?? Math.max(now, snapshot.now)) - snapshot.created;
}

/** "Generating", "Done", ...: the state without the time. */
export function stateWord(snapshot: RunSnapshot): string {
  switch (snapshot.state) {
    case "draft":
      return "Not sent yet";
    case "sending":
      return "Sending";
    case "running":
      return snapshot.stage === null ? "Sent" : (DOING[currentSpan(snapshot)] ?? "Running");
    case "succeeded":
      return "Done in";
    case "failed":
      return "Failed after";
    case "cancelled":
      return "Stopped after";
    case "unknown":
      return "Outcome unknown after";
  }
}

/** "Generating 1:12". */
export const stateWords = (snapshot: RunSnapshot, now: number): string =>
  `${stateWord(snapshot)} ${elapsed(age(snapshot, now))}`;

/** What a stop will have come to, in honest words; "" while nobody asked for one. */
export function stopWords(snapshot: RunSnapshot, asked: boolean): string {
  const { state, service, problem, stopping } = snapshot;
  const queued = currentSpan(snapshot) === 0;
  const free = service === "sandbox" || queued;
  if (state === "cancelled") {
    const spent = problem?.spent ?? (free ? "no" : "maybe");
    return `${queued ? "Cancelled in the queue" : "Stopped while it was running"}. ${MONEY[spent]}`;
  }
  if (isOver(state)) return asked ? "It had already ended before the stop arrived." : "";
  if (!stopping && !asked) return "";
  return free ? "Stopping…" : "Stop requested; may still be billed.";
}

const MONEY = {
  no: "Nothing was charged.",
  yes: "It was charged.",
  maybe: "It may still be billed.",
} as const;

/** Whether a failure cost money, in a sentence. */
export const moneyWords = (problem: RunProblem): string => MONEY[problem.spent];

/** "$0.19", or "price unknown" once there is nothing more to wait for. */
export function costWords(snapshot: RunSnapshot): string {
  if (snapshot.cost !== null) return `$${snapshot.cost}`;
  return snapshot.state === "succeeded" ? "price unknown" : "";
}

/** What a listener hears of this snapshot; equal words mean there is nothing new to say. */
export function announcement(snapshot: RunSnapshot): string {
  const { name, state, problem, progress } = snapshot;
  if (state === "succeeded") return `${name}: done, the clip is here.`;
  if (problem && isOver(state)) return `${name}: ${problem.title}. ${moneyWords(problem)}`;
  if (state === "cancelled") return `${name}: ${stopWords(snapshot, false)}`;
  if (state === "failed") return `${name}: failed.`;
  if (state === "unknown") return `${name}: it is not known whether the service has it.`;
  const quarter = Math.floor((progress ?? 0) * 4) * 25;
  const word = stateWord(snapshot);
  return `${name}: ${word.toLowerCase()}${word === "Generating" && quarter ? `, ${quarter} percent` : ""}.`;
}
