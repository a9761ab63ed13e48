// What can be said of one run and done with it: opens over the grid, closes with Escape.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncPlayer } from "../../video/sync_player.ts";
import type { ClipActions } from "./clip_actions.ts";
import type { GridContext } from "./context.ts";
import { isVideo } from "./grid_model.ts";
import type { Reorder } from "./reorder.ts";

export interface RunDetails {
  element: HTMLElement;
  /** Open the panel; the focus goes into it, and back when it closes. */
  open(tile: Tile): void;
  /** Draw again what is open, if it still is. */
  refresh(): void;
  /** Leave nothing of any run in it. */
  clear(): void;
}

/** @param enlarge shows a run alone. */
export function runDetails(
  { tell, ask, keep, tiles }: GridContext,
  player: SyncPlayer,
  order: Reorder,
  clips: ClipActions,
  enlarge: (key: string) => void,
): RunDetails {
  let tile: Tile | null = null;
  const title = h("strong", "");
  const prompt = h("p", "", { dir: "auto" });
  const note = h("p", "said", { role: "status" });
  const rate = [1, 2, 3, 4, 5].map((rating) =>
    button("rating", "☆", () => judge({ rating: tile?.verdict.rating === rating ? 0 : rating }), {
      "aria-label": `${rating} of 5`,
    }),
  );
  const star = button("button", "", () => judge({ starred: !tile?.verdict.starred }));
  const tags = h("input", "field", { type: "text", placeholder: "sharp, too dark" });
  const words = h("textarea", "field", { rows: 2 });
  const tagsOf = (text: string) =>
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean);
  on(tags, "change", () => judge({ tags: tagsOf(tags.value) }));
  on(words, "change", () => judge({ note: words.value }));
  const shift = h("span", "");
  const act = (text: string, work: (tile: Tile) => unknown) =>
    button("button", text, async () => {
      if (!tile) return;
      setText(note, "");
      try {
        const answer = await work(tile);
        if (typeof answer === "string") setText(note, answer);
      } catch (error) {
        setText(note, messageOf(error));
      }
    });
  const again = act("", ({ key }) =>
    ask({ type: "rerun", run: key }).then(() => "Sent. It is the last tile."),
  );
  const edit = act("Edit into a new draft", ({ key }) =>
    ask({ type: "edit", run: key }).then(() => "Copied to grid.draft."),
  );
  const forClips = [
    act("Enlarge", ({ key }) => {
      element.hidePopover();
      enlarge(key);
    }),
    act("Play its sound", ({ key }) => player.hear(key)),
    act("Save the clip", clips.save),
    act("Compare with input image", clips.matchInput),
  ];
  const later = h(
    "div",
    "row",
    {},
    act("1 frame earlier", ({ key }) => order.shift(key, 1)),
    act("1 frame later", ({ key }) => order.shift(key, -1)),
    shift,
  );
  const close = button("small", "✕", () => element.hidePopover(), { "aria-label": "Close" });
  const element = h(
    "div",
    "help panel",
    // The focus goes to the panel itself, so that its name is read first.
    { popover: "auto", role: "dialog", tabindex: -1, autofocus: true },
    h("p", "panel-title", {}, title, close),
    prompt,
    h("div", "row", { role: "group", "aria-label": "Rating" }, ...rate, star),
    h("label", "", {}, "Tags ", tags),
    h("label", "", {}, "Note ", words),
    h(
      "div",
      "row",
      {},
      act("Use as baseline", ({ key }) => keep("_baseline", key)),
      act("Copy the prompt", copy),
      edit,
      again,
      ...forClips,
      act("Move earlier", ({ key }) => order.moveBy(key, -1)),
      act("Move later", ({ key }) => order.moveBy(key, 1)),
    ),
    later,
    note,
  );

  async function copy({ prompt: text }: Tile): Promise<string> {
    try {
      await navigator.clipboard.writeText(text);
      return "Copied.";
    } catch {
      return "This page may not use the clipboard. Select the prompt above and copy it.";
    }
  }

  function judge(changes: Partial<Tile["verdict"]>): void {
    if (tile) tell({ type: "judge", run: tile.key, changes });
  }

  function show(next: Tile): void {
    const { starred, rating, tags: given, note: said } = next.verdict;
    tile = next;
    setText(title, `${next.letter} · ${next.name} · ${next.model} · ${next.day}`);
    setAttributes(element, { "aria-label": `More about ${next.letter}, ${next.name}` });
    setText(prompt, next.prompt);
    rate.forEach((each, index) => {
      setText(each, index < rating ? "★" : "☆");
      setAttributes(each, { "aria-pressed": String(index < rating) });
    });
    setText(star, starred ? "★ Starred" : "☆ Star");
    setAttributes(star, { "aria-pressed": String(starred) });
    // What is being typed is not overwritten by what was kept before.
    if (!tags.matches(":focus")) tags.value = given.join(", ");
    if (!words.matches(":focus")) words.value = said;
    setText(again, `Run again · ${next.cost ? `about $${next.cost}` : "price unknown"}`);
    again.hidden = !next.progress.over;
    for (const each of [...forClips, later]) each.hidden = !isVideo(next);
    setText(shift, order.offsetWords(next.key));
  }

  return {
    element,
    refresh() {
      const now = element.matches(":popover-open") && tiles().find(({ key }) => key === tile?.key);
      if (now) show(now);
    },
    clear() {
      tile = null;
      element.hidePopover();
      for (const each of [title, prompt, note, shift, again]) setText(each, "");
      setAttributes(element, { "aria-label": null });
      tags.value = words.value = "";
    },
    open(next) {
      setText(note, "");
      show(next);
      element.showPopover();
    },
  };
}
