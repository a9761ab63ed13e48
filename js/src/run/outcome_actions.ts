// What a person can do about a run whose outcome is not known, or whose clip did not come.

import { attempt, type RequestBody } from "../core/channel.ts";
import { button, h, setAttributes, setText } from "../core/dom.ts";
import type { Kernel } from "../core/model.ts";
import type { Candidate, RunSnapshot } from "../protocol/runs.ts";

export interface OutcomeActions {
  element: HTMLElement;
  /** Offer what helps with this run; nothing for one that goes on or is done. */
  show(snapshot: RunSnapshot): void;
}

export function outcomeActions(model: Kernel, signal: AbortSignal): OutcomeActions {
  const look = button("button", "", () => void press({ type: "look_again" }));
  const send = button("button", "", () => void press({ type: "send_again", run: newest }));
  const row = h("div", "row", {}, look, send);
  const note = h("p", "", { role: "status" });
  const which = h("p", "");
  const list = h("ul", "");
  const element = h("div", "ways", { hidden: true }, which, list, row, note);
  let shown = "";
  let newest = "";
  let waiting = false;

  async function press(question: RequestBody): Promise<void> {
    if (waiting) return;
    // Not `disabled`: the focus stays where it is.
    waiting = true;
    setAttributes(element, { "aria-busy": "true" });
    await attempt(model, question, signal, (words) => setText(note, words));
    waiting = false;
    setAttributes(element, { "aria-busy": null });
  }

  function offer({ task_id, created, url }: Candidate): HTMLElement {
    const time = created ? new Date(created * 1000).toLocaleString() : "time unknown";
    const choose = button("button", "This one", () => void press({ type: "choose", task_id }), {
      "aria-label": `This one: task ${task_id} of ${time}`,
    });
    // Nothing but an address of the web: a link may say anything.
    const clip = /^https?:/.test(url ?? "")
      ? h("a", "", { href: url, target: "_blank", rel: "noreferrer noopener" }, "look at its clip")
      : "no clip yet";
    return h("li", "", {}, `${time} · task ${task_id} · `, clip, choose);
  }

  return {
    element,
    show({ key, status, over, service, candidates }) {
      newest = key;
      const lost = over && status === "unknown";
      const unfetched = over && status === "downloading";
      element.hidden = !lost && !unfetched;
      const next = JSON.stringify([key, lost, unfetched, candidates]);
      if (element.hidden || next === shown) return;
      shown = next;
      setText(look, unfetched ? "Download again" : "Look again");
      const twice = service === "live" ? " (may pay twice)" : "";
      setText(send, `Send as a new run${twice}`);
      send.hidden = unfetched;
      list.replaceChildren(...candidates.map(offer));
      setText(which, candidates.length ? "Which of these tasks is it?" : "");
      setText(note, "");
    },
  };
}
