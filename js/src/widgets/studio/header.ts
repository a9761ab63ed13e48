// The header of a Studio: which model, which service, what was spent.
import { openRequest } from "../../core/channel.ts";
import { combobox } from "../../core/combobox.ts";
import { h, on, setAttributes, setText } from "../../core/dom.ts";
import { type Model, watch } from "../../core/model.ts";
import type { ModelChoice } from "../../protocol/grid_studio.ts";
import type { StudioTraits } from "./traits.ts";

const BADGES = {
  sandbox: "◆ Sandbox · clips are made on this computer, nothing is charged",
  live: "● Live · runs are charged",
  "": "○ Not connected",
};
/** Between two keystrokes and a question to the kernel. */
const PAUSE_MS = 250;

export function studioHeader(model: Model<StudioTraits>, signal: AbortSignal): HTMLElement {
  const spent = h("span", "spent", { hidden: true });
  const badge = h("span", "badge");
  const picker = combobox("Model", choose, searchSoon);
  let timer: ReturnType<typeof setTimeout> | undefined;
  on(signal, "abort", () => clearTimeout(timer));

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

  function showSpent(text: string): void {
    setText(spent, text);
    spent.hidden = !text;
  }

  function showService(service: StudioTraits["_service"]): void {
    setText(badge, BADGES[service]);
    setAttributes(badge, { "data-service": service });
  }

  watch(model, "_models", offer, signal);
  watch(model, "model", picker.show, signal);
  watch(model, "_spent", showSpent, signal);
  watch(model, "_service", showService, signal);
  const name = h("strong", "name", {}, "Studio");
  return h("header", "head", {}, name, picker.element, h("span", "grow"), spent, badge);
}
