// The clips of a grid's tiles as one player: who is in it, who is seen, and what a view remembers.

import { on } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import { download } from "../../core/transfer.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { Clip } from "../../protocol/runs.ts";
import {
  type LengthMode,
  type SyncPlayer,
  type SyncState,
  syncPlayer,
} from "../../video/sync_player.ts";
import type { GridContext } from "./context.ts";
import { isVideo } from "./grid_model.ts";

/** More cannot be told apart at a glance, and would slow the notebook down. */
const MOST_LIVE = 12;
const TELL_MS = 250;
/** Pictures of one ratio, but for rounding. */
const ALIKE = 1.02;

export interface GridPlayback {
  player: SyncPlayer;
  /** The runs that have a clip, and (in `seen`) those that are shown in this mode. */
  set(tiles: Tile[], seen: Set<string>): void;
  /** Watch whether a tile's picture is in sight. */
  watch(element: HTMLElement): void;
  play(wanted: boolean): void;
  /** What clips do that end before others. */
  lengths(lengths: LengthMode): void;
  /** The ratio, width by height, that most pictures have, as far as they are here. */
  ratio(): number;
  /** The clip as a file, from wherever it can be had; rejects with a message. */
  file(tile: Tile): Promise<Blob>;
}

export function gridPlayback(
  { model, memory, poster, signal }: GridContext,
  paint: (state: SyncState) => void,
): GridPlayback {
  let seen = new Set<string>();
  let started = false;
  /** The members and the mode of lengths that the player has. */
  let given = "";
  let lengths: LengthMode | null = null;
  let keys: string[] = [];
  const ratios = new Map<string, number>();
  let teller: ReturnType<typeof setTimeout> | undefined;
  const inSight = new Map<string, boolean>();
  const play = syncPlayer({ signal, paint: onState, live: MOST_LIVE });
  play.loop(memory.loop);
  play.speed(memory.speed);
  play.range(memory.from, memory.to);
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        // Hidden by another mode, which shows the same pictures elsewhere: that says nothing.
        if (target.isConnected && !target.getClientRects().length) continue;
        inSight.set((target as HTMLElement).dataset.key ?? "", isIntersecting);
      }
      look();
    },
    { rootMargin: "200px" },
  );
  on(signal, "abort", () => {
    sight.disconnect();
    clearTimeout(teller);
  });
  const listener = () => {
    const time = model.get("time");
    // What a view sent is where it is already; any other time was set in Python.
    if (Math.abs(time - memory.told) < 1e-6) return;
    memory.told = time;
    void play.seek(time);
  };
  model.on("change:time", listener);
  on(signal, "abort", () => model.off("change:time", listener));

  function onState(state: SyncState): void {
    if (signal.aborted) return;
    if (state.ready && !started) start();
    if (started && state.ready) {
      const { time, speed, loop, from, to } = state;
      Object.assign(memory, { time, speed, loop, from, to });
      if (state.playing) clearTimeout(teller);
      else if (Math.abs(time - memory.told) > 1e-6) {
        clearTimeout(teller);
        teller = setTimeout(tell, TELL_MS, time);
      }
    }
    paint(state);
  }

  /** Send the time, only while paused: a trait that follows playback would flood the kernel. */
  function tell(time: number): void {
    memory.told = time;
    model.set("time", time);
    model.save_changes();
  }

  function start(): void {
    started = true;
    const calm = matchMedia("(prefers-reduced-motion)").matches;
    const at = memory.time || model.get("time");
    memory.told = model.get("time");
    void play.seek(at).then(() => {
      if (!signal.aborted && (memory.wanted ?? !calm)) play.play();
    });
  }

  function look(): void {
    for (const key of inSight.keys()) play.visible(key, seen.has(key) && inSight.get(key) === true);
  }

  return {
    player: play,
    set(tiles, shown) {
      const offsets = model.get("_offsets");
      const members = tiles.filter(isVideo).map((tile) => ({
        key: tile.key,
        url: tile.clip?.url ?? null,
        poster: poster(tile),
        offset: offsets[tile.key] ?? 0,
        bytes: (until: AbortSignal) => bytes(tile.key, tile.clip, until),
      }));
      keys = members.map(({ key }) => key);
      const next = JSON.stringify([
        members.map(({ key, url, offset }) => [key, url, offset]),
        tiles.map((tile) => [tile.key, tile.clip?.name, poster(tile) !== null]),
        [...shown],
      ]);
      // A run that goes on beside them is nothing to the clips that play.
      if (next === given) return;
      given = next;
      seen = shown;
      play.set(members);
      for (const { key } of tiles) {
        if (!inSight.has(key)) inSight.set(key, true);
      }
      look();
    },
    lengths(wanted) {
      if (wanted !== lengths) play.lengths(wanted);
      lengths = wanted;
    },
    ratio() {
      for (const key of keys) {
        const found = ratios.has(key) ? null : ratioOf(play.element(key));
        if (found) ratios.set(key, found);
      }
      const known = keys.map((key) => ratios.get(key) ?? 0).filter(Boolean);
      const alike = (a: number) => known.filter((b) => a / b < ALIKE && b / a < ALIKE).length;
      return known.toSorted((a, b) => alike(b) - alike(a))[0] ?? 16 / 9;
    },
    watch: (element) => sight.observe(element),
    play(wanted) {
      memory.wanted = wanted;
      if (wanted) play.play();
      else void play.pause();
    },
    async file({ key, clip }) {
      let reason = "";
      if (clip?.url) {
        try {
          const answer = await fetch(clip.url, { signal });
          const type = answer.headers.get("content-type") ?? "";
          if (answer.ok && !type.startsWith("text/")) return await answer.blob();
          reason = `its address answers with ${answer.ok ? "a page" : `error ${answer.status}`}`;
        } catch {
          reason = "its address cannot be reached";
        }
      }
      try {
        // An address that has expired, or a server that lets nobody read it: the kernel has it.
        return await bytes(key, clip, signal);
      } catch (error) {
        if (!reason) throw error;
        throw new Error(
          `The clip was not saved: ${reason}, and the kernel says: ${messageOf(error)}`,
        );
      }
    },
  };

  function bytes(key: string, clip: Clip | null, until: AbortSignal): Promise<Blob> {
    return download(model, clip, until, key);
  }
}

/** Width by height of what a picture shows; null while nothing is there. */
function ratioOf(picture: HTMLElement): number | null {
  const clip = picture.querySelector<HTMLCanvasElement | HTMLVideoElement>(
    ":is(canvas, video):not([hidden])",
  );
  if (clip instanceof HTMLCanvasElement) return clip.width / clip.height || null;
  return (clip && clip.videoWidth / clip.videoHeight) || null;
}
