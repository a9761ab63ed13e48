// The log: a line that says how long it is; on request the lines, followed unless scrolled.
import { button, h, setAttributes, setText } from "../core/dom.ts";
import { countOf } from "../core/format.ts";
import type { RunSnapshot } from "../protocol/runs.ts";

export interface RunLog {
  element: HTMLElement;
  /** Opens and closes it. */
  fold: HTMLElement;
  show(snapshot: RunSnapshot): void;
}

const line = (text: string): HTMLElement => h("div", "", {}, text);

export function runLog(): RunLog {
  const attributes = { role: "log", "aria-live": "off", "aria-label": "Log", tabindex: 0 };
  const lines = h("div", "log", { ...attributes, hidden: true });
  const fold = button("fold", "", () => setOpen(!open), { hidden: true });
  let open = false;
  let key = "";
  let shown = 0;
  let logs: readonly string[] = [];

  function setOpen(wanted: boolean): void {
    open = wanted;
    // Lines that nobody sees would cost time with each new one.
    lines.replaceChildren(...(open ? logs.map(line) : []));
    countLines();
    lines.scrollTop = lines.scrollHeight;
  }

  function countLines(): void {
    const earlier = shown - logs.length;
    const rest = open && earlier > 0 ? ` · ${countOf(earlier, "earlier line")} in run.log` : "";
    setText(fold, `${open ? "▾" : "▸"} Log · ${countOf(shown, "line")}${rest}`);
    setAttributes(fold, { "aria-expanded": String(open) });
    fold.hidden = !shown;
    lines.hidden = !open || !shown;
  }

  function show({ key: run, logs: now, log_total: total }: RunSnapshot): void {
    if (run === key && total === shown) return;
    const added = run === key ? total - shown : -1;
    // Asked only of an open log: the question makes the browser lay out the whole page.
    const follows = open && lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
    [key, shown, logs] = [run, total, now];
    if (open) {
      // What was there stays, so that a selection in it survives; only a new run starts over.
      if (added < 0) lines.replaceChildren();
      const fresh = added < 0 ? now.length : Math.min(added, now.length);
      lines.append(...now.slice(now.length - fresh).map(line));
      while (lines.childElementCount > now.length) lines.firstElementChild?.remove();
    }
    countLines();
    if (follows) lines.scrollTop = lines.scrollHeight;
  }

  return { element: lines, fold, show };
}
