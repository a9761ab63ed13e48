// One run as a small picture: its state or prompt where there is no picture, and a box to tick.
import { button, h, on, setAttributes, setText } from "../../core/dom.ts";
import type { StripTile } from "../../protocol/grid_studio.ts";
import type { RunStatus } from "../../protocol/runs.ts";

export interface ThumbnailProps {
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
export function thumbnail(
  key: string,
  tick: (key: string, ticked: boolean) => void,
  look: (key: string) => void,
): ThumbnailProps {
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
      setAttributes(box, { "aria-label": `Compare ${name}` });
      setAttributes(element, { "data-status": status, "data-ticked": ticked });
      if (source && picture.src !== source) picture.src = source;
      picture.hidden = !source;
      const text = over && problem ? `✕ ${problem}` : words;
      setText(word, text || (source ? "" : prompt));
      setAttributes(face, {
        "aria-label": [name, words, prompt].filter(Boolean).join(". "),
        "aria-current": current,
        title: prompt,
      });
      setText(caption, [name, facts].filter(Boolean).join(" · "));
    },
  };
}
