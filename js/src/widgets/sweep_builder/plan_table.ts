// The runs that are planned, one row each.
import { h } from "../../core/dom.ts";
import type { SweepPlan } from "../../protocol/grid_studio.ts";

export interface PlanTable {
  element: HTMLElement;
  show(plan: SweepPlan): void;
}

export function planTable(): PlanTable {
  const inside = h("table", "table", { hidden: true });
  return {
    // A stop of the Tab key, so that the keys can scroll it.
    element: h("div", "scroll", { tabindex: 0, role: "group", "aria-label": "The runs" }, inside),
    show({ columns, rows, count }) {
      inside.replaceChildren(
        h("thead", "", {}, cells("th", columns)),
        h("tbody", "", {}, ...rows.map((row) => cells("td", row))),
      );
      inside.hidden = count === 0;
    },
  };
}

const cells = (tag: "th" | "td", row: string[]) =>
  h("tr", "", {}, ...row.map((text) => h(tag, "", tag === "th" ? { scope: "col" } : {}, text)));
