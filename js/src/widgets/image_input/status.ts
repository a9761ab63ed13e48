// The picture, and beside it its name and facts, whether the model takes it, and progress.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import type { ShownImage } from "../../protocol/inputs.ts";
import { bytesWords, pixels, ratioWords } from "./image_facts.ts";
import type { ImageState, ImageTraits, ShownPicture } from "./image_state.ts";

export interface Picture {
  element: HTMLElement;
  /** The button that fetches it from its address. */
  preview: HTMLElement;
  show(picture: ShownPicture): void;
}

export interface ImageStatus {
  element: HTMLElement;
  show(picture: ShownPicture): void;
  /** What is to be announced; "" for nothing. */
  news(): string;
}

const UNSEEN = "The service checks size and type when it fetches this URL.";
/** Said after what is waited for. */
const THEN = "This continues on its own.";
const DOING = {
  "": "",
  reading: "Reading the image",
  sending: "Sending",
  fetching: "Fetching the image",
};

export function pictureOf(model: Model<ImageTraits>, state: ImageState): Picture {
  const element = h("img", "picture", { alt: "", decoding: "async" });
  /** An address that turned out to have no image: a sentence says what is wrong. */
  let broken: string | null = null;
  on(element, "error", () => {
    broken = element.getAttribute("src");
    element.hidden = true;
  });
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
      const source = own ? state.url : model.get("_thumbnail");
      if (source) setAttributes(element, { src: source, referrerpolicy: null });
      else if (element.getAttribute("src") !== held.url) element.removeAttribute("src");
      const shown = element.getAttribute("src");
      element.hidden = !shown || shown === broken;
      preview.hidden = !url || !element.hidden;
    },
  };
}

export function imageStatus(model: Model<ImageTraits>, state: ImageState): ImageStatus {
  const name = h("p", "file");
  const facts = h("p", "facts");
  const notes = h("p", "facts");
  const verdict = h("p", "verdict");
  const doing = h("p", "facts");
  const bar = h("progress", "progress", { max: 1, "aria-label": "Sending the image" });

  function sayFacts({ own, held, name: file, url }: ShownPicture): void {
    setText(name, file);
    // What does not fit is cut.
    setAttributes(name, { title: file });
    setText(facts, url || (own ? bytesWords(own.file.size) : factsOf(held)));
    setText(notes, sentence((own ?? held).notes?.join(", ") ?? ""));
  }

  function sayVerdict({ url, digest }: Partial<ShownImage>): void {
    const { model: name } = model.get("limits");
    const problem = model.get("problem");
    const good = Boolean(digest && name && !problem);
    verdict.hidden = Boolean(state.phase || state.fault);
    setText(verdict, problem ?? (url ? UNSEEN : good ? `✓ fits ${name}` : ""));
    setAttributes(verdict, { "data-good": good, "data-bad": Boolean(problem) });
  }

  function sayDoing({ phase, progress, waiting }: ImageState): void {
    bar.hidden = phase !== "sending" && phase !== "fetching";
    bar.value = progress;
    const part = bar.hidden ? "" : ` ${Math.floor(progress * 100)} %`;
    setText(doing, waiting ? `${waiting} ${THEN}` : DOING[phase] + part);
  }

  return {
    element: h("div", "texts", {}, name, facts, notes, verdict, doing, bar),
    show(picture) {
      sayFacts(picture);
      sayVerdict(picture.held);
      sayDoing(state);
    },
    news() {
      const words = state.waiting
        ? `${state.waiting} ${THEN}`
        : verdict.hidden
          ? ""
          : verdict.textContent;
      return words && name.textContent ? `${name.textContent}: ${words}` : words;
    },
  };
}

function factsOf({ width = 0, height = 0, size = 0 }: Partial<ShownImage>) {
  if (!width) return "";
  const pixelSize = { width, height };
  return [pixels(pixelSize), ratioWords(pixelSize), bytesWords(size)].filter(Boolean).join(" · ");
}

const sentence = (words: string): string => words && words.charAt(0).toUpperCase() + words.slice(1);
