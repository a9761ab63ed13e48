// One field of a form: its control, and how it shows a value, a problem and what cannot be chosen.
import { h, on, say, set } from "./dom.ts";
import type { PanelField } from "./protocol/parameters.ts";
import { asText, isEmpty } from "./rules.ts";

export interface Showing {
  value: unknown;
  problem: string;
  disabled: boolean;
  /** Why a choice is not there; "" when it is. */
  whyNot(value: string): string;
}

export interface Field {
  element: HTMLElement;
  show(showing: Showing): void;
}

/** What is inside a field, between its label and its help. */
interface Control {
  element: HTMLElement;
  /** What the label belongs to; without it the element is a group named by the label. */
  labelled?: HTMLElement;
  wide?: boolean;
  show(showing: Showing): void;
}

type Change = (value: unknown) => void;

const FEW_CHOICES = 4;
const SHORT_CHOICES = 32;
const MOST_STEPS = 1000;

/** @param change told what the person chose; `undefined` when the field was emptied. */
export function field(about: PanelField, change: Change, explain: (why: string) => void): Field {
  const id = `wiro-${Math.random().toString(36).slice(2)}`;
  const control = controlOf(about, id, change, explain);
  const { labelled = control.element } = control;
  const label = h("label", "label", { id: `${id}-label` }, about.label);
  if (about.required) label.append(h("span", "required", { "aria-hidden": "true" }, " *"));
  const help = h(
    "span",
    "hint",
    { id: `${id}-help` },
    [about.help, about.note].filter(Boolean).join(" "),
  );
  const wrong = h("span", "wrong", { id: `${id}-wrong`, hidden: true });
  if (control.labelled) set(label, { for: id });
  set(labelled, {
    id,
    "aria-labelledby": control.labelled ? null : `${id}-label`,
    "aria-describedby": `${id}-help ${id}-wrong`,
    "aria-required": about.required ? "true" : null,
  });
  help.hidden = !help.textContent;
  const element = h(
    "div",
    "field",
    { "data-wide": control.wide },
    label,
    control.element,
    help,
    wrong,
  );
  return {
    element,
    show(showing) {
      control.show(showing);
      say(wrong, showing.problem);
      wrong.hidden = !showing.problem;
      set(labelled, { "aria-invalid": showing.problem ? "true" : null });
    },
  };
}

function controlOf(
  about: PanelField,
  id: string,
  change: Change,
  explain: (why: string) => void,
): Control {
  const { kind, options, minimum, maximum, step } = about;
  if (kind === "covers") return radios(about, id, change, explain, "covers");
  if (kind === "choice") {
    const letters = options.reduce((sum, { label }) => sum + label.length, 0);
    const settled = about.required || about.default !== "";
    return settled && options.length <= FEW_CHOICES && letters <= SHORT_CHOICES
      ? radios(about, id, change, explain, "segments")
      : select(about, change);
  }
  if (kind === "number") {
    const bounded = minimum !== null && maximum !== null;
    const slides = bounded && maximum - minimum <= MOST_STEPS * (step || 1);
    return slides ? slider(about, change) : text(about, change, { inputmode: "decimal" });
  }
  if (kind === "color") return text(about, change, { type: "color" });
  if (kind === "files" && about.multiple) return lines(about, change);
  if (kind === "textarea") return { ...text(about, change, {}, "textarea"), wide: true };
  return text(about, change, {});
}

/** While somebody types, what comes back from the kernel is older than what stands there. */
const isTyping = (input: HTMLElement): boolean => input.matches(":focus");

function text(
  { kind, placeholder, default: preset }: PanelField,
  change: Change,
  attributes: Record<string, string>,
  tag: "input" | "textarea" = "input",
): Control {
  const input = h(tag, "input", { spellcheck: "false", placeholder, rows: 3, ...attributes });
  on(input, "input", () => change(read(input.value, kind)));
  return {
    element: input,
    labelled: input,
    show({ value, disabled }) {
      input.disabled = disabled;
      if (!isTyping(input)) input.value = asText(value) || (kind === "color" ? preset : "");
    },
  };
}

/** A number where it is one, so that it is sent as one; anything else as it was typed. */
function read(typed: string, kind: PanelField["kind"]): unknown {
  if (typed.trim() === "") return undefined;
  const number = Number(typed);
  return kind === "number" && Number.isFinite(number) ? number : typed;
}

