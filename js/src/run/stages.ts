// From the stages a run has reached to the bar that shows them: pure arithmetic, no DOM.
import type { RunSnapshot } from "../protocol/runs.ts";

export type SegmentKind = "wait" | "done" | "run" | "bad" | "ended" | "unsure" | "idle";

export interface Segment {
  /** The service's name of the stage; "" before the first. */
  stage: string;
  /** Unix seconds. */
  at: number;
  until: number;
  kind: SegmentKind;
}

export interface Span {
  name: string;
  segments: Segment[];
  seconds: number;
  /** Part of the bar this span takes, 0 to 1; the four add up to 1. */
  share: number;
  /** Part of the bar filled within it, at most `share`. */
  filled: number;
}

export const SPANS = ["Queue", "Prepare", "Generate", "Finish"] as const;
const GENERATE = 2;

/** Each stage without its "task_": its span, whether it is waiting, and its label. */
const STAGES: Record<string, [span: number, waiting: 0 | 1, words: string]> = {
  "": [0, 1, "Sending"],
  queue: [0, 1, "Waiting for a worker"],
  accept: [1, 0, "Taken by a worker"],
  preprocess_start: [1, 0, "Reading the inputs"],
  preprocess_end: [1, 1, "Waiting for a slot"],
  assign: [1, 0, "Slot assigned"],
  start: [2, 0, "Model started"],
  output: [2, 0, "Model working"],
  error: [2, 0, "Model wrote a warning"],
  output_full: [2, 0, "Model has finished"],
  error_full: [2, 0, "Warnings collected"],
  end: [3, 0, "Model has ended"],
  postprocess_start: [3, 0, "Encoding and storing"],
  postprocess_end: [3, 0, "Fetching the clip"],
};
const known = (stage: string) => STAGES[stage.slice(5)];

/** Where the four spans begin and end while nothing is known of their lengths. */
const EDGES = [0, 0.21, 0.42, 0.8, 1] as const;
/** Seconds after which a span's own part is half full; the sandbox works in seconds, not minutes. */
const HALF = { live: [30, 15, 60, 15], sandbox: [1.5, 1, 3, 1] } as const;
/** No span is narrower than its label. */
const LEAST = 0.2;
const SLIVER = 0.02;

/** The label of a stage; its own name when the service has invented a new one. */
export const stageWords = (stage: string): string => known(stage)?.[2] ?? stage;

/** The span (0 to 3) the run is in, or ended in. */
export function currentSpan(snapshot: RunSnapshot): number {
  return segments(snapshot, snapshot.now).at(-1)?.span ?? 0;
}

/** Every stage from the request on, each lasting until the next began. */
function segments(snapshot: RunSnapshot, now: number): (Segment & { span: number })[] {
  const { over, created, ended, stages } = snapshot;
  const marks = [{ name: "", at: created }, ...stages];
  const end = over ? (ended ?? marks.at(-1)?.at ?? created) : Math.max(now, snapshot.now);
  let span = 0;
  const found = marks.map(({ name, at }, index) => {
    span = Math.max(span, known(name)?.[0] ?? span);
    const until = Math.max(at, marks[index + 1]?.at ?? end);
    const kind: SegmentKind = known(name)?.[1] ? "wait" : "done";
    return { stage: name, at, until, kind, span };
  });
  // A mark of the end, not a stage.
  if (marks.at(-1)?.name === "task_cancel") found.pop();
  markEnd(found, snapshot);
  return found;
}

/** Say by its kind what the run does now, or how and where it ended. */
function markEnd(found: (Segment & { span: number })[], { status, over }: RunSnapshot): void {
  const last = found.at(-1);
  if (!last) return;
  if (status === "failed" || status === "refused") {
    // The service runs through its last stages after a failure too: it broke while generating.
    const broken = Math.min(GENERATE, last.span);
    for (const segment of found) {
      if (segment.span === broken) segment.kind = "bad";
      if (segment.span > broken) segment.kind = "idle";
    }
  } else if (status === "cancelled") last.kind = "ended";
  else if (status === "unknown" || (status === "downloading" && over)) last.kind = "unsure";
  else if (status !== "succeeded" && last.kind === "done") last.kind = "run";
}

const length = ({ at, until }: Segment): number => until - at;
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * The bar at the moment `now`.
 *
 * How far it is filled depends on the span reached and on time, never on an estimate that could
 * be taken back; within the filled part every span is as long as it took. Waiting counts for no
 * more than the work, so that a long queue does not squash the stages behind it.
 *
 * @param floor how far the bar has been filled before; it is never filled less.
 */
export function layoutStages(snapshot: RunSnapshot, now: number, floor = 0): Span[] {
  const found = segments(snapshot, now);
  const current = found.at(-1)?.span ?? 0;
  const spans = SPANS.map((name, index) => {
    const own = found.filter((segment) => segment.span === index);
    return { name, segments: own, seconds: sum(own.map(length)), share: 0, filled: 0 };
  });
  const seconds = spans.map((span) => span.seconds);
  const fill = Math.max(floor, filledPart(snapshot, current, seconds[current] ?? 0));
  const work = sum(seconds.slice(1));
  const weights = [
    Math.min(seconds[0] ?? 0, work || Number.POSITIVE_INFINITY),
    ...seconds.slice(1),
  ];
  const shares = fill < 1 ? partial(weights, current, fill) : split(1, weights);
  spans.forEach((span, index) => {
    const share = shares[index] ?? 0;
    const rest = fill - sum(shares.slice(0, index));
    span.share = share;
    span.filled = index > current ? 0 : Math.max(0, Math.min(share, rest));
  });
  return spans;
}

/** How far the bar is filled, 0 to 1. */
export const frontier = (spans: Span[]): number => sum(spans.map((span) => span.filled));

function filledPart(snapshot: RunSnapshot, span: number, seconds: number): number {
  if (snapshot.status === "succeeded") return 1;
  const [begin = 0, end = 1] = EDGES.slice(span);
  const half = HALF[snapshot.service][span] ?? 1;
  const part = (span === GENERATE ? snapshot.progress : null) ?? seconds / (seconds + half);
  return Math.min(begin + SLIVER + (end - begin - SLIVER) * part, 0.99);
}

/** Shares while the bar is filled up to `fill`: what is over, what goes on, what is to come. */
function partial(weights: number[], current: number, fill: number): number[] {
  const [, usual = 1, ...later] = EDGES.slice(current);
  const end = Math.max(usual, fill);
  const past = weights.slice(0, current);
  const wanted = (fill * sum(past)) / (sum(weights) || 1);
  const over = Math.min(Math.max(wanted, LEAST * current), fill - SLIVER, end - LEAST);
  const coming = later.map((edge, index) => (edge - ([usual, ...later][index] ?? 0)) / (1 - usual));
  return [...split(over, past), end - over, ...coming.map((part) => part * (1 - end))];
}

/** Share out `total` by weight, none getting less than the width of its label. */
function split(total: number, weights: number[]): number[] {
  const least = Math.min(LEAST, total / weights.length);
  let [free, rest] = [total, sum(weights)];
  if (!rest) return weights.map(() => total / weights.length);
  for (const weight of [...weights].sort((a, b) => a - b)) {
    if (free * weight > least * rest) break;
    free -= least;
    rest -= weight;
  }
  return weights.map((weight) => Math.max(least, rest > 0 ? (free * weight) / rest : 0));
}
