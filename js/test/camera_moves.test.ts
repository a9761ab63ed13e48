// @vitest-environment node
import { expect, it } from "vitest";
import { bracketsOf, insertion, warnings } from "../src/widgets/prompt_input/camera_moves.ts";

const COMMANDS = ["Push in", "Pan left", "Pan right", "Zoom in", "Shake"];

it("finds moves alone, at once and one after another, however they are written", () => {
  const text = "Dawn. [Push in][pan left, ZOOM IN] and [ Shake ] [a\nb] [] [x";
  expect(bracketsOf(text, COMMANDS).map(({ start, end }) => text.slice(start, end))).toEqual([
    "[Push in]",
    "[pan left, ZOOM IN]",
    "[ Shake ]",
    "[]",
  ]);
  expect(bracketsOf(text, COMMANDS).flatMap(({ unknown }) => unknown)).toEqual([]);
});

it.each([
  ["[Push in]", []],
  ["[Pan left, Pan right, Zoom in]", []],
  ["[Pan left][Pan right][Zoom in][Shake]", []],
  [
    "[Pan left, Pan right, Zoom in, Shake]",
    [
      "Combining more than 3 moves often blurs. To play them in sequence, give each its own brackets.",
    ],
  ],
  [
    "[Zoom inn] [Zoom inn]",
    [
      "This model doesn't recognise [Zoom inn] as a camera move and will read it as text. Did you mean [Zoom in]?",
    ],
  ],
  [
    "[fly away]",
    ["This model doesn't recognise [fly away] as a camera move and will read it as text."],
  ],
])("warns about %s in words", (text, words) => {
  expect(warnings(bracketsOf(text, COMMANDS), COMMANDS)).toEqual(words);
});

it.each([
  ["|", "[Shake]"],
  ["Dawn.|", "Dawn. [Shake]"],
  ["Dawn. |Birds", "Dawn. [Shake] Birds"],
  ["Dawn|, birds", "Dawn [Shake], birds"],
  ["a [Push| in] b", "a [Push in, Shake] b"],
  ["a [|]", "a [Shake]"],
  ["[Push in]|", "[Push in] [Shake]"],
])("inserts at the caret: %s", (before, after) => {
  const caret = before.indexOf("|");
  const text = before.replace("|", "");
  const { at, text: added } = insertion(text, caret, "Shake");
  expect(text.slice(0, at) + added + text.slice(at)).toBe(after);
});
