// The parts of the panel: what was dropped from the last model, and the groups of settings: each with
// a heading where there are several, and its advanced settings folded.
import { button, h } from "../../core/dom.ts";
import type { PanelField, PanelGroup } from "../../protocol/inputs.ts";

export interface DroppedNotice {
  element: HTMLElement;
  show(sentences: string[]): void;
}

/**
 * @param announce called with each sentence.
 * @param dismiss called when a person has read them.
 */
export function droppedNotice(
  announce: (sentence: string) => void,
  dismiss: () => void,
): DroppedNotice {
  const lost = h("ul", "", { "aria-label": "Not kept from the model before" });
  const element = h("div", "dropped", {}, lost, button("link", "OK", dismiss));
  return {
    element,
    show(sentences) {
      lost.replaceChildren(...sentences.map((each) => h("li", "", {}, each)));
      element.hidden = !sentences.length;
      for (const each of sentences) announce(each);
    },
  };
}

/** @param make called for each field, in their order. */
export const sections = (groups: PanelGroup[], make: (about: PanelField) => HTMLElement) =>
  groups.map((group) => section(group, groups.length > 1, make));

function section(
  { title, fields }: PanelGroup,
  headed: boolean,
  make: (about: PanelField) => HTMLElement,
): HTMLElement {
  const shown = fields.filter(({ advanced }) => !advanced).map(make);
  const folded = fields.filter(({ advanced }) => advanced).map(make);
  const element = h("section", "");
  if (headed && title) element.append(h("h3", "group", {}, title));
  element.append(h("div", "settings", {}, ...shown));
  if (folded.length) element.append(fold(folded));
  return element;
}

const fold = (settings: HTMLElement[]): HTMLElement =>
  h(
    "details",
    "more",
    {},
    h("summary", "", {}, `Advanced (${settings.length})`),
    h("div", "settings", {}, ...settings),
  );
