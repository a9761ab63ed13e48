// Submitting the prompt with Ctrl+Enter: the hint that one can, and what a submit waits for.

import { KERNEL_BUSY, request } from "../../core/channel.ts";
import { h, setText } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import type { Model } from "../../core/model.ts";
import type { TextTraits } from "../../core/synced_values.ts";
import { tooLong } from "./length_and_warnings.ts";

/** What a prompt and its kernel keep in step. */
export interface PromptTraits extends TextTraits {
  max_length: number | null;
  camera_moves: string[];
  history: string[];
  baseline: string | null;
  placeholder: string;
  disabled: boolean;
  /** Whether Ctrl+Enter has a listener in the kernel. */
  _submits: boolean;
}

export interface SubmitAction {
  /** The hint, or what is waited for. */
  element: HTMLElement;
  /** Handle a key with Ctrl or ⌘; true when it was the one that submits. */
  press(event: KeyboardEvent): boolean;
  /** Show or hide the hint. */
  show(): void;
}

const RUN_KEY = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘+Enter" : "Ctrl+Enter";

/**
 * @param announce called with why a text was not sent.
 * @param leave called just before one is.
 */
export function submitAction(
  area: HTMLTextAreaElement,
  model: Model<PromptTraits>,
  announce: (words: string) => void,
  leave: () => void,
  signal: AbortSignal,
): SubmitAction {
  const element = h("span", "prompthint");
  let sending = false;

  const listens = () => model.get("_submits") && !model.get("disabled");
  const show = () => setText(element, listens() ? `${RUN_KEY} runs` : "");
  const saySending = (waiting: string) =>
    setText(
      element,
      waiting === KERNEL_BUSY ? `${waiting} This text is run once.` : waiting || "Sending…",
    );

  async function submit(): Promise<void> {
    if (sending || !listens()) return;
    const problem = tooLong(area.value, model.get("max_length"));
    if (problem) {
      announce(`Not sent. ${problem}`);
      return;
    }
    sending = true;
    leave();
    saySending("");
    try {
      await request(model, { type: "submit", text: area.value }, signal, saySending);
      show();
    } catch (error) {
      fail(messageOf(error));
    }
    sending = false;
  }

  function fail(words: string): void {
    show();
    // An error in the kernel is in the trait `error`, which every widget shows.
    if (signal.aborted || words === model.get("error")) return;
    setText(element, words);
    announce(words);
  }

  return {
    element,
    press({ key, repeat }) {
      if (key !== "Enter") return false;
      if (!repeat) void submit();
      return true;
    },
    show,
  };
}
