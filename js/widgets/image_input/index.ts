import { announcer } from "../../lib/announcer.ts";
import { button, h, on, say, set } from "../../lib/dom.ts";
import { type Crop, crop } from "../../lib/image/crop.ts";
import { draw, upright } from "../../lib/image/edit.ts";
import { bytesWords, pixels, ratioWords } from "../../lib/image/facts.ts";
import { watch } from "../../lib/model.ts";
import type { ShownImage } from "../../lib/protocol/image.ts";
import { type View, widget } from "../../lib/view.ts";
import { actions, freshHolding, type Holding, type ImageTraits, isCurrent } from "./holding.ts";
import { taking } from "./taking.ts";

const BUSY = "Waiting for the kernel; it is busy with a cell. It goes on by itself.";
const UNSEEN = "Only the service can look behind an address; size and type are checked there.";
/** What "Reduce" makes of the longer side. */
const REDUCED = 2048;
/** Longest side of the picture that is cropped on, as drawn on the screen. */
const CROP_VIEW = 1400;

export default widget(freshHolding, ({ model, memory, signal }: View<Holding, ImageTraits>) => {
  const id = `wiro-${Math.random().toString(36).slice(2)}`;
  const heard = announcer(signal);
  const act = actions(model, memory);
  const label = h("span", "label", { id });
  const picture = h("img", "picture", { alt: "", decoding: "async" });
  const name = h("p", "file");
  const facts = h("p", "facts");
  const notes = h("p", "facts");
  const verdict = h("p", "verdict");
  const bar = h("progress", "progress", { max: 1, "aria-label": "Sending the picture" });
  const doing = h("p", "facts");
  const fault = h("p", "fault", { role: "alert", hidden: true });
  const browse = button("button", "Choose a picture…", () => take.browse());
  const address = button("button", "Address…", () => take.askAddress());
  const cropping = button("button", "Crop", () => void openCrop());
  const reduce = button("primary", `Reduce to ${REDUCED.toLocaleString("en")} px`, () => {
    void act.edit({ longest: REDUCED });
  });
  const undo = button("button", "Undo", undone, { title: "Back to the picture as it was chosen" });
  const preview = button("button", "Preview", () => {
    const { url = "" } = model.get("_shown");
    picture.referrerPolicy = "no-referrer";
    picture.src = url;
    picture.hidden = false;
    preview.hidden = true;
  });
  const remove = button("button", "Remove", () => {
    void act.clear();
    zone.focus();
  });
  const cancel = button("button", "Cancel", () => {
    act.cancel();
    zone.focus();
  });
  const texts = h("div", "texts", {}, name, facts, notes, verdict, doing, bar);
  const buttons = h(
    "div",
    "buttons",
    {},
    ...[browse, cropping, reduce, undo, preview, address, remove, cancel],
  );
  const zone = h(
    "div",
    "zone",
    { tabindex: 0, role: "group", "aria-labelledby": id, "aria-describedby": `${id}-hint` },
    picture,
    h("div", "beside", {}, texts, buttons),
  );
  const hint = h("p", "hint", { id: `${id}-hint` }, "Drop, paste, browse or give an address.");
  const take = taking(zone, act, () => model.get("disabled"), signal);
  const place = h("div", "place", {}, zone, take.element);
  let open: Crop | null = null;

  function undone(): void {
    const { original, chosen } = memory;
    if (original && chosen) void act.choose(original, chosen.name);
  }

  function show(): void {
    const { phase, progress, silent, chosen } = memory;
    const held = model.get("_shown");
    // The one chosen here until the kernel has made its own of it, which is what will be sent.
    const own = chosen && !held.name && isCurrent(memory, model) ? chosen : null;
    const linked = held.url && !own;
    const shown = own?.name ?? held.name ?? "";
    const busy = phase !== "";
    const disabled = model.get("disabled");
    const still = disabled || busy;
    const [problem, remedy] = [model.get("problem"), model.get("_remedy")];
    const source = own ? memory.url : model.get("_thumbnail");
    if (source) set(picture, { src: source, referrerpolicy: null });
    else if (picture.getAttribute("src") !== held.url) picture.removeAttribute("src");
    picture.hidden = !picture.getAttribute("src");
    set(zone, { "data-empty": !shown, "aria-disabled": disabled ? "true" : null });
    say(name, shown);
    say(facts, linked ? String(held.url) : own ? bytesWords(own.file.size) : factsOf(held));
    say(notes, sentence((own ?? held).notes?.join(", ") ?? ""));
    sayVerdict();
    say(doing, silent ? BUSY : busy ? WORDS[phase](progress) : "");
    bar.hidden = phase !== "sending" && phase !== "fetching";
    bar.value = progress;
    say(browse, shown ? "Replace" : "Choose a picture…");
    browse.hidden = still;
    address.hidden = still || Boolean(shown);
    cropping.hidden = still || Boolean(linked || (problem && !remedy)) || !shown;
    set(cropping, { class: remedy === "crop" ? "wiro-primary" : "wiro-button" });
    reduce.hidden = still || remedy !== "reduce";
    undo.hidden = still || !chosen?.notes.length || !isCurrent(memory, model);
    preview.hidden = !linked || !picture.hidden;
    remove.hidden = still || !shown;
    cancel.hidden = !busy;
    hint.hidden = disabled;
    say(fault, memory.fault);
    fault.hidden = !memory.fault;
  }

  function sayVerdict(): void {
    const { url, digest } = model.get("_shown");
    const { model: name } = model.get("limits");
    const problem = model.get("problem");
    const good = Boolean(digest && name && !problem);
    verdict.hidden = memory.phase !== "" || Boolean(memory.fault);
    say(verdict, problem ?? (url ? UNSEEN : good ? `✓ fits ${name}` : ""));
    set(verdict, { "data-good": good, "data-bad": Boolean(problem) });
  }

  async function openCrop(): Promise<void> {
    const original = await act.source();
    if (!original || signal.aborted) return;
    const bitmap = await upright(original, name.textContent ?? "").catch(() => null);
    if (!bitmap) return;
    const { width, height } = bitmap;
    const canvas = draw(bitmap, { longest: CROP_VIEW });
    bitmap.close();
    open = crop(
      canvas,
      { width, height },
      model.get("limits"),
      (rect) => {
        closeCrop();
        void act.edit({ crop: rect });
      },
      closeCrop,
    );
    place.hidden = hint.hidden = true;
    place.after(open.element);
    open.focus();
  }

  function closeCrop(): void {
    open?.element.remove();
    open = null;
    place.hidden = false;
    show();
    zone.focus();
  }

  let announced = "";
  const view = () => {
    show();
    const words = memory.silent ? BUSY : verdict.hidden ? "" : verdict.textContent;
    const said = words && name.textContent ? `${name.textContent}: ${words}` : words;
    if (said && said !== announced) heard.announce(said);
    announced = said;
  };
  memory.views.add(view);
  on(signal, "abort", () => memory.views.delete(view));
  watch(model, "label", (words) => say(label, words), signal);
  watch(
    model,
    "_shown",
    () => {
      // The kernel holds something else now; what went wrong before is of no interest.
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
  return [h("div", "image", {}, label, place, hint, fault), heard.element];
});

const WORDS = {
  reading: () => "Reading the picture",
  sending: (part: number) => `Sending ${Math.floor(part * 100)} %`,
  fetching: (part: number) => `Fetching the picture ${Math.floor(part * 100)} %`,
};

function factsOf({ width = 0, height = 0, size = 0, content_type = "" }: Partial<ShownImage>) {
  if (!width) return "";
  const seen = { width, height };
  const kind = content_type.replace("image/", "").toUpperCase();
  return `${pixels(seen)} · ${ratioWords(seen)} · ${bytesWords(size)} · ${kind}`;
}

const sentence = (words: string): string => words && words.charAt(0).toUpperCase() + words.slice(1);
