// What a prompt and its kernel keep in step.
import type { TextTraits } from "../../core/typing.ts";

export interface PromptTraits extends TextTraits {
  max_length: number | null;
  camera_moves: string[];
  history: string[];
  baseline: string | null;
  placeholder: string;
  disabled: boolean;
  /** Whether anybody waits for Ctrl+Enter. */
  _submits: boolean;
}
