// What was not kept from the model before, a sentence for each setting, until it was read.
import { button, h } from "../../core/dom.ts";

export interface DroppedNotice {
  element: HTMLElement;
  show(sentences: string[]): void;
}

/**
 * @param announce called with each sentence.
 * @param seen called when a person has read them.
 */
export function droppedNotice(
  announce: (sentence: string) => void,
  seen: () => void,
): DroppedNotice {
  const lost = h("ul", "lost", { "aria-label": "Not kept from the model before" });
  const element = h("div", "dropped", {}, lost, button("link", "OK", seen));
  return {
    element,
    show(sentences) {
      lost.replaceChildren(...sentences.map((each) => h("li", "", {}, each)));
      element.hidden = !sentences.length;
      for (const each of sentences) announce(each);
    },
  };
}
