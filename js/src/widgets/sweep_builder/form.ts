// What a sweep is made of: its prompts, the values to tick, and how often each run is repeated.
import { button, h, on } from "../../core/dom.ts";
import type { PlanMessage, SweepAxis } from "../../protocol/grid_studio.ts";

export interface SweepForm {
  elements: HTMLElement[];
  /** Start anew with one prompt and the values to choose from; those that are `chosen` are ticked. */
  fill(prompt: string, axes: SweepAxis[], chosen: Record<string, string>): void;
  focus(): void;
  read(): Wish;
}

/** What stands in the form. */
export type Wish = Pick<PlanMessage, "prompts" | "values" | "repeats">;

const MOST_REPEATS = 9;

/** @param changed called whenever something else may stand in the form. */
export function sweepForm(changed: () => void): SweepForm {
  const prompts = h("div", "prompts", { role: "group", "aria-label": "Prompts" });
  const more = button("button", "Add a prompt", () => {
    addPrompt("").focus();
    changed();
  });
  const axes = h("div", "axes");
  const repeats = h("input", "repeats", {
    type: "number",
    min: 1,
    max: MOST_REPEATS,
    value: 1,
    "aria-label": "Repeats of each",
  });
  const elements = [prompts, more, axes, h("label", "row", {}, "Repeats of each ", repeats)];
  for (const each of elements) on(each, "input", changed);

  function addPrompt(text: string): HTMLTextAreaElement {
    const area = h("textarea", "area", { rows: 2, "aria-label": "Prompt" });
    area.value = text;
    const remove = button("button", "Remove", () => {
      row.remove();
      more.focus();
      changed();
    });
    const row = h("div", "promptrow", {}, area, remove);
    prompts.append(row);
    return area;
  }

  function texts(): string[] {
    const areas = [...prompts.querySelectorAll("textarea")];
    return areas.map(({ value }) => value.trim()).filter(Boolean);
  }

  function ticked(): Record<string, string[]> {
    const values: Record<string, string[]> = {};
    for (const box of axes.querySelectorAll<HTMLInputElement>("input:checked")) {
      values[box.name] = [...(values[box.name] ?? []), box.value];
    }
    return values;
  }

  return {
    elements,
    fill(prompt, choices, chosen) {
      prompts.replaceChildren();
      addPrompt(prompt);
      axes.replaceChildren(...choices.map((each) => axis(each, chosen[each.name])));
    },
    focus: () => prompts.querySelector("textarea")?.focus(),
    read: () => ({
      prompts: texts(),
      values: ticked(),
      repeats: Math.max(1, Math.min(MOST_REPEATS, Number(repeats.value) || 1)),
    }),
  };
}

/** A box for each value of a parameter. */
function axis({ name, label, options }: SweepAxis, chosen: string | undefined): HTMLElement {
  const boxes = options.map(([value = "", words = value]) => {
    const box = h("input", "", { type: "checkbox", name, value });
    box.checked = value === chosen;
    return h("label", "choice", {}, box, words);
  });
  return h("fieldset", "axis", {}, h("legend", "", {}, label), ...boxes);
}
