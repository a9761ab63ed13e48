// What there is to do with a run, in a panel beside the pictures.
import { activeBeside, button, h, on, setAttributes, setText } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { starRating } from "../../run/rating.ts";
import { CONTINUED, LOADED } from "../../run/run_menu.ts";
import { costWords } from "../../run/status_text.ts";
import type { SyncPlayer } from "../../video/sync_player.ts";
import type { ClipActions } from "./clip_actions.ts";
import type { GridContext } from "./context.ts";
import { isVideo, snapshotOf } from "./grid_model.ts";
import type { Reorder } from "./reorder.ts";

export interface RunDetails {
  element: HTMLElement;
  /** Open the panel, or close it if it is open for this run; it takes the focus and gives it back. */
  open(tile: Tile): void;
  /** Draw again what is open, if it still is. */
  refresh(): void;
  /** Leave nothing of any run in it. */
  clear(): void;
}

const group = (title: string, ...parts: (Node | string)[]) =>
  h("fieldset", "group", {}, h("legend", "", {}, title), ...parts);

/**
 * @param enlarge shows a run alone.
 * @param focusTile puts the focus on a run's tile.
 */
export function runDetails(
  { model, tell, ask, keep, tiles }: GridContext,
  player: SyncPlayer,
  order: Reorder,
  clips: ClipActions,
  enlarge: (key: string) => void,
  focusTile: (key: string) => void,
): RunDetails {
  let tile: Tile | null = null;
  /** What had the focus before. */
  let opener: HTMLElement | null = null;
  const title = h("strong", "");
  const prompt = h("p", "", { dir: "auto" });
  const note = h("p", "said", { role: "status" });
  const rating = starRating((value) => judge({ rating: value }));
  const star = button("button", "Favourite", () => judge({ starred: !tile?.verdict.starred }));
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
    ask({ type: "send_again", run: key }).then(() => "Started. The new run is the last tile."),
  );
  const reuse = act("Reuse prompt and settings", ({ key }) =>
    ask({ type: "reuse", run: key }).then(() => LOADED),
  );
  const onward = act("Continue from last frame", ({ key }) =>
    ask({ type: "continue", run: key }).then(() => CONTINUED),
  );
  const looks = [
    act("Enlarge", ({ key }) => enlarge(key)),
    act("Check first frame against image", clips.matchInput),
    act("Listen to this clip", ({ key }) => player.hear(key)),
  ];
  const shifts = [
    act("1 frame earlier", ({ key }) => order.shift(key, 1)),
    act("1 frame later", ({ key }) => order.shift(key, -1)),
  ];
  const file = group("File", act("Save the clip", clips.save));
  const element = h(
    "section",
    "panel",
    // The focus goes to the panel itself, so that its name is read first.
    { role: "dialog", tabindex: -1, hidden: true },
    h("p", "panel-title", {}, title, button("small", "✕", close, { "aria-label": "Close" })),
    prompt,
    group(
      "Rate it",
      rating.element,
      star,
      h("label", "", {}, "Tags ", tags),
      h("label", "", {}, "Note ", words),
    ),
    group(
      "Reuse",
      reuse,
      onward,
      act("Copy prompt", (shown) => copy(shown.prompt)),
      act("Copy as Python", ({ key }) => codeOf(key).then(copy)),
      again,
    ),
    group(
      "Compare",
      act("Use as baseline", ({ key }) => keep("_baseline", key)),
      ...looks,
    ),
    group(
      "Arrange",
      act("Move tile back", ({ key }) => order.moveBy(key, -1)),
      act("Move tile on", ({ key }) => order.moveBy(key, 1)),
      ...shifts,
      shift,
    ),
    file,
    note,
  );
  on<KeyboardEvent>(element, "keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });

  function close(): void {
    if (element.hidden) return;
    element.hidden = true;
    if (opener?.isConnected) opener.focus();
    else if (tile) focusTile(tile.key);
  }

  async function copy(text: string): Promise<string> {
    try {
      await navigator.clipboard.writeText(text);
      return "Copied.";
    } catch {
      // No clipboard on pages served without encryption: what is said can be selected.
      return text;
    }
  }

  async function codeOf(key: string): Promise<string> {
    let code = "";
    await ask({ type: "about", run: key }, (reply) => {
      if (reply.type === "about_run") code = reply.code;
      return true;
    });
    return code;
  }

  function judge(changes: Partial<Tile["verdict"]>): void {
    if (tile) tell({ type: "judge", run: tile.key, changes });
  }

  function show(next: Tile): void {
    const { starred, rating: stars, tags: given, note: said } = next.verdict;
    tile = next;
    setText(title, `${next.letter} · ${next.name} · ${next.model} · ${next.day}`);
    setAttributes(element, { "aria-label": `More about ${next.letter}, ${next.name}` });
    setText(prompt, next.prompt);
    rating.show(stars, next.name);
    setText(star, starred ? "♥ Favourite" : "♡ Favourite");
    setAttributes(star, { "aria-pressed": String(starred) });
    // What is being typed is not overwritten by what was kept before.
    if (!tags.matches(":focus")) tags.value = given.join(", ");
    if (!words.matches(":focus")) words.value = said;
    setText(again, `Run again · ${costWords(snapshotOf(next)) || "price unknown"}`);
    again.hidden = !next.progress.over;
    for (const each of [...looks, ...shifts, file]) each.hidden = !isVideo(next);
    reuse.hidden = !model.get("_reuses");
    onward.hidden = reuse.hidden || !isVideo(next);
    setText(shift, order.offsetWords(next.key));
  }

  return {
    element,
    refresh() {
      if (element.hidden) return;
      const now = tiles().find(({ key }) => key === tile?.key);
      if (now) show(now);
      else close();
    },
    clear() {
      tile = opener = null;
      element.hidden = true;
      for (const each of [title, prompt, note, shift, again]) setText(each, "");
      setAttributes(element, { "aria-label": null });
      rating.show(0, "");
      tags.value = words.value = "";
    },
    open(next) {
      if (!element.hidden && next.key === tile?.key) return close();
      setText(note, "");
      if (element.hidden) opener = activeBeside(element) as HTMLElement | null;
      show(next);
      element.hidden = false;
      element.focus();
    },
  };
}
