// The prompt on the wire. The Python twin is wiro_widgets/widgets/protocol/prompt.py;
// tests/widgets/test_protocol.py holds the two languages against each other.
import type { ErrorMessage, OkMessage } from "./run.ts";

// Browser to kernel.

export interface EditMessage {
  id: string;
  /** Somebody typed. A message and not a trait: messages are not held back while a cell runs. */
  type: "edit";
  text: string;
}

export interface SubmitMessage {
  id: string;
  /** Run this text: the one on the screen, however far behind the kernel is. */
  type: "submit";
  text: string;
}

export interface PinMessage {
  id: string;
  /** Compare with this text from now on; null with none. */
  type: "pin";
  text: string | null;
}

// Kernel to browser.

export interface EditedMessage {
  id: string;
  type: "edited";
  /** What the value is now, which an observer may have changed. */
  value: string;
}

export type PromptToKernel = EditMessage | SubmitMessage | PinMessage;
export type PromptFromKernel = EditedMessage | OkMessage | ErrorMessage;
