// A run's views on the wire. The Python twins are wiro_widgets/runs/snapshot.py (RunSnapshot and its
// parts) and wiro_widgets/widgets/protocol/run.py (PlayerSource and the messages);
// tests/widgets/test_protocol.py holds the two languages against each other.

export type RunState =
  | "draft"
  | "sending"
  | "running"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "unknown";

export interface StageMark {
  /** The service's own name, e.g. `task_assign`. */
  name: string;
  /** Unix time in seconds, by the kernel's clock. */
  at: number;
}

export interface RunProblem {
  title: string;
  detail: string;
  /** Whether money was spent. */
  spent: "no" | "yes" | "maybe";
  remedy: string;
}

export interface Clip {
  name: string;
  content_type: string;
  /** Bytes; 0 when unknown. */
  size: number;
  /** Where a browser may play it from; null when only the kernel has it. */
  url: string | null;
}

export interface RunSnapshot {
  key: string;
  name: string;
  model: string;
  prompt: string;
  parameters: string[][];
  state: RunState;
  stage: string | null;
  stages: StageMark[];
  /** Unix seconds by the kernel's clock, as are `ended` and `now`. */
  created: number;
  ended: number | null;
  now: number;
  /** 0 to 1; null when the service gives no number. */
  progress: number | null;
  logs: string[];
  log_total: number;
  /** USD as decimal text. */
  cost: string | null;
  problem: RunProblem | null;
  clips: Clip[];
  poster: string | null;
  task_id: string | null;
  service: "sandbox" | "live";
  reused: boolean;
  stopping: boolean;
}

export interface PlayerSource {
  /** Changes when there is something else to play. */
  key: string;
  /** What the clip is called, for those who hear it. */
  label: string;
  clip: Clip | null;
}

// Browser to kernel. Every message carries the id of the request it belongs to.

export interface StopMessage {
  id: string;
  type: "stop";
}

export interface MediaMessage {
  id: string;
  type: "media";
  /** Which run of a comparison; "" where there is one run only. */
  run: string;
  /** Which output of the run, counted from 0. */
  clip: number;
}

export interface AckMessage {
  id: string;
  /** "I have this chunk, send the next": one chunk is under way at a time. */
  type: "ack";
}

export interface CancelMediaMessage {
  id: string;
  type: "cancel_media";
}

// Kernel to browser.

export interface ChunkMessage {
  id: string;
  /** Comes with one binary buffer: the bytes from `offset` on, of `total` in all. */
  type: "chunk";
  offset: number;
  total: number;
}

export interface OkMessage {
  id: string;
  type: "ok";
}

export interface ErrorMessage {
  id: string;
  type: "error";
  message: string;
}

export type ToKernel = StopMessage | MediaMessage | AckMessage | CancelMediaMessage;
export type FromKernel = ChunkMessage | OkMessage | ErrorMessage;
