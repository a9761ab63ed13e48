// The comparison grid on the wire. The Python twin is wiro_widgets/widgets/protocol/grid.py.
import type {
  AckMessage,
  CancelMediaMessage,
  ChunkMessage,
  Clip,
  ErrorMessage,
  MediaMessage,
  OkMessage,
  RunProblem,
  RunState,
  StageMark,
} from "./run.ts";

export interface Verdict {
  starred: boolean;
  /** 1 to 5; 0 while there is none. */
  rating: number;
  tags: string[];
  note: string;
}

export interface Progress {
  state: RunState;
  stage: string | null;
  stages: StageMark[];
  /** Unix seconds by the kernel's clock, as are `ended` and `now`. */
  created: number;
  ended: number | null;
  now: number;
  progress: number | null;
  stopping: boolean;
}

export interface Tile {
  /** Identity within this grid. While blind: a random one that says nothing. */
  key: string;
  letter: string;
  /** "" while blind, as are all fields that would tell which run this is. */
  name: string;
  model: string;
  prompt: string;
  parameters: string[][];
  image: string;
  /** "1" for the first run of a request, "2" for the next. */
  repeat: string;
  day: string;
  /** As it was when the tile was sent; `_live` has newer ones of runs under way. */
  progress: Progress;
  /** USD as decimal text. */
  cost: string | null;
  problem: RunProblem | null;
  clip: Clip | null;
  /** Where in `_posters` its first frame is. */
  poster: string | null;
  service: "sandbox" | "live";
  verdict: Verdict;
}

export interface Trial {
  number: number;
  /** "" until the vote; then the tiles tell their names. */
  outcome: "" | "left" | "right" | "tie" | "both bad";
  votes: number;
}

export interface Standing {
  key: string;
  letter: string;
  name: string;
  /** Log-odds of winning against an average run of this grid. */
  strength: number;
  /** Ends of the 95 % interval of `strength`. */
  low: number;
  high: number;
  wins: number;
  losses: number;
  /** Draws, "both bad" among them. */
  ties: number;
  both_bad: number;
}

export interface ValueWins {
  parameter: string;
  value: string;
  wins: number;
  /** Votes without ties between runs that differ in this parameter. */
  votes: number;
}

export interface RankingTable {
  /** Best first. */
  standings: Standing[];
  values: ValueWins[];
  left: number;
  right: number;
}

// Browser to kernel.

export interface TileMessage {
  id: string;
  type: "stop" | "rerun" | "edit";
  run: string;
}

export interface JudgeMessage {
  id: string;
  type: "judge";
  run: string;
  /** Some of the fields of `Verdict`. */
  changes: Record<string, unknown>;
}

export interface VoteMessage {
  id: string;
  type: "vote";
  /** The one that was voted on: a vote that comes late or twice is refused. */
  trial: number;
  outcome: "left" | "right" | "tie" | "both bad";
}

export interface NextMessage {
  id: string;
  type: "next";
}

export type GridToKernel =
  | TileMessage
  | JudgeMessage
  | VoteMessage
  | NextMessage
  | MediaMessage
  | AckMessage
  | CancelMediaMessage;
export type GridFromKernel = ChunkMessage | OkMessage | ErrorMessage;
