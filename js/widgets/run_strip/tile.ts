// One run as a small picture: its state or prompt where there is no picture, and a box to tick.
import { button, h, on, say, set } from "../../lib/dom.ts";
import type { StripTile } from "../../lib/protocol/grid_studio.ts";
import type { RunStatus } from "../../lib/protocol/runs.ts";

export interface Shown {
  element: HTMLElement;
  show(tile: StripTile, picture: string | null, ticked: boolean, current: boolean): void;
}

const WORDS: Record<RunStatus, string> = {
  queued: "waiting",
  sending: "sending",
  unknown: "unknown",
  running: "running…",
  downloading: "fetching…",
  succeeded: "",
  failed: "failed",
  cancelled: "stopped",
  refused: "refused",
};

/**
 * @param tick called with the key of the run and whether it is ticked now.
 * @param look called with the key of the run that was pressed.
 */
export function tileOf(
  key: string,
  tick: (key: string, ticked: boolean) => void,
  look: (key: string) => void,
): Shown {
  const box = h("input", "tick", { type: "checkbox" });
  const picture = h("img", "picture", { alt: "", hidden: true });
  const word = h("span", "word");
  const face = button("face", "", () => look(key));
  const caption = h("span", "caption");
  face.append(picture, word);
  on(box, "change", () => tick(key, box.checked));
  const element = h("li", "tile", {}, face, box, caption);
  return {
    element,
    show({ name, caption: facts, prompt, status, over, problem }, source, ticked, current) {
      // Of a run that goes on, a problem is not the last word.
      const words =
        (over && problem) || (over && status === "downloading" ? "no clip" : WORDS[status]);
      box.checked = ticked;
      set(box, { "aria-label": `Compare ${name}` });
      set(element, { "data-status": status, "data-ticked": ticked });
      if (source && picture.src !== source) picture.src = source;
      picture.hidden = !source;
      const text = over && problem ? `✕ ${problem}` : words;
      say(word, text || (source ? "" : prompt));
      set(face, {
        "aria-label": [name, words, prompt].filter(Boolean).join(". "),
        "aria-current": current,
        title: prompt,
      });
      say(caption, [name, facts].filter(Boolean).join(" · "));
    },
  };
}
