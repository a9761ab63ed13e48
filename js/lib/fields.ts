// One field of a form: label and marks, the control, what there is to know and what is wrong.
import { radios, select, toggle, truth } from "./choices.ts";
import type { Blocked, Control, Hands } from "./control.ts";
import { button, h, say, set } from "./dom.ts";
import { color, entry, slider } from "./entries.ts";
import { files } from "./files.ts";
import type { PanelField } from "./protocol/inputs.ts";
import { asText } from "./rules.ts";

/** What a field shows. */
export interface Showing {
  value: unknown;
  problem: string;
  /** Choices that are not there as things stand, each with why, and a way to have it all the same. */
  blocked: Blocked[];
}

export interface Field {
  element: HTMLElement;
  show(showing: Showing): void;
}

const FEW_CHOICES = 4;
const SHORT_CHOICES = 36;
const MOST_STEPS = 1000;

export function field(about: PanelField, hands: Hands): Field {
  const { id } = hands;
  const control = controlOf(about, hands);
  const { element: inside, labelled } = control;
  const named = labelled ?? inside;
  const label = h(labelled ? "label" : "span", "label", { id: `${id}-label` }, about.label);
  if (labelled) set(label, { for: id });
  const marks = [limits(about), about.required ? "required" : ""].filter(Boolean).join(" · ");
  const help = h("p", "hint", { id: `${id}-help` }, ...[about.help, about.note].map(sentence));
  const wrong = h("p", "wrong", { id: `${id}-wrong` });
  const ways = h("div", "ways", { id: `${id}-ways` });
  set(named, {
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
      say(wrong, problem);
      set(named, { "aria-invalid": problem ? "true" : null });
      const now = JSON.stringify([problem, blocked]);
      if (now === shown) return;
      shown = now;
      ways.replaceChildren(
        ...blocked.map(({ why, words, take }) => {
          const way = h("p", "hint", {}, why === problem ? "" : `${why} `);
          if (words) way.append(button("link", words, take));
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

function controlOf(about: PanelField, hands: Hands): Control {
  const { kind, options, minimum, maximum, step } = about;
  if (kind === "covers") return radios(about, hands, "covers");
  if (kind === "choice") {
    if (truth(options)) return toggle(about, hands);
    const letters = options.reduce((sum, { label }) => sum + label.length, 0);
    const settled = about.required || about.default !== "";
    return settled && options.length <= FEW_CHOICES && letters <= SHORT_CHOICES
      ? radios(about, hands, "segments")
      : select(about, hands);
  }
  if (kind === "number") {
    const bounded = minimum !== null && maximum !== null && minimum < maximum;
    const slides = bounded && maximum - minimum <= MOST_STEPS * (step || 1);
    return slides ? slider(about, hands) : entry(about, hands);
  }
  if (kind === "color") return color(about, hands);
  if (kind === "files") return files(about, hands);
  return entry(about, hands);
}
