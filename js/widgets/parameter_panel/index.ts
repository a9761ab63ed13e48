// The settings of a model as a form, with what cannot go together said where it is chosen.
import { announcer } from "../../lib/announcer.ts";
import { button, h, on, say } from "../../lib/dom.ts";
import { type Draft, edits, freshDraft, type ValueTraits } from "../../lib/edits.ts";
import { read } from "../../lib/entries.ts";
import { type Field, field } from "../../lib/fields.ts";
import { watch } from "../../lib/model.ts";
import type { PanelField, PanelSchema } from "../../lib/protocol/parameters.ts";
import { asText, problemOf, type Values, wayOut, whyNot } from "../../lib/rules.ts";
import { upload } from "../../lib/upload.ts";
import { type View, widget } from "../../lib/view.ts";

interface PanelTraits extends ValueTraits {
  errors: Record<string, string>;
  disabled: boolean;
  dropped: string[];
  _schema: Partial<PanelSchema>;
}

export default widget(freshDraft, ({ model, memory, signal }: View<Draft, PanelTraits>) => {
  const heard = announcer(signal);
  const name = h("span", "name", {}, "Settings");
  const title = h("span", "state");
  const state = h("span", "state");
  const reset = button("link", "Back to defaults", () => edit.change(changesToDefaults(), false));
  const lost = h("ul", "lost", { "aria-label": "Not kept from the model before" });
  const seen = button("link", "OK", () => {
    model.set("dropped", []);
    model.save_changes();
  });
  const note = h("div", "dropped", {}, lost, seen);
  const empty = h("p", "hint", {}, "Choose a model to see its settings.");
  const groups = h("fieldset", "groups", { "aria-label": "Settings" });
  const prefix = `wiro-${Math.random().toString(36).slice(2)}`;
  let fields: { about: PanelField; field: Field }[] = [];
  const none: PanelSchema = { title: "", groups: [], rules: [] };
  let schema = none;

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
    const several = schema.groups.length > 1;
    groups.replaceChildren(
      ...schema.groups.map((group) => {
        const shown = group.fields.filter(({ advanced }) => !advanced).map(make);
        const folded = group.fields.filter(({ advanced }) => advanced).map(make);
        const section = h("section", "");
        if (several && group.title) section.append(h("h3", "group", {}, group.title));
        section.append(h("div", "settings", {}, ...shown));
        if (folded.length) {
          const summary = h("summary", "", {}, `${folded.length} more`);
          const inside = h("div", "settings", {}, ...folded);
          section.append(h("details", "more", {}, summary, inside));
        }
        return section;
      }),
    );
    empty.hidden = fields.length > 0;
    groups.hidden = !fields.length;
    if (schema.title && !fields.length) say(empty, "This model has no settings.");
    say(title, schema.title);
    show(model.get("value"));
  }

  function show(values: Values): void {
    let wrong = 0;
    for (const { about, field: each } of fields) {
      const value = values[about.id];
      const problem = problemIn(about, values);
      const blocked = about.options.flatMap(({ value: choice }) => {
        const why = whyNot(schema.rules, values, about.id, choice);
        // What is chosen and not there is told once, where it is wrong.
        if (!why || (choice === asText(value) && !problem)) return [];
        const { words = "", changes = {} } = wayOut(schema, values, about.id, choice) ?? {};
        return [{ choice, why, words, take: () => edit.change(changes, false) }];
      });
      each.show({ value, problem, blocked });
      if (!problem) continue;
      wrong += 1;
      const fold = each.element.closest("details");
      if (fold) fold.open = true;
    }
    say(state, wrong ? `${wrong} ${wrong === 1 ? "needs" : "need"} attention` : "");
    reset.hidden = model.get("disabled") || !Object.keys(changesToDefaults()).length;
  }

  function problemIn(about: PanelField, values: Values): string {
    const value = values[about.id];
    const rules = schema.rules.filter((rule) => rule.field === about.id);
    const own = problemOf(about, value) || whyNot(rules, values, about.id, asText(value));
    return own || (memory.open.has(about.id) ? "" : (model.get("errors")[about.id] ?? ""));
  }

  function changesToDefaults(): Values {
    const values = model.get("value");
    return Object.fromEntries(
      fields
        .filter(({ about }) => about.kind !== "files" && asText(values[about.id]) !== about.default)
        .map(({ about }) => [about.id, read(about.default, about.kind)]),
    );
  }

  const edit = edits(model, memory, signal, show);
  on(groups, "focusout", edit.flush);
  const refresh = () => show(model.get("value"));
  watch(model, "_schema", build, signal);
  watch(model, "errors", refresh, signal);
  const enable = (disabled: boolean) => {
    groups.disabled = disabled;
    refresh();
  };
  watch(model, "disabled", enable, signal);
  const tell = (sentences: string[]) => {
    lost.replaceChildren(...sentences.map((each) => h("li", "", {}, each)));
    note.hidden = !sentences.length;
    for (const each of sentences) heard.announce(each);
  };
  watch(model, "dropped", tell, signal);
  return [
    h("header", "head panelhead", {}, name, title, h("span", "grow"), state, reset),
    h("div", "panel", {}, note, empty, groups),
    heard.element,
  ];
});
