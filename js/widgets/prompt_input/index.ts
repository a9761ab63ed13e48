// The prompt: a field, its length, camera moves, earlier prompts, what changed since a pinned one.
import { announcer } from "../../lib/announcer.ts";
import { bracketsOf, insertion, warnings } from "../../lib/camera.ts";
import { h, on, set } from "../../lib/dom.ts";
import { watch } from "../../lib/model.ts";
import { type Draft, freshDraft, typing } from "../../lib/typing.ts";
import { type View, widget } from "../../lib/view.ts";
import { cautions } from "./cautions.ts";
import { lengthOf } from "./length.ts";
import { field } from "./mirror.ts";
import { moves } from "./moves.ts";
import { pinned } from "./pinned.ts";
import { submitting } from "./submitting.ts";
import type { PromptTraits } from "./traits.ts";
import { walking } from "./walking.ts";

/** After the last keystroke, before what is less urgent than the text itself. */
const QUIET_MS = 400;

export default widget(freshDraft, ({ model, memory, signal }: View<Draft, PromptTraits>) => {
  const id = `wiro-${Math.random().toString(36).slice(2)}`;
  const heard = announcer(signal);
  const prompt = field({ id, "aria-describedby": `${id}-count ${id}-long ${id}-notes` });
  const { area } = prompt;
  const length = lengthOf(id, area, heard.announce);
  const notes = cautions(id, area, heard.announce);
  const compared = pinned(id, area, model);
  const past = walking(prompt, model, heard.announce);
  const leave = () => {
    typed.flush();
    past.stay();
  };
  const run = submitting(area, model, heard.announce, leave, signal);
  const chips = moves((command) => {
    const { at, text } = insertion(area.value, area.selectionEnd, command);
    prompt.write(text, at, at);
  });
  let quiet: ReturnType<typeof setTimeout> | undefined;
  on(signal, "abort", () => clearTimeout(quiet));

  /** None where the model has no camera moves: a bracket is a word there. */
  const brackets = () => {
    const moves = model.get("camera_moves");
    return moves.length ? bracketsOf(area.value, moves) : [];
  };

  /** What must not lag behind the keys; the rest follows when they rest. */
  function show(text: string): void {
    if (area.value !== text) area.value = text;
    prompt.mark(text, brackets());
    length.show(text, model.get("max_length"));
    clearTimeout(quiet);
    quiet = setTimeout(showRest, area.matches(":focus") ? QUIET_MS : 0);
  }

  function showRest(): void {
    notes.show(warnings(brackets(), model.get("camera_moves")));
    compared.show();
  }

  function showMoves(): void {
    area.disabled = model.get("disabled");
    run.show();
    chips.offer(model.get("camera_moves"), model.get("disabled"));
    show(model.get("value"));
  }

  const typed = typing(model, memory, signal, show);

  on(area, "input", () => {
    past.stay();
    typed.type(area.value);
  });
  on(area, "blur", typed.flush);
  on<KeyboardEvent>(area, "keydown", (event) => {
    const single = !event.ctrlKey && !event.metaKey;
    // Hosts listen further up for single keys; none of them is meant while one writes.
    if (single) event.stopPropagation();
    if (event.isComposing) return;
    if (single ? past.press(event) : run.press(event)) event.preventDefault();
  });
  on(area, "focus", showRest);

  watch(model, "max_length", () => show(model.get("value")), signal);
  watch(model, "baseline", showRest, signal);
  watch(model, "placeholder", (text) => set(area, { placeholder: text }), signal);
  watch(model, "_submits", run.show, signal);
  watch(model, "camera_moves", showMoves, signal);
  watch(model, "disabled", showMoves, signal);

  const foot = h("div", "promptfoot", {}, length.count, past.element, run.element);
  const name = h("label", "name", { for: id }, "Prompt");
  return [
    h("header", "head fieldhead", {}, name, h("span", "grow"), compared.pin),
    h(
      "div",
      "prompt",
      {},
      ...[prompt.element, foot, length.long, notes.element, chips.element, compared.element],
    ),
    heard.element,
  ];
});
