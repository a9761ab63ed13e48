// What is wrong with a field, and which of its choices the other settings rule out.
import type { Values } from "../../core/synced_values.ts";
import type { Blocked } from "../../form/control.ts";
import { asText, fixFor, problemOf, whyNot } from "../../form/validation.ts";
import type { PanelField, PanelRule, PanelSchema } from "../../protocol/inputs.ts";

/** In a sentence; "" when the value can be sent. A conflict of two fields is told at one of them. */
export function problemIn(about: PanelField, rules: PanelRule[], values: Values): string {
  const value = values[about.id];
  const own = rules.filter(({ field }) => field === about.id);
  return problemOf(about, value) || whyNot(own, values, about.id, asText(value));
}

/**
 * @param problem what is wrong with the field.
 * @param apply called with the changes that make one of these choices possible.
 */
export function blockedIn(
  { id, options }: PanelField,
  schema: PanelSchema,
  values: Values,
  problem: string,
  apply: (changes: Values) => void,
): Blocked[] {
  return options.flatMap(({ value: choice }) => {
    const why = whyNot(schema.rules, values, id, choice);
    // A chosen value that is ruled out is explained once, as the field's problem.
    if (!why || (choice === asText(values[id]) && !problem)) return [];
    const { words: label = "", changes = {} } = fixFor(schema, values, id, choice) ?? {};
    return [{ choice, why, label, apply: () => apply(changes) }];
  });
}
