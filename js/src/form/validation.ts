// What a field takes, in the same words as the Python side (wiro_widgets/schema/checks.py):
// tests/cases/parameters.json is the table that both are tested with.
import type { PanelField, PanelRule, PanelSchema } from "../protocol/inputs.ts";

export type Values = Record<string, unknown>;

const MOST_NAMED = 12;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A scalar as the service compares it: booleans and numbers as text. */
export function asText(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}

/** A finite decimal number; not all that JavaScript takes for one is one elsewhere. */
export function asNumber(text: string): number | null {
  const number = Number(text);
  return DECIMAL.test(text.trim()) && Number.isFinite(number) ? number : null;
}

export const isEmpty = (value: unknown): boolean =>
  value == null || value === "" || (Array.isArray(value) && !value.length);

export const same = (one: unknown, other: unknown): boolean =>
  (isEmpty(one) && isEmpty(other)) || JSON.stringify(one) === JSON.stringify(other);

/** What is wrong with a value, in a sentence; "" when it can be sent. */
export function problemOf(field: PanelField, value: unknown): string {
  const { id, kind, label, required, max_length: longest } = field;
  if (isEmpty(value)) return required ? `${label} is needed.` : "";
  const text = asText(value);
  if (kind === "choice" || kind === "covers") return choiceProblem(field, text);
  if (kind === "number") return numberProblem(field, text);
  const length = [...text].length;
  if (longest && length > longest && kind !== "files") {
    return `${id} has ${length} characters. At most ${longest}.`;
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
  const named = values.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  return `${id}=${text} is not offered. Choose one of ${named}.`;
}

function numberProblem({ id, minimum, maximum }: PanelField, text: string): string {
  const number = asNumber(text);
  if (number === null) return `${id}=${text} is not a number. Give a number.`;
  if ((minimum === null || number >= minimum) && (maximum === null || number <= maximum)) return "";
  const limits = [
    ...(minimum === null ? [] : [`at least ${minimum}`]),
    ...(maximum === null ? [] : [`at most ${maximum}`]),
  ];
  return `${id}=${text} is out of range. It takes ${limits.join(" and ")}.`;
}

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

/** How to have `value` in `field` all the same: together with what it needs of the other field. */
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
