// The bar of stages with its four labels, and the raw stages behind each of them on request.

import { h, on, setAttributes, setText } from "../core/dom.ts";
import { clockTime, durationWords } from "../core/format.ts";
import type { RunSnapshot } from "../protocol/runs.ts";
import { frontier, layoutStages, type Segment, SPANS, type Span, stageWords } from "./stages.ts";

/** A stage that took less of its span than this is named in the list but not drawn. */
const LEAST_PART = 0.06;

export interface StageBar {
  element: HTMLElement;
  show(snapshot: RunSnapshot, now: number): void;
}

export function stageBar(): StageBar {
  const parts = SPANS.map((name) => {
    const track = h("span", "track");
    const time = h("span", "time");
    const label = h("span", "label", {}, h("span", "", {}, name), " ", time);
    const span = h("button", "span", { type: "button", "aria-expanded": false }, track, label);
    return { span, track, time };
  });
  const detail = h("div", "detail", { hidden: true });
  const row = h(
    "div",
    "bar",
    { role: "group", "aria-label": "Stages" },
    ...parts.map((p) => p.span),
  );
  const element = h("div", "stages", {}, row, detail);
  let floor = 0;
  let key = "";
  let spans: Span[] = [];
  let open = -1;

  parts.forEach(({ span }, index) => {
    on(span, "pointerenter focus click", () => reveal(index));
    on(span, "blur", () => reveal(-1));
  });
  // On the whole, so that the pointer may move onto the list and stay there.
  on(element, "pointerleave", () => reveal(focused()));
  on<KeyboardEvent>(element, "keydown", (event) => {
    if (event.key !== "Escape" || open < 0) return;
    event.stopPropagation();
    reveal(-1);
  });

  const focused = () => parts.findIndex(({ span }) => span.matches(":focus-visible"));

  function reveal(index: number): void {
    open = index;
    parts.forEach(({ span }, i) => {
      setAttributes(span, { "aria-expanded": String(i === index) });
    });
    fillDetail();
  }

  function fillDetail(): void {
    const span = spans[open];
    detail.hidden = !span;
    if (!span) return;
    const rows = span.segments.map(({ stage, at, until }) =>
      h(
        "li",
        "",
        {},
        h("span", "", {}, stageWords(stage)),
        h("code", "", {}, stage),
        h("time", "", {}, `${clockTime(at)} · ${durationWords(until - at)}`),
      ),
    );
    detail.replaceChildren(
      rows.length ? h("ul", "", {}, ...rows) : h("p", "", {}, `${span.name}: not reached`),
    );
  }

  function show(snapshot: RunSnapshot, now: number): void {
    if (snapshot.key !== key) floor = 0;
    key = snapshot.key;
    spans = layoutStages(snapshot, now, floor);
    floor = frontier(spans);
    setAttributes(row, { "data-status": snapshot.status });
    spans.forEach((span, index) => {
      const part = parts[index];
      if (!part) return;
      part.span.style.flexGrow = String(span.share);
      drawTrack(part.track, span);
      const reached = span.segments.length > 0;
      setText(part.time, reached ? durationWords(span.seconds) : "");
      setAttributes(part.span, { "data-reached": reached });
    });
    if (open >= 0 && !snapshot.over) fillDetail();
  }

  return { element, show };
}

/** Lay the segments into a span's track; those too short to be seen take no room. */
function drawTrack(track: HTMLElement, span: Span): void {
  const seen = span.segments.filter(
    (segment, index) =>
      segment.until - segment.at >= LEAST_PART * span.seconds ||
      (index === span.segments.length - 1 && span.filled < span.share),
  );
  while (track.childElementCount > seen.length) track.lastElementChild?.remove();
  while (track.childElementCount < seen.length) track.append(h("span", "segment"));
  const total = seen.reduce((sum, segment) => sum + weight(segment), 0);
  const width = span.share ? span.filled / span.share : 0;
  seen.forEach((segment, index) => {
    const element = track.children[index] as HTMLElement;
    setAttributes(element, { "data-kind": segment.kind });
    element.style.width = `${((100 * width * weight(segment)) / total).toFixed(2)}%`;
  });
}

const weight = ({ at, until }: Segment): number => Math.max(until - at, 0.001);
