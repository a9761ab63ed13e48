// Values that a person changes here and the kernel changes there, kept in step one by one. A change
// that the kernel has not confirmed yet wins over what it says meanwhile: it reads the change later,
// so that it has the last word all the same. Changes go as messages and not as traits: hosts hold
// traits back while a cell runs, and lose them when the page is left.

import type { FromKernel } from "../protocol/messages.ts";
import type { RequestBody } from "./channel.ts";
import { newId, on } from "./dom.ts";
import { type BaseTraits, type Model, watch } from "./model.ts";

export type Values = Record<string, unknown>;

export interface ValueTraits extends BaseTraits {
  value: Values;
}

export interface TextTraits extends BaseTraits {
  value: string;
}

/** What is not confirmed yet; one per model, shared by its views. */
export interface Draft {
  /** By name, with the id of the message that told the kernel; "" before it was sent. */
  open: Map<string, { value: unknown; id: string }>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface SyncedValues {
  /** @param typed whether more will follow at once, so that the message can wait for a pause. */
  change(values: Values, typed: boolean): void;
  /** Tell the kernel now what it has not been told. */
  flush(): void;
}

/** How the trait `value` of a model holds the values, and how kernel and browser tell each other. */
interface Shape<Value> {
  toValues(value: Value): Values;
  fromValues(values: Values): Value;
  /** @param changes null for what was emptied. */
  message(changes: Values): RequestBody;
}

/** Between the last keystroke and the message to the kernel. */
const PAUSE_MS = 250;

const FORM: Shape<Values> = {
  toValues: (value) => value,
  fromValues: (values) => values,
  message: (values) => ({ type: "change", values }),
};

const TEXT: Shape<string> = {
  toValues: (text) => ({ text }),
  fromValues: ({ text }) => (text as string | undefined) ?? "",
  message: ({ text }) => ({ type: "edit", text: (text as string | null) ?? "" }),
};

export const isEmpty = (value: unknown): boolean =>
  value == null || value === "" || (Array.isArray(value) && !value.length);

export const same = (one: unknown, other: unknown): boolean =>
  (isEmpty(one) && isEmpty(other)) || JSON.stringify(one) === JSON.stringify(other);

export const freshDraft = (): Draft => ({ open: new Map(), timer: undefined });

/** @param show called with the values to show whenever they may have changed. */
export const syncedValues = <Traits extends ValueTraits>(
  model: Model<Traits>,
  draft: Draft,
  signal: AbortSignal,
  show: (values: Values) => void,
): SyncedValues => synced(model as unknown as Model<ValueTraits>, FORM, draft, signal, show);

/** The same for one text. */
export function syncedText<Traits extends TextTraits>(
  model: Model<Traits>,
  draft: Draft,
  signal: AbortSignal,
  show: (text: string) => void,
): { type(text: string): void; flush(): void } {
  const { change, flush } = synced(
    model as unknown as Model<TextTraits>,
    TEXT,
    draft,
    signal,
    show,
  );
  return { type: (text) => change({ text }, true), flush };
}

function synced<Value>(
  model: Model<BaseTraits & { value: Value }>,
  { toValues, fromValues, message }: Shape<Value>,
  draft: Draft,
  signal: AbortSignal,
  show: (value: Value) => void,
): SyncedValues {
  /** A value of the kernel's with what it has not confirmed. */
  function withDraft(value: Value): Value {
    const all = { ...toValues(value) };
    for (const [name, { value: own }] of draft.open) {
      if (isEmpty(own)) delete all[name];
      else all[name] = own;
    }
    return fromValues(all);
  }

  function send(): void {
    clearTimeout(draft.timer);
    const id = newId();
    const changes: Values = {};
    for (const [name, edit] of draft.open) {
      if (edit.id) continue;
      edit.id = id;
      changes[name] = isEmpty(edit.value) ? null : edit.value;
    }
    if (Object.keys(changes).length) model.send({ id, ...message(changes) });
  }

  const answered = (reply: FromKernel) => {
    let known = false;
    for (const [name, { id }] of draft.open) if (id === reply?.id) known = draft.open.delete(name);
    if (!known) return;
    if (reply.type === "changed" || reply.type === "edited") {
      model.set("value", withDraft(reply.value as Value));
    }
    // What the kernel found wrong came before, and counts only now.
    show(model.get("value"));
  };

  model.on("msg:custom", answered);
  on(signal, "abort", () => {
    model.off("msg:custom", answered);
    send();
  });
  // The page may be left before the pause is over.
  on(window, "pagehide", send, { signal });
  watch(
    model,
    "value",
    (value) => {
      const values = toValues(value);
      const behind = [...draft.open].some(([name, { value: own }]) => !same(values[name], own));
      if (behind) model.set("value", withDraft(value));
      else show(value);
    },
    signal,
  );
  return {
    flush: send,
    change(changes, typed) {
      for (const [name, value] of Object.entries(changes)) draft.open.set(name, { value, id: "" });
      // Backbone calls back before `set` returns, so that all views of the model have it at once.
      model.set("value", withDraft(model.get("value")));
      clearTimeout(draft.timer);
      if (typed) draft.timer = setTimeout(send, PAUSE_MS);
      else send();
    },
  };
}
