// Everything together: what to make and what it costs beside the run, earlier runs below.
import { defineWidget, type View } from "../../core/define_widget.ts";
import { h } from "../../core/dom.ts";
import { watch } from "../../core/model.ts";
import { draftNote } from "./draft_note.ts";
import { followRun } from "./follow_run.ts";
import { studioHeader } from "./header.ts";
import { copyValues, partCell } from "./parts.ts";
import { problemBanner } from "./problem_banner.ts";
import type { StudioTraits } from "./traits.ts";

const CANNOT_COMPOSE =
  "This notebook cannot put widgets into one another, so it shows no Studio. " +
  "Update anywidget to 0.11 or newer where the notebook's server runs, and reload the page. " +
  "Until then PromptInput, RunButton, RunView and the others can be shown one by one.";

export default defineWidget(
  () => null,
  ({ model, host, signal }: View<null, StudioTraits>) => {
    if (!host) return [h("p", "fault", { role: "alert" }, CANNOT_COMPOSE)];
    const parts = { model, host, signal };
    const image = partCell(parts, "_image");
    // The prompt and the settings go to the button that says what they cost.
    copyValues(parts, ["_prompt", "value"], ["_button", "prompt"]).catch(reportError);
    copyValues(parts, ["_panel", "value"], ["_button", "values"]).catch(reportError);
    watch(
      model,
      "_takes_image",
      (takes) => {
        image.hidden = !takes;
      },
      signal,
    );
    const inputs = h(
      "div",
      "studio-inputs",
      {},
      partCell(parts, "_prompt"),
      image,
      partCell(parts, "_panel"),
      partCell(parts, "_button"),
    );
    const strip = partCell(parts, "_strip");
    const grid = partCell(parts, "_grid", () => {
      // Whoever pressed Compare gets to see it, and goes on in it.
      if (!strip.matches(":focus-within")) return;
      grid.scrollIntoView({ block: "start" });
      const tile = grid.querySelector<HTMLElement>('.wiro-tile[tabindex="0"]');
      (tile ?? grid.querySelector<HTMLElement>(".wiro-mode"))?.focus({ preventScroll: true });
    });
    const run = h("div", "studio-run", {}, partCell(parts, "_run_view"));
    followRun(parts, inputs, run).catch(reportError);
    return [
      h(
        "div",
        "studio",
        {},
        studioHeader(model, signal),
        problemBanner(model, signal),
        draftNote(model, signal),
        h("div", "studio-columns", {}, inputs, run),
        partCell(parts, "_sweep"),
        strip,
        grid,
      ),
    ];
  },
);
