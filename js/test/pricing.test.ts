// @vitest-environment node
import { expect, it } from "vitest";
import table from "../../tests/cases/prices.json";
import type { PriceList } from "../src/protocol/inputs.ts";
import { dollars, estimate, priceWords } from "../src/widgets/run_button/pricing.ts";

interface Case {
  name: string;
  prices: PriceList;
  estimates: {
    values: Record<string, unknown>;
    low: string | null;
    high: string | null;
    runs: number;
    words: string;
  }[];
}

const ONE = 10n ** 18n;
const cases = table as unknown as Case[];
/** 10^-18 USD of decimal text, counted another way than in price.ts. */
const atto = (text: string | null) => {
  const [whole = "0", part = ""] = (text ?? "0").split(".");
  return BigInt(whole) * ONE + BigInt(part.padEnd(18, "0"));
};

it.each(cases)("$name", ({ prices, estimates }) => {
  for (const { values, low, high, runs, words } of estimates) {
    const found = estimate(prices, values);
    const amounts = found && { low: found.low, high: found.high };
    expect(amounts, JSON.stringify(values)).toEqual(
      low === null ? null : { low: atto(low), high: atto(high) },
    );
    expect(priceWords(found, runs)).toBe(words);
  }
});

it.each([
  ["0.19", "$0.19"],
  ["0.125", "$0.125"],
  ["0.0468416", "$0.0468"],
  ["0.00995", "$0.01"],
  ["0.99999", "$1.00"],
  ["1234567.5", "$1,234,567.50"],
  ["0.00004", "$0.0001"],
])("writes %s as %s", (sum, words) => {
  expect(dollars(atto(sum))).toBe(words);
});
