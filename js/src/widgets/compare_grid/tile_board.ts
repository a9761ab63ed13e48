// The tiles on the board: wrapped or in rows and columns, one tab stop, arrows between them.
import { button, h, on, setAttributes } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { type TileActions, type TileContext, type TileView, tileView } from "./tile.ts";
import type { ViewState } from "./view_state.ts";

export interface TileBoard {
  element: HTMLElement;
  /** Show the tiles; returns those that are on top of their cells. */
  show(tiles: Tile[], rows: string | null, columns: string | null): Tile[];
  /** Draw what the tiles say; `context` for each. */
  fill(context: (tile: Tile) => TileContext): void;
  /** Put each tile's picture into it. */
  mount(element: (key: string) => HTMLElement, watch: (element: HTMLElement) => void): void;
  tick(now: number): void;
  paint(state: SyncState): void;
  /** Go to the next tile in a direction. */
  go(direction: string): void;
  focus(key: string): void;
}

interface Slot {
  view: TileView;
  tile: Tile;
}

export function tileBoard(
  memory: ViewState,
  presses: (key: () => string) => TileActions,
  changed: () => void,
  move: (key: string, before: string) => void,
): TileBoard {
  const element = h("div", "board", { role: "grid", "aria-label": "Runs" });
  const slots = new Map<string, Slot>();
  let shape = "";

  on(element, "focusin", ({ target }) => {
    const tile = (target as Element).closest<HTMLElement>(".wiro-tile");
    if (!tile?.dataset.key) return;
    memory.focus = tile.dataset.key;
    rove();
  });

  function rove(): void {
    const known = [...slots.values()].some(({ tile }) => tile.key === memory.focus);
    let first = true;
    for (const { view, tile } of slots.values()) {
      const here = known ? tile.key === memory.focus : first;
      first = false;
      setAttributes(view.element, { tabindex: here ? 0 : -1 });
    }
  }

  function slot(key: string): TileView {
    const known = slots.get(key);
    if (known) return known.view;
    const view = tileView(presses(() => slots.get(key)?.tile.key ?? ""));
    const dragged = "text/x-wiro-tile";
    on<DragEvent>(view.element, "dragstart", ({ dataTransfer }) =>
      dataTransfer?.setData(dragged, slots.get(key)?.tile.key ?? ""),
    );
    on<DragEvent>(view.element, "dragover", (event) => {
      if (event.dataTransfer?.types.includes(dragged)) event.preventDefault();
    });
    on<DragEvent>(view.element, "drop", (event) => {
      event.preventDefault();
      move(event.dataTransfer?.getData(dragged) ?? "", slots.get(key)?.tile.key ?? "");
    });
    return view;
  }

  function show(tiles: Tile[], rows: string | null, columns: string | null): Tile[] {
    const layout = layoutOf(tiles, rows, columns);
    const tops: Tile[] = [];
    const wanted = new Set<string>();
    for (const { key, stack } of layout.cells) {
      const top = stack.find((tile) => tile.key === memory.tops[key]) ?? stack[0];
      if (!top) continue;
      const view = slot(key);
      slots.set(key, { view, tile: top });
      wanted.add(key);
      tops.push(top);
      showStack(view, key, stack, top);
      // In rows and columns the place is what the values say, so there is nothing to drag.
      setAttributes(view.element, {
        draggable: layout.rows.length || memory.zoom.scale > 1 ? null : "true",
      });
    }
    for (const key of slots.keys()) if (!wanted.has(key)) slots.delete(key);
    arrange(layout);
    return tops;
  }

  function showStack(view: TileView, key: string, stack: Tile[], top: Tile): void {
    const { stack: controls } = view;
    controls.hidden = stack.length < 2;
    const at = stack.indexOf(top);
    const turn = (by: number) => {
      memory.tops[key] = stack[(at + by + stack.length) % stack.length]?.key ?? "";
      memory.focus = memory.tops[key];
      changed();
    };
    const known = `${at} ${stack.map((tile) => tile.key)}`;
    if (controls.hidden || controls.dataset.known === known) return;
    const held = controls.contains(document.activeElement);
    controls.dataset.known = known;
    const back = button("small", "‹", () => turn(-1), { "aria-label": "Repeat before" });
    const on1 = button("small", "›", () => turn(1), { "aria-label": "Next repeat" });
    controls.replaceChildren(back, `${at + 1} of ${stack.length}`, on1);
    for (const each of [back, on1]) each.dataset.arrows = "";
    on<KeyboardEvent>(on1, "keydown", arrows);
    on<KeyboardEvent>(back, "keydown", arrows);
    if (held) on1.focus();
    function arrows(event: KeyboardEvent): void {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      turn(by);
    }
  }

  /** Put the cells in order, touching the page only when that has changed: moving a video pauses it. */
  function arrange({ rows, columns, cells }: Layout): void {
    const next = JSON.stringify([rows, columns, cells.map(({ key }) => key)]);
    if (next === shape) return;
    shape = next;
    const tabled = rows.length > 0;
    element.dataset.tabled = String(tabled);
    element.style.setProperty("--wiro-columns", String(columns.length));
    const tile = (key: string) => slots.get(key)?.view.element ?? "";
    if (!tabled) {
      element.replaceChildren(
        h("div", "line", { role: "row" }, ...cells.map(({ key }) => tile(key))),
      );
      return;
    }
    const corner = h("span", "corner", { role: "columnheader", "aria-label": "rows" });
    const heads = columns.map((value) => h("span", "across", { role: "columnheader" }, value));
    const lines = rows.map((value, row) => {
      const own = columns.map((_, column) => {
        const cell = cells.find((each) => each.row === row && each.column === column);
        return cell ? tile(cell.key) : h("div", "empty", { role: "gridcell" }, "no run");
      });
      const name = h("span", "down", { role: "rowheader" }, h("b", "", {}, value));
      return h("div", "line", { role: "row" }, name, ...own);
    });
    element.replaceChildren(h("div", "line", { role: "row" }, corner, ...heads), ...lines);
  }

  function go(direction: string): void {
    const all = [...slots.values()].map(({ view }) => view.element);
    const here = all.find((each) => each.dataset.key === memory.focus) ?? all[0];
    const from = here?.getBoundingClientRect();
    if (!from) return;
    const across = direction === "ArrowLeft" || direction === "ArrowRight";
    const sign = direction === "ArrowLeft" || direction === "ArrowUp" ? -1 : 1;
    // The nearest one that lies in that direction; sideways along the line first.
    const [next] = all
      .map((each) => ({ each, box: each.getBoundingClientRect() }))
      .map(({ each, box }) => ({ each, dx: box.x - from.x, dy: box.y - from.y }))
      .filter(({ dx, dy }) => (across ? sign * dx > 1 && Math.abs(dy) < 1 : sign * dy > 1))
      .sort((a, b) => Math.hypot(a.dx, a.dy) - Math.hypot(b.dx, b.dy));
    const place = here ? all.indexOf(here) : 0;
    (next?.each ?? (across ? all[place + sign] : undefined))?.focus();
  }

  return {
    element,
    show,
    go,
    fill(context) {
      for (const { view, tile } of slots.values()) view.show(tile, context(tile));
      rove();
    },
    mount(picture, watch) {
      for (const { view, tile } of slots.values()) {
        const own = picture(tile.key);
        if (own.parentElement !== view.shot) view.shot.replaceChildren(own);
        view.shot.dataset.key = tile.key;
        watch(view.shot);
      }
    },
    tick(now) {
      for (const { view } of slots.values()) view.tick(now);
    },
    paint(state) {
      for (const { view } of slots.values()) view.paint(state);
    },
    focus(key) {
      for (const { view, tile } of slots.values()) if (tile.key === key) view.element.focus();
    },
  };
}
