// Made from the Python side by tests/widgets/typescript.py; change it there.
import type { Change, Reply, Request } from "./common.ts";
import type { Clip, RunProblem, RunStatus, StageMark } from "./runs.ts";

export type Outcome = "left" | "right" | "tie" | "both bad";

/** What a person thinks of a run; kept with it. */
export interface Verdict {
  starred: boolean;
  /** 1 to 5; 0 while there is none. */
  rating: number;
  tags: string[];
  note: string;
}

/** Some of the fields of a `Verdict`. */
export interface VerdictChanges {
  starred?: boolean;
  rating?: number;
  tags?: string[];
  note?: string;
}

/** The part of a tile that changes while its run is under way; the rest stays as it was. */
export interface Progress {
  status: RunStatus;
  /** Whether nothing more will come. */
  over: boolean;
  stage: string | null;
  stages: StageMark[];
  /** Unix seconds by the kernel's clock, as are `ended` and `now`. */
  created: number;
  ended: number | null;
  now: number;
  /** 0 to 1; null when the service gives no number. */
  progress: number | null;
  stopping: boolean;
}

/** One run in the grid. */
export interface Tile {
  /** Identity within this grid. While blind: a random one that says nothing. */
  key: string;
  /** What to call it here: "A"; stays with the run when the order changes. */
  letter: string;
  /** "Run 12"; "" in a blind vote, as are all fields that would tell which run this is. */
  name: string;
  model: string;
  prompt: string;
  /** `[[name, value], ...]` without prompt and files, as text. */
  parameters: string[][];
  /** The first frame's file name; "" for none. */
  image: string;
  /** "1" for the first run of a request, "2" for the next. */
  repeat: string;
  /** `2026-11-21`, by the kernel's time zone. */
  day: string;
  progress: Progress;
  /** USD as decimal text. */
  cost: string | null;
  /** Whether the cost is not stated yet. */
  unsettled: boolean;
  problem: RunProblem | null;
  /** A sentence to show that tells of no failure. */
  notice: string | null;
  clip: Clip | null;
  /** Where in `_posters` its first frame is. */
  poster: string | null;
  service: "sandbox" | "live";
  verdict: Verdict;
}

/** All tiles. */
export interface GridBoard {
  revision: number;
  tiles: Tile[];
}

/** Some tiles are new, or the runs of some went on. */
export interface TilesMessage extends Change {
  type: "tiles";
  /** Each in place of the one of its key. */
  tiles: Tile[];
  /** By key: each in place of the one in its tile. */
  progress: Record<string, Progress>;
}

/** A blind comparison of two runs, left and right. */
export interface Comparison {
  /** Counts up from 1. */
  number: number;
  /** "" until the vote. Names are told only after the last comparison. */
  outcome: Outcome | "";
  /** Pairs of clips that there are. */
  pairs: number;
  /** Pairs that were voted on at least once, on any day. */
  compared: number;
}

/** One run's place in the ranking. */
export interface Standing {
  key: string;
  letter: string;
  name: string;
  /** Log-odds of winning against an average run of this grid. */
  strength: number;
  /** Lower end of the 95 % interval of `strength`. */
  low: number;
  high: number;
  wins: number;
  losses: number;
  /** Draws, "both bad" among them. */
  ties: number;
  both_bad: number;
}

/** How often a value of a parameter has won against one other value of it. */
export interface ValueWins {
  parameter: string;
  /** The one that won more often. */
  value: string;
  against: string;
  wins: number;
  /** Votes without ties between runs with these two values. */
  votes: number;
}

/** What the votes say. */
export interface RankingTable {
  /** Best first. */
  standings: Standing[];
  values: ValueWins[];
  /** Votes for the left side: far from `right`, the side had a say. */
  left: number;
  right: number;
}

/** Stop a run. Answered by `OkMessage`. */
export interface TileMessage extends Request {
  type: "stop";
  run: string;
}

/** Close the comparison. Answered by `OkMessage`, or by nothing: the comm may be gone. */
export interface CloseMessage extends Request {
  type: "close";
}

/** Keep a verdict with a run. Answered by `OkMessage`. */
export interface JudgeMessage extends Request {
  type: "judge";
  run: string;
  changes: VerdictChanges;
}

