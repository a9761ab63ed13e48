// What every part of a grid's view shares: its model, its tiles, and how to ask, change and say.

import { type Announcer, announcer } from "../../core/announcer.ts";
import { type OnReply, openRequest, type RequestBody } from "../../core/channel.ts";
import type { View } from "../../core/define_widget.ts";
import { h, setText } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import { posters } from "../../run/posters.ts";
import { announcement } from "../../run/status_text.ts";
import {
  type GridModel,
  type GridTraits,
  isVideo,
  type Mode,
  snapshotOf,
  tilesOf,
} from "./grid_model.ts";
import type { ViewState } from "./view_state.ts";

export interface GridContext extends Pick<Announcer, "announce"> {
  model: GridModel;
  memory: ViewState;
  signal: AbortSignal;
  /** Where it is said what is waited for and what went wrong. */
  note: HTMLElement;
  /** What is only heard. */
  spoken: HTMLElement;
  tiles(): Tile[];
  /** The URL of a tile's first frame; null while there is none. */
  poster(tile: Tile): string | null;
  /** The one the keys are about. */
  focused(): Tile | undefined;
  letterOf(key: string): string;
  /** What the mode is, as far as there are clips for it. */
  mode(): Mode;
  keep<Name extends keyof GridTraits & string>(name: Name, value: GridTraits[Name]): void;
  /** Ask the kernel, for one who shows what comes of it. */
  ask(question: RequestBody, onReply?: OnReply): Promise<void>;
  /** Ask the kernel; what goes wrong is said under the pictures. */
  tell(question: RequestBody): void;
  say(words: string): void;
  complain(error: unknown): void;
  /** Draw everything again; several calls at a time are one. */
  refresh(): void;
  /** Have the two sides of a pair change places. */
  swap(): void;
}

export function gridContext(view: View<ViewState, GridTraits>, refresh: () => void): GridContext {
  const { model, memory, signal } = view;
  const note = h("p", "note", { role: "status" });
  const { element: spoken, announce } = announcer(signal);
  const tiles = () => tilesOf(model);
  const posterOf = posters(view, refresh);
  const say = (words: string) => setText(note, words);
  const ask = (message: RequestBody, onReply: OnReply = () => true) =>
    openRequest(model, message, signal, say, onReply).done;

  function complain(error: unknown): void {
    if (!signal.aborted) say(messageOf(error));
  }

  return {
    model,
    memory,
    signal,
    note,
    spoken,
    announce,
    tiles,
    poster: ({ poster }) => posterOf(poster && model.get("_posters")[poster]),
    focused: () => tiles().find(({ key }) => key === memory.focus) ?? tiles()[0],
    letterOf: (key) => tiles().find((tile) => tile.key === key)?.letter ?? "",
    mode: () => (tiles().filter(isVideo).length < 2 ? "grid" : model.get("mode")),
    keep(name, value) {
      model.set(name, value);
      model.save_changes();
    },
    ask,
    tell: (message) => void ask(message).catch(complain),
    say,
    complain,
    refresh,
    swap() {
      memory.pair.reverse();
      refresh();
    },
  };
}

export interface RunAnnouncements {
  /** Announce the runs that have ended since the last time. */
  tell(tiles: Tile[]): void;
  /** Leave nothing that would tell which run is which. */
  forget(): void;
}

/** What became of each run, announced once. */
export function runAnnouncements({ announce, spoken }: GridContext): RunAnnouncements {
  const told = new Map<string, string>();

  function one(tile: Tile): void {
    if (!tile.name || !tile.progress.over) {
      told.set(tile.key, "");
      return;
    }
    const words = announcement(snapshotOf(tile));
    if (told.get(tile.key) === "") announce(`${tile.letter}, ${words}`);
    told.set(tile.key, words);
  }

  return {
    tell: (tiles) => tiles.forEach(one),
    forget() {
      spoken.replaceChildren();
      told.clear();
    },
  };
}
