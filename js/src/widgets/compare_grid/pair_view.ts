// Two runs in one box: wipe, flip, difference and onion skin.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncPlayer, SyncState } from "../../video/sync_player.ts";
import type { GridContext } from "./context.ts";
import { distinction, type Mode } from "./grid_model.ts";

const GAINS = [1, 2, 4, 8];
/** Wide enough to see a frame's difference, small enough to count on every step. */
const MEASURED = 480;
/** A number that has stood so long is announced. */
const SETTLED_MS = 600;
const WAITING = "Waiting for both frames.";
const WHILE_PLAYING = "Pause to see the difference.";

export interface PairView {
  element: HTMLElement;
  show(mode: Mode, left: Tile, right: Tile, tiles: Tile[]): void;
  paint(state: SyncState): void;
  /** Show the other one, while flipping. */
  flip(): void;
  /** Leave nothing of any run in it: a blind comparison may follow. */
  clear(): void;
}

export function pairView(player: SyncPlayer, context: GridContext): PairView {
  const { memory, refresh, announce } = context;
  const under = h("div", "zoomed");
  const upper = h("div", "zoomed upper");
  const canvas = h("canvas", "zoomed", { width: MEASURED, role: "img" });
  const edge = h("input", "edge", { type: "range", min: 0, max: 100, step: 1 });
  const grip = h("div", "grip", { "aria-hidden": true });
  const labels = [0, 1].map((side) => h("p", "label", { "data-side": side }));
  // The picture's left is on the left in pages of every direction.
  const box = h("div", "pair", { dir: "ltr" }, under, upper, canvas, edge, grip, ...labels);
  const sides = [0, 1].map((side) => {
    const select = h("select", "", { "aria-label": side ? "Right or upper" : "Left or lower" });
    on(select, "change", () => {
      memory.pair[side] = select.value;
      refresh();
    });
    return select;
  });
  const swap = button("button", "Swap", context.swap);
  const turn = button("button", "", () => {
    memory.vertical = !memory.vertical;
    draw();
  });
  const flipped = button("button", "", flip);
  const mixture = h("label", "axis", {}, "Mixture ");
  const gain = h("select", "", { "aria-label": "Gain" });
  gain.append(...GAINS.map((each) => h("option", "", { value: each }, `${each}×`)));
  on(gain, "change", () => {
    memory.gain = Number(gain.value);
    draw();
  });
  const number = h("p", "number");
  const [one = "", two = ""] = sides;
  const bar = h("div", "row", {}, one, " and ", two, swap, turn, flipped, mixture, gain, number);
  const element = h("div", "pairing", {}, box, bar);
  let mode: Mode = "wipe";
  let names = ["", ""];
  let keys = ["", ""];
  let upperSeen = true;
  let measured = "";
  /** What the two lists offer. */
  let chosen = "";
  let settling: ReturnType<typeof setTimeout> | undefined;
  on(context.signal, "abort", () => clearTimeout(settling));

  on(edge, "input", () => {
    memory.part = edge.valueAsNumber;
    draw();
  });
  on<KeyboardEvent>(edge, "keydown", (event) => {
    // A range moves by 1 with arrows in every browser, and by 10 with Page keys in most.
    const by = event.shiftKey ? { ArrowLeft: -10, ArrowRight: 10 }[event.key] : undefined;
    if (!by) return;
    event.preventDefault();
    edge.valueAsNumber += by;
    memory.part = edge.valueAsNumber;
    draw();
  });
  // A press anywhere in the picture moves the edge there: an upright range does so by itself only
  // in some browsers, and only along its own line.
  on<PointerEvent>(box, "pointerdown pointermove", (event) => {
    if (mode !== "wipe" || !event.buttons || !event.isPrimary || memory.zoom.scale > 1) return;
    const { left, top, width, height } = box.getBoundingClientRect();
    const part = memory.vertical ? (event.clientY - top) / height : (event.clientX - left) / width;
    memory.part = Math.round(100 * Math.max(0, Math.min(1, part)));
    event.preventDefault();
    edge.focus();
    draw();
  });

  function flip(): void {
    upperSeen = !upperSeen;
    draw();
  }

  function show(next: Mode, left: Tile, right: Tile, tiles: Tile[]): void {
    mode = next;
    keys = [left.key, right.key];
    names = [left.letter, right.letter];
    for (const [index, side] of [under, upper].entries()) {
      const picture = player.element(keys[index] ?? "");
      if (picture.parentElement !== side) side.replaceChildren(picture);
    }
    const blind = !left.name;
    for (const [index, label] of labels.entries()) {
      const tile = index ? right : left;
      label.replaceChildren(
        h("b", "", {}, tile.letter),
        blind ? "" : ` ${distinction(tile, [left, right])}`,
      );
    }
    const choice = tiles.map(({ key, letter, name }) => [
      key,
      name ? `${letter}: ${name}` : letter,
    ]);
    const known = JSON.stringify([choice, keys]);
    if (chosen !== known) {
      chosen = known;
      sides.forEach((select, index) => {
        select.replaceChildren(
          ...choice.map(([value, words = ""]) =>
            h("option", "", { value, disabled: value === keys[1 - index] }, words),
          ),
        );
        select.value = keys[index] ?? "";
      });
    }
    turn.hidden = mode !== "wipe";
    flipped.hidden = mode !== "flip";
    mixture.hidden = mode !== "onion";
    gain.hidden = number.hidden = mode !== "difference";
    const place = mode === "onion" ? mixture : box;
    if (edge.parentElement !== place) place.append(edge);
    measured = box.dataset.wait = "";
    draw();
  }

  function draw(): void {
    const [a = "", b = ""] = names;
    const { part, vertical } = memory;
    element.dataset.mode = mode;
    box.dataset.vertical = String(vertical);
    edge.hidden = mode !== "wipe" && mode !== "onion";
    grip.hidden = mode !== "wipe";
    canvas.hidden = mode !== "difference";
    edge.valueAsNumber = part;
    setAttributes(edge, {
      "aria-label": mode === "wipe" ? "Edge of the wipe" : "Mixture",
      "aria-valuetext": `${part} % ${a}, ${100 - part} % ${b}`,
      "aria-orientation": vertical && mode === "wipe" ? "vertical" : "horizontal",
    });
    box.style.setProperty("--wiro-part", `${part}%`);
    // The upper one is cut, never narrowed: that would scale its picture.
    const cut = vertical ? `${part}% 0 0 0` : `0 0 0 ${part}%`;
    upper.style.clipPath = mode === "wipe" ? `inset(${cut})` : "";
    upper.style.opacity = String(mode === "onion" ? 1 - part / 100 : 1);
    upper.style.visibility = mode === "flip" && !upperSeen ? "hidden" : "";
    labels.forEach((label, side) => {
      label.hidden = mode === "flip" && side !== Number(upperSeen);
    });
    setText(turn, vertical ? "Side by side" : "Stack vertically");
    setText(flipped, `Showing ${upperSeen ? b : a} · flip to ${upperSeen ? a : b}`);
    gain.value = String(memory.gain);
    canvas.style.filter = `brightness(${memory.gain})`;
  }

  function paint(state: SyncState): void {
    if (element.hidden) return;
    if (mode !== "difference") {
      const waits = keys.some((key) => state.loading.includes(key));
      box.dataset.wait = waits ? WAITING : "";
      grip.hidden = waits || mode !== "wipe";
      return;
    }
    const steady = state.exact || (!state.playing && !state.holding.length);
    const moment = `${keys} ${state.time.toFixed(4)} ${state.coarse}`;
    canvas.style.visibility = steady ? "" : "hidden";
    const why = steady ? "" : state.playing ? WHILE_PLAYING : WAITING;
    box.dataset.wait = why;
    if (!steady) setText(number, why);
    if (!steady || moment === measured) return;
    measured = moment;
    const words = measure(state);
    setText(number, words);
    clearTimeout(settling);
    // Many times a second while it plays, and by each step: only what stays is worth hearing.
    if (!state.playing) settling = setTimeout(announce, SETTLED_MS, words);
  }

  /** Draw the difference of the two frames and say how large it is. */
  function measure({ frame }: SyncState): string {
    const { width, height } = box.getBoundingClientRect();
    canvas.height = Math.round((MEASURED * height) / (width || 1)) || 1;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    if (!pen) return "";
    const whole = { x: 0, y: 0, width: canvas.width, height: canvas.height };
    pen.fillRect(0, 0, canvas.width, canvas.height);
    const first = player.draw(keys[0] ?? "", pen, whole);
    pen.globalCompositeOperation = "difference";
    const both = player.draw(keys[1] ?? "", pen, whole) && first;
    pen.globalCompositeOperation = "source-over";
    setAttributes(canvas, { "aria-label": `Difference of ${names.join(" and ")}` });
    if (!both) {
      measured = "";
      return WAITING;
    }
    try {
      const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) {
        sum += (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0);
      }
      const mean = (sum / (data.length * 0.75)).toFixed(1);
      const place = frame === null ? "" : ` · frame ${frame + 1} of both`;
      return `${names.join(" and ")} differ by ${mean} of 255${place}`;
    } catch {
      return "The server of these clips doesn't allow reading their frames.";
    }
  }

  function clear(): void {
    chosen = "";
    clearTimeout(settling);
    for (const each of [...labels, ...sides]) each.replaceChildren();
    for (const each of [number, flipped]) setText(each, "");
    for (const each of [canvas, edge]) {
      setAttributes(each, { "aria-label": null, "aria-valuetext": null });
    }
  }

  return { element, show, paint, flip, clear };
}
