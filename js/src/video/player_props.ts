// What the player shows of a run, or of a clip of its own.

import type { PlayerSource, RunSnapshot } from "../protocol/runs.ts";
import type { PlayerProps } from "./player.ts";

export function playerPropsOf({
  key,
  name,
  prompt,
  clips,
  poster,
  problem,
  over,
}: RunSnapshot): PlayerProps {
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
export function playerPropsOfSource({
  key = "",
  label = "Clip",
  clip,
}: Partial<PlayerSource>): PlayerProps {
  return { key, label, clip: clip ?? null, poster: null, missing: null };
}
