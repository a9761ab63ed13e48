// The strip at the top: how to look, what rows and columns are, and blind.
import { button, h, on, setAttributes } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { axesOf, type Mode, valueIn } from "./grid_model.ts";
import { keyHelp } from "./keys.ts";

const MODES: [Mode, string][] = [
  ["grid", "Grid"],
  ["wipe", "Wipe"],
  ["flip", "Flip"],
  ["difference", "Difference"],
  ["onion", "Onion-skin"],
  ["storyboard", "Storyboard"],
];

export interface ToolbarState {
  mode: Mode;
  rows: string | null;
  columns: string | null;
  blind: boolean;
  tiles: Tile[];
}

export interface ToolbarActions {
  mode(mode: Mode): void;
  axis(which: "rows" | "columns", axis: string | null): void;
  blind(): void;
}

export interface Toolbar {
  element: HTMLElement;
  show(state: ToolbarState): void;
}

export function toolbar(press: ToolbarActions): Toolbar {
  const modes = MODES.map(([mode, words]) =>
    button("mode", words, () => press.mode(mode), { "data-mode": mode }),
  );
  const looks = h("div", "modes", { role: "group", "aria-label": "How to look" }, ...modes);
  const axes = (["rows", "columns"] as const).map((which) => {
    const select = h("select", "");
    on(select, "change", () => press.axis(which, select.value || null));
    return { which, select, label: h("label", "axis", {}, `${which} `, select) };
  });
  const hide = button("button", "Blind", press.blind, { title: "Compare without names" });
  const element = h(
    "header",
    "head",
    {},
    h("strong", "name", {}, "Compare"),
    looks,
    ...axes.map(({ label }) => label),
    h("span", "grow"),
    hide,
  );

  function show({ mode, rows, columns, blind, tiles }: ToolbarState): void {
    const few = tiles.length < 2;
    for (const each of modes) {
      setAttributes(each, { "aria-pressed": String(each.dataset.mode === mode) });
      each.disabled = few && each.dataset.mode !== "grid";
    }
    setAttributes(hide, { "aria-pressed": String(blind) });
    hide.hidden = few && !blind;
    const chosen = { rows, columns };
    for (const { which, select, label } of axes) {
      label.hidden = blind || few || mode !== "grid";
      const offered = axesOf(tiles).filter(
        (axis) =>
          axis === chosen[which] ||
          tiles.some((tile) => valueIn(tile, axis) !== valueIn(tiles[0] ?? tile, axis)),
      );
      const known = offered.join("\0");
      if (select.dataset.known !== known) {
        select.dataset.known = known;
        select.replaceChildren(
          h("option", "", { value: "" }, "wrap"),
          ...offered.map((axis) => h("option", "", { value: axis }, axis)),
        );
      }
      select.value = chosen[which] ?? "";
    }
  }

  return { element, show };
}

/** Opens over everything, closes with Escape and gives the focus back: the browser sees to it. */
export function helpPanel(letters: HTMLInputElement): HTMLElement {
  const rows = keyHelp().map(([keys, words]) =>
    h("div", "", {}, h("dt", "", {}, keys), h("dd", "", {}, words)),
  );
  return h(
    "div",
    "help",
    { popover: "auto", role: "dialog", "aria-label": "Keys" },
    h("dl", "", {}, ...rows),
    h("label", "", {}, letters, " use letter and digit keys"),
  );
}
