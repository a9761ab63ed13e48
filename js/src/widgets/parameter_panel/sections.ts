// The groups of a form: a heading where there are several, the settings, the advanced ones folded.
import { h } from "../../core/dom.ts";
import type { PanelField, PanelGroup } from "../../protocol/inputs.ts";

/** @param make called for each field, in the order in which they stand. */
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
    h("summary", "", {}, `${settings.length} more`),
    h("div", "settings", {}, ...settings),
  );