/** Which of the two is better. Answered by `OkMessage`. */
export interface VoteMessage extends Request {
  type: "vote";
  /** The one that was voted on: a vote that comes late or twice is refused. */
  comparison: number;
  outcome: Outcome;
}

/** Show the next two. Answered by `OkMessage`. */
export interface NextMessage extends Request {
  type: "next";
}

/** A model to choose. */
export interface ModelChoice {
  /** `owner/project`. */
  slug: string;
  title: string;
  /** Whether this library has runs of it. */
  recent: boolean;
  /** What to know before choosing it: "needs an image · $0.19"; "" for nothing. */
  note: string;
}

/** Why nothing can be run, and what to do. */
export interface StudioProblem {
  title: string;
  detail: string;
  remedy: string;
}

/** One run in the strip. */
export interface StripTile {
  key: string;
  /** "Run 12". */
  name: string;
  /** "$0.19", "$0.19 if live", "not charged"; "" while there is nothing to say. */
  price: string;
  prompt: string;
  /** Names and values, to say what differs from the run before. */
  parameters: string[][];
  /** Which picture it was made of, by a name of ours; null for none. */
  first_frame: string | null;
  status: RunStatus;
  /** Whether nothing more will come. */
  over: boolean;
  /**
   * Where in `StripBoard.pictures` its picture is; null for none.
   *
   * A frame of its clip where there is one, else the picture it was made of.
   */
  picture: string | null;
  /** Whether its clip can be fetched as `FILM_STRIP_FRAMES` small frames, side by side. */
  has_film: boolean;
  /** Why there is no clip, in a few words. */
  problem: string | null;
  task_id: string | null;
  starred: boolean;
  /** 1 to 5; 0 while there is none. */
  rating: number;
}

/** All of the strip. */
export interface StripBoard {
  revision: number;
  /** Newest first. */
  tiles: StripTile[];
  /** Small pictures as `data:` URLs; runs that are made of one picture share it. */
  pictures: Record<string, string>;
}

/** One tile of the strip is new or has changed. */
export interface StripMessage extends Change {
  type: "strip";
  tile: StripTile;
  /** The keys of all tiles, newest first. */
  order: string[];
  /** Those that are new. */
  pictures: Record<string, string>;
}

/** A setting whose values can be selected. */
export interface SweepAxis {
  name: string;
  label: string;
  /** `[[value, label], ...]`. */
  options: string[][];
}

/** One combination of a sweep. */
export interface SweepRow {
  cells: string[];
  /** Why the model does not allow it, for people to read; "" when it does. */
  problem: string;
}

/** What a sweep would send; once it has been started, what has become of it. */
export interface SweepPlan {
  /** By which it is started; "" when it cannot be, or has been. */
  key: string;
  /** How many clips it has. */
  count: number;
  /** How many of them have to be sent, and paid for. */
  new: number;
  /** How many combinations the model does not allow; they are left out. */
  impossible: number;
  columns: string[];
  /** At most a screenful. */
  rows: SweepRow[];
  /** What all of it will cost, as text: "about $0.85"; once it runs, how it is going. */
  total: string;
  /** Why it cannot be started, for people to read. */
  problem: string | null;
}

/** Which models match? Answered by `ModelsMessage`. */
export interface SearchMessage extends Request {
  type: "search";
  text: string;
}

/** Connect again. Answered by `OkMessage`. */
export interface RetryMessage extends Request {
  type: "retry";
}

/** Exchange the settings on the screen for others. Answered by `OkMessage`. */
export interface DraftMessage extends Request {
  type: "start_fresh" | "put_back";
}

/** Set the ticked runs side by side. Answered by `OkMessage`. */
export interface CompareMessage extends Request {
  type: "compare";
}

/** What would this cost? Sends nothing; answered by `PlannedMessage`. */
export interface PlanMessage extends Request {
  type: "plan";
  prompts: string[];
  /** The selected values by parameter id. */
  values: Record<string, string[]>;
  repeats: number;
}

/** Run a plan that was shown. Answered by `OkMessage`. */
export interface StartMessage extends Request {
  type: "start";
  /** Which one: what was shown is what is run. */
  plan: string;
}

/** The models that match, best first. */
export interface ModelsMessage extends Reply {
  type: "models";
  models: ModelChoice[];
}

/** The plan and its price. */
export interface PlannedMessage extends Reply {
  type: "planned";
  plan: SweepPlan;
}
