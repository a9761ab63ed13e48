// Made from the Python side by tests/widgets/typescript.py; change it there.
import type { Reply, Request } from "./common.ts";

/**
 * Somebody typed. Answered by `EditedMessage`.
 *
 * A message and not a trait: the host holds traits back while a cell runs, so what was typed
 * meanwhile would be lost with the page.
 */
export interface EditMessage extends Request {
  type: "edit";
  text: string;
}

/** The edit arrived. */
export interface EditedMessage extends Reply {
  type: "edited";
  /** What the value is now, which an observer may have changed. */
  value: string;
}

/** Run this text, the one on the screen. Answered by `OkMessage`. */
export interface SubmitMessage extends Request {
  type: "submit";
  text: string;
}

/** Compare with this text from now on. Answered by `OkMessage`. */
export interface PinMessage extends Request {
  type: "pin";
  /** null to compare with nothing. */
  text: string | null;
}

/** What the model takes. */
export interface ImageLimits {
  /** Its name, for people. */
  model: string;
  /** A picture has to be smaller. */
  max_bytes: number;
  /** The short side has to be longer, in pixels. */
  min_side: number;
  /** Most, of the longer side to the shorter. */
  ratio: number;
}

/** The picture the kernel holds; its bytes are sent on request only. */
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

/** A file was chosen that is too large to send. Answered by `OkMessage`. */
export interface HoldMessage extends Request {
  type: "hold";
  size: number;
}

/** Take what is at this address. Answered by `OkMessage`. */
export interface LinkMessage extends Request {
  type: "link";
  url: string;
}

/** No picture. Answered by `OkMessage`. */
export interface ClearMessage extends Request {
  type: "clear";
}

/** One choice. */
export interface PanelOption {
  value: string;
  label: string;
  /** http(s) address of a picture, may be empty. */
  cover: string;
}

/** One field of the form. */
export interface PanelField {
  id: string;
  kind: "text" | "textarea" | "choice" | "covers" | "number" | "color" | "files";
  label: string;
  help: string;
  /** What a person should know of how it is shown, e.g. that its type is not known. */
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

/** A titled section. */
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

/** A model's form. */
export interface PanelSchema {
  /** What people call the model. */
  title: string;
  groups: PanelGroup[];
  rules: PanelRule[];
}

/** Somebody changed these. Answered by `ChangedMessage`. A message, as `EditMessage` is. */
export interface ChangeMessage extends Request {
  type: "change";
  /** By parameter id; null for what was emptied. */
  values: Record<string, unknown>;
}

/** The change arrived. */
export interface ChangedMessage extends Reply {
  type: "changed";
  /** All values as they are now, which an observer may have changed. */
  value: Record<string, unknown>;
}

/** One row of a model's price list; a `wiro_widgets.client.PriceRule`. */
export interface PriceRow {
  /** The values this row is for, as text; empty for all. */
  inputs: Record<string, string>;
  /** USD as plain decimal text, as is `extra`. */
  price: string;
  /** The billing method, e.g. `cpr`. */
  method: string;
  /** For each further tier of pixels. */
  extra: string;
  /** Whether each picture that is sent costs something too. */
  per_input: boolean;
}

/** All that is known of what a model costs. */
export interface PriceList {
  rows: PriceRow[];
  /** The service's own average in USD; null when it states none. */
  average: string | null;
}

/** Run what is on the screen. Answered by `OkMessage`. */
export interface RunMessage extends Request {
  type: "run";
  values: Record<string, unknown>;
  prompt: string;
  /** How many runs it makes; the price on the button was for all of them. */
  repeats: number;
}

/** Several at once, starting from what is on the screen. Answered by `OkMessage`. */
export interface OpenSweepMessage extends Request {
  type: "sweep";
  values: Record<string, unknown>;
  prompt: string;
}
