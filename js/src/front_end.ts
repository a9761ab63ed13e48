// Everything that runs in the browser, carried once per kernel by a model that is never displayed.
// The widgets' own models carry `stub.ts`, which finds their view here.
import { css, scope } from "built:style_sheet";
import * as widgets from "built:widgets";
import type { Widget } from "./core/define_widget.ts";
import { sharedStyleSheet } from "./core/style_sheet.ts";

/** Makes the widget of one model. */
export type Views = Record<string, () => Widget>;

const style = sharedStyleSheet(css);

const views: Views = Object.fromEntries(
  Object.entries(widgets).map(([name, define]) => [
    name,
    () =>
      define((el, signal) => {
        el.classList.add(scope, `wiro-in-${name}`);
        style(el, signal);
      }),
  ]),
);

export default { initialize: () => ({ views }) };
