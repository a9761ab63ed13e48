// @vitest-environment node
import { expect, it } from "vitest";
import table from "../../tests/cases/settings.json";
import { settingWords } from "../src/core/format.ts";

it.each(table)("%s=%s is %s", (name = "", value = "", words = "") => {
  expect(settingWords(name, value)).toBe(words);
});
