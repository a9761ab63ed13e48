// Made from the Python side by tests/widgets/typescript.py; change it there.
import type {
  AckMessage,
  BeginMessage,
  CancelMediaMessage,
  CancelMessage,
  ChunkMessage,
  ErrorMessage,
  KeptMessage,
  MediaMessage,
  OkMessage,
  PieceMessage,
  ResendMessage,
  TakenMessage,
} from "./common.ts";
import type {
  CompareMessage,
  JudgeMessage,
  ModelsMessage,
  NextMessage,
  PlanMessage,
  PlannedMessage,
  RetryMessage,
  SearchMessage,
  StartMessage,
  TileMessage,
  VoteMessage,
} from "./grid_studio.ts";
import type {
  ChangedMessage,
  ChangeMessage,
  ClearMessage,
  EditedMessage,
  EditMessage,
  HoldMessage,
  LinkMessage,
  OpenSweepMessage,
  PinMessage,
  RunMessage,
  SubmitMessage,
} from "./inputs.ts";
import type { ChooseMessage, LookAgainMessage, SendAgainMessage, StopMessage } from "./runs.ts";

export type ToKernel =
  | ResendMessage
  | MediaMessage
  | AckMessage
  | CancelMediaMessage
  | BeginMessage
  | PieceMessage
  | CancelMessage
  | EditMessage
  | SubmitMessage
  | PinMessage
  | HoldMessage
  | LinkMessage
  | ClearMessage
  | ChangeMessage
  | RunMessage
  | OpenSweepMessage
  | StopMessage
  | LookAgainMessage
  | SendAgainMessage
  | ChooseMessage
  | TileMessage
  | JudgeMessage
  | VoteMessage
  | NextMessage
  | SearchMessage
  | RetryMessage
  | CompareMessage
  | PlanMessage
  | StartMessage;

export type FromKernel =
  | OkMessage
  | ErrorMessage
  | ChunkMessage
  | TakenMessage
  | KeptMessage
  | EditedMessage
  | ChangedMessage
  | ModelsMessage
  | PlannedMessage;
