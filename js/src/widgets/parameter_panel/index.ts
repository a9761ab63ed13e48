// The settings of a model as a form; choices that rule each other out are explained where they are.
import { announcer } from "../../core/announcer.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { button, h, newId, on, setText } from "../../core/dom.ts";
import { watch } from "../../core/model.ts";
import {
  type Draft,
  freshDraft,
  syncedValues,
  type Values,
  type ValueTraits,
} from "../../core/synced_values.ts";
import { upload } from "../../core/transfer.ts";
import { type Field, field } from "../../form/field.ts";
import { read } from "../../form/text_inputs.ts";
import { asText } from "../../form/validation.ts";
import type { PanelField, PanelSchema } from "../../protocol/inputs.ts";
import { blockedIn, problemIn } from "./problems.ts";
import { droppedNotice, sections } from "./sections.ts";

interface PanelTraits extends ValueTraits {
  errors: Record<string, string>;
  disabled: boolean;
  dropped: string[];
  _schema: Partial<PanelSchema>;
}

export default defineWidget(freshDraft, ({ model, memory, signal }: View<Draft, PanelTraits>) => {
  const heard = announcer(signal);
  const name = h("span", "name", {}, "Settings");
  const title = h("span", "state panel-title");
  const state = h("span", "state");
  const reset = button("link", "Back to defaults", () => choose(changesToDefaults()));
  const note = droppedNotice(heard.announce, () => {
    model.set("dropped", []);
    model.save_changes();
  });
  const empty = h("p", "hint", {}, "Choose a model to see its settings.");
  const groups = h("fieldset", "groups", { "aria-label": "Settings" });
  const prefix = newId();
  let fields: { about: PanelField; field: Field }[] = [];
  const none: PanelSchema = { title: "", groups: [], rules: [] };
  let schema = none;

  const choose = (changes: Values) => edit.change(changes, false);

  function make(about: PanelField): HTMLElement {
    const made = field(about, {
      id: `${prefix}-${fields.length}`,
      change: (value, typed = false) => edit.change({ [about.id]: value }, typed),
      send: (file, tell) => upload(model, { file, name: file.name, notes: [] }, signal, tell),
      explain: heard.announce,
    });
    fields.push({ about, field: made });
    return made.element;
  }

  function build(next: Partial<PanelSchema>): void {
    schema = { ...none, ...next };
    fields = [];
    groups.replaceChildren(...sections(schema.groups, make));
    empty.hidden = fields.length > 0;
    groups.hidden = !fields.length;
    // Said once: by the group, where there is one of that name.
    name.hidden =
      schema.groups.length > 1 && schema.groups.some((each) => each.title === "Settings");
    if (schema.title && !fields.length) setText(empty, "This model has no settings.");
    setText(title, schema.title);
    show(model.get("value"));
  }

  function show(values: Values): void {
    const disabled = model.get("disabled");
    let wrong = 0;
    groups.disabled = disabled;
    for (const { about, field: each } of fields) {
      const problem = problemIn(about, schema.rules, values) || toldOf(about.id);
      const blocked = blockedIn(about, schema, values, problem, choose);
      each.show({ value: values[about.id], problem, blocked });
      if (!problem) continue;
      wrong += 1;
      const fold = each.element.closest("details");
      if (fold) fold.open = true;
    }
    setText(state, wrong ? `${wrong} ${wrong === 1 ? "needs" : "need"} attention` : "");
    reset.hidden = disabled || !Object.keys(changesToDefaults()).length;
  }

  /** The kernel's verdict on a value, unless that is being changed. */
  const toldOf = (id: string) => (memory.open.has(id) ? "" : (model.get("errors")[id] ?? ""));

  function changesToDefaults(): Values {
    const values = model.get("value");
    return Object.fromEntries(
      fields
        .filter(({ about }) => about.kind !== "files" && asText(values[about.id]) !== about.default)
        .map(({ about }) => [about.id, read(about.default, about.kind)]),
    );
  }

  const edit = syncedValues(model, memory, signal, show);
  on(groups, "focusout", edit.flush);
  const refresh = () => show(model.get("value"));
  watch(model, "_schema", build, signal);
  watch(model, "errors", refresh, signal);
  watch(model, "disabled", refresh, signal);
  watch(model, "dropped", note.show, signal);
  return [
    h("header", "head", {}, name, title, h("span", "grow"), state, reset),
    h("div", "panel", {}, note.element, empty, groups),
    heard.element,
  ];
});
