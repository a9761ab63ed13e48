// What can be said of one run and done with it: opens over the grid, closes with Escape.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { isVideo } from "./grid_model.ts";

export interface RunDetailsActions {
  judge(tile: Tile, changes: Partial<Tile["verdict"]>): void;
  /** Ask the kernel; resolves when it was taken. */
  ask(type: "rerun" | "edit", tile: Tile): Promise<void>;
  pin(tile: Tile): void;
  hear(tile: Tile): void;
  solo(tile: Tile): void;
  /** Show the run so many frames later than the others. */
  shift(tile: Tile, frames: number): void;
  move(tile: Tile, by: number): void;
  save(tile: Tile): Promise<void>;
  /** How far the clip's first frame is from the uploaded one, in words. */
  fidelity(tile: Tile): Promise<string>;
}

export interface RunDetails {
  element: HTMLElement;
  open(tile: Tile, offset: string): void;
  /** Leave nothing of any run in it. */
  clear(): void;
  /** The tile has changed, or its offset. */
  show(tile: Tile, offset: string): void;
}

export function runDetails(press: RunDetailsActions): RunDetails {
  let tile: Tile | null = null;
  const title = h("strong", "");
  const note = h("p", "said", { role: "status" });
  const rate = [1, 2, 3, 4, 5].map((rating) =>
    button("rating", "☆", () => judge({ rating: tile?.verdict.rating === rating ? 0 : rating }), {
      "aria-label": `${rating} of 5`,
    }),
  );
  const star = button("button", "", () => judge({ starred: !tile?.verdict.starred }));
  const tags = h("input", "field", { type: "text", placeholder: "sharp, too dark" });
  const words = h("textarea", "field", { rows: 2 });
  on(tags, "change", () =>
    judge({
      tags: tags.value
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
    }),
  );
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
        setText(note, (error as Error).message);
      }
    });
  const again = act("", (one) => press.ask("rerun", one).then(() => "Sent; it is the last tile."));
  const clip = [
    act("Show large", press.solo),
    act("Hear this one", press.hear),
    act("Save the clip", press.save),
    act("Is it true to your image?", press.fidelity),
  ];
  const later = h(
    "div",
    "row",
    {},
    act("1 frame earlier", (one) => press.shift(one, 1)),
    act("1 frame later", (one) => press.shift(one, -1)),
    shift,
  );
  const element = h(
    "div",
    "help panel",
    { popover: "auto", role: "dialog", "aria-label": "More about this run" },
    h("p", "", {}, title),
    h("div", "row", { role: "group", "aria-label": "Rating" }, ...rate, star),
    h("label", "", {}, "Tags ", tags),
    h("label", "", {}, "Note ", words),
    h(
      "div",
      "row",
      {},
      act("Use as baseline", press.pin),
      act("Copy the prompt", copy),
      act("Edit into a new draft", (one) =>
        press.ask("edit", one).then(() => "It is in grid.draft."),
      ),
      again,
      ...clip,
      act("Move earlier", (one) => press.move(one, -1)),
      act("Move later", (one) => press.move(one, 1)),
    ),
    later,
    note,
  );

  async function copy({ prompt }: Tile): Promise<string> {
    try {
      await navigator.clipboard.writeText(prompt);
      return "Copied.";
    } catch {
      return "This page may not use the clipboard; select the prompt in the tile instead.";
    }
  }

  function judge(changes: Partial<Tile["verdict"]>): void {
    if (tile) press.judge(tile, changes);
  }

  function show(next: Tile, offset: string): void {
    if (tile?.key !== next.key && tile) return;
    const { starred, rating, tags: given, note: said } = next.verdict;
    tile = next;
    setText(title, `${next.letter} · ${next.name} · ${next.model} · ${next.day}`);
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
    for (const each of [...clip, later]) each.hidden = !isVideo(next);
    setText(shift, offset);
  }

  return {
    element,
    show,
    clear() {
      tile = null;
      element.hidePopover();
      for (const each of [title, note, shift, again]) setText(each, "");
      tags.value = words.value = "";
    },
    open(next, offset) {
      tile = null;
      setText(note, "");
      show(next, offset);
      element.showPopover();
    },
  };
}
