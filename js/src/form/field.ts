// One field of a form: label and marks, the control, what there is to know and what is wrong.

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
  /** Choices that are not there as things stand, each with why, and a way to have it all the same. */
  blocked: Blocked[];
}

export interface Field {
  element: HTMLElement;
  show(showing: FieldState): void;
}

const FEW_CHOICES = 4;
const SHORT_CHOICES = 36;
const MOST_STEPS = 1000;

export function field(about: PanelField, hands: FieldContext): Field {
  const { id } = hands;
  const control = controlOf(about, hands);
  const { element: inside, labelled } = control;
  const named = labelled ?? inside;
  const label = h(labelled ? "label" : "span", "label", { id: `${id}-label` }, about.label);
  if (labelled) setAttributes(label, { for: id });
  const marks = [limits(about), about.required ? "required" : ""].filter(Boolean).join(" · ");
  const help = h("p", "hint", { id: `${id}-help` }, ...[about.help, about.note].map(sentence));
  const wrong = h("p", "wrong", { id: `${id}-wrong` });
  const ways = h("div", "ways", { id: `${id}-ways` });
  setAttributes(named, {
    id,
    "aria-labelledby": labelled ? null : `${id}-label`,
    "aria-describedby": `${id}-help ${id}-wrong ${id}-ways`,
    "aria-required": about.required ? "true" : null,
  });
  const head = h("div", "about", {}, label, h("span", "mark", {}, marks));
  const element = h("div", "setting", { "data-wide": control.wide }, head, inside);
  element.append(wrong, ways, help);
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
      ways.replaceChildren(
        ...blocked.map(({ why, label, apply }) => {
          const way = h("p", "hint", {}, why === problem ? "" : `${why} `);
          if (label) way.append(button("link", label, apply));
          return way;
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

function controlOf(about: PanelField, hands: FieldContext): Control {
  const { kind, options, minimum, maximum, step } = about;
  if (kind === "covers") return radios(about, hands, "covers");
  if (kind === "choice") {
    if (booleanValues(options)) return toggle(about, hands);
    const letters = options.reduce((sum, { label }) => sum + label.length, 0);
    const settled = about.required || about.default !== "";
    return settled && options.length <= FEW_CHOICES && letters <= SHORT_CHOICES
      ? radios(about, hands, "segments")
      : select(about, hands);
  }
  if (kind === "number") {
    const bounded = minimum !== null && maximum !== null && minimum < maximum;
    const slides = bounded && maximum - minimum <= MOST_STEPS * (step || 1);
    return slides ? sliderInput(about, hands) : textInput(about, hands);
  }
  if (kind === "color") return colorInput(about, hands);
  if (kind === "files") return fileInput(about, hands);
  return textInput(about, hands);
}
