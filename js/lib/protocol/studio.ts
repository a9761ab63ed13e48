// The Studio's own parts on the wire. The Python twin is wiro_widgets/widgets/protocol/studio.py;
// tests/widgets/test_protocol.py holds the two languages against each other.
import type { ErrorMessage, OkMessage, RunState } from "./run.ts";

export interface ModelChoice {
  /** `owner/project`. */
  slug: string;
  title: string;
  /** Whether this library has runs of it. */
  recent: boolean;
}

export interface StudioProblem {
  title: string;
  detail: string;
  remedy: string;
}

export interface StripTile {
  key: string;
  /** "Run 12". */
  name: string;
  /** "768P · $0.19". */
  caption: string;
  prompt: string;
  state: RunState;
  /** A small picture as a `data:` URL; null while there is none. */
  poster: string | null;
  /** Why there is no clip, in a few words. */
  problem: string | null;
}

export interface SweepAxis {
  /** The parameter's id. */
  name: string;
  label: string;
  /** `[[value, label], ...]` */
  options: string[][];
}

export interface SweepPlan {
  key: string;
  /** How many runs. */
  count: number;
  columns: string[];
  /** One row per run, at most a screenful. */
  rows: string[][];
  /** What all of it will cost, in words. */
  total: string;
  /** Why it cannot be started, in words. */
  problem: string | null;
}

// Browser to kernel.

export interface SearchMessage {
  id: string;
  type: "search";
  text: string;
}

export interface RetryMessage {
  id: string;
  type: "retry";
}

export interface CompareMessage {
  id: string;
  type: "compare";
}

export interface PlanMessage {
  id: string;
  type: "plan";
  prompts: string[];
  values: Record<string, string[]>;
  repeats: number;
}

export interface StartMessage {
  id: string;
  type: "start";
  /** Which plan: what was shown is what is run. */
  plan: string;
}

// Kernel to browser.

export interface ModelsMessage {
  id: string;
  type: "models";
  models: ModelChoice[];
}

export interface PlannedMessage {
  id: string;
  type: "planned";
  plan: SweepPlan;
}

export type StudioToKernel =
  | SearchMessage
  | RetryMessage
  | CompareMessage
  | PlanMessage
  | StartMessage;
export type StudioFromKernel = ModelsMessage | PlannedMessage | OkMessage | ErrorMessage;
