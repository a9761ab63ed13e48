// What is wrong with a field as things stand, and which of its choices are not there.
import type { Blocked } from "../../form/control.ts";
import { asText, fixFor, problemOf, type Values, whyNot } from "../../form/validation.ts";
import type { PanelField, PanelRule, PanelSchema } from "../../protocol/inputs.ts";

/** In a sentence; "" when the value can be sent. What two fields do to each other is told at one. */
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
    // What is chosen and not there is told once, where it is wrong.
    if (!why || (choice === asText(values[id]) && !problem)) return [];
    const { words: label = "", changes = {} } = fixFor(schema, values, id, choice) ?? {};
    return [{ choice, why, label, apply: () => apply(changes) }];
  });
}
