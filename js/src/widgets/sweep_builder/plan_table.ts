// The combinations of a sweep, one row each; the impossible ones are struck, with the reason.
import { h } from "../../core/dom.ts";
import type { SweepPlan } from "../../protocol/grid_studio.ts";

export interface PlanTable {
  element: HTMLElement;
  show(plan: SweepPlan): void;
}

export function planTable(): PlanTable {
  const inside = h("table", "table");
  return {
    // Reached with Tab, so that it can be scrolled with the keys.
    element: h(
      "div",
      "scroll",
      { tabindex: 0, role: "group", "aria-label": "Combinations" },
      inside,
    ),
    show({ columns, rows }) {
      const head = columns.map((text) => h("th", "", { scope: "col" }, text));
      const lines = rows.map(({ cells, problem }) => {
        const own = problem ? cells.filter(Boolean) : cells;
        const all = own.map((text) => h("td", "", {}, problem ? h("s", "", {}, text) : text));
        if (problem) all.push(h("td", "why", { colspan: columns.length - own.length }, problem));
        return h("tr", "", {}, ...all);
      });
      inside.replaceChildren(
        h("thead", "", {}, h("tr", "", {}, ...head)),
        h("tbody", "", {}, ...lines),
      );
    },
  };
}
