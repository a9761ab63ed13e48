// Made from the Python side by tests/widgets/typescript.py; change it there.
import type {
  AckMessage,
  BeginMessage,
  CancelMediaMessage,
  CancelMessage,
  ChunkMessage,
  CodeMessage,
  ErrorMessage,
  FrontEndMessage,
  KeptMessage,
  MediaMessage,
  OkMessage,
  PieceMessage,
  ResendMessage,
  TakenMessage,
} from "./common.ts";
import type {
  CloseMessage,
  CompareMessage,
  DraftMessage,
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
import type {
  AboutMessage,
  AboutRunMessage,
  ChooseMessage,
  LookAgainMessage,
  ReuseMessage,
  SendAgainMessage,
  StopMessage,
} from "./runs.ts";

export type ToKernel =
  | FrontEndMessage
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
  | ReuseMessage
  | AboutMessage
  | ChooseMessage
  | TileMessage
  | CloseMessage
  | JudgeMessage
  | VoteMessage
  | NextMessage
  | SearchMessage
  | RetryMessage
  | DraftMessage
  | CompareMessage
  | PlanMessage
  | StartMessage;

export type FromKernel =
  | OkMessage
  | ErrorMessage
  | CodeMessage
  | ChunkMessage
  | TakenMessage
  | KeptMessage
  | EditedMessage
  | ChangedMessage
  | AboutRunMessage
  | ModelsMessage
  | PlannedMessage;
