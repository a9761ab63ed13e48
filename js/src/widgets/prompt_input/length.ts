// How long the prompt is: the count, and the line that says by how much it is too long.
import { h, setAttributes, setText } from "../../core/dom.ts";

export interface Length {
  count: HTMLElement;
  long: HTMLElement;
  /** @param most what the model reads; null where it sets no limit. */
  show(text: string, most: number | null): void;
}

/**
 * @param area the field, which is marked as wrong while its text is too long.
 * @param announce called when the text has become too long, or short enough.
 */
export function lengthOf(id: string, area: HTMLElement, announce: (words: string) => void): Length {
  const count = h("span", "promptcount", { id: `${id}-count` });
  const long = h("p", "toolong", { id: `${id}-long`, hidden: true });
  return {
    count,
    long,
    show(text, most) {
      const length = [...text].length.toLocaleString("en");
      setText(count, most ? `${length} of ${most.toLocaleString("en")}` : `${length} characters`);
      const words = tooLong(text, most);
      const fits = !words;
      if (fits !== long.hidden) announce(fits ? "Short enough again." : "Too long.");
      long.hidden = fits;
      setAttributes(area, { "aria-invalid": fits ? null : "true" });
      setAttributes(count, { "data-over": !fits });
      setText(long, words);
    },
  };
}

/** In a sentence; "" when the model reads all of the text. */
export function tooLong(text: string, most: number | null): string {
  const over = [...text].length - (most ?? Infinity);
  if (over <= 0) return "";
  const characters = over === 1 ? "1 character" : `${over.toLocaleString("en")} characters`;
  return `${characters} too long: the model reads ${most?.toLocaleString("en")}.`;
}
