// One run in the grid: its picture, how far it is or why there is none, and how it differs.

import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import { diffNodes, isUnlike } from "../../core/word_diff.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { starRating } from "../../run/rating.ts";
import { costWords, moneyWords, statusWords } from "../../run/status_text.ts";
import type { SyncState } from "../../video/sync_player.ts";
import {
  axisWords,
  differing,
  isVideo,
  missingClip,
  promptChanges,
  snapshotOf,
  tileLabel,
} from "./grid_model.ts";

/** What a tile is drawn from besides its own run. */
export interface Surroundings {
  tiles: Tile[];
  baseline: Tile | undefined;
  selected: string[];
  posterOf(tile: Tile): string | null;
  /** What rows and columns are made of; none where tiles can be dragged to another place. */
  axes: string[];
}

export interface TileView {
  element: HTMLElement;
  /** Where the picture goes. */
  shot: HTMLElement;
  show(tile: Tile, around: Surroundings): void;
  /** The run has gone on, and nothing else of it is new. */
  progress(tile: Tile, now: number): void;
  tick(now: number): void;
  paint(state: SyncState): void;
  /** Which of so many runs of its cell it shows, counted from 0. */
  stack(at: number, total: number): void;
}

/** What can be done with the run of a tile, by its key. */
export interface TileActions {
  select(key: string, on: boolean): void;
  open(key: string): void;
  stop(key: string): void;
  retry(key: string): void;
  enlarge(key: string): void;
  judge(key: string, changes: Partial<Tile["verdict"]>): void;
}

export const DRAGGED = "text/x-wiro-tile";

