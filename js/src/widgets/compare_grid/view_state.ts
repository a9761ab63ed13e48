// What a view of a grid leaves to the next one, such as after scrolling away and back.

export interface Zoom {
  scale: number;
  /** Where the middle of the picture is moved to, in parts of a tile. */
  x: number;
  y: number;
}

export interface ViewState {
  /** Seconds. */
  time: number;
  /** The time that a view has told the kernel last; anything else there is the kernel's wish. */
  told: number;
  /** Whether it is wanted to play; null until somebody has said so. */
  wanted: boolean | null;
  speed: number;
  loop: boolean;
  from: number;
  to: number | null;
  zoom: Zoom;
  /** The run that alone is shown, large; "" for all. */
  solo: string;
  /** The run that the keys are about. */
  focus: string;
  /** Which run is on top of a cell. */
  tops: Record<string, string>;
  /** The two that are looked at in wipe, flip, difference and onion-skin. */
  pair: [left: string, right: string];
  vertical: boolean;
  /** Where the wipe's edge or the onion-skin's mixture is, 0 to 100. */
  part: number;
  gain: number;
  /** Whether letters and digits are keys. */
  letters: boolean;
}

export const freshViewState = (): ViewState => ({
  time: 0,
  told: 0,
  wanted: null,
  speed: 1,
  loop: true,
  from: 0,
  to: null,
  zoom: { scale: 1, x: 0, y: 0 },
  solo: "",
  focus: "",
  tops: {},
  pair: ["", ""],
  vertical: false,
  part: 50,
  gain: 4,
  letters: true,
});
