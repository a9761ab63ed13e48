// The picture itself. From an address it is fetched only when a person asks for it.
import { button, h, setAttributes } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import type { ImageState, ImageTraits } from "./image_state.ts";
import type { Seen } from "./seen.ts";

export interface Picture {
  element: HTMLElement;
  /** The button that fetches it from its address. */
  preview: HTMLElement;
  show(seen: Seen): void;
}

export function pictureOf(model: Model<ImageTraits>, memory: ImageState): Picture {
  const element = h("img", "picture", { alt: "", decoding: "async" });
  const preview = button("button", "Preview", () => {
    element.referrerPolicy = "no-referrer";
    element.src = model.get("_shown").url ?? "";
    element.hidden = false;
    preview.hidden = true;
  });
  return {
    element,
    preview,
    show({ own, held, url }) {
      const source = own ? memory.url : model.get("_thumbnail");
      if (source) setAttributes(element, { src: source, referrerpolicy: null });
      else if (element.getAttribute("src") !== held.url) element.removeAttribute("src");
      element.hidden = !element.getAttribute("src");
      preview.hidden = !url || !element.hidden;
    },
  };
}
