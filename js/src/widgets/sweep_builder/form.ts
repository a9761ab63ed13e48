// The form of a sweep: its prompts, the values to select, and how many takes of each.
import { button, h, on, setText } from "../../core/dom.ts";
import { bracketsOf, warnings } from "../../form/camera_moves.ts";
import type { PlanMessage, SweepAxis } from "../../protocol/grid_studio.ts";

export interface SweepForm {
  elements: HTMLElement[];
  /**
   * Start afresh with one prompt and the values to choose from, the `chosen` ones selected.
   *
   * @param moves the camera moves that the model knows.
   */
  fill(prompt: string, axes: SweepAxis[], chosen: Record<string, string>, moves: string[]): void;
  focus(): void;
  read(): SweepRequest;
}

/** The contents of the form. */
export type SweepRequest = Pick<PlanMessage, "prompts" | "values" | "repeats">;

const MOST_REPEATS = 9;

/** @param changed called whenever the contents of the form may have changed. */
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
  });
  const takes = h("label", "row", {}, "Takes per combination", repeats);
  const elements = [prompts, more, axes, takes];
  let known: string[] = [];
  for (const each of elements) on(each, "input", changed);

  function addPrompt(text: string): HTMLTextAreaElement {
    const area = h("textarea", "area", { rows: 2, "aria-label": "Prompt" });
    area.value = text;
    const said = h("p", "wrong", { role: "status" });
    const check = () =>
      setText(said, known.length ? warnings(bracketsOf(area.value, known), known).join(" ") : "");
    on(area, "input", check);
    check();
    const remove = button("button", "Remove", () => {
      row.remove();
      more.focus();
      changed();
    });
    const row = h("div", "promptrow", {}, area, remove, said);
    prompts.append(row);
    return area;
  }

  function texts(): string[] {
    const areas = [...prompts.querySelectorAll("textarea")];
    return areas.map(({ value }) => value.trim()).filter(Boolean);
  }

  function selected(): Record<string, string[]> {
    const values: Record<string, string[]> = {};
    for (const box of axes.querySelectorAll<HTMLInputElement>("input:checked")) {
      values[box.name] = [...(values[box.name] ?? []), box.value];
    }
    return values;
  }

  return {
    elements,
    fill(prompt, choices, chosen, moves) {
      known = moves;
      prompts.replaceChildren();
      addPrompt(prompt);
      axes.replaceChildren(...choices.map((each) => axis(each, chosen[each.name])));
    },
    focus: () => prompts.querySelector("textarea")?.focus(),
    read: () => ({
      prompts: texts(),
      values: selected(),
      repeats: Math.max(1, Math.min(MOST_REPEATS, Number(repeats.value) || 1)),
    }),
  };
}

/** A checkbox for each value of a setting. */
function axis({ name, label, options }: SweepAxis, chosen: string | undefined): HTMLElement {
  const boxes = options.map(([value = "", words = value]) => {
    const box = h("input", "", { type: "checkbox", name, value });
    box.checked = value === chosen;
    return h("label", "choice", {}, box, words);
  });
  return h("fieldset", "axis", {}, h("legend", "", {}, label), ...boxes);
}
