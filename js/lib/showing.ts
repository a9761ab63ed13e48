// What the player shows of a run, or of a clip of its own.
import type { Showing } from "./player.ts";
import type { PlayerSource, RunSnapshot } from "./protocol/runs.ts";

export function showingOf({
  key,
  name,
  prompt,
  clips,
  poster,
  problem,
  over,
}: RunSnapshot): Showing {
  const clip = clips[0] ?? null;
  return {
    key,
    label: prompt ? `${name}: ${prompt}` : name,
    clip,
    poster,
    missing: over && !clip ? (problem?.title ?? "No clip") : null,
  };
}

/** @param source empty while the player was given nothing. */
export function showingOfSource({
  key = "",
  label = "Clip",
  clip,
}: Partial<PlayerSource>): Showing {
  return { key, label, clip: clip ?? null, poster: null, missing: null };
}
