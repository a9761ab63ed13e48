import { defineWidget, type View } from "../../core/define_widget.ts";
import { watch } from "../../core/model.ts";
import type { PlayerSource } from "../../protocol/runs.ts";
import { posters } from "../../run/posters.ts";
import { type RunTraits, snapshotOf } from "../../run/run_snapshot.ts";
import { player } from "../../video/player.ts";
import {
  freshPlayerMemory,
  type PlayerMemory,
  type PlayerSettings,
} from "../../video/player_controller.ts";
import { playerPropsOf, playerPropsOfSource } from "../../video/player_props.ts";

const SETTINGS = ["loop", "muted", "speed"] as const;

interface PlayerTraits extends RunTraits {
  _source: Partial<PlayerSource>;
  loop: boolean;
  muted: boolean;
  speed: number;
}

export default defineWidget(freshPlayerMemory, (view: View<PlayerMemory, PlayerTraits>) => {
  const { model, memory, signal } = view;
  const poster = posters(view, refresh);
  const shown = player({ model, memory, signal, changed });
  for (const name of SETTINGS) {
    watch(model, name, (value) => shown.settle({ [name]: value }), signal);
  }
  // A run has precedence; without one there is a clip of its own, or nothing.
  watch(model, "_source", refresh, signal);
  for (const name of ["_facts", "_standing", "_poster"] as const) {
    watch(model, name, refresh, signal);
  }

  function refresh(): void {
    const run = snapshotOf(model, poster(model.get("_poster")));
    shown.show(run ? playerPropsOf(run) : playerPropsOfSource(model.get("_source")));
  }

  function changed(settings: PlayerSettings): void {
    for (const name of SETTINGS) model.set(name, settings[name]);
    model.save_changes();
  }

  return [shown.element];
});
