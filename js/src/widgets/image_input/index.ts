// The image input: the picture with its facts and its buttons, and the crop.
import { announcer } from "../../core/announcer.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { h, newId, on, setAttributes, setText } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import { watch } from "../../core/model.ts";
import { partOf } from "./crop_session.ts";
import { imageSources } from "./image_sources.ts";
import {
  actions,
  freshImageState,
  type ImageState,
  type ImageTraits,
  releaseAtEnd,
  shownPicture,
} from "./image_state.ts";
import { imageStatus, pictureOf } from "./status.ts";
import { imageToolbar } from "./toolbar.ts";

export default defineWidget(
  freshImageState,
  ({ model, memory, signal }: View<ImageState, ImageTraits>) => {
    const id = newId();
    const heard = announcer(signal);
    const act = actions(model, memory);
    const label = h("span", "label", { id });
    const hint = h(
      "p",
      "hint",
      { id: `${id}-hint` },
      "Drop or paste an image, browse, or enter a URL.",
    );
    const fault = h("p", "fault", { role: "alert", hidden: true });
    const zone = h("div", "zone", {
      tabindex: 0,
      role: "group",
      "aria-labelledby": id,
      "aria-describedby": `${id}-hint`,
    });
    const take = imageSources(zone, act, () => model.get("disabled"), signal);
    const place = h("div", "place", {}, zone, take.element);
    let cropping = false;
    const picture = pictureOf(model, memory);
    const said = imageStatus(model, memory);
    const row = imageToolbar(model, memory, act, { take, crop, preview: picture.preview, zone });
    zone.append(
      picture.element,
      h("div", "beside", {}, label, said.element, fault, hint),
      row.element,
    );

    async function crop(): Promise<void> {
      if (cropping) return;
      cropping = true;
      try {
        const original = await act.source();
        const name = shownPicture(model, memory).name;
        const part = original && (await partOf(original, name, model.get("limits"), place));
        if (part) void act.edit({ crop: part });
      } catch (error) {
        memory.fault = messageOf(error);
      }
      cropping = false;
      show();
      zone.focus();
    }

    function show(): void {
      const now = shownPicture(model, memory);
      const disabled = model.get("disabled");
      setAttributes(zone, { "data-empty": !now.name, "aria-disabled": disabled ? "true" : null });
      picture.show(now);
      said.show(now);
      row.show(now);
      hint.hidden = disabled || Boolean(now.name || memory.phase);
      setText(fault, memory.fault);
      fault.hidden = !memory.fault;
    }

    let announced = "";
    const view = () => {
      show();
      const news = said.news();
      if (news && news !== announced) heard.announce(news);
      announced = news;
    };
    memory.views.add(view);
    on(signal, "abort", () => memory.views.delete(view));
    watch(model, "label", (words) => setText(label, words), signal);
    watch(
      model,
      "_shown",
      () => {
        // The kernel holds something else now, so an earlier error no longer matters.
        memory.fault = "";
      },
      signal,
    );
    for (const trait of [
      "limits",
      "problem",
      "disabled",
      "_remedy",
      "_shown",
      "_thumbnail",
    ] as const) {
      watch(model, trait, view, signal);
    }
    return [h("div", "image", {}, place), heard.element];
  },
  releaseAtEnd,
);
