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
  /** The time that a view sent to the kernel last; any other one there was set in Python. */
  told: number;
  /** Whether the clips should play; null until somebody has chosen. */
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
  /** The run that is shown in a cell of several, by cell. */
  tops: Record<string, string>;
  /** The two runs in wipe, flip, difference and onion skin. */
  pair: [left: string, right: string];
  vertical: boolean;
  /** Where the wipe's edge or the onion skin's mixture is, 0 to 100. */
  part: number;
  gain: number;
  /** Whether keys that type a character are on. */
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
