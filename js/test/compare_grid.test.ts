import { describe, expect, it, vi } from "vitest";
import type { Tile } from "../src/protocol/grid_studio.ts";
import type { SyncState } from "../src/video/sync_player.ts";
import type { GridContext } from "../src/widgets/compare_grid/context.ts";
import {
  distinction,
  promptChanges,
  sameButProgress,
} from "../src/widgets/compare_grid/grid_model.ts";
import { gridPlayback } from "../src/widgets/compare_grid/grid_playback.ts";
import {
  columnsFor,
  GAP,
  layoutOf,
  mostColumns,
  tileWidth,
} from "../src/widgets/compare_grid/layout.ts";
import { badgeWords } from "../src/widgets/compare_grid/transport_row.ts";
import { freshViewState } from "../src/widgets/compare_grid/view_state.ts";

const player = vi.hoisted(() => ({
  set: vi.fn(),
  lengths: vi.fn(),
  visible: vi.fn(),
  loop: vi.fn(),
  speed: vi.fn(),
  range: vi.fn(),
}));
vi.mock("../src/video/sync_player.ts", () => ({ syncPlayer: () => player }));

const WIDE = 16 / 9;

const tile = (key: string, changes: Partial<Tile> = {}) =>
  ({
    key,
    letter: key.toUpperCase(),
    name: `Run ${key}`,
    prompt: "",
    parameters: [],
    image: "",
    model: "m",
    ...changes,
  }) as Tile;

describe("the number of tiles side by side", () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 2],
    [5, 3],
    [6, 3],
    [8, 4],
    [9, 3],
    [25, 5],
  ])("%i wide clips in a card of 1,080 pixels: %i", (count, columns) => {
    expect(columnsFor(count, 1022, WIDE)).toBe(columns);
  });

  it("is one on a phone, and as many upright clips as fit on a screen", () => {
    for (const count of [1, 2, 9]) expect(columnsFor(count, 262, WIDE)).toBe(1);
    expect(columnsFor(4, 1022, 9 / 16)).toBe(4);
    // The same clips on a screen that is wide and low.
    expect(columnsFor(16, 1400, WIDE, 650)).toBeGreaterThan(columnsFor(16, 1400, WIDE, 1200));
  });

  it("leaves nothing of the width", () => {
    expect(3 * tileWidth(3, 1000) + 2 * GAP).toBe(1000);
    expect(mostColumns(25, 1022)).toBe(7);
    expect(mostColumns(3, 1022)).toBe(3);
  });
});

it("puts repeats into one cell, and numbers in order of size", () => {
  const sized = (key: string, size: string) => tile(key, { parameters: [["size", size]] });
  const { columns, cells } = layoutOf(
    [sized("a", "1080P"), sized("b", "512P"), sized("c", "1080P")],
    null,
    "size",
  );
  expect(columns).toEqual(["512P", "1080P"]);
  expect(cells.map(({ stack }) => stack.map(({ key }) => key))).toEqual([["b"], ["a", "c"]]);
});

it("cuts short what two prompts both say, and keeps every change", () => {
  const said = "A very long description of the harbour at dawn with all of its boats and birds ";
  const parts = promptChanges(`${said}sleeping ${said}`, `${said}leaving ${said}`);
  expect(parts.map(({ change }) => change)).toEqual(["same", "removed", "added", "same"]);
  const text = parts.map((part) => part.text).join("");
  expect(text.length).toBeLessThan(100);
  // Between words, never within one.
  expect(text).toBe("… all of its boats and birds sleeping leaving A very long description of …");
});

it("names what sets two runs apart", () => {
  const one = tile("1", { prompt: "A gull lands", parameters: [["size", "512P"]] });
  const two = tile("2", { prompt: "A crow lands", parameters: [["size", "768P"]] });
  expect(distinction(two, [one, two])).toBe("Run 2 · 768P · crow");
});

it("tells progress from a new state of a run", () => {
  const before = tile("a", { cost: null, progress: { stage: "x" } as unknown as Tile["progress"] });
  expect(sameButProgress(before, { ...before, progress: {} as Tile["progress"] })).toBe(true);
  expect(sameButProgress(before, { ...before, cost: "0.19" })).toBe(false);
});

it("says which clip is not exact", () => {
  const state = {
    playing: true,
    spread: 0,
    holding: [],
    loading: [] as string[],
    inexact: [] as string[],
  } as unknown as SyncState;
  const letter = (key: string) => key.toUpperCase();
  expect(badgeWords(state, letter)).toEqual(["level", "In sync"]);
  expect(badgeWords({ ...state, inexact: ["c"] }, letter)).toEqual([
    "",
    "In sync · C to within a frame",
  ]);
  expect(badgeWords({ ...state, playing: false, inexact: ["c"] }, letter)[0]).toBe("level");
  expect(badgeWords({ ...state, spread: 2, inexact: ["c"] }, letter)[0]).toBe("apart");
  expect(badgeWords({ ...state, holding: ["b"] }, letter)).toEqual(["waits", "Waiting for B"]);
});

it("leaves the clips alone that play beside a run that goes on", () => {
  vi.stubGlobal("IntersectionObserver", class {});
  const traits: Record<string, unknown> = { _offsets: {}, _posters: {}, time: 0 };
  const model = { get: (name: string) => traits[name], on: vi.fn(), off: vi.fn() };
  const { signal } = new AbortController();
  const own = { model, memory: freshViewState(), signal, poster: () => null };
  const context = own as unknown as GridContext;
  const playback = gridPlayback(context, vi.fn());
  const clip = { name: "a.mp4", content_type: "video/mp4", size: 1, url: "/a.mp4" };
  const running = { status: "running", over: false } as Tile["progress"];
  const tiles = [tile("a", { clip }), tile("b", { clip: null, progress: running })];
  const seen = new Set(["a", "b"]);
  const draw = (all: Tile[]) => {
    playback.set(all, new Set(seen));
    playback.lengths("hold");
  };
  draw(tiles);
  for (let now = 0; now < 9; now++) {
    draw(tiles.map((each) => ({ ...each, progress: { ...running, now } })));
  }
  expect(player.set).toHaveBeenCalledTimes(1);
  expect(player.lengths).toHaveBeenCalledTimes(1);
  // The clip of the other one arrives, and then it is shown 2 frames later.
  draw([tile("a", { clip }), tile("b", { clip: { ...clip, url: "/b.mp4" } })]);
  traits._offsets = { b: -0.08 };
  draw([tile("a", { clip }), tile("b", { clip: { ...clip, url: "/b.mp4" } })]);
  expect(player.set).toHaveBeenCalledTimes(3);
});
