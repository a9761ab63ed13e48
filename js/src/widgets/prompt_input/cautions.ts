// What a person should know about the camera moves in the text, a sentence each.
import { h } from "../../core/dom.ts";

export interface PromptWarnings {
  element: HTMLElement;
  show(sentences: string[]): void;
}

/**
 * @param area the field; what is new is announced only while one writes in it.
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
