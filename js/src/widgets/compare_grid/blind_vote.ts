// The question under a blind comparison, and what the votes say.
import { activeBeside, button, h, setText } from "../../core/dom.ts";
import { countOf } from "../../core/format.ts";
import type {
  Comparison,
  Outcome,
  RankingTable,
  Standing,
  Tile,
} from "../../protocol/grid_studio.ts";
import type { SyncState } from "../../video/sync_player.ts";
import type { GridContext } from "./context.ts";
import { axisName, axisWords, distinction, ownWords } from "./grid_model.ts";

const CHOICES: [Outcome, string][] = [
  ["left", "Left is better"],
  ["tie", "Equally good"],
  ["both bad", "Both are bad"],
  ["right", "Right is better"],
];

export interface BlindVote {
  element: HTMLElement;
  show(comparison: Partial<Comparison>): void;
  /** Nobody can judge before both clips are there. */
  paint(state: SyncState): void;
}

export function blindVote({ model, tell, keep }: GridContext, finished: () => void): BlindVote {
  const question = h("p", "", { role: "status" });
  const vote = (outcome: Outcome) =>
    tell({ type: "vote", comparison: model.get("_comparison").number ?? 0, outcome });
  const choices = CHOICES.map(([outcome, words]) => button("button", words, () => vote(outcome)));
  const more = button("button", "Next pair", () => tell({ type: "next" }));
  const finish = button("button", "Finish", () => {
    finished();
    keep("blind", false);
  });
  const element = h(
    "div",
    "blind row",
    { role: "group", "aria-label": "Blind comparison", hidden: true },
    question,
    ...choices,
    more,
    finish,
  );
  let about: Partial<Comparison> = {};
  let [ready, failed] = [false, false];

  function draw(): void {
    const { outcome, pairs = 0, compared = 0 } = about;
    const cast = CHOICES.find(([each]) => each === outcome)?.[1];
    const held = choices.some((each) => each === activeBeside(each));
    for (const each of choices) {
      each.hidden = Boolean(cast);
      each.disabled = !ready;
    }
    if (cast && held) more.focus();
    const asks = failed
      ? "A clip can't be shown. Go on with the next pair."
      : ready
        ? "Which one is better?"
        : "Loading both clips…";
    const far =
      compared < pairs
        ? `${compared} of ${countOf(pairs, "pair")} compared.`
        : "Every pair is compared. Finish, or vote again to be surer.";
    setText(question, `${cast ? `“${cast}.”` : asks} ${far}`);
  }

  return {
    element,
    show(comparison) {
      element.hidden = !comparison.number;
      about = comparison;
      draw();
    },
    paint(state) {
      const before = `${ready} ${failed}`;
      failed = Object.keys(state.failed).length > 0;
      ready = state.ready && !failed && !state.loading.length;
      if (before !== `${ready} ${failed}`) draw();
    },
  };
}

export interface RankingView {
  element: HTMLElement;
  show(table: Partial<RankingTable>, tiles: Tile[]): void;
  /** Unfold it, and bring it into view as soon as it has something to say. */
  reveal(): void;
}

/** What the votes say, as a table; the element is hidden while there are none. */
export function ranking(): RankingView {
  const body = h("div", "scrolls", { tabindex: 0, role: "region", "aria-label": "Ranking" });
  const summary = h("summary", "", {}, "Ranking");
  const element = h("details", "ranking", { hidden: true }, summary, body);
  let shown: Partial<RankingTable> = {};
  let awaited = false;
  return {
    element,
    reveal() {
      element.open = awaited = true;
    },
    show(table, tiles) {
      if (table === shown) return;
      shown = table;
      const { standings = [], values = [] } = table;
      element.hidden = !standings.length;
      const rows = standings.map((each, place) => {
        const tile = tiles.find(({ key }) => key === each.key);
        const won = `${each.wins} of ${each.wins + each.losses + each.ties}`;
        const cells = [tile ? distinction(tile, tiles) : each.name, won].map((text) =>
          h("td", "", {}, text),
        );
        const [clear, numbers] = certainty(each);
        const last = h("td", "", { title: numbers }, clear);
        return h(
          "tr",
          "",
          {},
          h("th", "", { scope: "row" }, `${place + 1}. ${each.letter}`),
          ...cells,
          last,
        );
      });
      const names = ["Place", "Run", "Won", "Against the average"];
      const head = h("tr", "", {}, ...names.map((name) => h("th", "", { scope: "col" }, name)));
      const lines = values.map(({ parameter, value, against, wins, votes }) => {
        const called = (each: string, other: string) =>
          parameter === "prompt" ? `“${ownWords(each, other)}”` : axisWords(parameter, each);
        const [one, other] = [called(value, against), called(against, value)];
        return h(
          "li",
          "",
          {},
          `${axisName(parameter)}: ${one} won ${wins} of ${votes} against ${other}`,
        );
      });
      const all = h("table", "", {}, h("thead", "", {}, head), h("tbody", "", {}, ...rows));
      body.replaceChildren(all, h("ul", "", {}, ...lines));
      if (!awaited || element.hidden) return;
      awaited = false;
      summary.focus();
    },
  };
}

/** Whether a run's strength is sure to be above or below the average, and the numbers behind that. */
function certainty({ strength, low, high }: Standing): [words: string, numbers: string] {
  const [middle, from, to] = [strength, low, high].map((value) => value.toFixed(2));
  const clear = low > 0 ? "clearly better" : high < 0 ? "clearly worse" : "no clear difference";
  return [clear, `Strength ${middle}, 95 % interval ${from} to ${to}`];
}
