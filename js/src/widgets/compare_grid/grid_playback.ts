// The clips of a grid's tiles as one player: who is in it, who is seen, and what a view remembers.

import { fetchClip } from "../../core/channel.ts";
import { on } from "../../core/dom.ts";
import type { Tile } from "../../protocol/grid_studio.ts";
import type { Clip } from "../../protocol/runs.ts";
import { type SyncPlayer, type SyncState, syncPlayer } from "../../video/sync_player.ts";
import { type GridModel, isVideo } from "./grid_model.ts";
import type { ViewState } from "./view_state.ts";

/** More than these cannot be told apart at a glance, and a notebook has other work to do. */
const MOST_LIVE = 12;
const TELL_MS = 250;

export interface GridPlayback {
  player: SyncPlayer;
  /** The runs that have a clip, and (in `seen`) those that are shown in this mode. */
  set(tiles: Tile[], seen: Set<string>): void;
  /** Watch whether a tile's picture is in sight. */
  watch(element: HTMLElement): void;
  play(wanted: boolean): void;
  /** The clip as a file, from wherever it can be had. */
  file(tile: Tile): Promise<Blob>;
}

export function gridPlayback(
  model: GridModel,
  memory: ViewState,
  signal: AbortSignal,
  paint: (state: SyncState) => void,
): GridPlayback {
  let seen = new Set<string>();
  let started = false;
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
    // What a view has told is where it is already; anything else is the kernel's wish.
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

  /** Only while paused: a trait that follows playback would flood the kernel. */
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
      seen = shown;
      const offsets = model.get("_offsets");
      const posters = model.get("_posters");
      play.set(
        tiles.filter(isVideo).map(({ key, clip, poster }) => ({
          key,
          url: clip?.url ?? null,
          poster: (poster && posters[poster]) || null,
          offset: offsets[key] ?? 0,
          bytes: (until) => bytes(key, clip, until),
        })),
      );
      for (const { key } of tiles) {
        if (!inSight.has(key)) inSight.set(key, true);
      }
      look();
    },
    watch: (element) => sight.observe(element),
    play(wanted) {
      memory.wanted = wanted;
      if (wanted) play.play();
      else play.pause();
    },
    file: async ({ key, clip }) => {
      try {
        if (clip?.url) return await (await fetch(clip.url, { signal })).blob();
      } catch {
        // An address that has expired, or a server that lets nobody read it: the kernel has it.
      }
      return bytes(key, clip, signal);
    },
  };

  function bytes(key: string, clip: Clip | null, until: AbortSignal): Promise<Blob> {
    const nothing = () => {};
    return fetchClip(model, clip, until, nothing, nothing, key);
  }
}
