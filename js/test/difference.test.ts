import { describe, expect, it } from "vitest";
import type { StripTile } from "../src/protocol/grid_studio.ts";
import { differenceOf } from "../src/widgets/run_strip/difference.ts";

const run = (changes: Partial<StripTile> = {}): StripTile => ({
  key: "r2",
  name: "Run 2",
  price: "$0.19",
  prompt: "A gull lifts off at dawn",
  parameters: [
    ["resolution", "768P"],
    ["duration", "6"],
  ],
  first_frame: "a",
  status: "succeeded",
  over: true,
  picture: null,
  has_film: false,
  problem: null,
  task_id: null,
  starred: false,
  rating: 0,
  ...changes,
});

describe("what tells a run from the one before", () => {
  it.each([
    ["its new words", { prompt: "A white gull lifts off at dawn" }, "white", "added"],
    ["words in place of others", { prompt: "A gull dives at dusk" }, "dives … dusk", "added"],
    [
      "its prompt, where next to nothing is shared",
      { prompt: "Rain falls on the tower. [Pull out]" },
      "Rain falls on the tower. [Pull out]",
      "same",
    ],
    ["words that are gone", { prompt: "A gull lifts off" }, "at dawn", "removed"],
    [
      "a setting that says itself",
      {
        parameters: [
          ["resolution", "1080P"],
          ["duration", "6"],
        ],
      },
      "1080P",
      "same",
    ],
    [
      "a setting that needs its name",
      {
        parameters: [
          ["resolution", "768P"],
          ["duration", "10"],
        ],
      },
      "10 s",
      "same",
    ],
    [
      "words and a setting",
      {
        prompt: "A white gull lifts off at dawn",
        parameters: [
          ["resolution", "1080P"],
          ["duration", "6"],
        ],
      },
      "white · 1080P",
      "added",
    ],
    ["another photograph", { first_frame: "b" }, "another first frame", "same"],
    ["no photograph", { first_frame: null }, "no first frame", "same"],
    ["nothing", {}, "same request", "same"],
  ])("is %s", (_, changes, text, change) => {
    expect(differenceOf(run(changes), run({ key: "r1" }))).toEqual({ text, change });
  });

  it("is the prompt where there is none before", () => {
    expect(differenceOf(run(), undefined).text).toBe("A gull lifts off at dawn");
  });
});