/** @param turn shows another run of the cell. */
export function tileView(actions: TileActions, turn: (by: number) => void): TileView {
  let shown: Tile | null = null;
  let all: Tile[] = [];
  let baseline: Tile | undefined;
  let described = "";
  let told = "";
  const key = () => shown?.key ?? "";

  const poster = h("img", "poster", { alt: "", hidden: true, draggable: "false" });
  const picture = h("div", "zoomed");
  const track = h("progress", "track", { max: 1, "aria-hidden": true });
  const words = h("p", "words");
  const stop = button("link stop", "Stop", () => actions.stop(key()), { hidden: true });
  const over = h("div", "over", {}, track, stop, words);
  const reason = h("p", "reason");
  const again = button(
    "button",
    "Try again",
    () => {
      // The button goes.
      element.focus();
      actions.retry(key());
    },
    { hidden: true },
  );
  const missing = h("div", "missing", { hidden: true }, reason, again);
  const star = button("star", "", () => actions.judge(key(), { starred: !shown?.verdict.starred }));
  const shot = h("div", "shot", {}, poster, picture, over, missing, star);
  const pick = h("input", "", { type: "checkbox" });
  const letter = h("b", "letter");
  const handle = h("span", "handle", { draggable: "true", title: "Drag to move; keys < and >" });
  const name = h("span", "run-name");
  const role = h("span", "role");
  const back = button("small", "‹", () => turn(-1), { "aria-label": "Previous take" });
  const next = button("small", "›", () => turn(1), { "aria-label": "Next take" });
  const place = h("span", "");
  const stack = h("span", "stack", { hidden: true }, back, place, next);
  const money = h("span", "money");
  const more = button("more small", "⋯", () => actions.open(key()));
  const prompt = h("p", "prompt", { dir: "auto" });
  const chips = h("ul", "chips", { "aria-label": "Settings that differ" });
  const rating = starRating((value) => actions.judge(key(), { rating: value }));
  const facts = h("div", "facts", {}, stack, role, chips, money);
  const head = [handle, h("label", "pick", {}, pick, letter), name, facts, rating.element];
  const text = h("div", "text", {}, h("div", "caption", {}, ...head, more), prompt);
  const element = h("div", "tile", { role: "gridcell", tabindex: -1 }, shot, text);

  on(pick, "change", () => actions.select(key(), pick.checked));
  on(shot, "dblclick", () => actions.enlarge(key()));
  on<DragEvent>(handle, "dragstart", ({ dataTransfer }) => {
    dataTransfer?.setData(DRAGGED, key());
    dataTransfer?.setDragImage(element, 12, 12);
  });
  on<KeyboardEvent>(stack, "keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    turn(by);
  });
  for (const each of [back, next]) each.dataset.arrows = "";

  function show(tile: Tile, around: Surroundings): void {
    shown = tile;
    all = around.tiles;
    baseline = around.baseline;
    const { posterOf, selected, axes } = around;
    const source = tile.clip?.content_type.startsWith("image/") ? tile.clip.url : posterOf(tile);
    if (source) setAttributes(poster, { src: source });
    poster.hidden = !source;
    const named = tile.name !== "";
    pick.checked = selected.includes(tile.key);
    pick.hidden = !named;
    setAttributes(pick, { "aria-label": `Select ${tile.letter}` });
    setAttributes(more, { "aria-label": `More about ${tile.letter}`, title: "Key E" });
    more.hidden = rating.element.hidden = star.hidden = !named;
    handle.hidden = axes.length > 0 || all.length < 2 || !named;
    const first = tile.key === baseline?.key && all.length > 1;
    setAttributes(element, { "data-key": tile.key, "data-first": first });
    setText(letter, tile.letter);
    setText(name, tile.name);
    const { starred } = tile.verdict;
    rating.show(tile.verdict.rating, tile.letter);
    setText(star, starred ? "♥" : "♡");
    setAttributes(star, {
      "aria-label": `Favourite ${tile.letter}`,
      "aria-pressed": String(starred),
      title: "Favourite; key S",
    });
    setText(role, first ? "baseline" : "");
    setText(money, named ? costWords(snapshotOf(tile)) : "");
    showPrompt(tile, first ? undefined : baseline);
    prompt.dataset.axis = String(axes.includes("prompt"));
    showChips(differing(tile, all), axes);
    described = "";
  }

  function showPrompt(tile: Tile, other: Tile | undefined): void {
    const known = `${tile.prompt}\0${other?.prompt}`;
    if (known === told) return;
    told = known;
    const same = !other || other.prompt === tile.prompt;
    prompt.hidden = !tile.prompt;
    // Nothing differs: one line says what was asked. The whole is in the panel about the run.
    setAttributes(prompt, { "data-same": same && other !== undefined, title: tile.prompt });
    const parts = same ? [] : promptChanges(other.prompt, tile.prompt);
    prompt.replaceChildren(...(same || isUnlike(parts) ? [tile.prompt] : diffNodes(parts)));
  }

  function showChips(chosen: [string, string][], axes: string[]): void {
    chips.hidden = !chosen.length;
    const known = JSON.stringify([chosen, axes]);
    if (chips.dataset.known === known) return;
    chips.dataset.known = known;
    chips.replaceChildren(
      ...chosen.map(([each, value]) =>
        h("li", "chip", { "data-axis": axes.includes(each) }, axisWords(each, value)),
      ),
    );
  }

  function progress(tile: Tile, now: number): void {
    shown = tile;
    const { status, over: ended, stopping } = tile.progress;
    setAttributes(element, { "data-status": status });
    const state = `${status} ${tile.progress.stage} ${ended} ${stopping}`;
    if (state !== described) {
      described = state;
      setAttributes(element, { "aria-label": tileLabel(tile, all, baseline?.key ?? "") });
      stop.hidden = ended;
      stop.disabled = stopping;
      setText(stop, stopping ? "Stopping" : "Stop");
    }
    tick(now);
  }

  function tick(now: number): void {
    if (!shown) return;
    const run = snapshotOf(shown);
    const going = !run.over;
    if (going) {
      over.hidden = track.hidden = false;
      setText(words, statusWords(run, now));
      const { progress: part } = run;
      // Without a number it moves to and fro.
      setAttributes(track, { value: part });
    } else if (!isVideo(shown)) over.hidden = true;
    const lack = missingClip(shown);
    if (lack) complain(lack, shown);
    else if (!isVideo(shown)) missing.hidden = true;
  }

  function complain(title: string, { problem, clip }: Tile): void {
    missing.hidden = false;
    setAttributes(shot, { "data-missing": !clip?.content_type.startsWith("image/") });
    again.hidden = true;
    const rest = problem ? `${moneyWords(problem)} ${problem.remedy || problem.detail}` : "";
    const whole = `✕ ${title}${rest}`;
    if (reason.textContent === whole) return;
    reason.replaceChildren(h("strong", "", {}, `✕ ${title}`), rest && h("span", "", {}, rest));
  }

  function paint({ failed, loading }: SyncState): void {
    if (!shown || !isVideo(shown)) return;
    const fault = failed[shown.key];
    const wait = loading.includes(shown.key);
    setAttributes(shot, { "data-missing": fault !== undefined });
    missing.hidden = again.hidden = !fault;
    if (fault) setText(reason, `✕ ${fault}`);
    over.hidden = !wait;
    track.hidden = true;
    // The badge tells for which clip the others wait.
    setText(words, "Loading");
  }

  return {
    element,
    shot: picture,
    show,
    progress,
    tick,
    paint,
    stack(at, total) {
      stack.hidden = total < 2;
      setText(place, `${at + 1} of ${total}`);
    },
  };
}
