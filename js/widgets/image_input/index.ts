import { announcer } from "../../lib/announcer.ts";
import { button, h, on, say, set } from "../../lib/dom.ts";
import { type Crop, crop } from "../../lib/image/crop.ts";
import { readFile } from "../../lib/image/file.ts";
import { bytesWords, complaint, pixels, ratioWords, type Size } from "../../lib/image/limits.ts";
import { draw } from "../../lib/image/prepare.ts";
import { watch } from "../../lib/model.ts";
import { type View, widget } from "../../lib/view.ts";
import { actions, freshHolding, type Holding, type ImageTraits, stale } from "./holding.ts";
import { taking } from "./taking.ts";

const BUSY = "Waiting for the kernel; it is busy with a cell. It goes on by itself.";
/** What "Reduce" makes of the longer side. */
const REDUCED = 2048;
/** Longest side of the picture that is cropped on, as drawn on the screen. */
const CROP_VIEW = 1400;

interface Seen extends Size {
  name: string;
  size: number;
  type: string;
  notes: string[];
  picture: string;
  problem: string;
}

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
  const reduce = button("button", `Reduce to ${REDUCED.toLocaleString("en")} px`, () => {
    void act.edit({ longest: REDUCED }, seen().name);
  });
  const undo = button("button", "Undo", () => void act.edit({}, seen().name), {
    title: "Back to the picture as it was chosen",
  });
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

  /** The picture on the screen: the one chosen here until the kernel holds another. */
  function seen(): Seen {
    const held = model.get("_shown");
    const { ready, url } = memory;
    if (ready && (memory.phase || memory.waits || memory.fault || !stale(memory, held.digest))) {
      const { width, height, blob } = ready;
      const problem = complaint(model.get("limits"), ready, blob.size);
      const about = { name: ready.name, notes: ready.notes, size: blob.size, type: blob.type };
      return { ...about, width, height, picture: url, problem };
    }
    return {
      name: held.name ?? "",
      notes: held.notes ?? [],
      size: held.size ?? 0,
      type: held.content_type ?? "",
      width: held.width ?? 0,
      height: held.height ?? 0,
      picture: model.get("_thumbnail"),
      problem: model.get("problem") ?? "",
    };
  }

  function show(): void {
    const { phase, progress, silent, waits, edited } = memory;
    const held = model.get("_shown");
    const now = seen();
    const { url } = held;
    const linked = Boolean(url) && !now.width;
    const any = Boolean(now.name);
    const busy = phase !== "";
    const still = model.get("disabled") || busy;
    if (!linked) picture.removeAttribute("referrerpolicy");
    if (now.picture) set(picture, { src: now.picture });
    else if (picture.getAttribute("src") !== url) picture.removeAttribute("src");
    picture.hidden = !picture.getAttribute("src");
    set(zone, { "data-empty": !any, "aria-disabled": model.get("disabled") ? "true" : null });
    say(name, now.name);
    const size = now.width ? [pixels(now), ratioWords(now), bytesWords(now.size)] : [];
    const kind = now.type.replace("image/", "").toUpperCase();
    say(facts, linked ? String(url) : [...size, kind].filter(Boolean).join(" · "));
    say(notes, sentence(now.notes.join(", ")));
    sayVerdict(now, linked);
    say(doing, silent ? BUSY : busy ? WORDS[phase](progress) : "");
    bar.hidden = phase !== "sending" && phase !== "fetching";
    bar.value = progress;
    say(browse, any ? "Replace" : "Choose a picture…");
    browse.hidden = address.hidden = still;
    if (any) address.hidden = true;
    cropping.hidden = still || linked || !any || now.problem.startsWith("Too small");
    reduce.hidden = still || !waits || Math.max(now.width, now.height) <= REDUCED;
    undo.hidden = still || !edited || !memory.ready;
    preview.hidden = !linked || !picture.hidden;
    remove.hidden = still || !any;
    cancel.hidden = !busy;
    set(cropping, {
      class:
        now.problem.startsWith("Too wide") || now.problem.startsWith("Too tall")
          ? "wiro-primary"
          : "wiro-button",
    });
    set(reduce, { class: "wiro-primary" });
    hint.hidden = model.get("disabled");
    say(fault, memory.fault);
    fault.hidden = !memory.fault;
  }

  function sayVerdict(now: Seen, linked: boolean): void {
    const { model: name } = model.get("limits");
    const done = now.name && !memory.phase && !now.problem;
    const fits = linked
      ? "Only the service can look behind an address; size and type are checked there."
      : done && name
        ? `✓ fits ${name}`
        : "";
    say(verdict, now.problem && (now.name || !memory.phase) ? now.problem : fits);
    set(verdict, { "data-good": Boolean(done) && !linked, "data-bad": Boolean(now.problem) });
  }

  async function openCrop(): Promise<void> {
    const original = await act.source();
    if (!original || signal.aborted) return;
    const about = readFile(new Uint8Array(await original.arrayBuffer()));
    const bitmap = await createImageBitmap(new Blob(about.parts, { type: about.type }));
    const lies = about.orientation > 4;
    const size = {
      width: lies ? bitmap.height : bitmap.width,
      height: lies ? bitmap.width : bitmap.height,
    };
    const canvas = draw(bitmap, about.orientation, { longest: CROP_VIEW });
    bitmap.close();
    const before = seen().name;
    open = crop(
      canvas,
      size,
      model.get("limits"),
      (rect) => {
        closeCrop();
        void act.edit({ crop: rect }, before);
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
    const words = memory.silent ? BUSY : memory.phase ? "" : verdict.textContent || "";
    const said = words && name.textContent ? `${name.textContent}: ${words}` : words;
    if (said && said !== announced) heard.announce(said);
    announced = said;
  };
  memory.views.add(view);
  on(signal, "abort", () => memory.views.delete(view));
  watch(model, "label", (words) => say(label, words), signal);
  for (const trait of ["limits", "problem", "disabled", "_shown", "_thumbnail"] as const) {
    watch(model, trait, view, signal);
  }
  return [h("div", "image", {}, label, place, hint, fault), heard.element];
});

const WORDS = {
  reading: () => "Reading the picture",
  sending: (part: number) => `Sending ${Math.floor(part * 100)} %`,
  fetching: (part: number) => `Fetching the picture ${Math.floor(part * 100)} %`,
};

const sentence = (words: string): string => words && words.charAt(0).toUpperCase() + words.slice(1);
