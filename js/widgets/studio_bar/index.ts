// The Studio's head: which model, which service, what was spent, and what stands in the way.
import { combobox } from "../../lib/combobox.ts";
import { h, say, set } from "../../lib/dom.ts";
import { type BaseTraits, watch } from "../../lib/model.ts";
import type { ModelChoice, StudioProblem } from "../../lib/protocol/grid_studio.ts";
import { ask } from "../../lib/request.ts";
import { type View, widget } from "../../lib/view.ts";
import { trouble } from "./trouble.ts";

interface BarTraits extends BaseTraits {
  model: string;
  _models: ModelChoice[];
  _service: "sandbox" | "live" | "";
  _spent: string;
  _problem: Partial<StudioProblem>;
}

const BADGES = {
  sandbox: "◆ Sandbox · clips are made on this computer, nothing is charged",
  live: "● Live · runs are charged",
  "": "○ Not connected",
};
/** Between two keystrokes and a question to the kernel. */
const PAUSE_MS = 250;

export default widget(
  () => null,
  ({ model, signal }: View<null, BarTraits>) => {
    const spent = h("span", "spent", { hidden: true });
    const badge = h("span", "badge");
    const row = trouble(model, signal);
    const picker = combobox("Model", choose, searchSoon);
    let timer: ReturnType<typeof setTimeout> | undefined;

    function choose(slug: string): void {
      model.set("model", slug);
      model.save_changes();
    }

    function searchSoon(text: string): void {
      clearTimeout(timer);
      timer = setTimeout(() => void search(text), PAUSE_MS);
    }

    async function search(text: string): Promise<void> {
      const question = { type: "search", text } as const;
      await ask(
        model,
        question,
        signal,
        () => {},
        (reply) => {
          if (reply.type === "models") offer([...model.get("_models"), ...reply.models]);
          return true;
        },
      ).done.catch(() => {});
    }

    function offer(models: ModelChoice[]): void {
      const bySlug = new Map(models.toReversed().map((each) => [each.slug, each]));
      const each = [...bySlug.values()].toReversed();
      picker.offer(
        each.map(({ slug, title: label, recent }) => ({
          value: slug,
          label: label && label !== slug ? `${slug} · ${label}` : slug,
          note: recent ? "recent" : "",
        })),
      );
    }

    watch(model, "_models", offer, signal);
    watch(model, "model", picker.show, signal);
    watch(
      model,
      "_spent",
      (text) => {
        say(spent, text);
        spent.hidden = !text;
      },
      signal,
    );
    watch(
      model,
      "_service",
      (service) => {
        say(badge, BADGES[service]);
        set(badge, { "data-service": service });
      },
      signal,
    );
    watch(model, "_problem", row.show, signal);
    const name = h("strong", "name", {}, "Studio");
    return [
      h("header", "head", {}, name, picker.element, h("span", "grow"), spent, badge),
      row.element,
    ];
  },
);
