// An image input on the wire. The Python twin is wiro_widgets/widgets/protocol/image.py;
// tests/widgets/test_protocol.py holds the two languages against each other.
import type { AckMessage, ChunkMessage, ErrorMessage, OkMessage } from "./run.ts";

export interface ImageLimits {
  /** The model's name, for people. */
  model: string;
  /** A picture has to be smaller. */
  max_bytes: number;
  /** The short side has to be longer, in pixels. */
  min_side: number;
  /** Most, of the longer side to the shorter. */
  ratio: number;
}

export interface ShownImage {
  name: string;
  /** Set, and nothing else but `name`, when only the service can look behind it. */
  url: string;
  content_type: string;
  size: number;
  width: number;
  height: number;
  /** SHA-256 of the bytes. */
  digest: string;
  /** What was done to it, or should be known of it. */
  notes: string[];
}

// Browser to kernel.

export interface BeginMessage {
  id: string;
  /** A picture follows in pieces; until it is whole the kernel holds none. */
  type: "begin";
  name: string;
  size: number;
  /** What a person did to it, in words. */
  notes: string[];
}

export interface PieceMessage {
  id: string;
  /** With one buffer. At most three are under way. */
  type: "piece";
  offset: number;
}

export interface CancelMessage {
  id: string;
  type: "cancel";
}

export interface HoldMessage {
  id: string;
  /** A file was chosen that is too large to send. */
  type: "hold";
  size: number;
}

export interface LinkMessage {
  id: string;
  type: "link";
  url: string;
}

export interface ClearMessage {
  id: string;
  type: "clear";
}

export interface FetchMessage {
  id: string;
  /** Send the bytes of the picture. */
  type: "fetch";
}

// Kernel to browser.

export interface TakenMessage {
  id: string;
  /** Everything before `offset` is there. */
  type: "taken";
  offset: number;
}

export type ImageToKernel =
  | BeginMessage
  | PieceMessage
  | CancelMessage
  | HoldMessage
  | LinkMessage
  | ClearMessage
  | FetchMessage
  | AckMessage;
export type ImageFromKernel = TakenMessage | ChunkMessage | OkMessage | ErrorMessage;
