// The strip at the top: the view, what rows and columns are, the tiles' size, zoom, and blind.
import { button, h, on, setAttributes } from "../../core/dom.ts";
import type { Commands } from "./commands.ts";
import type { GridContext } from "./context.ts";
import { axesOf, axisName, type Mode, valueIn } from "./grid_model.ts";
import type { BoardSize } from "./tile_board.ts";

const MODES: [mode: Mode, words: string, key: string][] = [
  ["grid", "Grid", "G"],
  ["wipe", "Wipe", "W"],
  ["flip", "Flip", "X"],
  ["difference", "Difference", "D"],
  ["onion", "Onion skin", "O"],
  ["storyboard", "Storyboard", "T"],
];

export interface Toolbar {
  element: HTMLElement;
  show(): void;
  /** How large the tiles are, and how large they may be; null while none are shown. */
  size(size: BoardSize | null): void;
  /** Put the focus on the view that is chosen. */
  focus(): void;
}

/**
 * @param zoom the buttons that zoom.
 * @param commands what the buttons do.
 */
export function toolbar(
  { model, memory, tiles, mode: modeNow, keep, tell }: GridContext,
  zoom: HTMLElement,
  { setMode, resize, enlarge }: Commands,
): Toolbar {
  const modes = MODES.map(([mode, words, key]) =>
    button("mode", words, () => setMode(mode), { "data-mode": mode, title: `Key ${key}` }),
  );
  const axes = (["rows", "columns"] as const).map((which) => {
    const words = which === "rows" ? "Rows" : "Columns";
    const select = h("select", "by", { "aria-label": words });
    on(select, "change", () => keep(which, select.value || null));
    return { which, words, select };
  });
  const slider = h("input", "size", {
    type: "range",
    min: 1,
    step: 1,
    "aria-label": "Size",
    title: "Size of the tiles; Alt + ↑ ↓",
  });
  slider.hidden = true;
  let most = 1;
  on(slider, "input", () => resize(most + 1 - slider.valueAsNumber));
  const all = button("button", "‹ All clips", () => enlarge(""), { title: "Key 0" });
  const hide = button("button", "Blind vote", () => keep("blind", !model.get("blind")), {
    title: "Compare two at a time, without names",
  });
  const close = button(
    "small close",
    "✕",
    () => {
      const studio = close.closest(".wiro-studio");
      tell({ type: "close" });
      // The comparison goes, and the focus with it.
      studio?.querySelector<HTMLElement>('[data-part="strip"] .wiro-primary')?.focus();
    },
    { "aria-label": "Close the comparison", title: "Close" },
  );
  const element = h(
    "header",
    "head",
    {},
    h("div", "modes", { role: "group", "aria-label": "View" }, ...modes),
    ...axes.map(({ select }) => select),
    all,
    slider,
    zoom,
    h("span", "grow"),
    hide,
    close,
  );

  function showAxes(): void {
    const runs = tiles();
    const [first] = runs;
    const grouped = first && !model.get("blind") && runs.length > 1;
    const shown = grouped && !memory.solo && modeNow() === "grid";
    for (const { which, words, select } of axes) {
      select.hidden = !shown;
      if (!shown) continue;
      const chosen = model.get(which);
      const offered = axesOf(runs).filter(
        (axis) =>
          axis === chosen || runs.some((tile) => valueIn(tile, axis) !== valueIn(first, axis)),
      );
      const known = offered.join("\0");
      if (select.dataset.known !== known) {
        select.dataset.known = known;
        select.replaceChildren(
          h("option", "", { value: "" }, `${words}: none`),
          ...offered.map((axis) =>
            h("option", "", { value: axis }, `${words}: ${axisName(axis).toLowerCase()}`),
          ),
        );
      }
      select.value = chosen ?? "";
    }
  }

  return {
    element,
    show() {
      const few = tiles().length < 2;
      const blind = model.get("blind");
      for (const each of modes) {
        setAttributes(each, { "aria-pressed": String(each.dataset.mode === modeNow()) });
        each.disabled = few && each.dataset.mode !== "grid";
      }
      setAttributes(hide, { "aria-pressed": String(blind) });
      hide.hidden = few && !blind;
      zoom.hidden = modeNow() === "storyboard" || !tiles().length;
      close.hidden = !model.get("_closable");
      all.hidden = !memory.solo || modeNow() !== "grid";
      showAxes();
    },
    focus: () => modes.find((each) => each.dataset.mode === modeNow())?.focus(),
    size(board) {
      slider.hidden = !board || board.most < 2;
      if (!board) return;
      most = board.most;
      setAttributes(slider, { max: most, "aria-valuetext": `${board.columns} side by side` });
      slider.valueAsNumber = most + 1 - board.columns;
    },
  };
}
