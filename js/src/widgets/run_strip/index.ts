// The runs of this library as small pictures: look at one, tick several and compare them.
import { announcer } from "../../core/announcer.ts";
import { attempt } from "../../core/channel.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { button, h, setAttributes, setText } from "../../core/dom.ts";
import { freshLiveMemory, type LiveMemory, mergeLive, watchLive } from "../../core/live.ts";
import { watch } from "../../core/model.ts";
import type { StripBoard, StripMessage } from "../../protocol/grid_studio.ts";
import { type MenuTraits, runMenu } from "../../run/run_menu.ts";
import { type Thumbnail, thumbnail } from "./thumbnail.ts";

interface StripTraits extends MenuTraits {
  _live: StripBoard;
  /** Keys of the ticked runs, in the order they were ticked. */
  selected: string[];
  /** Key of the run that is shown; "" for none. */
  current: string;
}

export default defineWidget(
  freshLiveMemory,
  (view: View<LiveMemory, StripTraits>) => {
    const { model, signal } = view;
    const heard = announcer(signal);
    const list = h("ul", "thumbs", { "aria-label": "Runs, newest first" });
    const empty = h("p", "empty", {}, "Your runs will appear here, ready to be compared.");
    const compare = button("primary", "Compare", () => void openGrid());
    const hint = h("p", "hint", { role: "status" });
    const shown = new Map<string, Thumbnail>();
    const menu = runMenu(model, signal, (words) => setText(hint, words), true);

    let opening = false;
    let seen = "";

    async function openGrid(): Promise<void> {
      // Not `disabled`, which would take the focus away.
      if (opening) return;
      opening = true;
      await attempt(model, { type: "compare" }, signal, (words) => setText(hint, words));
      opening = false;
    }

    /** Sideways only: the page stays where it is. */
    function bringIntoView(run: string): void {
      const place = shown.get(run)?.element.getBoundingClientRect();
      const room = list.getBoundingClientRect();
      if (run === seen || !place?.width) return;
      seen = run;
      if (place.left < room.left) list.scrollLeft += place.left - room.left;
      else if (place.right > room.right) list.scrollLeft += place.right - room.right;
    }

    function tick(key: string, ticked: boolean): void {
      const others = model.get("selected").filter((each) => each !== key);
      model.set("selected", ticked ? [...others, key] : others);
      model.save_changes();
    }

    function open(key: string): void {
      model.set("current", key);
      model.save_changes();
    }

    function refresh(): void {
      const { tiles, pictures } = model.get("_live");
      const selected = model.get("selected");
      const keys = new Set(tiles.map(({ key }) => key));
      for (const [key, tile] of shown) {
        if (keys.has(key)) continue;
        tile.element.remove();
        tile.close();
        shown.delete(key);
      }
      for (const [place, tile] of tiles.entries()) {
        const one =
          shown.get(tile.key) ?? thumbnail(model, tile.key, signal, tick, open, menu.open);
        shown.set(tile.key, one);
        one.show({
          tile,
          older: tiles[place + 1],
          picture: (tile.picture && pictures[tile.picture]) || null,
          ticked: selected.includes(tile.key),
          current: tile.key === model.get("current"),
        });
        // Moving a node that is in its place would take the focus from it.
        if (list.children[place] !== one.element)
          list.insertBefore(one.element, list.children[place] ?? null);
      }
      bringIntoView(model.get("current"));
      const count = selected.filter((key) => keys.has(key)).length;
      empty.hidden = tiles.length > 0;
      compare.hidden = tiles.length < 2;
      compare.disabled = count < 2;
      const words = count < 2 ? "Compare" : `Compare ${count}`;
      if (compare.textContent !== words && count >= 2) heard.announce(`${count} runs selected.`);
      setText(compare, words);
      setAttributes(compare, { title: count < 2 ? "Select two or more runs first" : null });
    }

    watchLive(view, refresh);
    watch(model, "selected", refresh, signal);
    watch(model, "current", refresh, signal);
    return [h("div", "strip", {}, empty, list, compare), hint, menu.element, heard.element];
  },
  mergeLive(merge),
);

function merge(board: StripBoard, { tile, order, pictures }: StripMessage): void {
  const tiles = new Map([...board.tiles, tile].map((each) => [each.key, each]));
  board.tiles = order.flatMap((key) => tiles.get(key) ?? []);
  Object.assign(board.pictures, pictures);
}
