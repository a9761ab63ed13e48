import { announcer } from "../../lib/announcer.ts";
import { bracketsOf, insertion, warnings } from "../../lib/camera.ts";
import { countChanges, diffWords, showParts } from "../../lib/diff.ts";
import { button, h, on, say, set } from "../../lib/dom.ts";
import { watch } from "../../lib/model.ts";
import type { PromptFromKernel, PromptToKernel } from "../../lib/protocol/prompt.ts";
import { recall } from "../../lib/recall.ts";
import { ask } from "../../lib/request.ts";
import { type Draft, freshDraft, type TextTraits, typing } from "../../lib/typing.ts";
import { type View, widget } from "../../lib/view.ts";
import { field } from "./mirror.ts";
import { moves } from "./moves.ts";

interface PromptTraits extends TextTraits {
  max_length: number | null;
  commands: string[];
  history: string[];
  baseline: string | null;
  placeholder: string;
  disabled: boolean;
  /** Whether anybody waits for Ctrl+Enter. */
  _submits: boolean;
}

const BUSY = "Waiting for the kernel; it is busy with a cell. This text is run once.";
const RUN_KEY = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘+Enter" : "Ctrl+Enter";
/** After the last keystroke, before what is less urgent than the text itself. */
const QUIET_MS = 400;

