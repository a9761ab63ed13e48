// The Studio's head: which model, which service, what was spent, and what stands in the way.

import { openRequest } from "../../core/channel.ts";
import { combobox } from "../../core/combobox.ts";
import { defineWidget, type View } from "../../core/define_widget.ts";
import { h, setAttributes, setText } from "../../core/dom.ts";
import { type BaseTraits, watch } from "../../core/model.ts";
import type { ModelChoice, StudioProblem } from "../../protocol/grid_studio.ts";
import { problemBanner } from "./problem_banner.ts";

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

export default defineWidget(
  () => null,
  ({ model, signal }: View<null, BarTraits>) => {
    const spent = h("span", "spent", { hidden: true });
    const badge = h("span", "badge");
    const row = problemBanner(model, signal);
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
      await openRequest(
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
        setText(spent, text);
        spent.hidden = !text;
      },
      signal,
    );
    watch(
      model,
      "_service",
      (service) => {
        setText(badge, BADGES[service]);
        setAttributes(badge, { "data-service": service });
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
