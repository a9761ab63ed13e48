import { type PlayerTraits, snapshotOf, watch } from "../../lib/model.ts";
import { freshMemory, type Memory, type Settings } from "../../lib/playback.ts";
import { player } from "../../lib/player.ts";
import { showingOf, showingOfSource } from "../../lib/showing.ts";
import { type View, widget } from "../../lib/view.ts";

const SETTINGS = ["loop", "muted", "speed"] as const;

export default widget(freshMemory, ({ model, memory, signal }: View<Memory, PlayerTraits>) => {
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
    const run = snapshotOf(model);
    shown.show(run ? showingOf(run) : showingOfSource(model.get("_source")));
  }

  function changed(settings: Settings): void {
    for (const name of SETTINGS) model.set(name, settings[name]);
    model.save_changes();
  }

  return [shown.element];
});
