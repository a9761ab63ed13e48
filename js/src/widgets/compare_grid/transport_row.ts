// The one transport of all clips, with the strip of difference and the badge of the true spread.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import { countOf } from "../../core/format.ts";
import { SERVICE_WORDS } from "../../run/status_text.ts";
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
  { model, keep, letterOf, tiles }: GridContext,
  { speed, scrub }: SyncPlayer,
  run: (command: GridCommand) => void,
  save: () => void,
): TransportRow {
  const bar = transportBar({ act: run, download: save, speed, scrub });
  const strip = h("canvas", "heat", { hidden: true });
  const scrubber = bar.element.querySelector("input");
  const lane = h("div", "scrubber");
  scrubber?.replaceWith(lane);
  const legend = h("small", "legend", { hidden: true }, "Colour: how much they differ");
  if (scrubber) lane.append(scrubber, strip, legend);
  const badge = h("span", "badge spread");
  const differ = button("button", "", () => (strip.hidden ? run("J") : heat(null)), {
    title: "Key J",
  });
  const lengths = h("select", "", { "aria-label": "At the end of a shorter clip" });
  lengths.append(
    h("option", "", { value: "hold" }, "Shorter clips: hold"),
    h("option", "", { value: "loop" }, "Shorter clips: loop"),
    h("option", "", { value: "shortest" }, "Shorter clips: end all"),
  );
  on(lengths, "change", () => keep("end_behavior", lengths.value as LengthMode));
  const [sandbox = "", free] = SERVICE_WORDS.sandbox.split(" · ");
  const service = h("span", "badge", { title: free }, sandbox);
  bar.element.append(lengths, differ, badge, service);
  heat(null);

  function heat(found: Differences | null): void {
    strip.hidden = legend.hidden = !found;
    setText(differ, found ? "Hide differences" : "Where do they differ?");
    if (found) drawDifferences(strip, found);
  }

  function paint(state: SyncState): void {
    const { frames: total, heard } = state;
    bar.show({ ...state, total, muted: heard === null });
    lengths.value = model.get("end_behavior");
    const [look, words] = badgeWords(state, letterOf);
    setAttributes(badge, { "data-look": look });
    setText(badge, words && `${look === "level" ? "●" : "○"} ${words}`);
    badge.hidden = !words;
    // A Studio says so itself.
    service.hidden = model.get("_closable") || tiles()[0]?.service !== "sandbox";
  }

  return {
    element: bar.element,
    paint,
    differences: heat,
  };
}

/** What is true of the clips' being in step, and how it looks. */
export function badgeWords(
  { playing, spread, holding, loading, inexact }: SyncState,
  letterOf: (key: string) => string,
): [look: string, words: string] {
  const letters = (keys: string[]) =>
    keys
      .map(letterOf)
      .filter(Boolean)
      .join(", ")
      .replace(/, (\w+)$/, " and $1");
  const waits = letters(holding);
  if (waits) return ["waits", `Waiting for ${waits}`];
  if (spread === null)
    return ["", loading.length ? `Loading ${countOf(loading.length, "clip")}` : ""];
  // Those that the browser plays in its own way may be a frame off, but not while they stand.
  const own = playing ? inexact : [];
  const which = own.length > 3 ? `${own.length} clips` : letters(own);
  const about = which && ` · ${which} to within a frame`;
  if (spread < 0.5) return [which ? "" : "level", `In sync${about}`];
  return ["apart", `${countOf(Math.round(spread), "frame")} apart${about}`];
}
