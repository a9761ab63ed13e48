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
    // Reached with Tab, so that it can be scrolled with the keys.
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
