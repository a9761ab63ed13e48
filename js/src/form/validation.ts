// What a field takes, in the same words as the Python side (wiro_widgets/client/validation.py):
// tests/cases/parameters.json is the table that both are tested with.
import { SECONDS_FIELDS, settingWords } from "../core/format.ts";
import { isEmpty, type Values } from "../core/synced_values.ts";
import type { PanelField, PanelRule, PanelSchema } from "../protocol/inputs.ts";

const MOST_NAMED = 12;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A scalar as the service compares it: booleans and numbers as text. */
export function asText(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}

/** A finite decimal number; JavaScript's `Number` takes more than other languages do. */
export function asNumber(text: string): number | null {
  const number = Number(text);
  return DECIMAL.test(text.trim()) && Number.isFinite(number) ? number : null;
}

/** What is wrong with a value, in a sentence; "" when it can be sent. */
export function problemOf(field: PanelField, value: unknown): string {
  const { kind, label, required, max_length: longest } = field;
  if (isEmpty(value)) return required ? `${label} is needed.` : "";
  const text = asText(value);
  if (kind === "choice" || kind === "covers") return choiceProblem(field, text);
  if (kind === "number") return numberProblem(field, text);
  const length = [...text].length;
  if (longest && length > longest && kind !== "files") {
    return `${label} is ${overLimit(length, longest)} Shorten it.`;
  }
  return "";
}

function choiceProblem(
  { id, options, complete, default: preset }: PanelField,
  text: string,
): string {
  const values = options.map(({ value }) => value);
  if (!complete || values.includes(text) || text === preset) return "";
  const rest = values.length - MOST_NAMED;
  const named = values.slice(0, MOST_NAMED).map((each) => inSeconds(id, each));
  if (rest > 0) named.push(`${rest} more`);
  return `${settingWords(id, text)} isn't available. Choose ${oneOf(named)}.`;
}

const inSeconds = (id: string, value: string) =>
  SECONDS_FIELDS.includes(id) ? `${value} s` : value;

/** "768P", "6 s or 10 s", "a, b or c". */
const oneOf = (words: string[]) => words.join(", ").replace(/, ([^,]*)$/, " or $1");

/** "500 characters over the 2,000 limit." */
function overLimit(length: number, limit: number): string {
  const over = length - limit;
  return `${over.toLocaleString("en")} character${over === 1 ? "" : "s"} over the ${limit.toLocaleString("en")} limit.`;
}

function numberProblem({ label, minimum, maximum }: PanelField, text: string): string {
  const number = asNumber(text);
  if (number === null) return `${label} must be a number, not ${text}.`;
  if ((minimum === null || number >= minimum) && (maximum === null || number <= maximum)) return "";
  const limits =
    minimum !== null && maximum !== null
      ? `between ${bound(minimum)} and ${bound(maximum)}`
      : `at ${minimum === null ? `most ${bound(maximum)}` : `least ${bound(minimum)}`}`;
  return `${label} must be ${limits}, not ${text}.`;
}

/** A bound as people write it: 2,000,000 and 0.0001. */
const bound = (value: number | null) =>
  (value ?? 0).toLocaleString("en", { maximumFractionDigits: 10 });

/** Why `value` cannot be chosen in `field`; "" when it can. */
export function whyNot(rules: PanelRule[], values: Values, field: string, value: string): string {
  for (const rule of rules) {
    const partner = asText(values[rule.other]);
    if (
      rule.field === field &&
      rule.value === value &&
      partner &&
      !rule.allowed.includes(partner)
    ) {
      return rule.reason;
    }
    const chosen = asText(values[rule.field]) === rule.value;
    if (rule.other === field && chosen && !rule.allowed.includes(value)) return rule.reason;
  }
  return "";
}

export interface Fix {
  words: string;
  changes: Values;
}

/** How to choose `value` in `field` after all: together with what it needs of the other field. */
export function fixFor(
  { rules, groups }: PanelSchema,
  values: Values,
  field: string,
  value: string,
): Fix | null {
  const options = (id: string) =>
    groups.flatMap(({ fields }) => fields).find((each) => each.id === id)?.options ?? [];
  const label = (id: string, wanted: string) =>
    options(id).find((each) => each.value === wanted)?.label ?? wanted;
  const rule = rules.find((each) => whyNot([each], values, field, value));
  if (!rule) return null;
  const partner = rule.field === field ? rule.other : rule.field;
  const fits =
    rule.field === field
      ? rule.allowed[0]
      : options(partner).find((each) => each.value !== rule.value)?.value;
  if (fits === undefined) return null;
  return {
    words: `Use ${label(field, value)} with ${label(partner, fits)}`,
    changes: { [field]: value, [partner]: fits },
  };
}
