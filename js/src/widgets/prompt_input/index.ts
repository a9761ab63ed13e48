// The prompt: a field, its length, camera moves, earlier prompts, what changed since a pinned one.
import { announcer } from "../../core/announcer.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { h, on, setAttributes } from "../../core/dom.ts";
import { watch } from "../../core/model.ts";
import { type Draft, freshDraft, typing } from "../../core/typing.ts";
import { baselineDiff } from "./baseline_diff.ts";
import { cameraChips } from "./camera_chips.ts";
import { bracketsOf, insertion, warnings } from "./camera_moves.ts";
import { promptWarnings } from "./cautions.ts";
import { highlightedTextarea } from "./highlighted_textarea.ts";
import { lengthOf } from "./length.ts";
import { promptHistory } from "./prompt_history.ts";
import { submitAction } from "./submit.ts";
import type { PromptTraits } from "./traits.ts";

/** After the last keystroke, before what is less urgent than the text itself. */
const QUIET_MS = 400;

export default defineWidget(freshDraft, ({ model, memory, signal }: View<Draft, PromptTraits>) => {
  const id = `wiro-${Math.random().toString(36).slice(2)}`;
  const heard = announcer(signal);
  const prompt = highlightedTextarea({
    id,
    "aria-describedby": `${id}-count ${id}-long ${id}-notes`,
  });
  const { area } = prompt;
  const length = lengthOf(id, area, heard.announce);
  const notes = promptWarnings(id, area, heard.announce);
  const compared = baselineDiff(id, area, model);
  const past = promptHistory(prompt, model, heard.announce);
  const leave = () => {
    typed.flush();
    past.stay();
  };
  const run = submitAction(area, model, heard.announce, leave, signal);
  const chips = cameraChips((command) => {
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
  watch(model, "placeholder", (text) => setAttributes(area, { placeholder: text }), signal);
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
