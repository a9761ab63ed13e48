import { watchSnapshot } from "../../lib/model.ts";
import { timeline } from "../../lib/timeline.ts";
import { widget } from "../../lib/view.ts";

export default widget(
  () => null,
  ({ model, signal }) => {
    const { header, body, show } = timeline(model, signal);
    watchSnapshot(model, show, signal);
    return [header, body];
  },
);
