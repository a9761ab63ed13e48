// The settings of a model as a form, with what cannot go together said where it is chosen.
import { announcer } from "../../lib/announcer.ts";
import { h } from "../../lib/dom.ts";
import { type Field, field } from "../../lib/fields.ts";
import { type BaseTraits, watch } from "../../lib/model.ts";
import type { PanelField, PanelSchema } from "../../lib/protocol/parameters.ts";
import { problemOf, type Values, whyNot } from "../../lib/rules.ts";
import { type View, widget } from "../../lib/view.ts";

interface PanelTraits extends BaseTraits {
  value: Values;
  errors: Record<string, string>;
  disabled: boolean;
  dropped: string[];
  _schema: Partial<PanelSchema>;
}

export default widget(
  () => null,
  ({ model, signal }: View<null, PanelTraits>) => {
    const heard = announcer(signal);
    const groups = h("div", "groups");
    const reasons = h("ul", "reasons");
    const lost = h("ul", "lost", { "aria-label": "Not kept from the model before" });
    const empty = h("p", "hint", {}, "Choose a model to see its settings.");
    let fields: { about: PanelField; field: Field }[] = [];

    function change(id: string, value: unknown): void {
      const { [id]: _, ...others } = model.get("value");
      model.set("value", value === undefined ? others : { ...others, [id]: value });
      model.save_changes();
    }

    function build({ groups: all = [] }: Partial<PanelSchema>): void {
      fields = [];
      const explain = (why: string) => heard.announce(why);
      const make = (about: PanelField) => {
        const made = field(about, (value) => change(about.id, value), explain);
        fields.push({ about, field: made });
        return made.element;
      };
      groups.replaceChildren(
        ...all.map(({ title, fields: each }) => {
          const shown = each.filter(({ advanced }) => !advanced).map(make);
          const folded = each.filter(({ advanced }) => advanced).map(make);
          const heading = h("h3", "group", { hidden: all.length < 2 || !title }, title);
          const more = h("details", "more", { hidden: !folded.length });
          more.append(
            h("summary", "", {}, `${folded.length} more`),
            h("div", "fields", {}, ...folded),
          );
          return h("section", "", {}, heading, h("div", "fields", {}, ...shown), more);
        }),
      );
      empty.hidden = all.length > 0;
      refresh();
    }

    function refresh(): void {
      const values = model.get("value");
      const rules = model.get("_schema").rules ?? [];
      const said = new Set<string>();
      for (const { about, field: each } of fields) {
        const value = values[about.id];
        each.show({
          value,
          problem: problemOf(about, value) || whyNot(rules, values, about.id, String(value)),
          disabled: model.get("disabled"),
          whyNot: (choice) => whyNot(rules, values, about.id, choice),
        });
        for (const option of about.options) {
          const why = whyNot(rules, values, about.id, option.value);
          if (why) said.add(why);
        }
      }
      reasons.replaceChildren(...[...said].map((why) => h("li", "hint", {}, why)));
    }

    watch(model, "_schema", build, signal);
    watch(model, "value", refresh, signal);
    watch(model, "disabled", refresh, signal);
    watch(
      model,
      "dropped",
      (sentences) => {
        lost.replaceChildren(...sentences.map((each) => h("li", "hint", {}, each)));
        for (const each of sentences) heard.announce(each);
      },
      signal,
    );
    return [empty, lost, groups, reasons, heard.element];
  },
);
