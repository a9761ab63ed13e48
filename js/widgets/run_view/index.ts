import { h, say } from "../../lib/dom.ts";
import { freshWatched, merging, type Watched } from "../../lib/live.ts";
import { mergeProgress, type RunTraits, watchSnapshot } from "../../lib/model.ts";
import { freshMemory, type Memory } from "../../lib/playback.ts";
import { player } from "../../lib/player.ts";
import type { RunSnapshot } from "../../lib/protocol/runs.ts";
import { showingOf } from "../../lib/showing.ts";
import { timeline } from "../../lib/timeline.ts";
import { type View, widget } from "../../lib/view.ts";
import { ways } from "../../lib/ways.ts";

const SANDBOX = "Sandbox · clips are made on this computer, nothing is charged";

function build(view: View<Memory & Watched, RunTraits>): Node[] {
  const { model, memory, signal } = view;
  const progress = timeline(model, signal, ways(model, signal));
  const clip = player({ model, memory, signal });
  const badge = h("span", "badge");
  const reused = h("p", "reused", { hidden: true }, "recorded run shown; nothing was sent");
  const prompt = h("p", "prompt");
  const chips = h("ul", "chips", { "aria-label": "Parameters" });
  progress.header.insertBefore(badge, progress.header.lastChild);

  function showRequest(run: RunSnapshot): void {
    const sandbox = run.service === "sandbox";
    badge.dataset.service = run.service;
    say(badge, sandbox ? `◆ ${SANDBOX}` : "● Live · runs are charged");
    reused.hidden = !run.reused;
    say(prompt, run.prompt);
    if (chips.dataset.run === run.key) return;
    chips.dataset.run = run.key;
    chips.replaceChildren(
      ...[["", run.model], ...run.parameters].map(([name = "", value = ""]) =>
        h("li", "chip", {}, name && `${name} `, h("b", "", {}, value)),
      ),
    );
  }

  const request = h("div", "request", {}, reused, prompt, chips);
  const empty = h("p", "nothing", {}, "Your clip will play here.");
  const parts = [progress.header, request, clip.element, progress.body];
  for (const part of parts) part.hidden = true;
  watchSnapshot(view, (run) => {
    empty.hidden = true;
    for (const part of parts) part.hidden = false;
    showRequest(run);
    progress.show(run);
    clip.show(showingOf(run));
  });
  return [...parts, empty];
}

export default widget(
  () => ({ ...freshMemory(), ...freshWatched() }),
  build,
  merging(mergeProgress),
);
