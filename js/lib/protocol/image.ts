// An image input on the wire. The Python twin is wiro_widgets/widgets/protocol/image.py;
// tests/widgets/test_protocol.py holds the two languages against each other.
import type { AckMessage, ChunkMessage, ErrorMessage, OkMessage } from "./run.ts";
import type { BeginMessage, CancelMessage, PieceMessage, TakenMessage } from "./upload.ts";

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
