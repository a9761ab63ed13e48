// Controls that offer a choice. One that is not there as things stand can be seen and reached, says
// why, and is not taken.

import { h, on, setAttributes, setText } from "../core/dom.ts";
import type { PanelField, PanelOption } from "../protocol/inputs.ts";
import type { Blocked, Control, FieldContext } from "./control.ts";
import { asText } from "./validation.ts";

const whyNot = (blocked: Blocked[], value: string) =>
  blocked.find(({ choice }) => choice === value)?.why;

/** The choices meaning on and off, when there are no others; whatever their case. */
export function booleanValues(options: PanelOption[]): { on: string; off: string } | null {
  const find = (word: string) => options.find(({ value }) => value.toLowerCase() === word)?.value;
  const [yes, no] = [find("true"), find("false")];
  return options.length === 2 && yes && no ? { on: yes, off: no } : null;
}

export function toggle({ options }: PanelField, { change }: FieldContext): Control {
  const { on: yes = "true", off: no = "false" } = booleanValues(options) ?? {};
  const box = h("input", "switch", { type: "checkbox", role: "switch" });
  const word = h("span", "", { "aria-hidden": "true" });
  on(box, "change", () => change(box.checked ? yes : no));
  return {
    element: h("label", "toggle", {}, box, word),
    labelled: box,
    show(value) {
      box.checked = asText(value) === yes;
      setText(word, box.checked ? "On" : value === undefined ? "Not set" : "Off");
    },
  };
}

export function select(
  { options, required, default: preset }: PanelField,
  hands: FieldContext,
): Control {
  const list = h("select", "input");
  const unset = (!required || !preset) && !options.some(({ value }) => value === "");
  const all = unset
    ? [{ value: "", label: required ? "Choose…" : "Not set" }, ...options]
    : options;
  const items = all.map(({ value, label }) => ({ label, item: h("option", "", { value }, label) }));
  let chosen = "";
  let barred: Blocked[] = [];
  list.append(...items.map(({ item }) => item));
  on(list, "change", () => {
    const why = whyNot(barred, list.value);
    if (!why) return hands.change(list.value);
    list.value = chosen;
    hands.explain(why);
  });
  return {
    element: list,
    labelled: list,
    show(value, blocked) {
      chosen = asText(value);
      barred = blocked;
      for (const { item, label } of items) {
        setText(
          item,
          whyNot(blocked, item.value) ? `${label} (not with the other settings)` : label,
        );
      }
      // A value that is no choice (the schema's own default, at times) must be seen, too.
      if (!items.some(({ item }) => item.value === chosen)) {
        const item = h("option", "", { value: chosen }, chosen);
        items.push({ label: chosen, item });
        list.append(item);
      }
      list.value = chosen;
    },
  };
}

export function radios(
  { options, required }: PanelField,
  { id, change, explain }: FieldContext,
  look: "segments" | "covers",
): Control {
  const group = h("div", look, { role: "radiogroup" });
  const name = look === "covers" ? "cover" : "segment-choice";
  const choices = options.map(({ value, label, cover }) => {
    const radio = h("input", "", { type: "radio", name: id, value, required });
    const element = h("label", name, {}, radio, h("span", "", {}, label));
    if (cover) {
      const about = { src: cover, alt: "", loading: "lazy", referrerpolicy: "no-referrer" };
      const picture = h("img", "", about);
      on(picture, "error", () => picture.remove());
      element.prepend(picture);
    }
    group.append(element);
    return { value, radio, element };
  });
  let current: [unknown, Blocked[]] = ["", []];
  on(group, "change", ({ target }) => {
    const { value } = target as HTMLInputElement;
    const why = whyNot(current[1], value);
    if (!why) return change(value);
    show(...current);
    explain(why);
  });

  function show(value: unknown, blocked: Blocked[]): void {
    current = [value, blocked];
    for (const { value: own, radio, element } of choices) {
      const why = whyNot(blocked, own);
      radio.checked = own === asText(value);
      setAttributes(radio, { "aria-disabled": why ? "true" : null });
      setAttributes(element, { title: why });
    }
  }
  return { element: group, wide: look === "covers", show };
}
