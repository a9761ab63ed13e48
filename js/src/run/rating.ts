// Five stars to rate a run with: pressed, or moved by arrows.
import { h, on, setAttributes, setText } from "../core/dom.ts";

const MOST = 5;

export interface Rating {
  element: HTMLElement;
  /** @param name of what is rated. */
  show(rating: number, name: string): void;
}

/** @param rate told 1 to 5, or 0 to take the rating back: the same star was pressed again. */
export function starRating(rate: (rating: number) => void): Rating {
  const stars = h("span", "", { "aria-hidden": true });
  const range = h("input", "", { type: "range", min: 0, max: MOST, step: 1 });
  // The first star is on the left in pages of every direction.
  const element = h("span", "stars", { dir: "ltr", title: "Rating" }, stars, range);
  /** As it was shown last, which is what is kept with the run. */
  let kept = 0;

  function draw(rating: number): void {
    range.valueAsNumber = rating;
    setText(stars, "★".repeat(rating) + "☆".repeat(MOST - rating));
    setAttributes(range, {
      "aria-valuetext": rating ? `${rating} of ${MOST} stars` : "not rated",
    });
  }

  on(range, "input", () => {
    draw(range.valueAsNumber);
    rate(range.valueAsNumber);
  });
  on(range, "blur", () => draw(kept));
  on<MouseEvent>(element, "click", ({ clientX }) => {
    const { left, width } = element.getBoundingClientRect();
    const star = Math.max(1, Math.ceil((MOST * (clientX - left)) / width));
    rate(star === kept ? 0 : star);
  });
  return {
    element,
    show(rating, name) {
      kept = rating;
      setAttributes(range, { "aria-label": `Rating of ${name}` });
      // What comes back for one key must not undo the next, which is on its way.
      if (!range.matches(":focus")) draw(rating);
    },
  };
}
