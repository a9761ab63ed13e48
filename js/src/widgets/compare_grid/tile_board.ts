// The tiles on the board: as large as they can be, or in rows and columns. One tab stop for all of
// them, arrows between them, and the controls of one once it is entered.
import { h, on, setAttributes } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import type { GridContext } from "./context.ts";
import { axisName, axisWords } from "./grid_model.ts";
import {
  columnsFor,
  GAP,
  type Layout,
  layoutOf,
  mostColumns,
  tileWidth,
  widestTile,
} from "./layout.ts";
import { DRAGGED, type Surroundings, type TileActions, type TileView, tileView } from "./tile.ts";

/** Of a page's height, what a picture may take. */
const HIGHEST = 0.76;
/** The frame around tiles and board that is no picture. */
const FRAME = 10;
/** The column of the rows' names. */
const NAMES = 84;
/** A column among others is not narrower, unless that was asked for. */
const LEAST_COLUMN = 165;
/** Narrower boards have no columns. */
const STACKED = 450;
/** Pixels a notebook shows on a usual screen, and its part of the page's height on a larger one. */
const [NOTEBOOK, SHARE] = [765, 0.85];
/** Two rows that fit there are no lower than this part of the page. */
const LOWEST = 0.2;
/** What a tile says: in one line, and with two lines of its prompt. */
const [ONE_LINE, THREE_LINES] = [38, 88];
/** Narrower tiles need a further line. */
const [NARROW, LINE] = [345, 26];
const CONTROLS = "button, input";

/** How many tiles stand side by side, and how many could. */
export interface BoardSize {
  columns: number;
  most: number;
}

export interface TileBoard {
  element: HTMLElement;
  /** Show the tiles; returns those that are on top of their cells. */
  show(
    tiles: Tile[],
    rows: string | null,
    columns: string | null,
    around: Omit<Surroundings, "axes">,
  ): Tile[];
  /** These runs have gone on. */
  progress(tiles: Tile[], now: number): void;
  /** Put each tile's picture into it. */
  mount(element: (key: string) => HTMLElement, watch: (element: HTMLElement) => void): void;
  tick(now: number): void;
  paint(state: SyncState): void;
  /** Make the tiles as large as there is room, or as was asked for. */
  fitTiles(): BoardSize;
  /** Go to the next tile in a direction. */
  go(direction: string): void;
  focus(key: string): void;
  /** Go to the controls of the tile that has the focus. */
  enter(): void;
  /** Back from a tile's controls to the tile; false when the focus is not in any. */
  leave(): boolean;
}

interface Slot {
  view: TileView;
  tile: Tile;
  stack: Tile[];
}

/**
 * @param move puts a run in the place of another.
 * @param ratio the clips' own, width by height.
 */
