// The buttons for the picture, each shown only while it is of use.
import { button, h, setAttributes } from "../../core/dom.ts";
import { CLOSE, CROP, icon, LOOP } from "../../core/icons.ts";
import type { Model } from "../../core/model.ts";
import type { ImageSources } from "./image_sources.ts";
import {
  type Actions,
  type ImageState,
  type ImageTraits,
  isCurrent,
  type ShownPicture,
} from "./image_state.ts";

export interface ImageToolbar {
  element: HTMLElement;
  show(picture: ShownPicture): void;
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

const iconButton = (name: string, path: string, press: () => void) => {
  const made = button("button", "", press, { "aria-label": name, title: name });
  made.append(icon(path));
  return made;
};

export function imageToolbar(
  model: Model<ImageTraits>,
  memory: ImageState,
  act: Actions,
  { take, crop, preview, zone }: Around,
): ImageToolbar {
  const browse = button("button", "Browse…", take.browse);
  const address = button("button", "URL…", take.askAddress);
  const cropping = iconButton("Crop", CROP, crop);
  const reduce = button("primary", `Reduce to ${REDUCED.toLocaleString("en")} px`, () => {
    void act.edit({ longest: REDUCED });
  });
  const undo = button("button", "Reset", undone, { title: "Reset to original" });
  const remove = iconButton("Remove", CLOSE, () => {
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
      setAttributes(browse, { "aria-label": name ? "Replace" : null, title: name && "Replace" });
      browse.replaceChildren(name ? icon(LOOP) : "Browse…");
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
