// Five stars to rate a run with; pressing the last one again takes the rating away.
import { button, h, setAttributes, setText } from "../core/dom.ts";

export interface Rating {
  element: HTMLElement;
  /** @param rating 1 to 5; 0 for none. */
  show(rating: number): void;
}

/** @param rate called with the rating that was chosen. */
export function ratingStars(rate: (rating: number) => void): Rating {
  let shown = 0;
  const stars = [1, 2, 3, 4, 5].map((each) =>
    button("star", "☆", () => rate(each === shown ? 0 : each), { "aria-label": `${each} of 5` }),
  );
  return {
    element: h("span", "rating", { role: "group", "aria-label": "Rating" }, ...stars),
    show(rating) {
      shown = rating;
      stars.forEach((star, index) => {
        setText(star, index < rating ? "★" : "☆");
        setAttributes(star, { "aria-pressed": String(index < rating) });
      });
    },
  };
}
