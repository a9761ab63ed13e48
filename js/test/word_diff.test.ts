import { expect, it } from "vitest";
import { countChanges, diffNodes, diffWords } from "../src/core/word_diff.ts";

const signs = { same: "", removed: "-", added: "+" };
const brief = (before: string, after: string) =>
  diffWords(before, after)
    .map(({ change, text }) => (change === "same" ? text : `{${signs[change]}${text}}`))
    .join("");

it.each([
  ["a b c", "a b c", "a b c"],
  ["", "a b", "{+a b}"],
  ["a b", "", "{-a b}"],
  ["the gull lifts off", "the white gull lifts off", "the {+white }gull lifts off"],
  ["the gull lifts off", "the gull lands", "the gull {-lifts off}{+lands}"],
  ["[Push in] at dawn", "[Pull out] at dawn", "{-[Push in] }{+[Pull out] }at dawn"],
  ["a x b y c", "a b c", "a {-x }b {-y }c"],
  ["海鸥起飞", "白海鸥起飞", "{+白}海鸥起飞"],
  ["a  b", "a b", "a b"],
  ["holds still.", "holds still, birds lift off.", "holds still{+, birds lift off}."],
  ["6.5 s!", "6.5 s?", "6.5 s{-!}{+?}"],
  ["a [b", "a [c", "a [{-b}{+c}"],
])("%j to %j", (before, after, parts) => {
  expect(brief(before, after)).toBe(parts);
});

it("gives back both texts, whatever they are", () => {
  const words = ["the", "gull", "[Push in]", "dawn.", "海", "[", "a,b"];
  let seed = 7;
  const random = (most: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % most;
  };
  const text = () => Array.from({ length: random(12) }, () => words[random(7)]).join(" ");
  const squeezed = (value: string) => value.replace(/\s+/g, "");
  for (let round = 0; round < 500; round++) {
    const [before, after] = [text(), text()];
    const parts = diffWords(before, after);
    const without = (change: string) =>
      squeezed(
        parts
          .filter((part) => part.change !== change)
          .map((part) => part.text)
          .join(""),
      );
    expect(without("added")).toBe(squeezed(before));
    expect(without("removed")).toBe(squeezed(after));
  }
});

it("does not compare book with book", () => {
  const [before, after] = ["a ".repeat(5000), "b ".repeat(5000)];
  expect(diffWords(before, after).map(({ change }) => change)).toEqual(["removed", "added"]);
});

it("says how much changed", () => {
  expect(countChanges(diffWords("a b c", "a x y c"))).toBe("2 words added, 1 word removed");
  expect(countChanges(diffWords("a", "a b"))).toBe("1 word added");
  expect(countChanges(diffWords("a b", "a"))).toBe("1 word removed");
  expect(countChanges(diffWords("a", "a"))).toBe("");
  expect(countChanges(diffWords("a.", "a!"))).toBe("only signs changed");
  expect(countChanges(diffWords("a.", "a, b."))).toBe("1 word added");
});

it("keeps what it is given as text", () => {
  const box = document.createElement("p");
  box.append(...diffNodes(diffWords("a", "a <img>")));
  expect(box.querySelector("img")).toBeNull();
  expect(box.querySelector("ins")?.textContent).toBe("<img>");
});
