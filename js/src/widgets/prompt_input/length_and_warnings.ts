// What is wrong with the prompt: its length beside the count, and notes on its camera moves.
import { h, setAttributes, setText } from "../../core/dom.ts";

export interface Length {
  count: HTMLElement;
  /** The line that says by how much the text is too long. */
  excess: HTMLElement;
  /** @param most characters that the model reads; null where it sets no limit. */
  show(text: string, most: number | null): void;
}

export interface PromptWarnings {
  element: HTMLElement;
  show(sentences: string[]): void;
}

/**
 * @param area the field, which is marked as wrong while its text is too long.
 * @param announce called when the text has become too long, or short enough.
 */
export function lengthOf(id: string, area: HTMLElement, announce: (words: string) => void): Length {
  const count = h("span", "promptcount", { id: `${id}-count` });
  const excess = h("p", "toolong", { id: `${id}-long`, hidden: true });
  return {
    count,
    excess,
    show(text, most) {
      const length = [...text].length.toLocaleString("en");
      setText(count, most ? `${length} / ${most.toLocaleString("en")}` : `${length} characters`);
      const words = tooLong(text, most);
      const fits = !words;
      if (fits !== excess.hidden) announce(fits ? "Within the limit." : "Too long.");
      excess.hidden = fits;
      setAttributes(area, { "aria-invalid": fits ? null : "true" });
      setAttributes(count, { "data-over": !fits });
      setText(excess, words);
    },
  };
}

/** In a sentence; "" when the model reads all of the text. */
export function tooLong(text: string, most: number | null): string {
  const over = [...text].length - (most ?? Infinity);
  if (over <= 0) return "";
  const characters = over === 1 ? "1 character" : `${over.toLocaleString("en")} characters`;
  return `${characters} over the ${most?.toLocaleString("en")} limit.`;
}

/**
 * @param area the field; new warnings are announced only while it has the focus.
 * @param announce called with all sentences at once.
 */
export function promptWarnings(
  id: string,
  area: HTMLElement,
  announce: (words: string) => void,
): PromptWarnings {
  const element = h("ul", "cautions", { id: `${id}-notes`, hidden: true });
  let shown = "";
  return {
    element,
    show(sentences) {
      const words = sentences.join(" ");
      if (words === shown) return;
      shown = words;
      element.replaceChildren(...sentences.map((each) => h("li", "caution", {}, each)));
      element.hidden = !words;
      if (words && area.matches(":focus")) announce(words);
    },
  };
}
