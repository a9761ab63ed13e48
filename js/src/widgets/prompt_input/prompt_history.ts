// Earlier prompts, recalled as in a shell: Up in the first line of the field, Down in the last.
import { h, setText } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import type { HighlightedTextarea } from "./highlighted_textarea.ts";
import type { PromptTraits } from "./submit.ts";

export interface PromptHistory {
  /** Says which of the earlier prompts is shown. */
  element: HTMLElement;
  /** Handle a key without Ctrl or ⌘; true when it was one for the history. */
  press(event: KeyboardEvent): boolean;
  /** The text was edited: it is a prompt of its own from now on, unless a step has just brought it. */
  stay(): void;
}

export interface Recall {
  /** The next older text; null when there is none. */
  older(list: string[], current: string): string | null;
  /** The next newer text, at last one's own again; null when that is what is shown. */
  newer(): string | null;
  /** "earlier prompt 2 of 12"; "" for one's own text. */
  words(): string;
  /** What is shown is one's own text from now on. */
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

/** Steps through a list of texts and back to one's own. */
export function recall(): Recall {
  let texts: string[] = [];
  let place = 0;
  return {
    older(list, current) {
      // The list as it was at the first step: one that grows meanwhile must not shift what follows.
      if (place === 0) texts = [current, ...list.filter((text) => text !== current)];
      return texts[place + 1] === undefined ? null : (texts[++place] ?? null);
    },
    newer() {
      return place === 0 ? null : (texts[--place] ?? null);
    },
    words: () => (place ? `earlier prompt ${place} of ${texts.length - 1}` : ""),
    stay() {
      place = 0;
    },
  };
}
