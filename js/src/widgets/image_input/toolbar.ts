// What can be done with the picture: a row of buttons, each there only while it makes sense.
import { button, h, setAttributes, setText } from "../../core/dom.ts";
import type { Model } from "../../core/model.ts";
import type { ImageSources } from "./image_sources.ts";
import { type Actions, type ImageState, type ImageTraits, isCurrent } from "./image_state.ts";
import type { Seen } from "./seen.ts";

export interface ImageToolbar {
  element: HTMLElement;
  show(seen: Seen): void;
}

/** What "Reduce" makes of the longer side. */
const REDUCED = 2048;

interface Around {
  take: ImageSources;
  /** Opens the crop. */
  crop(): void;
  /** The picture's own button, which it shows and hides itself. */
  preview: HTMLElement;
  /** Gets the focus when a button goes away by being pressed. */
  zone: HTMLElement;
}

export function imageToolbar(
  model: Model<ImageTraits>,
  memory: ImageState,
  act: Actions,
  { take, crop, preview, zone }: Around,
): ImageToolbar {
  const browse = button("button", "Choose a picture…", take.browse);
  const address = button("button", "Address…", take.askAddress);
  const cropping = button("button", "Crop", crop);
  const reduce = button("primary", `Reduce to ${REDUCED.toLocaleString("en")} px`, () => {
    void act.edit({ longest: REDUCED });
  });
  const undo = button("button", "Undo", undone, { title: "Back to the picture as it was chosen" });
  const remove = button("button", "Remove", () => {
    void act.clear();
    zone.focus();
  });
  const cancel = button("button", "Cancel", () => {
    act.cancel();
    zone.focus();
  });

  function undone(): void {
    const { original, chosen } = memory;
    if (original && chosen) void act.choose(original, chosen.name);
  }

  return {
    element: h(
      "div",
      "buttons",
      {},
      ...[browse, cropping, reduce, undo, preview, address, remove, cancel],
    ),
    show({ name, url }) {
      const { phase, chosen } = memory;
      const problem = model.get("problem");
      const remedy = model.get("_remedy");
      const busy = Boolean(phase);
      const still = model.get("disabled") || busy;
      setText(browse, name ? "Replace" : "Choose a picture…");
      browse.hidden = still;
      address.hidden = still || Boolean(name);
      cropping.hidden = still || Boolean(url || (problem && !remedy)) || !name;
      setAttributes(cropping, { class: remedy === "crop" ? "wiro-primary" : "wiro-button" });
      reduce.hidden = still || remedy !== "reduce";
      undo.hidden = still || !chosen?.notes.length || !isCurrent(memory, model);
      remove.hidden = still || !name;
      cancel.hidden = !busy;
    },
  };
}
