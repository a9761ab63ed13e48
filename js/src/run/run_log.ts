// The log: its last two lines, on request all that came along, which it follows unless scrolled.
import { button, h, setAttributes, setText } from "../core/dom.ts";
import type { RunSnapshot } from "../protocol/runs.ts";

export interface RunLog {
  element: HTMLElement;
  /** How much is shown, and the control for more. */
  summary: HTMLElement;
  show(snapshot: RunSnapshot): void;
}

const OPEN_LINES = 2;

const line = (text: string): HTMLElement => h("div", "", {}, text);

export function runLog(): RunLog {
  const lines = h("div", "log", { role: "log", "aria-live": "off", "aria-label": "Log" });
  const count = h("span", "");
  const more = button("link", "show all", () => setOpen(!open), { "aria-expanded": false });
  const summary = h("span", "count", {}, count, " · ", more);
  let open = false;
  let key = "";
  let shown = 0;
  let logs: readonly string[] = [];

  function setOpen(wanted: boolean): void {
    open = wanted;
    setAttributes(lines, { "data-open": open, tabindex: open ? 0 : null });
    setAttributes(more, { "aria-expanded": String(open) });
    setText(more, open ? "show fewer" : "show all");
    const inPage = lines.childElementCount;
    if (open) lines.prepend(...logs.slice(0, logs.length - inPage).map(line));
    trim();
    lines.scrollTop = lines.scrollHeight;
    countLines();
  }

  function trim(): void {
    // Not hidden by the style sheet: each new line would have the style of all found again.
    const most = open ? logs.length : OPEN_LINES;
    while (lines.childElementCount > most) lines.firstElementChild?.remove();
  }

  function countLines(): void {
    const seen = open ? logs.length : Math.min(OPEN_LINES, logs.length);
    const earlier = shown - logs.length;
    const rest = open && earlier > 0 ? ` · ${earlier} earlier lines are in the library` : "";
    setText(count, `${seen} of ${shown} log lines${rest}`);
    more.hidden = logs.length <= OPEN_LINES;
  }

  function show({ key: run, logs: now, log_total: total }: RunSnapshot): void {
    if (run === key && total === shown) return;
    const added = run === key ? total - shown : -1;
    // Asked only of an open log: the question makes the browser lay out the whole page.
    const follows = open && lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
    // What was there stays, so that a selection in it survives; only a new run starts over.
    if (added < 0) lines.replaceChildren();
    const fresh = Math.min(added < 0 ? now.length : added, open ? now.length : OPEN_LINES);
    [key, shown, logs] = [run, total, now];
    lines.append(...now.slice(Math.max(0, now.length - fresh)).map(line));
    trim();
    lines.hidden = summary.hidden = now.length === 0;
    countLines();
    if (follows) lines.scrollTop = lines.scrollHeight;
  }

  lines.hidden = summary.hidden = true;
  return { element: lines, summary, show };
}
