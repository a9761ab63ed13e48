// Sending the prompt with Ctrl+Enter, and the words that say that one can and what is waited for.

import { request } from "../../core/channel.ts";
import { h, setText } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import { tooLong } from "./length.ts";
import type { PromptTraits } from "./traits.ts";

export interface SubmitAction {
  /** The words. */
  element: HTMLElement;
  /** Take a key with Ctrl or ⌘; true when it was for it. */
  press(event: KeyboardEvent): boolean;
  /** Say whether there is anybody to send it to. */
  show(): void;
}

const BUSY = "Waiting for the kernel; it is busy with a cell. This text is run once.";
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

  const heard = () => model.get("_submits") && !model.get("disabled");
  const show = () => setText(element, heard() ? `${RUN_KEY} runs` : "");
  const saySending = (silent: boolean) => setText(element, silent ? BUSY : "Sending…");

  async function submit(): Promise<void> {
    if (sending || !heard()) return;
    const problem = tooLong(area.value, model.get("max_length"));
    if (problem) {
      announce(`Not sent. ${problem}`);
      return;
    }
    sending = true;
    leave();
    saySending(false);
    await request(
      model,
      { type: "submit", text: area.value },
      signal,
      saySending,
      // What went wrong stands in the trait `error`, which every widget shows.
    ).catch(() => {});
    sending = false;
    show();
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
