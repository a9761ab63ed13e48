// The one transport of all clips, with the strip of difference and the badge of the true spread.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import type { LengthMode, SyncPlayer, SyncState } from "../../video/sync_player.ts";
import { transportBar } from "../../video/transport_bar.ts";
import { type Differences, drawDifferences } from "./difference_strip.ts";

export interface TransportRow {
  element: HTMLElement;
  /** @param letters what the members are called. */
  paint(state: SyncState, lengths: LengthMode, letters: (key: string) => string): void;
  heat(heat: Differences | null): void;
}

export interface TransportRowActions {
  act(action: string): void;
  save(): void;
  lengths(lengths: LengthMode): void;
  differ(): void;
}

export function transportRow(player: SyncPlayer, press: TransportRowActions): TransportRow {
  const bar = transportBar({
    act: press.act,
    download: press.save,
    speed: player.speed,
    scrub: player.scrub,
  });
  const strip = h("canvas", "heat", { hidden: true });
  const scrubber = bar.element.querySelector("input");
  const where = h("div", "where");
  scrubber?.replaceWith(where);
  if (scrubber) where.append(scrubber, strip);
  const badge = h("span", "badge spread");
  const differ = button("button", "Where do they differ?", press.differ, { title: "Key J" });
  const lengths = h("select", "", { "aria-label": "When one is over before the others" });
  lengths.append(
    h("option", "", { value: "hold" }, "shorter ones hold"),
    h("option", "", { value: "loop" }, "shorter ones repeat"),
    h("option", "", { value: "shortest" }, "end with the shortest"),
  );
  on(lengths, "change", () => press.lengths(lengths.value as LengthMode));
  bar.element.append(lengths, differ, badge);

  function paint(state: SyncState, policy: LengthMode, letters: (key: string) => string): void {
    const { frames: total, heard, spread, holding, loading } = state;
    bar.show({ ...state, total, muted: heard === null });
    lengths.value = policy;
    const waits = holding.map(letters).filter(Boolean).join(", ");
    const [look, words] = waits
      ? ["waits", `waiting for ${waits}`]
      : spread === null
        ? ["", loading.length ? `loading ${loading.length}` : ""]
        : spread < 0.5
          ? ["level", "in step, 0 frames apart"]
          : ["apart", `${Math.round(spread)} ${spread < 1.5 ? "frame" : "frames"} apart`];
    setAttributes(badge, { "data-look": look });
    setText(badge, words && `${look === "level" ? "●" : "○"} ${words}`);
    badge.hidden = !words;
  }

  return {
    element: bar.element,
    paint,
    heat(heat) {
      strip.hidden = !heat;
      differ.hidden = heat !== null;
      if (heat) drawDifferences(strip, heat);
    },
  };
}
