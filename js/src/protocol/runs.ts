// Made from the Python side by tests/widgets/typescript.py; change it there.
import type { Change, Reply, Request } from "./common.ts";

export type RunStatus =
  | "queued"
  | "sending"
  | "unknown"
  | "running"
  | "downloading"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "refused";

/** Why there is no clip, for people to read. */
export interface RunProblem {
  /** Name of the exception's class, e.g. `TaskFailed`. */
  kind: string;
  /** What happened, in a few words: "Refused by moderation". */
  title: string;
  /** The reason as the service or the network gave it; may be empty. */
  detail: string;
  /** Whether money was spent. */
  spent: "no" | "yes" | "maybe";
  /** What to do next; may be empty. */
  remedy: string;
}

/** The moment a stage began. */
export interface StageMark {
  /** The service's name, e.g. `task_assign`. */
  name: string;
  /** Unix time in seconds, by this computer's clock. */
  at: number;
}

/** An output file. */
export interface Clip {
  /** File name to offer for download. */
  name: string;
  content_type: string;
  /** Bytes; 0 when unknown. */
  size: number;
  /** Where a browser may play it from; null when only the kernel has it. */
  url: string | null;
}

/** A task that may be what became of a run whose answer was lost. */
export interface Candidate {
  task_id: string;
  /** Unix time in seconds at which the service began it. */
  created: number | null;
  /** Address of its clip, null while there is none. */
  url: string | null;
}

/**
 * Everything that a timeline, a player and a tile need to draw one run.
 *
 * It never carries a key, a secret or a task token, and every string in it is plain text.
 */
export interface RunSnapshot {
  /** Identity within the library, e.g. `r12`. */
  key: string;
  /** For display: "Run 12". */
  name: string;
  model: string;
  prompt: string;
  /** `[[name, value], ...]` without prompt and files, as text. */
  parameters: string[][];
  status: RunStatus;
  /** True when nothing more will come by itself. */
  over: boolean;
  /** The newest stage by the service's name; null before the first. */
  stage: string | null;
  /** Every stage reached so far, oldest first, each once. */
  stages: StageMark[];
  /** Unix time at which the run was asked for. */
  created: number;
  /** Unix time at which it was over. */
  ended: number | null;
  /** Unix time of this snapshot by the kernel's clock, for a browser whose clock is off. */
  now: number;
  /** 0 to 1, or null when the service gives no number. */
  progress: number | null;
  /** The newest log lines, oldest first; at most `SNAPSHOT_LINES`. */
  logs: string[];
  /** How many lines there were in all. */
  log_total: number;
  /** USD as decimal text ("0.19"); null while unknown. */
  cost: string | null;
  /** True while the service has not stated what the run costs. */
  unsettled: boolean;
  problem: RunProblem | null;
  /** A sentence to show that is no failure: "Second try: ...". */
  notice: string | null;
  clips: Clip[];
  /** Tasks to choose from, for a run whose answer was lost. */
  candidates: Candidate[];
  /** The first frame that was sent, small, as a `data:image/jpeg` URL. */
  poster: string | null;
  task_id: string | null;
  service: "sandbox" | "live";
  /** True when a recorded run is shown and nothing was sent. */
  reused: boolean;
  /** True between a request to stop and the service's answer. */
  stopping: boolean;
}

/** What was asked for; changes hardly ever. */
export interface RunFacts {
  /** Identity within its library. */
  key: string;
  /** "Run 12". */
  name: string;
  model: string;
  prompt: string;
  /** `[[name, value], ...]` without prompt and files, as text. */
  parameters: string[][];
  /** Unix seconds by the kernel's clock, as are all times here. */
  created: number;
  service: "sandbox" | "live";
  /** Whether a recorded run is shown in place of sending the same request again. */
  reused: boolean;
  task_id: string | null;
  /** Seconds that such runs have taken, from and to; empty while nobody knows. */
  usual: number[];
}

/** Its status and what goes with it; changes with every stage. */
export interface RunStanding {
  /** As in `RunFacts`: the two belong together when they are the same. */
  key: string;
  status: RunStatus;
  /** Whether nothing more will come. */
  over: boolean;
  stage: string | null;
  stages: StageMark[];
  ended: number | null;
  /** When this was sent: lets a browser whose clock is off show the right elapsed time. */
  now: number;
  /** USD as decimal text. */
  cost: string | null;
  /** Whether the cost is not stated yet. */
  unsettled: boolean;
  problem: RunProblem | null;
  /** A sentence to show that tells of no failure. */
  notice: string | null;
  clips: Clip[];
  /** Tasks of which one may be this run's; a person has to choose. */
  candidates: Candidate[];
  stopping: boolean;
  starred: boolean;
  /** 1 to 5; 0 while there is none. */
  rating: number;
}

/** What changes many times a second while it runs. */
export interface RunTail {
  revision: number;
  /** 0 to 1; null when the service gives no number. */
  progress: number | null;
  /** The newest log lines, at most 200. */
  logs: string[];
  /** How many there were in all. */
  log_total: number;
}

/** The run went on. */
export interface ProgressMessage extends Change {
  type: "progress";
  progress: number | null;
  /** The log lines that are new. */
  lines: string[];
  log_total: number;
}

/** What a `VideoPlayer` plays when it is not given a run. */
export interface PlayerSource {
  /** Changes when there is something else to play. */
  key: string;
  /** What the clip is called, for screen readers. */
  label: string;
  clip: Clip | null;
}

/** Stop the run. Answered by `OkMessage` when the request was taken. */
export interface StopMessage extends Request {
  type: "stop";
}

/**
 * Look for the run at the service again, or fetch its clip again. Answered by `OkMessage`.
 *
 * Never charged.
 */
export interface LookAgainMessage extends Request {
  type: "look_again";
}

/** Send the request as a new run, which is paid for. Answered by `OkMessage`. */
export interface SendAgainMessage extends Request {
  type: "send_again";
  /** Key of the run that the person saw: another one that is shown meanwhile is not sent. */
  run: string;
}

/** Put a run, or the last frame of its clip, into the inputs. Answered by `OkMessage`. */
export interface ReuseMessage extends Request {
  type: "reuse" | "continue";
  run: string;
}

/** What is said of a run on request. Answered by `AboutRunMessage`. */
export interface AboutMessage extends Request {
  type: "about";
  run: string;
}

/** For the menu of a run. */
export interface AboutRunMessage extends Reply {
  type: "about_run";
  /** What one more such run costs, as text: "$0.19", "$0.19 if live" or "price unknown". */
  price: string;
  /** Python that asks for it. */
  code: string;
  /** Python that goes on from its last frame; "" without a clip. */
  next_code: string;
}

/** One of the candidates is this run's task. Answered by `OkMessage`. */
export interface ChooseMessage extends Request {
  type: "choose";
  task_id: string;
}
