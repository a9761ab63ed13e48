import { defineWidget, type View } from "../../core/define_widget.ts";
import { h } from "../../core/dom.ts";
import { freshLiveMemory, type LiveMemory, mergeLive } from "../../core/live.ts";
import { mergeProgress, type RunTraits, watchSnapshot } from "../../run/run_snapshot.ts";
import { timeline } from "../../run/timeline.ts";

export default defineWidget(
  freshLiveMemory,
  (view: View<LiveMemory, RunTraits>) => {
    const { header, body, show } = timeline(view.model, view.signal);
    const empty = h("p", "", {}, "No run yet. Its stages will appear here.");
    header.hidden = body.hidden = true;
    watchSnapshot(view, (run) => {
      header.hidden = body.hidden = false;
      empty.hidden = true;
      show(run);
    });
    return [header, body, empty];
  },
  mergeLive(mergeProgress),
);
