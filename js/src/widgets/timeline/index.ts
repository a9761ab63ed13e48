import { defineWidget, type View } from "../../core/define_widget.ts";
import { freshLiveMemory, type LiveMemory, mergeLive } from "../../core/live.ts";
import { mergeProgress, type RunTraits, watchSnapshot } from "../../run/run_snapshot.ts";
import { timeline } from "../../run/timeline.ts";

export default defineWidget(
  freshLiveMemory,
  (view: View<LiveMemory, RunTraits>) => {
    const { header, body, show } = timeline(view.model, view.signal);
    watchSnapshot(view, show);
    return [header, body];
  },
  mergeLive(mergeProgress),
);
