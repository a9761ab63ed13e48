// What every part of a grid's view needs of its model: the tiles, changes, questions, complaints.

import { KERNEL_BUSY, type RequestBody, request } from "../../core/channel.ts";
import { setText } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { type GridModel, type GridTraits, isVideo, type Mode, tilesOf } from "./grid_model.ts";
import type { ViewState } from "./view_state.ts";

export interface GridContext {
  model: GridModel;
  memory: ViewState;
  signal: AbortSignal;
  tiles(): Tile[];
  /** The one the keys are about. */
  focused(): Tile | undefined;
  letterOf(key: string): string;
  /** What the mode is, as far as there are clips for it. */
  mode(): Mode;
  keep<Name extends keyof GridTraits & string>(name: Name, value: GridTraits[Name]): void;
  /** Ask the kernel, for one who shows what comes of it. */
  ask(question: RequestBody): Promise<void>;
  /** Ask the kernel; what goes wrong is said under the pictures. */
  tell(question: RequestBody): void;
  say(words: string): void;
  complain(error: unknown): void;
}

/** @param note where it is said what is waited for and what went wrong. */
export function gridContext(
  model: GridModel,
  memory: ViewState,
  signal: AbortSignal,
  note: HTMLElement,
): GridContext {
  const tiles = () => tilesOf(model);
  const silent = (busy: boolean) => setText(note, busy ? KERNEL_BUSY : "");
  const question = (message: RequestBody) => request(model, message, signal, silent);

  function complain(error: unknown): void {
    if (!signal.aborted) setText(note, (error as Error).message);
  }

  return {
    model,
    memory,
    signal,
    tiles,
    focused: () => tiles().find(({ key }) => key === memory.focus) ?? tiles()[0],
    letterOf: (key) => tiles().find((tile) => tile.key === key)?.letter ?? "",
    mode: () => (tiles().filter(isVideo).length < 2 ? "grid" : model.get("mode")),
    keep(name, value) {
      model.set(name, value);
      model.save_changes();
    },
    ask: question,
    tell: (message) => void question(message).catch(complain),
    say: (words) => setText(note, words),
    complain,
  };
}