function slider(about: PanelField, change: Change): Control {
  const { minimum, maximum, step } = about;
  const limits = { min: minimum, max: maximum, step: step ?? "any" };
  const range = h("input", "range", {
    type: "range",
    ...limits,
    tabindex: -1,
    "aria-hidden": "true",
  });
  const number = h("input", "input", { type: "number", ...limits });
  on(range, "input", () => {
    number.value = range.value;
    change(Number(range.value));
  });
  on(number, "input", () => change(read(number.value, "number")));
  return {
    element: h("div", "slider", {}, range, number),
    labelled: number,
    show({ value, disabled }) {
      range.disabled = number.disabled = disabled;
      range.value = asText(value) || String(minimum);
      if (!isTyping(number)) number.value = asText(value);
    },
  };
}

function select({ options, required, default: preset }: PanelField, change: Change): Control {
  const list = h("select", "input");
  const unset = !required && preset === "" && !options.some(({ value }) => value === "");
  const all = unset ? [{ value: "", label: "not set" }, ...options] : options;
  const items = all.map(({ value, label }) => ({ label, item: h("option", "", { value }, label) }));
  list.append(...items.map(({ item }) => item));
  on(list, "change", () => change(list.value || undefined));
  return {
    element: list,
    labelled: list,
    show({ value, disabled, whyNot }) {
      list.disabled = disabled;
      const chosen = asText(value);
      for (const { item, label } of items) {
        const why = item.value === chosen ? "" : whyNot(item.value);
        item.disabled = why !== "";
        say(item, why ? `${label} – ${why}` : label);
      }
      // A value that is no choice (the schema's own default, at times) must be seen, too.
      if (chosen && !all.some((each) => each.value === chosen)) {
        const odd = { label: chosen, item: h("option", "", { value: chosen }, chosen) };
        all.push({ value: chosen, label: chosen });
        items.push(odd);
        list.append(odd.item);
      }
      list.value = chosen;
    },
  };
}

function radios(
  { options }: PanelField,
  id: string,
  change: Change,
  explain: (why: string) => void,
  look: "segments" | "covers",
): Control {
  const choices = options.map(({ value, label, cover }) => {
    const radio = h("input", "", { type: "radio", name: id, value });
    const words = h("span", "", {}, label);
    const element = h("label", look === "segments" ? "segment-choice" : "cover", {}, radio, words);
    if (cover) {
      const picture = h("img", "", {
        src: cover,
        alt: "",
        loading: "lazy",
        referrerpolicy: "no-referrer",
      });
      on(picture, "error", () => picture.remove());
      element.prepend(picture);
    }
    return { value, radio };
  });
  let shown: Showing | null = null;
  const group = h("div", look, { role: "radiogroup" });
  group.append(...choices.map(({ radio }) => radio.parentElement as HTMLElement));
  on(group, "change", () => {
    const value = choices.find(({ radio }) => radio.checked)?.value ?? "";
    const why = shown?.whyNot(value);
    if (!why) change(value);
    else if (shown) {
      show(shown);
      explain(why);
    }
  });

  function show(showing: Showing): void {
    shown = showing;
    const chosen = isEmpty(showing.value) ? "" : asText(showing.value);
    for (const { value, radio } of choices) {
      const why = value === chosen ? "" : showing.whyNot(value);
      radio.checked = value === chosen;
      radio.disabled = showing.disabled;
      set(radio, { "aria-disabled": why ? "true" : null });
      set(radio.parentElement as Element, { title: why || null });
    }
  }
  return { element: group, wide: look === "covers", show };
}

function lines(_: PanelField, change: Change): Control {
  const area = h("textarea", "input", { rows: 2, spellcheck: "false" });
  on(area, "input", () => {
    const all = area.value.split("\n").map((line) => line.trim());
    change(all.filter(Boolean));
  });
  return {
    element: area,
    labelled: area,
    wide: true,
    show({ value, disabled }) {
      area.disabled = disabled;
      const all = Array.isArray(value) ? value : isEmpty(value) ? [] : [value];
      if (!isTyping(area)) area.value = all.map(asText).join("\n");
    },
  };
}
