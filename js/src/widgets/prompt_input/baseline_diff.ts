// The pinned prompt: a button that pins the text, and the section that shows what changed since.

import { button, h, newId, setText } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import { countChanges, diffNodes, diffWords } from "../../core/word_diff.ts";
import type { PinMessage } from "../../protocol/inputs.ts";
import type { PromptTraits } from "./submit.ts";

export interface BaselineDiff {
  /** The button. */
  pin: HTMLElement;
  /** The section. */
  element: HTMLElement;
  /** Show both for the text as it is now. */
  show(): void;
}

/** @param area the field with the text to pin, which has the focus afterwards. */
export function baselineDiff(
  id: string,
  area: HTMLTextAreaElement,
  model: Model<PromptTraits>,
): BaselineDiff {
  const pin = button("link", "Pin to compare", () => compareWith(area.value));
  const unpin = button("link", "Unpin", () => compareWith(null));
  const verdict = h("p", "diffwords", { id: `${id}-diff` });
  const changes = h("p", "difftext");
  const element = h(
    "section",
    "promptdiff",
    { "aria-labelledby": `${id}-diff`, hidden: true },
    h("div", "diffhead", {}, verdict, unpin),
    changes,
  );

  function compareWith(text: string | null): void {
    model.set("baseline", text);
    model.send({ id: newId(), type: "pin", text } satisfies PinMessage);
    area.focus();
  }

  function compare(baseline: string, text: string): void {
    const parts = diffWords(baseline, text);
    const changed = countChanges(parts);
    setText(
      verdict,
      changed ? `Compared with the pinned prompt: ${changed}` : "As pinned, word for word",
    );
    changes.replaceChildren(...diffNodes(parts));
  }

  return {
    pin,
    element,
    show() {
      const text = model.get("value");
      const baseline = model.get("baseline");
      pin.hidden = !text.trim() || text === baseline || model.get("disabled");
      element.hidden = baseline === null;
      if (baseline !== null) compare(baseline, text);
    },
  };
}
