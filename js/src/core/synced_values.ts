// Keeping values of the person and of the kernel in step, value by value. What was changed here and
// is not confirmed yet wins over what the kernel says of it meanwhile. Told by message and not as a
// trait: the host holds traits back while a cell runs, and a page that is left loses them.

import { isEmpty, same, type Values } from "../form/validation.ts";
import type { ChangeMessage } from "../protocol/inputs.ts";
import type { FromKernel } from "../protocol/messages.ts";
import { newId } from "./channel.ts";
import { on } from "./dom.ts";
import { type BaseTraits, type Model, watch } from "./model.ts";

export interface ValueTraits extends BaseTraits {
  value: Values;
}

/** One per model, shared by its views. */
export interface Draft {
  /** What is not confirmed yet, with the id of the message that told it; "" before it left. */
  open: Map<string, { value: unknown; id: string }>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface SyncedValues {
  /** @param typed more is to come soon, so that a pause is waited for. */
  change(values: Values, typed: boolean): void;
  /** Tell the kernel now what it has not been told. */
  flush(): void;
}

/** Between the last keystroke and the message to the kernel. */
const PAUSE_MS = 250;

export const freshDraft = (): Draft => ({ open: new Map(), timer: undefined });

/** @param show called whenever the values to show may have changed. */
export function syncedValues<Traits extends ValueTraits>(
  model: Model<Traits>,
  draft: Draft,
  signal: AbortSignal,
  show: (values: Values) => void,
): SyncedValues {
  const own = model as unknown as Model<ValueTraits>;

  /** The kernel's values under those that it has not confirmed. */
  function mine(values: Values): Values {
    const all = { ...values };
    for (const [name, { value }] of draft.open) {
      if (isEmpty(value)) delete all[name];
      else all[name] = value;
    }
    return all;
  }

  function send(): void {
    clearTimeout(draft.timer);
    const id = newId();
    const values: Values = {};
    for (const [name, edit] of draft.open) {
      if (edit.id) continue;
      edit.id = id;
      values[name] = isEmpty(edit.value) ? null : edit.value;
    }
    if (Object.keys(values).length) {
      model.send({ id, type: "change", values } satisfies ChangeMessage);
    }
  }

  const answered = (reply: FromKernel) => {
    let known = false;
    for (const [name, { id }] of draft.open) if (id === reply?.id) known = draft.open.delete(name);
    if (!known) return;
    if (reply.type === "changed") own.set("value", mine(reply.value));
    // What the kernel found wrong came before, and counts only now.
    show(own.get("value"));
  };

  model.on("msg:custom", answered);
  on(signal, "abort", () => {
    model.off("msg:custom", answered);
    send();
  });
  // The page may be left before the pause is over.
  on(window, "pagehide", send, { signal });
  watch(
    own,
    "value",
    (values) => {
      const behind = [...draft.open].some(([name, { value }]) => !same(values[name], value));
      if (behind) own.set("value", mine(values));
      else show(values);
    },
    signal,
  );
  return {
    flush: send,
    change(values, typed) {
      for (const [name, value] of Object.entries(values)) draft.open.set(name, { value, id: "" });
      // All views of the model have it before `set` returns.
      own.set("value", mine(own.get("value")));
      clearTimeout(draft.timer);
      if (typed) draft.timer = setTimeout(send, PAUSE_MS);
      else send();
    },
  };
}