export function tileBoard(
  context: GridContext,
  actions: TileActions,
  move: (key: string, other: string) => void,
  ratio: () => number,
): TileBoard {
  const { model, memory } = context;
  const element = h("div", "board", { role: "grid", "aria-label": "Runs" });
  let slots = new Map<string, Slot>();
  let shape = "";
  let layout: Layout = { rows: [], columns: [], cells: [] };
  /** The tile whose controls can be reached with Tab. */
  let entered: HTMLElement | null = null;

  const views = () => [...slots.values()];
  const elementOf = (node: EventTarget | null) =>
    (node as Element | null)?.closest<HTMLElement>(".wiro-tile") ?? null;

  on(element, "focusin", ({ target }) => {
    const tile = elementOf(target);
    if (!tile?.dataset.key) return;
    memory.focus = tile.dataset.key;
    entered = tile === target ? null : tile;
    rove();
  });
  on<FocusEvent>(element, "focusout", ({ relatedTarget }) => {
    if (!entered || elementOf(relatedTarget) === entered) return;
    entered = null;
    rove();
  });

  function rove(): void {
    const known = views().some(({ tile }) => tile.key === memory.focus);
    views().forEach(({ view, tile }, index) => {
      const here = known ? tile.key === memory.focus : index === 0;
      setAttributes(view.element, { tabindex: here ? 0 : -1 });
      const within = view.element === entered ? null : -1;
      for (const each of view.element.querySelectorAll(CONTROLS)) {
        setAttributes(each, { tabindex: within });
      }
    });
  }

  function newView(cell: string): TileView {
    const own = () => slots.get(cell);
    const view = tileView(actions, (by) => {
      const { tile, stack } = own() ?? {};
      if (!tile || !stack) return;
      const at = (stack.indexOf(tile) + by + stack.length) % stack.length;
      memory.focus = memory.tops[cell] = stack[at]?.key ?? "";
      context.refresh();
    });
    on<DragEvent>(view.element, "dragover", (event) => {
      if (event.dataTransfer?.types.includes(DRAGGED)) event.preventDefault();
    });
    on<DragEvent>(view.element, "drop", (event) => {
      if (!event.dataTransfer?.types.includes(DRAGGED)) return;
      event.preventDefault();
      move(event.dataTransfer.getData(DRAGGED), own()?.tile.key ?? "");
    });
    return view;
  }

  function show(
    tiles: Tile[],
    rows: string | null,
    columns: string | null,
    around: Omit<Surroundings, "axes">,
  ): Tile[] {
    layout = layoutOf(tiles, rows, columns);
    const next: typeof slots = new Map();
    for (const { key, stack } of layout.cells) {
      const tile = stack.find((each) => each.key === memory.tops[key]) ?? stack[0];
      if (tile) next.set(key, { view: slots.get(key)?.view ?? newView(key), tile, stack });
    }
    slots = next;
    const axes = [rows, columns].filter((each) => each !== null);
    for (const { view, tile, stack } of views()) {
      view.show(tile, { ...around, axes });
      view.stack(stack.indexOf(tile), stack.length);
    }
    arrange(rows, columns);
    rove();
    return views().map(({ tile }) => tile);
  }

  /** Put the cells in order, touching the page only when that has changed: moving a video pauses it. */
  function arrange(down: string | null, across: string | null): void {
    const { rows, columns, cells } = layout;
    const keys = cells.map(({ key }) => key);
    const next = JSON.stringify([down, across, rows, columns, keys]);
    if (next === shape) return;
    shape = next;
    const tabled = rows.length > 0;
    element.dataset.tabled = String(tabled);
    const tile = (key: string) => slots.get(key)?.view.element ?? "";
    if (!tabled) {
      // An element that is moved loses the focus.
      const held = element.querySelector<HTMLElement>(":focus");
      element.replaceChildren(h("div", "line", { role: "row" }, ...keys.map(tile)));
      held?.focus();
      return;
    }
    const named = (axis: string | null, value: string) => (axis ? axisWords(axis, value) : "");
    const corner = h("span", "corner", { role: "columnheader" }, axesWords(down, across));
    const heads = columns.map((value) =>
      h("span", "column-header", { role: "columnheader", title: value }, named(across, value)),
    );
    const lines = rows.map((value, row) => {
      const own = columns.map((_, column) => {
        const cell = cells.find((each) => each.row === row && each.column === column);
        return cell ? tile(cell.key) : h("div", "empty", { role: "gridcell" }, "no run");
      });
      const label = h("b", "", {}, named(down, value));
      const name = h("span", "row-header", { role: "rowheader" }, label);
      return h("div", "line", { role: "row" }, name, ...own);
    });
    const head = h("div", "line names", { role: "row" }, corner, ...heads);
    element.replaceChildren(head, ...lines);
  }

  /** The height of what a tile says, where it says most. */
  const mostText = () =>
    Math.max(
      0,
      ...[...element.querySelectorAll(".wiro-text")].map(({ scrollHeight }) => scrollHeight),
    );

  function fitTiles(): BoardSize {
    const { clientWidth: width, style } = element;
    const screen = element.closest<HTMLElement>(".wiro-whole:fullscreen .wiro-frame");
    const count = layout.rows.length ? layout.columns.length : views().length;
    const names = layout.rows.length ? NAMES + GAP : 0;
    const most = mostColumns(count, width - names);
    const shape = ratio();
    const asked = model.get("side_by_side");
    const wished = asked ? Math.min(asked, most) : null;
    const best = columnsFor(count, width, shape, screen?.clientHeight);
    const columns = names ? count : (wished ?? best);
    // What fills a screen is seen whole, and so are two rows in a notebook; more are scrolled to.
    const rows = layout.rows.length || Math.ceil(count / columns);
    const filled = wished === null && !names ? rows : 1;
    const high = screen
      ? (screen.clientHeight - FRAME + GAP) / filled - GAP - mostText()
      : innerHeight * HIGHEST;
    const lowered = !screen && wished === null && rows === 2 ? Math.min(high, twoRows()) : high;
    setAttributes(element, { "data-stacked": String(names > 0 && width < STACKED) });
    style.setProperty("--wiro-columns", String(columns));
    const widest = widestTile(lowered, shape);
    const share = names ? tileWidth(count, width - names) : widest;
    style.setProperty("--wiro-widest", `${Math.min(widest, share)}px`);
    const least = wished === null ? LEAST_COLUMN : tileWidth(wished, width - names);
    style.setProperty("--wiro-least", `${Math.floor(least)}px`);
    return { columns: names ? (wished ?? count) : columns, most };
  }

  /** How high each of two pictures may be that are one above the other in a notebook. */
  function twoRows(): number {
    const whole = element.closest(".wiro-whole");
    const height = (name: string) => whole?.querySelector<HTMLElement>(name)?.offsetHeight ?? 0;
    const heads = [".wiro-head", ".wiro-transport", ".wiro-names"].map(height);
    const around = heads.reduce((sum, each) => sum + each, 0) + 5 * GAP;
    const says = element.querySelector('[data-axis="false"].wiro-prompt') ? THREE_LINES : ONE_LINE;
    const room = Math.min(innerHeight, Math.max(NOTEBOOK, innerHeight * SHARE));
    const high = (room - around) / 2 - GAP / 2 - says;
    const narrow = says !== ONE_LINE && high * ratio() < NARROW;
    return Math.max(innerHeight * LOWEST, narrow ? high - LINE : high);
  }

  function go(direction: string): void {
    const all = views().map(({ view }) => view.element);
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
    fitTiles,
    go,
    progress(tiles, now) {
      const fresh = new Map(tiles.map((tile) => [tile.key, tile]));
      for (const slot of slots.values()) {
        const tile = fresh.get(slot.tile.key);
        if (!tile) continue;
        slot.tile = tile;
        slot.view.progress(tile, now);
      }
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
      const all = [...slots.values()];
      (all.find(({ tile }) => tile.key === key) ?? all[0])?.view.element.focus();
    },
    enter() {
      const view = views().find(({ tile }) => tile.key === memory.focus)?.view ?? views()[0]?.view;
      const first = [...(view?.element.querySelectorAll<HTMLElement>(CONTROLS) ?? [])].find(
        (each) => each.getClientRects().length,
      );
      first?.focus();
    },
    leave() {
      const held = elementOf(element.querySelector(".wiro-tile :focus"));
      held?.focus();
      return held !== null;
    },
  };
}

/** What the labels at the left and at the top are. */
const axesWords = (rows: string | null, columns: string | null): string =>
  [rows && `${axisName(rows)} ↓`, columns && `${axisName(columns)} →`].filter(Boolean).join(" ");
