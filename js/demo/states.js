// Every state a run can be in, as snapshots: for the demo page, the screenshots and the tests.

/** @typedef {import("../src/protocol/runs.ts").RunSnapshot} RunSnapshot */

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
    status: "running",
    over: false,
    stage: stages.at(-1)?.name ?? null,
    stages,
    created: CREATED,
    ended: null,
    now: CREATED + seconds,
    progress: null,
    logs: lines,
    log_total: lines.length,
    cost: null,
    unsettled: false,
    problem: null,
    notice: null,
    clips: [],
    candidates: [],
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
 * @param {RunSnapshot["status"]} status
 * @param {Partial<RunSnapshot>} changes
 */
const over = (seconds, status, changes) =>
  snapshot(seconds, { status, over: true, ended: CREATED + seconds, ...changes });

const CLIP = { name: "0001-launch.mp4", content_type: "video/mp4", size: 240_000 };

const LOST = {
  kind: "SubmissionUnknown",
  title: "Not known whether the service took this run",
  detail: "The connection broke after the request was sent.",
  remedy: "",
};

/**
 * The traits in which a view is given a run.
 * @param {Partial<RunSnapshot>} snapshot
 */
export function traitsOf({ poster = null, progress = null, logs = [], log_total = 0, ...run }) {
  const { status, over, stage, stages, ended, now, cost, unsettled, ...rest } = run;
  const { problem, notice, clips, candidates, stopping, ...facts } = rest;
  const { key } = facts;
  const ways = { problem, notice, clips, candidates, stopping };
  return {
    _poster: poster,
    _live: { revision: 1, progress, logs: [...logs], log_total },
    _standing: { key, status, over, stage, stages, ended, now, cost, unsettled, ...ways },
    _facts: facts,
  };
}

/** @type {(poster: string | null, clip: string | null) => Record<string, RunSnapshot>} */
export function states(poster, clip) {
  const all = {
    unsent: snapshot(0, { status: "queued", stage: null, stages: [], task_id: null }),
    again: snapshot(12, { notice: "Second try: run 3 failed and was not charged." }),
    sending: snapshot(0.3, { status: "sending" }),
    looking: snapshot(0.3, {
      status: "unknown",
      now: CREATED + 40,
      service: "live",
      notice: "The answer was lost. Looking for it among your tasks.",
    }),
    queued: snapshot(12),
    preparing: snapshot(30),
    generating: snapshot(72, { progress: 0.52 }),
    finishing: snapshot(174),
    downloading: snapshot(180, { status: "downloading", cost: "0.19", service: "live" }),
    unfetched: over(180, "downloading", {
      cost: "0.19",
      service: "live",
      problem: {
        kind: "DownloadError",
        title: "The clip is ready but could not be fetched",
        detail: "The server closed the connection.",
        spent: "yes",
        remedy: "",
      },
    }),
    stopping: snapshot(72, { stopping: true, service: "live" }),
    succeeded: over(180, "succeeded", {
      cost: "0.19",
      clips: clip ? [{ ...CLIP, url: clip }] : [],
    }),
    reused: over(180, "succeeded", {
      reused: true,
      cost: "0.19",
      service: "live",
      clips: [{ ...CLIP, url: clip }],
    }),
    failed: over(180, "failed", {
      problem: {
        kind: "ModerationRefused",
        title: "Refused by moderation",
        detail: "OutputImageSensitiveContentDetected.PolicyViolation",
        spent: "no",
        remedy: "Change the prompt or the first frame and run again.",
      },
    }),
    refused: over(0.4, "refused", {
      problem: {
        kind: "InsufficientBalanceError",
        title: "The balance is too low",
        detail: "Insufficient balance",
        spent: "no",
        remedy: "Add to the wallet at the service, then run again.",
      },
    }),
    cancelled_queue: over(12, "cancelled", { service: "live" }),
    cancelled: over(72, "cancelled", { service: "live", unsettled: true }),
    unknown: over(0.3, "unknown", {
      service: "live",
      ended: CREATED + 31,
      unsettled: true,
      problem: { ...LOST, spent: "maybe" },
    }),
    choosing: over(0.3, "unknown", {
      service: "live",
      ended: CREATED + 31,
      unsettled: true,
      problem: { ...LOST, spent: "maybe", remedy: "Look at the clips and choose." },
      candidates: [
        { task_id: "534574", created: CREATED + 1, url: clip },
        { task_id: "534577", created: CREATED + 4, url: null },
      ],
    }),
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, each]) => [name, { ...each, poster: each.poster ?? poster }]),
  );
}

/** Strings that would do harm if any of them were taken for markup. */
export const HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
