// One run in the grid: its picture, how far it is or why there is none, and how it differs.

import { button, h, setAttributes, setText } from "../../core/dom.ts";
import { diffNodes, diffWords } from "../../core/word_diff.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { frontier, layoutStages } from "../../run/stages.ts";
import { costWords, moneyWords, statusWords } from "../../run/status_text.ts";
import type { SyncState } from "../../video/sync_player.ts";
import { differing, isVideo, missingClip, snapshotOf, stars, tileLabel } from "./grid_model.ts";

export interface TileContext {
  tiles: Tile[];
  baseline: Tile | undefined;
  selected: string[];
  poster: string | null;
  /** The kernel's time in unix seconds. */
  now: number;
}

export interface TileView {
  element: HTMLElement;
  /** Where the picture goes. */
  shot: HTMLElement;
  /** Controls for the other runs of the cell. */
  stack: HTMLElement;
  show(tile: Tile, context: TileContext): void;
  tick(now: number): void;
  paint(state: SyncState): void;
}

export interface TileActions {
  tick(on: boolean): void;
  more(): void;
  stop(): void;
  retry(): void;
}

export function tileView(presses: TileActions): TileView {
  const poster = h("img", "poster", { alt: "", hidden: true });
  const picture = h("div", "zoomed");
  const track = h("div", "track", { "aria-hidden": true });
  const words = h("p", "words");
  const over = h("div", "over", {}, track, words);
  const note = h("p", "lack");
  const noteRetry = button("button", "Try again", presses.retry, { hidden: true });
  const lack = h("div", "lacking", { hidden: true }, note, noteRetry);
  const shot = h("div", "shot", {}, poster, picture, over, lack);
  const pick = h("input", "", { type: "checkbox" });
  const letter = h("b", "");
  const role = h("span", "role");
  const stack = h("span", "stack", { hidden: true });
  const money = h("span", "money");
  const stop = button("link", "stop", presses.stop, { hidden: true });
  const more = button("more small", "⋯", presses.more);
  const prompt = h("p", "prompt", { dir: "auto" });
  const chips = h("ul", "chips");
  const element = h(
    "div",
    "tile",
    { role: "gridcell", tabindex: -1 },
    shot,
    h(
      "div",
      "caption",
      {},
      h("label", "pick", {}, pick, letter),
      role,
      stack,
      h("span", "grow"),
      money,
      stop,
      more,
    ),
    prompt,
    chips,
  );
  let shown: Tile | null = null;
  let told = "";
  let floor = 0;
  pick.addEventListener("change", () => presses.tick(pick.checked));

  function show(tile: Tile, { tiles, baseline, selected, poster: src, now }: TileContext): void {
    if (tile.key !== shown?.key) floor = 0;
    shown = tile;
    const still = tile.clip?.content_type.startsWith("image/") ? tile.clip.url : src;
    if (still) setAttributes(poster, { src: still });
    poster.hidden = !still;
    const named = tile.name !== "";
    pick.checked = selected.includes(tile.key);
    pick.hidden = !named;
    setAttributes(pick, { "aria-label": `Select ${tile.letter}` });
    setAttributes(more, {
      "aria-label": `More about ${tile.letter}`,
      title: "Rate, note and more",
    });
    more.hidden = !named;
    const first = tile.key === baseline?.key && tiles.length > 1;
    setAttributes(element, {
      "data-key": tile.key,
      "data-first": first,
      "data-status": tile.progress.status,
      "aria-label": tileLabel(tile, tiles, baseline?.key ?? "", now),
    });
    setText(letter, tile.letter);
    const { starred, rating } = tile.verdict;
    setText(role, `${starred ? "★ " : ""}${first ? "baseline" : ""}`);
    const price = tile.cost && `$${tile.cost}`;
    setText(money, [stars(rating), price].filter(Boolean).join(" · "));
    stop.hidden = tile.progress.over;
    stop.disabled = tile.progress.stopping;
    setText(stop, tile.progress.stopping ? "stopping" : "stop");
    showPrompt(tile, first ? undefined : baseline);
    const chosen = differing(tile, tiles);
    chips.hidden = !chosen.length;
    setAttributes(chips, { "aria-label": "Parameters that differ" });
    chips.replaceChildren(
      ...chosen.map(([name, value]) => h("li", "chip", {}, `${name} `, h("b", "", {}, value))),
    );
    tick(now);
  }

  function showPrompt(tile: Tile, baseline: Tile | undefined): void {
    const key = `${tile.prompt}\0${baseline?.prompt}`;
    if (key === told) return;
    told = key;
    const same = !baseline || baseline.prompt === tile.prompt;
    prompt.hidden = !tile.prompt;
    // Nothing differs: one line says what was asked, and the whole of it is there on request.
    setAttributes(prompt, { "data-same": same && baseline !== undefined, title: tile.prompt });
    prompt.replaceChildren(
      ...(same ? [tile.prompt] : diffNodes(diffWords(baseline.prompt, tile.prompt))),
    );
  }

  function tick(now: number): void {
    if (!shown) return;
    const run = snapshotOf(shown);
    const going = !run.over;
    over.hidden = track.hidden = !going;
    if (going) {
      setText(words, statusWords(run, now));
      const spans = layoutStages(run, now, floor);
      floor = frontier(spans);
      const segments = spans.flatMap((span) => span.segments.map((each) => ({ ...each, span })));
      track.replaceChildren(
        ...segments.map(({ kind, at, until, span }) => {
          const part = h("span", "segment", { "data-kind": kind });
          part.style.width = `${(100 * span.filled * (until - at)) / (span.seconds || 1)}%`;
          return part;
        }),
      );
    }
    const missing = missingClip(shown);
    if (missing) complain(missing, shown);
    else if (!isVideo(shown)) lack.hidden = true;
  }

  function complain(text: string, { problem, clip, key }: Tile): void {
    lack.hidden = false;
    setAttributes(shot, { "data-lacking": !clip?.content_type.startsWith("image/") });
    noteRetry.hidden = true;
    const rest = problem ? `${moneyWords(problem)} ${problem.remedy || problem.detail}` : "";
    const whole = `${key}${text}${rest}`;
    if (note.dataset.whole === whole) return;
    note.dataset.whole = whole;
    note.replaceChildren(h("strong", "", {}, `✕ ${text}`), rest && h("span", "", {}, rest));
  }

  function paint({ failed, loading, holding }: SyncState): void {
    if (!shown || !isVideo(shown)) return;
    const { key } = shown;
    const fault = failed[key];
    const wait = holding.includes(key)
      ? "All wait for this one"
      : loading.includes(key)
        ? "Loading"
        : "";
    setAttributes(shot, { "data-lacking": fault !== undefined });
    lack.hidden = !fault;
    noteRetry.hidden = !fault;
    if (fault) setText(note, `✕ ${fault}`);
    over.hidden = !wait;
    track.hidden = true;
    setText(words, wait);
  }

  return { element, shot: picture, stack, show, tick, paint };
}

/** "$0.19" or what is said in its place. */
export const priceOf = (tile: Tile): string => costWords(snapshotOf(tile));
