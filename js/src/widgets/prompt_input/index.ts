// The prompt: a field, its length, camera moves, earlier prompts, what changed since a pinned one.
import { announcer } from "../../core/announcer.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { h, newId, on, setAttributes } from "../../core/dom.ts";
import { watch } from "../../core/model.ts";
import { type Draft, freshDraft, syncedText } from "../../core/synced_values.ts";
import { bracketsOf, insertion, warnings } from "../../form/camera_moves.ts";
import { baselineDiff } from "./baseline_diff.ts";
import { cameraChips } from "./camera_chips.ts";
import { highlightedTextarea } from "./highlighted_textarea.ts";
import { lengthOf, promptWarnings } from "./length_and_warnings.ts";
import { promptHistory } from "./prompt_history.ts";
import { type PromptTraits, submitAction } from "./submit.ts";

/** After the last keystroke, before the parts that can wait are drawn. */
const QUIET_MS = 400;

export default defineWidget(freshDraft, ({ model, memory, signal }: View<Draft, PromptTraits>) => {
  const id = newId();
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

  /** None where the model has no camera moves: there a bracket is plain text. */
  const brackets = () => {
    const moves = model.get("camera_moves");
    return moves.length ? bracketsOf(area.value, moves) : [];
  };

  /** Draw what must keep up with typing; the rest follows after a pause. */
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

  const typed = syncedText(model, memory, signal, show);

  on(area, "input", () => {
    past.stay();
    typed.type(area.value);
  });
  on(area, "blur", typed.flush);
  on<KeyboardEvent>(area, "keydown", (event) => {
    const single = !event.ctrlKey && !event.metaKey;
    // Hosts listen further up for single keys, none of which is meant while somebody types.
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

  const foot = h("div", "promptfoot", {}, chips.element, past.element, run.element);
  const name = h("label", "name", { for: id }, "Prompt");
  return [
    h("header", "head fieldhead", {}, name, h("span", "grow"), length.count, compared.pin),
    h(
      "div",
      "prompt",
      {},
      ...[prompt.element, length.excess, foot, notes.element, compared.element],
    ),
    heard.element,
  ];
});