export default widget(freshDraft, ({ model, memory, signal }: View<Draft, PromptTraits>) => {
  const id = `wiro-${Math.random().toString(36).slice(2)}`;
  const heard = announcer(signal);
  const past = recall();
  const { element, area, mark, lineAt } = field({
    id,
    "aria-describedby": `${id}-count ${id}-long ${id}-notes`,
  });
  const count = h("span", "promptcount", { id: `${id}-count` });
  const place = h("span", "promptplace");
  const hint = h("span", "prompthint");
  const long = h("p", "toolong", { id: `${id}-long`, hidden: true });
  const notes = h("ul", "cautions", { id: `${id}-notes`, hidden: true });
  const chips = moves((command) => {
    const { at, text } = insertion(area.value, area.selectionEnd, command);
    write(text, at, at);
  });
  const pin = button("link", "Pin to compare", () => compareWith(area.value));
  const unpin = button("link", "Unpin", () => compareWith(null));
  const verdict = h("p", "diffwords", { id: `${id}-diff` });
  const changes = h("p", "difftext");
  const diff = h(
    "section",
    "promptdiff",
    { "aria-labelledby": `${id}-diff`, hidden: true },
    h("div", "diffhead", {}, verdict, unpin),
    changes,
  );
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let walking = false;
  let sending = false;
  on(signal, "abort", () => clearTimeout(quiet));

  const tooLong = (text: string) =>
    Math.max(0, [...text].length - (model.get("max_length") ?? Number.POSITIVE_INFINITY));

  /** None where the model has no camera moves: a bracket is a word there. */
  const brackets = () => {
    const commands = model.get("commands");
    return commands.length ? bracketsOf(area.value, commands) : [];
  };

  /** What must not lag behind the keys; the rest follows when they rest. */
  function show(text: string): void {
    if (area.value !== text) area.value = text;
    mark(text, brackets());
    const most = model.get("max_length");
    const length = [...text].length.toLocaleString("en");
    say(count, most ? `${length} of ${most.toLocaleString("en")}` : `${length} characters`);
    clearTimeout(quiet);
    quiet = setTimeout(showRest, area.matches(":focus") ? QUIET_MS : 0);
    const over = tooLong(text);
    if (over > 0 === long.hidden) heard.announce(over ? "Too long." : "Short enough again.");
    long.hidden = !over;
    set(area, { "aria-invalid": over ? "true" : null });
    set(count, { "data-over": over > 0 });
    if (over) {
      const characters = over === 1 ? "1 character" : `${over.toLocaleString("en")} characters`;
      say(long, `${characters} too long: the model reads ${most?.toLocaleString("en")}.`);
    }
  }

  function showRest(): void {
    const text = model.get("value");
    const warned = warnings(brackets(), model.get("commands"));
    if (warned.join() !== [...notes.children].map((note) => note.textContent).join()) {
      notes.replaceChildren(...warned.map((words) => h("li", "caution", {}, words)));
      notes.hidden = !warned.length;
      if (warned.length && area.matches(":focus")) heard.announce(warned.join(" "));
    }
    const baseline = model.get("baseline");
    diff.hidden = baseline === null;
    pin.hidden = !text.trim() || text === baseline || model.get("disabled");
    if (baseline === null) return;
    const parts = diffWords(baseline, text);
    const changed = countChanges(parts);
    say(verdict, changed ? `From the pinned prompt: ${changed}` : "As pinned, word for word");
    changes.replaceChildren(...showParts(parts));
  }

  /** As if it were typed, so that the browser's own undo takes it back. */
  function write(text: string, from: number, to: number): void {
    area.focus();
    area.setSelectionRange(from, to);
    document.execCommand(text ? "insertText" : "delete", false, text);
  }

  function compareWith(text: string | null): void {
    model.set("baseline", text);
    const message: PromptToKernel = { id: `${id}${Date.now()}`, type: "pin", text };
    model.send(message);
    area.focus();
  }

  function walk(text: string | null, caret: "start" | "end"): boolean {
    if (text === null) return false;
    walking = true;
    write(text, 0, area.value.length);
    walking = false;
    const at = caret === "start" ? 0 : text.length;
    area.setSelectionRange(at, at);
    showPlace();
    return true;
  }

  function showPlace(): void {
    const words = past.words();
    say(place, words && `${words} · ↓ newer`);
    if (words) heard.announce(`${words}.`);
  }

  function press(event: KeyboardEvent): boolean {
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (event.isComposing) return false;
    if (key === "Enter" && (ctrlKey || metaKey)) {
      if (!event.repeat) void submit();
      return true;
    }
    if (ctrlKey || metaKey || shiftKey || altKey) return false;
    if (area.selectionStart !== area.selectionEnd) return false;
    const at = area.selectionStart;
    if (key === "ArrowUp" && lineAt(at).first) {
      return walk(past.older(model.get("history"), area.value), "start");
    }
    return key === "ArrowDown" && past.words() && lineAt(at).last
      ? walk(past.newer(), "end")
      : false;
  }

  async function submit(): Promise<void> {
    if (sending || !model.get("_submits") || model.get("disabled")) return;
    if (tooLong(area.value)) {
      heard.announce(`Not sent. ${long.textContent}`);
      return;
    }
    sending = true;
    typed.flush();
    past.stay();
    showPlace();
    say(hint, "Sending…");
    await ask<PromptToKernel, PromptFromKernel>(
      model,
      { type: "submit", text: area.value },
      signal,
      (silent) => say(hint, silent ? BUSY : "Sending…"),
      () => true,
      // What went wrong stands in the trait `error`, which every widget shows.
    ).done.catch(() => {});
    sending = false;
    showHint();
  }

  const showHint = () =>
    say(hint, model.get("_submits") && !model.get("disabled") ? `${RUN_KEY} runs` : "");

  const typed = typing(model, memory, signal, show);

  on(area, "input", () => {
    if (!walking) past.stay();
    showPlace();
    typed.type(area.value);
  });
  on(area, "blur", typed.flush);
  on<KeyboardEvent>(area, "keydown", (event) => {
    // Hosts listen further up for single keys; none of them is meant while one writes.
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    if (press(event)) event.preventDefault();
  });
  on(area, "focus", showRest);

  watch(model, "max_length", () => show(model.get("value")), signal);
  watch(model, "baseline", showRest, signal);
  watch(model, "placeholder", (text) => set(area, { placeholder: text }), signal);
  watch(model, "_submits", showHint, signal);
  const showMoves = () => {
    area.disabled = model.get("disabled");
    showHint();
    chips.offer(model.get("commands"), model.get("disabled"));
    show(model.get("value"));
  };
  watch(model, "commands", showMoves, signal);
  watch(model, "disabled", showMoves, signal);

  const foot = h("div", "promptfoot", {}, count, place, hint);
  const name = h("label", "name", { for: id }, "Prompt");
  return [
    h("header", "head fieldhead", {}, name, h("span", "grow"), pin),
    h("div", "prompt", {}, element, foot, long, notes, chips.element, diff),
    heard.element,
  ];
});
