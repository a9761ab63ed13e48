// The field: a text area over a layer with the same text in the same place, which carries the marks.
// Both lie in one box that grows with the text and scrolls them together, so they stay aligned.

import { h } from "../../core/dom.ts";
import type { Bracket } from "../../form/camera_moves.ts";

export interface HighlightedTextarea {
  element: HTMLElement;
  area: HTMLTextAreaElement;
  /** Mark the camera moves of a text, unknown ones in their own way. */
  mark(text: string, brackets: Bracket[]): void;
  /** Whether an offset in the text is on the first or the last line, as it is wrapped now. */
  lineAt(offset: number): { first: boolean; last: boolean };
  /** As if it were typed, so that the browser's own undo takes it back. */
  write(text: string, from: number, to: number): void;
}

export function highlightedTextarea(attributes: Record<string, string>): HighlightedTextarea {
  const area = h("textarea", "prompttext", {
    rows: 1,
    dir: "auto",
    spellcheck: "true",
    ...attributes,
  });
  const layer = h("div", "promptlayer", { "aria-hidden": "true" });
  const element = h("div", "promptbox", {}, layer, area);
  let drawn = "";

  function mark(text: string, brackets: Bracket[]): void {
    drawn = text;
    const parts: Node[] = [];
    let at = 0;
    for (const { start, end, moves, unknown } of brackets) {
      if (!moves.length) continue;
      parts.push(new Text(text.slice(at, start)));
      parts.push(h("span", unknown.length ? "oddmove" : "cameramove", {}, text.slice(start, end)));
      at = end;
    }
    // Gives the last line its height even when it is empty.
    parts.push(new Text(`${text.slice(at)}\u200b`));
    layer.replaceChildren(...parts);
  }

  /** The top of the character at an offset; at a wrap the one on the new line, like the caret. */
  function topAt(offset: number): number {
    const walk = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
    let left = offset;
    while (walk.nextNode()) {
      const node = walk.currentNode as Text;
      if (left < node.length) {
        const place = document.createRange();
        place.setStart(node, left);
        place.setEnd(node, left + 1);
        return place.getBoundingClientRect().top;
      }
      left -= node.length;
    }
    return 0;
  }

  return {
    element,
    area,
    mark,
    lineAt(offset) {
      const top = topAt(offset);
      const same = (other: number) => Math.abs(topAt(other) - top) < 2;
      return { first: same(0), last: same(drawn.length) };
    },
    write(text, from, to) {
      area.focus();
      area.setSelectionRange(from, to);
      document.execCommand(text ? "insertText" : "delete", false, text);
    },
  };
}
