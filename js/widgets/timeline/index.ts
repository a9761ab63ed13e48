import { type RunTraits, watchSnapshot } from "../../lib/model.ts";
import { timeline } from "../../lib/timeline.ts";
import { type View, widget } from "../../lib/view.ts";

export default widget(
  () => null,
  ({ model, signal }: View<null, RunTraits>) => {
    const { header, body, show } = timeline(model, signal);
    watchSnapshot(model, show, signal);
    return [header, body];
  },
);
