// Whose settings these are: those of the last session, or those of the cell; either for the other.
import { attempt, type RequestBody } from "../../core/channel.ts";
import { button, h, setText } from "../../core/dom.ts";
import { type Model, watch } from "../../core/model.ts";
import type { StudioTraits } from "./traits.ts";

export function draftNote(model: Model<StudioTraits>, signal: AbortSignal): HTMLElement {
  const words = h("span", "");
  const said = h("span", "fault", { role: "status" });
  const fresh = button("link", "Start fresh", () => void exchange("start_fresh"));
  const back = button("link", "Put back the settings from your last session", () => {
    void exchange("put_back");
  });
  const element = h("div", "studio-draft", {}, words, fresh, back, said);

  async function exchange(type: "start_fresh" | "put_back"): Promise<void> {
    await attempt(model, { type } as RequestBody, signal, (text) => setText(said, text));
  }

  function show(note: StudioTraits["_draft_note"]): void {
    // The button that goes has the focus, which the other one takes.
    const held = element.matches(":focus-within");
    setText(words, note === "restored" ? "Settings from your last session." : "");
    element.hidden = !note;
    fresh.hidden = note !== "restored";
    back.hidden = note !== "other";
    if (held) (fresh.hidden ? back : fresh).focus();
  }

  watch(model, "_draft_note", show, signal);
  return element;
}
