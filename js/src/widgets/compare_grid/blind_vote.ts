// The question under a blind comparison, and what the votes say.
import { button, h, setText } from "../../core/dom.ts";
import type { Comparison, Outcome, RankingTable, Tile } from "../../protocol/grid_studio.ts";
import type { GridContext } from "./context.ts";

const CHOICES: [Outcome, string][] = [
  ["left", "Left is better"],
  ["tie", "Equally good"],
  ["both bad", "Both are bad"],
  ["right", "Right is better"],
];

export interface BlindVote {
  element: HTMLElement;
  show(comparison: Partial<Comparison>, tiles: Tile[]): void;
}

export function blindVote({ model, tell, keep }: GridContext): BlindVote {
  const question = h("p", "", { role: "status" });
  const vote = (outcome: Outcome) =>
    tell({ type: "vote", comparison: model.get("_comparison").number ?? 0, outcome });
  const choices = CHOICES.map(([outcome, words]) => button("button", words, () => vote(outcome)));
  const more = button("button", "Next two", () => tell({ type: "next" }));
  const element = h(
    "div",
    "blind row",
    { role: "group", "aria-label": "Blind comparison", hidden: true },
    question,
    ...choices,
    more,
    button("button", "End", () => keep("blind", false)),
  );
  return {
    element,
    show({ number, outcome, votes = 0 }, tiles) {
      element.hidden = !number;
      for (const choice of choices) choice.hidden = Boolean(outcome);
      more.hidden = !outcome;
      const names = tiles.map(({ name, prompt }) => `${name} “${prompt.slice(0, 60)}”`);
      const said = CHOICES.find(([each]) => each === outcome)?.[1];
      setText(
        question,
        outcome
          ? `${said}. Left was ${names[0]}, right was ${names[1]}. Votes so far: ${votes}.`
          : `Which one is better? Votes so far: ${votes}.`,
      );
    },
  };
}

/** What the votes say, as a table; the element is hidden while there are none. */
export function ranking(): { element: HTMLElement; show(table: Partial<RankingTable>): void } {
  const body = h("div", "scrolls", { tabindex: 0, role: "region", "aria-label": "Ranking" });
  const element = h("details", "ranking", { hidden: true }, h("summary", "", {}, "Ranking"), body);
  let shown: Partial<RankingTable> = {};
  return {
    element,
    show(table) {
      if (table === shown) return;
      shown = table;
      const { standings = [], values = [], left = 0, right = 0 } = table;
      element.hidden = !standings.length;
      const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
      const rows = standings.map((each) =>
        h(
          "tr",
          "",
          {},
          h("th", "", { scope: "row" }, `${each.letter} · ${each.name}`),
          ...[
            `${signed(each.strength)} (${signed(each.low)} to ${signed(each.high)})`,
            each.wins,
            each.losses,
            each.ties,
            each.both_bad,
          ].map((value) => h("td", "", {}, String(value))),
        ),
      );
      const names = ["Run", "Strength, 95 % interval", "Won", "Lost", "Tied", "Both bad"];
      const head = h("tr", "", {}, ...names.map((name) => h("th", "", { scope: "col" }, name)));
      const lines = values.map(({ parameter, value, wins, votes }) =>
        h("li", "", {}, `${parameter} ${value} won ${wins} of ${votes}`),
      );
      const bias = `Left was better ${left} times, right ${right} times.`;
      const all = h("table", "", {}, h("thead", "", {}, head), h("tbody", "", {}, ...rows));
      body.replaceChildren(all, h("ul", "", {}, ...lines), h("p", "", {}, bias));
    },
  };
}
