// One run as a small picture: its state or prompt where there is no picture, and a box to tick.
import { button, h, on, say, set } from "../../lib/dom.ts";
import type { StripTile } from "../../lib/protocol/studio.ts";

export interface Shown {
  element: HTMLElement;
  show(tile: StripTile, ticked: boolean, current: boolean): void;
}

const STATES = {
  draft: "waiting",
  sending: "sending",
  running: "running…",
  succeeded: "",
  failed: "failed",
  cancelled: "stopped",
  unknown: "unknown",
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
    show({ name, caption: facts, prompt, state, poster, problem }, ticked, current) {
      box.checked = ticked;
      set(box, { "aria-label": `Compare ${name}` });
      set(element, { "data-state": state, "data-ticked": ticked });
      if (poster && picture.src !== poster) picture.src = poster;
      picture.hidden = !poster;
      const text = problem ? `✕ ${problem}` : STATES[state];
      say(word, text || (poster ? "" : prompt));
      set(face, {
        "aria-label": [name, problem ?? STATES[state], prompt].filter(Boolean).join(". "),
        "aria-current": current,
        title: prompt,
      });
      say(caption, [name, facts].filter(Boolean).join(" · "));
    },
  };
}
