// Walking through earlier prompts: up from the first line of the field, down from the last.
import { h, setText } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import type { HighlightedTextarea } from "./highlighted_textarea.ts";
import { recall } from "./recall.ts";
import type { PromptTraits } from "./traits.ts";

export interface PromptHistory {
  /** Which of the earlier prompts is shown. */
  element: HTMLElement;
  /** Take a key without Ctrl or ⌘; true when it was for walking. */
  press(event: KeyboardEvent): boolean;
  /** What is shown is one's own text from now on, unless a step has just brought it. */
  stay(): void;
}

/** @param announce called with the place after each step. */
export function promptHistory(
  { area, lineAt, write }: HighlightedTextarea,
  model: Model<PromptTraits>,
  announce: (words: string) => void,
): PromptHistory {
  const element = h("span", "promptplace");
  const past = recall();
  let stepping = false;

  function step(text: string | null, caret: "start" | "end"): boolean {
    if (text === null) return false;
    stepping = true;
    write(text, 0, area.value.length);
    stepping = false;
    const at = caret === "start" ? 0 : text.length;
    area.setSelectionRange(at, at);
    showPlace();
    return true;
  }

  function showPlace(): void {
    const words = past.words();
    setText(element, words && `${words} · ↓ newer`);
    if (words) announce(`${words}.`);
  }

  return {
    element,
    press({ key, shiftKey, altKey }) {
      if (shiftKey || altKey) return false;
      const at = area.selectionStart;
      if (at !== area.selectionEnd) return false;
      if (key === "ArrowUp" && lineAt(at).first) {
        return step(past.older(model.get("history"), area.value), "start");
      }
      return key === "ArrowDown" && past.words() && lineAt(at).last
        ? step(past.newer(), "end")
        : false;
    },
    stay() {
      if (!stepping) past.stay();
      showPlace();
    },
  };
}
