// What stands beside the picture: its name and facts, whether the model takes it, what is going on.
import { h, setAttributes, setText } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import type { ShownImage } from "../../protocol/inputs.ts";
import { bytesWords, pixels, ratioWords } from "./image_facts.ts";
import type { ImageState, ImageTraits } from "./image_state.ts";
import type { Seen } from "./seen.ts";

export interface ImageStatus {
  element: HTMLElement;
  show(seen: Seen): void;
  /** What of it is worth an announcement; "" when nothing is. */
  news(): string;
}

const BUSY = "Waiting for the kernel; it is busy with a cell. It goes on by itself.";
const UNSEEN = "Only the service can look behind an address; size and type are checked there.";
const DOING = {
  "": "",
  reading: "Reading the picture",
  sending: "Sending",
  fetching: "Fetching the picture",
};

export function imageStatus(model: Model<ImageTraits>, memory: ImageState): ImageStatus {
  const name = h("p", "file");
  const facts = h("p", "facts");
  const notes = h("p", "facts");
  const verdict = h("p", "verdict");
  const doing = h("p", "facts");
  const bar = h("progress", "progress", { max: 1, "aria-label": "Sending the picture" });

  function sayFacts({ own, held, name: file, url }: Seen): void {
    setText(name, file);
    setText(facts, url || (own ? bytesWords(own.file.size) : factsOf(held)));
    setText(notes, sentence((own ?? held).notes?.join(", ") ?? ""));
  }

  function sayVerdict({ url, digest }: Partial<ShownImage>): void {
    const { model: name } = model.get("limits");
    const problem = model.get("problem");
    const good = Boolean(digest && name && !problem);
    verdict.hidden = Boolean(memory.phase || memory.fault);
    setText(verdict, problem ?? (url ? UNSEEN : good ? `✓ fits ${name}` : ""));
    setAttributes(verdict, { "data-good": good, "data-bad": Boolean(problem) });
  }

  function sayDoing({ phase, progress, silent }: ImageState): void {
    bar.hidden = phase !== "sending" && phase !== "fetching";
    bar.value = progress;
    const part = bar.hidden ? "" : ` ${Math.floor(progress * 100)} %`;
    setText(doing, silent ? BUSY : DOING[phase] + part);
  }

  return {
    element: h("div", "texts", {}, name, facts, notes, verdict, doing, bar),
    show(seen) {
      sayFacts(seen);
      sayVerdict(seen.held);
      sayDoing(memory);
    },
    news() {
      const words = memory.silent ? BUSY : verdict.hidden ? "" : verdict.textContent;
      return words && name.textContent ? `${name.textContent}: ${words}` : words;
    },
  };
}

function factsOf({ width = 0, height = 0, size = 0, content_type = "" }: Partial<ShownImage>) {
  if (!width) return "";
  const seen = { width, height };
  const kind = content_type.replace("image/", "").toUpperCase();
  return `${pixels(seen)} · ${ratioWords(seen)} · ${bytesWords(size)} · ${kind}`;
}

const sentence = (words: string): string => words && words.charAt(0).toUpperCase() + words.slice(1);
