// The log: its last two lines in the open, all that came along on request, following unless scrolled.
import { button, h, setAttributes, setText } from "../core/dom.ts";
import type { RunSnapshot } from "../protocol/runs.ts";

export interface RunLog {
  element: HTMLElement;
  /** How much is shown, and the control for more. */
  summary: HTMLElement;
  show(snapshot: RunSnapshot): void;
}

const OPEN_LINES = 2;

export function runLog(): RunLog {
  const lines = h("div", "log", { role: "log", "aria-live": "off", "aria-label": "Log" });
  const count = h("span", "");
  const more = button("link", "show all", () => setOpen(!open), { "aria-expanded": false });
  const summary = h("span", "count", {}, count, " · ", more);
  let open = false;
  let key = "";
  let shown = 0;
  let carried = 0;

  function setOpen(wanted: boolean): void {
    open = wanted;
    setAttributes(lines, { "data-open": open, tabindex: open ? 0 : null });
    setAttributes(more, { "aria-expanded": String(open) });
    setText(more, open ? "show fewer" : "show all");
    lines.scrollTop = lines.scrollHeight;
    countLines();
  }

  function countLines(): void {
    const seen = open ? carried : Math.min(OPEN_LINES, carried);
    const earlier = shown - carried;
    const rest = open && earlier > 0 ? ` · ${earlier} earlier lines are in the library` : "";
    setText(count, `${seen} of ${shown} log lines${rest}`);
    more.hidden = carried <= OPEN_LINES;
  }

  function show({ key: run, logs, log_total: total }: RunSnapshot): void {
    if (run === key && total === shown) return;
    const fresh = run === key ? Math.min(total - shown, logs.length) : logs.length;
    // Asked only of an open log: the question makes the browser lay out the whole page.
    const follows = open && lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
    // What was there stays, so that a selection in it survives; only a new run starts over.
    if (run !== key || fresh < 0) lines.replaceChildren();
    lines.append(
      ...logs
        .slice(logs.length - (fresh < 0 ? logs.length : fresh))
        .map((text) => h("div", "", {}, text)),
    );
    while (lines.childElementCount > logs.length) lines.firstElementChild?.remove();
    [key, shown, carried] = [run, total, logs.length];
    lines.hidden = summary.hidden = carried === 0;
    countLines();
    if (follows) lines.scrollTop = lines.scrollHeight;
  }

  lines.hidden = summary.hidden = true;
  return { element: lines, summary, show };
}
