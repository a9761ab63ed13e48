// Controls for typing. The text is left alone as long as it means the value: "1." is 1 while somebody
// types 1.5.

import { h, on } from "../core/dom.ts";
import { isEmpty, same } from "../core/synced_values.ts";
import type { PanelField } from "../protocol/inputs.ts";
import type { Control, FieldContext } from "./control.ts";
import { asNumber, asText } from "./validation.ts";

type Typed = HTMLInputElement | HTMLTextAreaElement;

/** A number where it is one, so that it is sent as one; anything else as it was typed. */
export function read(typed: string, kind: PanelField["kind"]): unknown {
  if (kind !== "number") return typed === "" ? undefined : typed;
  const text = typed.trim();
  // Half the world writes 0,5.
  return asNumber(text.replace(/^([+-]?\d*),(\d+)$/, "$1.$2")) ?? (text || undefined);
}

function put(input: Typed, kind: PanelField["kind"], value: unknown): void {
  if (!same(read(input.value, kind), value)) input.value = asText(value);
}

function typing(input: Typed): void {
  // Hosts listen further up for single keys, none of which is meant while somebody types.
  on<KeyboardEvent>(input, "keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  });
}

/** One line of text or a number; a text area for long texts. */
export function textInput({ kind, placeholder }: PanelField, { change }: FieldContext): Control {
  const long = kind === "textarea";
  const input = h(long ? "textarea" : "input", "input", {
    type: long ? null : "text",
    rows: long ? 2 : null,
    inputmode: kind === "number" ? "decimal" : null,
    autocomplete: "off",
    spellcheck: String(long),
    placeholder: placeholder || null,
  });
  typing(input);
  on(input, "input", () => change(read(input.value, kind), true));
  return {
    element: input,
    labelled: input,
    wide: long,
    show: (value) => put(input, kind, value),
  };
}

export function sliderInput(about: PanelField, { id, change }: FieldContext): Control {
  const { minimum, maximum, step, default: preset } = about;
  const whole = [minimum, maximum, asNumber(preset) ?? 0].every(Number.isInteger);
  const fine = step ?? (whole ? 1 : 0.01);
  const limits = { min: minimum, max: maximum, step: fine };
  const range = h("input", "range", { type: "range", ...limits, "aria-labelledby": `${id}-label` });
  const number = h("input", "input", { type: "number", ...limits, step: step ?? "any" });
  typing(number);
  on(range, "input", () => change(Number(range.value), true));
  on(number, "input", () => change(read(number.value, "number"), true));
  return {
    element: h("div", "slider", {}, range, number),
    labelled: number,
    show(value) {
      range.value = asText(value) || String(minimum);
      put(number, "number", value);
    },
  };
}

export function colorInput(about: PanelField, context: FieldContext): Control {
  const text = textInput(about, context);
  const well = h("input", "well", { type: "color", "aria-labelledby": `${context.id}-label` });
  on(well, "input", () => context.change(well.value, true));
  return {
    ...text,
    element: h("div", "color", {}, well, text.element),
    show(value, blocked) {
      text.show(value, blocked);
      if (/^#[0-9a-f]{6}$/i.test(asText(value))) well.value = asText(value);
    },
  };
}

/** Several texts, one on each line. */
export function linesInput({ placeholder }: PanelField, { change }: FieldContext): Control {
  const area = h("textarea", "input", { rows: 2, placeholder });
  const all = () => area.value.split("\n").map((line) => line.trim());
  typing(area);
  on(area, "input", () => change(all().filter(Boolean), true));
  return {
    element: area,
    labelled: area,
    wide: true,
    show(value) {
      const texts = Array.isArray(value) ? value : isEmpty(value) ? [] : [value];
      if (!same(all().filter(Boolean), texts)) area.value = texts.map(asText).join("\n");
    },
  };
}
