// Keeping a text of the person and of the kernel in step. What was typed and is not confirmed yet
// wins over what the kernel says meanwhile: the kernel reads it later, so it has the last word there
// too. Nothing waits for the kernel, and nothing typed is held back while it is busy.

import type { EditMessage } from "../protocol/inputs.ts";
import type { FromKernel } from "../protocol/messages.ts";
import { newId } from "./channel.ts";
import { on } from "./dom.ts";
import { type BaseTraits, type Model, watch } from "./model.ts";

export interface TextTraits extends BaseTraits {
  value: string;
}

/** One per model, shared by its views. */
export interface Draft {
  /** Typed, and not confirmed by the kernel; null when both are in step. */
  text: string | null;
  /** Id of the last message about it, whose answer confirms it. */
  id: string;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface Typing {
  /** Take what a person typed. */
  type(text: string): void;
  /** Tell the kernel now what it has not been told. */
  flush(): void;
}

/** Between the last keystroke and the message to the kernel. */
const PAUSE_MS = 250;

export const freshDraft = (): Draft => ({ text: null, id: "", timer: undefined });

/** @param show called with the text to show, whenever it may have changed. */
export function typing<Traits extends TextTraits>(
  model: Model<Traits>,
  draft: Draft,
  signal: AbortSignal,
  show: (text: string) => void,
): Typing {
  // Backbone calls back before `set` returns, so all views of the model have it at once.
  const put = (text: string) => (model as unknown as Model<TextTraits>).set("value", text);

  function type(text: string): void {
    draft.text = text;
    draft.id = "";
    put(text);
    clearTimeout(draft.timer);
    draft.timer = setTimeout(send, PAUSE_MS);
  }

  function send(): void {
    clearTimeout(draft.timer);
    if (draft.text === null || draft.id) return;
    draft.id = newId();
    model.send({ id: draft.id, type: "edit", text: draft.text } satisfies EditMessage);
  }

  const confirmed = (reply: FromKernel) => {
    if (reply?.type !== "edited" || reply.id !== draft.id || draft.text === null) return;
    draft.text = null;
    put(reply.value);
  };

  model.on("msg:custom", confirmed);
  on(signal, "abort", () => {
    model.off("msg:custom", confirmed);
    send();
  });
  // The page may be left before the pause is over.
  on(window, "pagehide", send, { signal });
  watch(
    model as unknown as Model<TextTraits>,
    "value",
    (text) => {
      if (draft.text !== null && text !== draft.text) put(draft.text);
      else show(text);
    },
    signal,
  );
  return { type, flush: send };
}
