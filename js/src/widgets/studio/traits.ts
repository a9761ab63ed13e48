// What a Studio and its kernel keep in step.
import type { BaseTraits } from "../../core/model.ts";
import type { ModelChoice, StudioProblem } from "../../protocol/grid_studio.ts";

/** How anywidget finds another widget: "anywidget:" and the id of its model. */
export type Reference = string;

export interface StudioTraits extends BaseTraits {
  /** The chosen model, owner/project. */
  model: string;
  _models: ModelChoice[];
  _service: "sandbox" | "live" | "";
  _spent: string;
  _problem: Partial<StudioProblem>;
  _takes_image: boolean;
  _draft_note: "" | "restored" | "other";
  /** The parts. */
  _prompt: Reference;
  _image: Reference;
  _panel: Reference;
  _button: Reference;
  _run_view: Reference;
  _strip: Reference;
  /** Null until it is asked for, as is `_grid`. */
  _sweep: Reference | null;
  _grid: Reference | null;
}
