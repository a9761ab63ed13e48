// The browser's half of the table that tests/widgets/test_parameters.py holds Python against.
import { describe, expect, test } from "vitest";
import cases from "../../tests/cases/parameters.json";
import { problemOf, type Values, whyNot } from "../src/form/validation.ts";
import type { PanelField, PanelRule } from "../src/protocol/inputs.ts";

interface Table {
  fields: { name: string; field: PanelField; values: { wire: unknown; problem: string }[] }[];
  rules: { values: Values; field: string; choice: string; reason: string }[];
}

const table = cases as unknown as Table;
const HAILUO: PanelRule[] = [
  {
    field: "resolution",
    value: "1080P",
    other: "duration",
    allowed: ["6"],
    reason: "1080P is only available with 6 s.",
  },
];

describe.each(table.fields)("$name", ({ field, values }) => {
  test.each(values)("$wire", ({ wire, problem }) => {
    expect(problemOf(field, wire)).toBe(problem);
  });
});

test.each(table.rules)("$field = $choice beside $values", ({ values, field, choice, reason }) => {
  expect(whyNot(HAILUO, values, field, choice)).toBe(reason);
});

test("a choice that is not among the shown ones is left to the kernel to judge", () => {
  const voice = table.fields.find(({ name }) => name === "many")?.field as PanelField;
  expect(problemOf(voice, "v99")).not.toBe("");
  expect(problemOf({ ...voice, complete: false }, "v99")).toBe("");
});
