import { widget } from "../../lib/view.ts";
export default widget(
  () => ({}),
  () => [],
);
