// The row of controls under a clip; it shows a state and reports what is pressed.
import { button, h, on, setAttributes, setText } from "../core/dom.ts";
import { BACK, FORWARD, FULL, icon, LOOP, MUTED, PAUSE, PLAY, SAVE, SOUND } from "../core/icons.ts";
import type { Action } from "../core/shortcuts.ts";
import { timecode } from "./frame_rate.ts";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];

/** The speed some steps above (or, with a negative number, below) another; that one at either end. */
export const speedBeside = (speed: number, by: number): number =>
  SPEEDS[SPEEDS.findIndex((each) => each >= speed) + by] ?? speed;

export interface TransportState {
  ready: boolean;
  playing: boolean;
  loop: boolean;
  muted: boolean;
  speed: number;
  /** Seconds. */
  time: number;
  duration: number;
  /** Counted from 0, but shown from 1; null while the frame rate is unknown. */
  frame: number | null;
  total: number | null;
  /** Frames were measured, not read: their numbers may be a little off. */
  about: boolean;
  /** What is looped, from here to there, in seconds; `to` is null for the end. */
  from: number;
  to: number | null;
}

export interface TransportBar {
  element: HTMLElement;
  show(state: TransportState): void;
}

export interface TransportActions {
  act(action: Action): void;
  download(): void;
  speed(value: number): void;
  /** The scrubber is moved to `time` seconds, or (null) let go. */
  scrub(time: number | null): void;
}

export function transportBar({ act, download, speed, scrub }: TransportActions): TransportBar {
  const press = (shape: string, label: string, action: () => void) => {
    const element = button("tool", "", action);
    name(element, label, shape);
    return element;
  };
  const toggle = press(PLAY, "Play", () => act("Space"));
  const back = press(BACK, "Previous frame", () => act(","));
  const forward = press(FORWARD, "Next frame", () => act("."));
  const loop = press(LOOP, "Loop", () => act("L"));
  const mute = press(MUTED, "Sound", () => act("M"));
  const full = press(FULL, "Full screen", () => act("F"));
  const save = press(SAVE, "Download", download);
  const help = button("tool", "?", () => act("?"), { "aria-label": "Keys" });
  toggle.classList.add("wiro-play");
  full.hidden = !document.fullscreenEnabled;

  const range = h("input", "scrub", { type: "range", min: 0, step: 1, "aria-label": "Position" });
  on(range, "input", () => scrub(range.valueAsNumber / 1000));
  on(range, "change", () => scrub(null));
  const readout = h("span", "readout");
  const rate = h("select", "rate", { "aria-label": "Speed" });
  rate.append(...SPEEDS.map((each) => h("option", "", { value: each }, `${each}×`)));
  on(rate, "change", () => speed(Number(rate.value)));

  const element = h(
    "div",
    "transport",
    { hidden: true },
    h("div", "tools", {}, back, toggle, forward),
    range,
    readout,
    h("div", "tools", {}, rate, loop, mute, save, full, help),
  );

  function show(state: TransportState): void {
    const { time, duration, frame, total, about, from, to } = state;
    element.hidden = !state.ready;
    name(toggle, state.playing ? "Pause" : "Play", state.playing ? PAUSE : PLAY);
    name(mute, "Sound", state.muted ? MUTED : SOUND);
    setAttributes(mute, { "aria-pressed": String(!state.muted) });
    setAttributes(loop, { "aria-pressed": String(state.loop) });
    rate.value = String(state.speed);
    range.max = String(Math.round(duration * 1000));
    range.value = String(Math.round(time * 1000));
    const number =
      frame === null || total === null
        ? ""
        : ` · ${about ? "about " : ""}frame ${Math.min(frame + 1, total)} of ${total}`;
    const looped =
      from || to !== null ? ` · loops ${timecode(from)}–${timecode(to ?? duration)}` : "";
    setText(readout, timecode(time) + number + looped);
    setAttributes(range, { "aria-valuetext": `${time.toFixed(2)} seconds${number}` });
  }
  return { element, show };
}

/** Give a button its name and picture; nothing is touched when it has them. */
function name(element: HTMLElement, label: string, shape: string): void {
  if (element.dataset.shape === shape) return;
  element.dataset.shape = shape;
  element.title = label;
  element.replaceChildren(icon(shape));
}
