// The header of a Studio: which model, which service, what was spent.
import { attempt } from "../../core/channel.ts";
import { combobox } from "../../core/combobox.ts";
import { debounce } from "../../core/debounce.ts";
import { h, setAttributes, setText } from "../../core/dom.ts";
import { type Model, watch } from "../../core/model.ts";
import type { ModelChoice } from "../../protocol/grid_studio.ts";
import { SERVICE_WORDS } from "../../run/status_text.ts";
import type { StudioTraits } from "./traits.ts";

export function studioHeader(model: Model<StudioTraits>, signal: AbortSignal): HTMLElement {
  const spent = h("span", "spent", { hidden: true });
  const badge = h("span", "badge");
  /** Why no more models are found. */
  const note = h("span", "hint", { role: "status" });
  const searchSoon = debounce((until) => void search(until), signal);
  let sought = "";
  const picker = combobox("Model", choose, (text) => {
    sought = text;
    searchSoon();
  });

  function choose(slug: string): void {
    model.set("model", slug);
    model.save_changes();
  }

  async function search(until: AbortSignal): Promise<void> {
    const question = { type: "search", text: sought } as const;
    const say = (words: string) => setText(note, words);
    await attempt(model, question, until, say, (reply) => {
      if (reply.type === "models") offer([...model.get("_models"), ...reply.models]);
      return true;
    });
  }

  function offer(models: ModelChoice[]): void {
    const bySlug = new Map(models.toReversed().map((each) => [each.slug, each]));
    const each = [...bySlug.values()].toReversed();
    picker.offer(
      each.map(({ slug: value, title, note, recent }) => ({
        value,
        label: title || value,
        note: [recent && "recent", note].filter(Boolean).join(" · "),
      })),
    );
  }

  function showSpent(text: string): void {
    setText(spent, text);
    spent.hidden = !text;
  }

  function showService(service: StudioTraits["_service"]): void {
    setText(badge, SERVICE_WORDS[service]);
    setAttributes(badge, { "data-service": service });
  }

  watch(model, "_models", offer, signal);
  watch(model, "model", picker.show, signal);
  watch(model, "_spent", showSpent, signal);
  watch(model, "_service", showService, signal);
  const name = h("strong", "name", {}, "Studio");
  return h("header", "head", {}, name, picker.element, note, h("span", "grow"), spent, badge);
}
