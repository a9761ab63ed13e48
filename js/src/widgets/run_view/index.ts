import { defineWidget, type View } from "../../core/define_widget.ts";
import { h, setText } from "../../core/dom.ts";
import { settingWords } from "../../core/format.ts";
import { freshLiveMemory, type LiveMemory, mergeLive } from "../../core/live.ts";
import type { RunSnapshot } from "../../protocol/runs.ts";
import { outcomeActions } from "../../run/outcome_actions.ts";
import { mergeProgress, type RunTraits, watchSnapshot } from "../../run/run_snapshot.ts";
import { SERVICE_WORDS } from "../../run/status_text.ts";
import { timeline } from "../../run/timeline.ts";
import { player } from "../../video/player.ts";
import { freshPlayerMemory, type PlayerMemory } from "../../video/player_controller.ts";
import { playerPropsOf } from "../../video/player_props.ts";

function build(view: View<PlayerMemory & LiveMemory, RunTraits>): Node[] {
  const { model, memory, signal } = view;
  const progress = timeline(model, signal, outcomeActions(model, signal));
  const clip = player({ model, memory, signal });
  const badge = h("span", "badge");
  const reused = h("p", "reused", { hidden: true }, "recorded run shown; nothing was sent");
  const prompt = h("p", "prompt");
  const chips = h("ul", "chips", { "aria-label": "Settings" });
  progress.header.insertBefore(badge, progress.header.lastChild);

  function showRequest(run: RunSnapshot): void {
    badge.dataset.service = run.service;
    setText(badge, SERVICE_WORDS[run.service]);
    reused.hidden = !run.reused;
    setText(prompt, run.prompt);
    if (chips.dataset.run === run.key) return;
    chips.dataset.run = run.key;
    chips.replaceChildren(
      ...[["", run.model], ...run.parameters].map(([name = "", value = ""]) =>
        h("li", "chip", {}, name ? settingWords(name, value) : value),
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
    clip.show(playerPropsOf(run));
  });
  return [...parts, empty];
}

export default defineWidget(
  () => ({ ...freshPlayerMemory(), ...freshLiveMemory() }),
  build,
  mergeLive(mergeProgress),
);
