import { freshWatched, merging, type Watched } from "../../lib/live.ts";
import { mergeProgress, type RunTraits, watchSnapshot } from "../../lib/model.ts";
import { timeline } from "../../lib/timeline.ts";
import { type View, widget } from "../../lib/view.ts";

export default widget(
  freshWatched,
  (view: View<Watched, RunTraits>) => {
    const { header, body, show } = timeline(view.model, view.signal);
    watchSnapshot(view, show);
    return [header, body];
  },
  merging(mergeProgress),
);
