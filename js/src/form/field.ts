// One field of a form: label and limits, the control, its help, and problems with how to fix them.

import { button, h, setAttributes, setText } from "../core/dom.ts";
import type { PanelField } from "../protocol/inputs.ts";
import { booleanValues, radios, select, toggle } from "./choices.ts";
import type { Blocked, Control, FieldContext } from "./control.ts";
import { fileInput } from "./file_input.ts";
import { colorInput, sliderInput, textInput } from "./text_inputs.ts";
import { asText } from "./validation.ts";

/** What a field shows. */
export interface FieldState {
  value: unknown;
  problem: string;
  /** Choices that the other settings rule out, each with the reason and a fix. */
  blocked: Blocked[];
}

export interface Field {
  element: HTMLElement;
  show(showing: FieldState): void;
}

const FEW_CHOICES = 4;
const SHORT_CHOICES = 36;
const MOST_STEPS = 1000;

export function field(about: PanelField, context: FieldContext): Field {
  const { id } = context;
  const control = controlOf(about, context);
  const { element: inside, labelled } = control;
  const named = labelled ?? inside;
  const label = h(labelled ? "label" : "span", "label", { id: `${id}-label` }, about.label);
  setAttributes(label, { for: labelled ? id : null, title: about.help || null });
  // What always has a value cannot be forgotten.
  const marks = [limits(about), about.required && !about.default ? "required" : ""]
    .filter(Boolean)
    .join(" · ");
  const help = h("p", "hint", { id: `${id}-help` }, ...[about.help, about.note].map(sentence));
  const wrong = h("p", "wrong", { id: `${id}-wrong` });
  const fixes = h("div", "fixes", { id: `${id}-fixes` });
  setAttributes(named, {
    id,
    "aria-labelledby": labelled ? null : `${id}-label`,
    "aria-describedby": `${id}-help ${id}-wrong ${id}-fixes`,
    "aria-required": about.required ? "true" : null,
  });
  const head = h("div", "about", {}, label, h("span", "mark", {}, marks));
  const element = h("div", "setting", { "data-wide": control.wide }, head, inside);
  element.append(wrong, fixes, help);
  let shown = "";

  return {
    element,
    show({ value, problem, blocked }) {
      control.show(value, blocked);
      setText(wrong, problem);
      setAttributes(named, { "aria-invalid": problem ? "true" : null });
      const now = JSON.stringify([problem, blocked]);
      if (now === shown) return;
      shown = now;
      fixes.replaceChildren(
        ...blocked.map(({ why, label, apply }) => {
          const fix = h("p", "hint", {}, why === problem ? "" : `${why} `);
          if (label) fix.append(button("link", label, apply));
          return fix;
        }),
      );
    },
  };
}

const sentence = (text: string) => text && `${text.trim().replace(/[^.!?…:]$/, "$&.")} `;

/** "4 to 12" */
function limits({ kind, minimum, maximum }: PanelField): string {
  if (kind !== "number") return "";
  const [least, most] = [asText(minimum), asText(maximum)];
  if (least && most) return `${least} to ${most}`;
  return least ? `from ${least}` : most && `up to ${most}`;
}

function controlOf(about: PanelField, context: FieldContext): Control {
  const { kind, options, minimum, maximum, step } = about;
  if (kind === "covers") return radios(about, context, "covers");
  if (kind === "choice") {
    if (booleanValues(options)) return toggle(about, context);
    const letters = options.reduce((sum, { label }) => sum + label.length, 0);
    const settled = about.required || about.default !== "";
    return settled && options.length <= FEW_CHOICES && letters <= SHORT_CHOICES
      ? radios(about, context, "segments")
      : select(about, context);
  }
  if (kind === "number") {
    const bounded = minimum !== null && maximum !== null && minimum < maximum;
    const slides = bounded && maximum - minimum <= MOST_STEPS * (step || 1);
    return slides ? sliderInput(about, context) : textInput(about, context);
  }
  if (kind === "color") return colorInput(about, context);
  if (kind === "files") return fileInput(about, context);
  return textInput(about, context);
}
