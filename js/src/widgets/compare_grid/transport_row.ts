// The one transport of all clips, with the strip of difference and the badge of the true spread.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import { countOf } from "../../core/format.ts";
import type { LengthMode, SyncPlayer, SyncState } from "../../video/sync_player.ts";
import { transportBar } from "../../video/transport_bar.ts";
import type { GridCommand } from "./commands.ts";
import type { GridContext } from "./context.ts";
import { type Differences, drawDifferences } from "./difference_strip.ts";

export interface TransportRow {
  element: HTMLElement;
  paint(state: SyncState): void;
  /** Draw where the clips differ, under the scrubber. */
  differences(found: Differences): void;
}

/**
 * @param run does a command.
 * @param save keeps the clip of the tile that has the focus.
 */
export function transportRow(
  { model, keep, letterOf }: GridContext,
  { speed, scrub }: SyncPlayer,
  run: (command: GridCommand) => void,
  save: () => void,
): TransportRow {
  const bar = transportBar({ act: run, download: save, speed, scrub });
  const strip = h("canvas", "heat", { hidden: true });
  const scrubber = bar.element.querySelector("input");
  const lane = h("div", "scrubber");
  scrubber?.replaceWith(lane);
  if (scrubber) lane.append(scrubber, strip);
  const badge = h("span", "badge spread");
  const differ = button("button", "Where do they differ?", () => run("J"), { title: "Key J" });
  const lengths = h("select", "", { "aria-label": "Different lengths" });
  lengths.append(
    h("option", "", { value: "hold" }, "Hold last frame"),
    h("option", "", { value: "loop" }, "Loop"),
    h("option", "", { value: "shortest" }, "Stop at shortest"),
  );
  on(lengths, "change", () => keep("end_behavior", lengths.value as LengthMode));
  bar.element.append(lengths, differ, badge);

  function paint(state: SyncState): void {
    const { frames: total, heard } = state;
    bar.show({ ...state, total, muted: heard === null });
    lengths.value = model.get("end_behavior");
    const [look, words] = badgeWords(state, letterOf);
    setAttributes(badge, { "data-look": look });
    setText(badge, words && `${look === "level" ? "●" : "○"} ${words}`);
    badge.hidden = !words;
  }

  return {
    element: bar.element,
    paint,
    differences(found) {
      strip.hidden = false;
      differ.hidden = true;
      drawDifferences(strip, found);
    },
  };
}

/** What is true of the clips' being in step, and how it looks. */
export function badgeWords(
  { playing, spread, holding, loading, inexact }: SyncState,
  letterOf: (key: string) => string,
): [look: string, words: string] {
  const letters = (keys: string[]) => keys.map(letterOf).filter(Boolean).join(", ");
  const waits = letters(holding);
  if (waits) return ["waits", `waiting for ${waits}`];
  if (spread === null) return ["", loading.length ? `loading ${loading.length}` : ""];
  // Those that the browser plays in its own way may be a frame off, but not while they stand.
  const own = playing ? inexact : [];
  const which = own.length > 3 ? `${own.length} clips` : letters(own);
  const except = which && ` · ${which} not frame-exact`;
  if (spread < 0.5) return [which ? "" : "level", `in step, 0 frames apart${except}`];
  return ["apart", `${countOf(Math.round(spread), "frame")} apart${except}`];
}
