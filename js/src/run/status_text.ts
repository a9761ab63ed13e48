// What is said about a run: the state in the header, the announcement, the outcome of a stop.
import { elapsed } from "../core/format.ts";
import type { RunProblem, RunSnapshot, RunStatus } from "../protocol/runs.ts";
import type { SeenRun } from "./run_snapshot.ts";
import { currentSpan } from "./stages.ts";

const DOING = ["In the queue", "Preparing", "Generating", "Finishing"] as const;

/** Seconds from the request until `now`, or until it ended. */
function age(snapshot: RunSnapshot, now: number): number {
  return (snapshot.ended ?? Math.max(now, snapshot.now)) - snapshot.created;
}

/** What a badge says of the service that runs are made by; "" while there is none. */
export const SERVICE_WORDS = {
  sandbox: "◆ Sandbox · nothing is charged",
  live: "● Live",
  "": "○ Not connected",
};

const WORDS: Record<RunStatus, string> = {
  queued: "Not sent yet",
  sending: "Sending",
  unknown: "Looking for it",
  running: "Running",
  downloading: "Fetching the clip",
  succeeded: "Done in",
  failed: "Failed after",
  cancelled: "Stopped after",
  refused: "Refused after",
};
/** Of those that go on, once nothing more will come by itself. */
const GIVEN_UP: Partial<typeof WORDS> = {
  unknown: "Outcome unknown after",
  running: "Not followed after",
  downloading: "Clip not fetched after",
};

/** "Generating", "Done in", ...: the status without the time. */
export function statusWord(snapshot: RunSnapshot): string {
  const { status, stage, over } = snapshot;
  if (over) return GIVEN_UP[status] ?? WORDS[status];
  if (status !== "running") return WORDS[status];
  return stage === null ? "Sent" : (DOING[currentSpan(snapshot)] ?? WORDS.running);
}

/** "Generating 1:12 · 52 %", or "Generating · 52 % · about 2 min left" where that is known. */
export function statusWords(snapshot: SeenRun, now: number): string {
  const { status, over, progress } = snapshot;
  const word = statusWord(snapshot);
  const time = elapsed(age(snapshot, now));
  if (over || status !== "running") return `${word} ${time}`;
  const generates = word === DOING[2] && progress !== null;
  const percent = generates ? ` · ${Math.floor(progress * 100)} %` : "";
  const left = timeLeft(snapshot, now);
  return left ? `${word}${percent} · ${left}` : `${word} ${time}${percent}`;
}

/** "about 2 min left", by how long such runs take from their acceptance; "" when nobody knows. */
function timeLeft({ usual = [], stages, now: sent }: SeenRun, now: number): string {
  const [from, to] = usual;
  const begun = stages[0]?.at;
  if (from === undefined || to === undefined || begun === undefined) return "";
  const left = (from + to) / 2 - (Math.max(now, sent) - begun);
  if (left < 2) return "";
  return left < 90
    ? `about ${Math.ceil(left / 5) * 5} s left`
    : `about ${Math.round(left / 60)} min left`;
}

/** What a stop will have come to, in honest words; "" while nobody asked for one. */
export function stopWords(snapshot: RunSnapshot, asked: boolean): string {
  const { status, over, service, problem, stopping } = snapshot;
  const queued = currentSpan(snapshot) === 0;
  const free = service === "sandbox" || queued;
  if (status === "cancelled") {
    const onSandbox = service === "sandbox" && (queued ? MONEY.no : "Live, this may be billed.");
    const money = onSandbox || MONEY[problem?.spent ?? (free ? "no" : "maybe")];
    return `${queued ? "Cancelled in the queue" : "Stopped while it was running"}. ${money}`;
  }
  if (over) return asked ? "It had already ended before the stop arrived." : "";
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

type Costing = Pick<RunSnapshot, "cost" | "over" | "unsettled" | "status"> &
  Partial<Pick<RunSnapshot, "service">>;

/** "$0.19", or what is to be said in its place once there is nothing more to wait for. */
export function costWords({ cost, over, unsettled, status, service }: Costing): string {
  if (cost !== null) {
    const amount = Number(cost);
    if (!amount) return "not charged";
    // "$0.19", "$0.016": as wiro_widgets/library/estimates.py, and tested with it.
    const coarse = Number(amount.toPrecision(2));
    return `$${coarse < 0.1 ? coarse : amount.toFixed(2)}${service === "sandbox" ? " if live" : ""}`;
  }
  if (over && unsettled) return "cost not settled yet";
  return status === "succeeded" ? "price unknown" : "";
}

/** What a listener hears of this snapshot; equal words mean there is nothing new to say. */
export function announcement(snapshot: RunSnapshot): string {
  const { name, status, over, problem, progress } = snapshot;
  if (status === "succeeded") return `${name}: done, the clip is here.`;
  if (status === "cancelled") return `${name}: ${stopWords(snapshot, false)}`;
  if (problem && over) return `${name}: ${problem.title}. ${moneyWords(problem)}`;
  if (status === "failed" || status === "refused") return `${name}: ${status}.`;
  if (status === "unknown" && over) return `${name}: it is not known whether the service has it.`;
  const quarter = Math.floor((progress ?? 0) * 4) * 25;
  const word = statusWord(snapshot);
  return `${name}: ${word.toLowerCase()}${word === "Generating" && quarter ? `, ${quarter} percent` : ""}.`;
}
