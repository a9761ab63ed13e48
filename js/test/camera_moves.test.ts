// @vitest-environment node
import { expect, it } from "vitest";
import cases from "../../tests/cases/camera_moves.json";
import { bracketsOf, insertion, warnings } from "../src/form/camera_moves.ts";

// As wiro_widgets/schema/hailuo.py has them, which the page gets from the kernel.
const COMMANDS = [
  ...["Push in", "Pull out", "Pan left", "Pan right", "Tilt up", "Zoom in", "Tilt down"],
  ...["Zoom out", "Truck left", "Truck right", "Pedestal up", "Pedestal down"],
  ...["Tracking shot", "Static shot", "Shake"],
];

it.each(cases)(
  "reads camera moves as the kernel does: $name",
  ({ prompt, moves, warnings: words }) => {
    const brackets = bracketsOf(prompt, COMMANDS);
    expect(brackets.map(({ moves }) => moves)).toEqual(moves);
    expect(warnings(brackets, COMMANDS)).toEqual(words);
  },
);

it("knows where a bracket is", () => {
  const text = "Dawn. [Push in][pan left, ZOOM IN] and [x";
  expect(bracketsOf(text, COMMANDS).map(({ start, end }) => text.slice(start, end))).toEqual([
    "[Push in]",
    "[pan left, ZOOM IN]",
  ]);
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
