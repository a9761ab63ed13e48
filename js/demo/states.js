// Every state a run can be in, as snapshots: for the demo page, the screenshots and the tests.

/** @typedef {import("../lib/protocol/run.ts").RunSnapshot} RunSnapshot */

const CREATED = 1_790_000_000;

/** Stage names with the seconds after the request at which they began. */
const COURSE = /** @type {const} */ ([
  ["task_queue", 0.6],
  ["task_accept", 24],
  ["task_preprocess_start", 24.5],
  ["task_preprocess_end", 29],
  ["task_assign", 31],
  ["task_start", 35],
  ["task_output", 37],
  ["task_output_full", 168],
  ["task_end", 170],
  ["task_postprocess_start", 171],
  ["task_postprocess_end", 178],
]);

/** @param {number} seconds @returns {RunSnapshot["stages"]} */
const until = (seconds) =>
  COURSE.filter(([, at]) => at <= seconds).map(([name, at]) => ({ name, at: CREATED + at }));

const LOG = [
  "Request accepted by the worker.",
  "Request started.",
  ...Array.from({ length: 10 }, (_, i) => {
    const done = "=".repeat(i + 1).padEnd(10, "-");
    return `Video Process Status: Processing: [${done}] ${(i + 1) * 10}.0%`;
  }),
];

const PROMPT =
  "Wide shot of the launch pad at dawn. [Push in] The rocket holds still while vapour drifts across the tower, birds lift off.";

/**
 * A run `seconds` after it was asked for.
 * @param {number} seconds
 * @param {Partial<RunSnapshot>} [changes]
 * @returns {RunSnapshot}
 */
export function snapshot(seconds, changes = {}) {
  const stages = until(seconds);
  const lines = LOG.slice(0, Math.max(0, Math.floor((seconds - 24) / 12)));
  return {
    key: "r14",
    name: "Run 14",
    model: "minimax/hailuo-2.3-fast",
    prompt: PROMPT,
    parameters: [
      ["resolution", "768P"],
      ["duration", "6"],
      ["promptOptimizer", "true"],
    ],
    state: "running",
    stage: stages.at(-1)?.name ?? null,
    stages,
    created: CREATED,
    ended: null,
    now: CREATED + seconds,
    progress: null,
    logs: lines,
    log_total: lines.length,
    cost: null,
    problem: null,
    clips: [],
    poster: null,
    task_id: seconds > 0.5 ? "534574" : null,
    service: "sandbox",
    reused: false,
    stopping: false,
    ...changes,
  };
}

/**
 * @param {number} seconds
 * @param {RunSnapshot["state"]} state
 * @param {Partial<RunSnapshot>} changes
 */
const over = (seconds, state, changes) =>
  snapshot(seconds, { state, ended: CREATED + seconds, ...changes });

/** @type {(poster: string | null, clip: string | null) => Record<string, RunSnapshot>} */
export function states(poster, clip) {
  const all = {
    draft: snapshot(0, { state: "draft" }),
    sending: snapshot(0.3, { state: "sending" }),
    queued: snapshot(12),
    preparing: snapshot(30),
    generating: snapshot(72, { progress: 0.52 }),
    finishing: snapshot(174),
    stopping: snapshot(72, { stopping: true, service: "live" }),
    succeeded: over(180, "succeeded", {
      cost: "0.19",
      clips: clip
        ? [{ name: "0001-launch.mp4", content_type: "video/mp4", size: 240_000, url: clip }]
        : [],
    }),
    reused: over(180, "succeeded", {
      reused: true,
      cost: "0.19",
      service: "live",
      clips: [{ name: "0001-launch.mp4", content_type: "video/mp4", size: 240_000, url: clip }],
    }),
    failed: over(180, "failed", {
      problem: {
        title: "Refused by moderation",
        detail: "OutputImageSensitiveContentDetected.PolicyViolation",
        spent: "no",
        remedy: "Change the prompt or the first frame and run again.",
      },
    }),
    refused: snapshot(0.3, {
      state: "failed",
      ended: CREATED + 0.4,
      problem: {
        title: "The balance is too low",
        detail: "Insufficient balance",
        spent: "no",
        remedy: "Add to the wallet at the service, then run again.",
      },
    }),
    cancelled_queue: over(12, "cancelled", { service: "live" }),
    cancelled: over(72, "cancelled", { service: "live" }),
    unknown: over(0.3, "unknown", {
      service: "live",
      ended: CREATED + 31,
      problem: {
        title: "Not known whether the service took this run",
        detail: "The connection broke after the request was sent.",
        spent: "maybe",
        remedy: "Look for it on the service before sending it again.",
      },
    }),
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, each]) => [name, { ...each, poster: each.poster ?? poster }]),
  );
}

/** Strings that would do harm if any of them were taken for markup. */
export const HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
