// What a field takes, in the same words as the Python side (wiro_widgets/schema/checks.py):
// tests/cases/parameters.json is the table that both are tested with.
import type { PanelField, PanelRule } from "./protocol/parameters.ts";

export type Values = Record<string, unknown>;

const MOST_NAMED = 12;

/** A scalar as the service compares it: booleans and numbers as text. */
export function asText(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}

export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);

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

function choiceProblem({ id, options, default: preset }: PanelField, text: string): string {
  const values = options.map(({ value }) => value);
  if (values.includes(text) || text === preset) return "";
  const rest = values.length - MOST_NAMED;
  const named = values.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  return `${id}=${text} is not offered. Choose one of ${named}.`;
}

function numberProblem({ id, minimum, maximum }: PanelField, text: string): string {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) return `${id}=${text} is not a number. Give a number.`;
  if ((minimum === null || number >= minimum) && (maximum === null || number <= maximum)) return "";
  const limits = [
    ...(minimum === null ? [] : [`least ${minimum}`]),
    ...(maximum === null ? [] : [`most ${maximum}`]),
  ];
  return `${id}=${text} is out of range. At ${limits.join(" and ")}.`;
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
