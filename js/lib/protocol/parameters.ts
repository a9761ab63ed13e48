// A parameter panel on the wire. The Python twin is wiro_widgets/widgets/protocol/parameters.py;
// tests/widgets/test_protocol.py holds the two languages against each other.

import type { ErrorMessage } from "./run.ts";
import type { BeginMessage, CancelMessage, PieceMessage, TakenMessage } from "./upload.ts";

export interface PanelOption {
  value: string;
  label: string;
  /** http(s) address of a picture, may be empty. */
  cover: string;
}

export interface PanelField {
  id: string;
  kind: "text" | "textarea" | "choice" | "covers" | "number" | "color" | "files";
  label: string;
  help: string;
  /** What a person should know of how it is shown. */
  note: string;
  required: boolean;
  options: PanelOption[];
  /** False when there are more choices than `options` holds. */
  complete: boolean;
  /** As text; "" for none. */
  default: string;
  minimum: number | null;
  maximum: number | null;
  step: number | null;
  max_length: number | null;
  placeholder: string;
  /** Whether it takes several files. */
  multiple: boolean;
  advanced: boolean;
}

export interface PanelGroup {
  title: string;
  fields: PanelField[];
}

/** `field` = `value` is only there while `other` is one of `allowed`. */
export interface PanelRule {
  field: string;
  value: string;
  other: string;
  allowed: string[];
  reason: string;
}

export interface PanelSchema {
  /** What people call the model. */
  title: string;
  groups: PanelGroup[];
  rules: PanelRule[];
}

// Browser to kernel.

export interface ChangeMessage {
  id: string;
  /** Somebody changed these. A message and not a trait: messages are not held back. */
  type: "change";
  /** By parameter id; null for what was emptied. */
  values: Record<string, unknown>;
}

// Kernel to browser.

export interface ChangedMessage {
  id: string;
  type: "changed";
  /** All values as they are now, which an observer may have changed. */
  value: Record<string, unknown>;
}

export interface KeptMessage {
  id: string;
  /** The file that was sent lies here. */
  type: "kept";
  path: string;
}

export type PanelToKernel = ChangeMessage | BeginMessage | PieceMessage | CancelMessage;
export type PanelFromKernel = ChangedMessage | TakenMessage | KeptMessage | ErrorMessage;
