// Two runs in one box: wipe, flip, difference and onion-skin.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { SyncPlayer, SyncState } from "../../video/sync_player.ts";
import type { Mode } from "./grid_model.ts";
import type { ViewState } from "./view_state.ts";

const GAINS = [1, 2, 4, 8];
/** Wide enough to see a frame's difference, small enough to count on every step. */
const MEASURED = 480;

export interface PairView {
  element: HTMLElement;
  show(mode: Mode, left: Tile, right: Tile, tiles: Tile[]): void;
  paint(state: SyncState): void;
  /** Show the other one, while flipping. */
  flip(): void;
}

export function pairView(player: SyncPlayer, memory: ViewState, changed: () => void): PairView {
  const under = h("div", "zoomed under");
  const upper = h("div", "zoomed upper");
  const canvas = h("canvas", "zoomed differs", { width: MEASURED, role: "img" });
  const edge = h("input", "edge", { type: "range", min: 0, max: 100, step: 1 });
  const box = h("div", "pair", {}, under, upper, canvas, edge);
  const sides = [0, 1].map((side) => {
    const select = h("select", "", { "aria-label": side ? "Right or upper" : "Left or lower" });
    on(select, "change", () => {
      memory.pair[side] = select.value;
      changed();
    });
    return select;
  });
  const turn = button("button", "", () => {
    memory.vertical = !memory.vertical;
    draw();
  });
  const flipped = button("button", "", flip);
  const gain = h("select", "", { "aria-label": "Gain" });
  gain.append(...GAINS.map((each) => h("option", "", { value: each }, `${each}×`)));
  on(gain, "change", () => {
    memory.gain = Number(gain.value);
    draw();
  });
  const number = h("p", "number", { role: "status" });
  const bar = h("div", "row", {});
  const element = h("div", "pairing", {}, box, bar);
  let mode: Mode = "wipe";
  let names = ["", ""];
  let keys = ["", ""];
  let upperSeen = true;
  let measured = "";

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
    if (mode !== "wipe" || !event.buttons || memory.zoom.scale > 1) return;
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
    sides.forEach((select, index) => {
      select.replaceChildren(
        ...tiles.map(({ key, letter }) =>
          h("option", "", { value: key, disabled: key === keys[1 - index] }, letter),
        ),
      );
      select.value = keys[index] ?? "";
    });
    const [one = "", two = ""] = sides;
    const swap = button("button", "Swap", () => {
      memory.pair = [keys[1] ?? "", keys[0] ?? ""];
      changed();
    });
    const own: Partial<Record<Mode, Node[]>> = {
      wipe: [turn],
      flip: [flipped],
      difference: [gain, number],
    };
    bar.replaceChildren(one, " and ", two, swap, ...(own[mode] ?? []));
    measured = "";
    draw();
  }

  function draw(): void {
    const [a = "", b = ""] = names;
    const { part, vertical } = memory;
    element.dataset.mode = mode;
    box.dataset.vertical = String(vertical);
    edge.hidden = mode !== "wipe" && mode !== "onion";
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
    setText(turn, vertical ? "Side by side" : "One above the other");
    setText(flipped, `Showing ${upperSeen ? b : a} · flip to ${upperSeen ? a : b}`);
    gain.value = String(memory.gain);
    canvas.style.filter = `brightness(${memory.gain})`;
  }

  function paint(state: SyncState): void {
    if (mode !== "difference") return;
    const steady = state.exact || (!state.playing && !state.holding.length);
    const moment = `${keys} ${state.time.toFixed(4)} ${state.coarse}`;
    canvas.style.visibility = steady ? "" : "hidden";
    if (!steady)
      setText(number, "Pause to see the difference: while playing it would show the timing.");
    if (!steady || moment === measured) return;
    measured = moment;
    setText(number, measure(state));
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
    if (!both) {
      measured = "";
      return "Waiting for both frames.";
    }
    try {
      const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let i = 0; i < data.length; i += 4) {
        sum += (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0);
      }
      const mean = (sum / (data.length * 0.75)).toFixed(1);
      const place = frame === null ? "" : ` · frame ${frame} of both`;
      const text = `${names.join(" and ")} differ by ${mean} of 255${place}`;
      setAttributes(canvas, { "aria-label": text });
      return text;
    } catch {
      return "The server of these clips does not let their frames be read.";
    }
  }

  return { element, show, paint, flip };
}
