// What a press has begun: the button says what it is doing, and its clip comes into view.
import { on } from "../../core/dom.ts";
import { type BaseTraits, type Model, watch } from "../../core/model.ts";
import { type RunTraits, snapshotOf } from "../../run/run_snapshot.ts";
import { statusWords } from "../../run/status_text.ts";
import type { Parts } from "./parts.ts";

const TICK_MS = 1000;

interface OrderTraits extends BaseTraits {
  doing?: { name: string; words: string };
  recorded_as: string;
  values: unknown;
  prompt: string;
}

/** @param inputs what has the button and the prompt. @param place where the run is shown. */
export async function followRun(
  { model, host, signal }: Parts,
  inputs: HTMLElement,
  place: HTMLElement,
): Promise<void> {
  const [shown, button] = await Promise.all([
    host.getModel(model.get("_run_view")),
    host.getModel(model.get("_button")),
  ]);
  const run = shown as unknown as Model<RunTraits>;
  const order = button as unknown as Model<OrderTraits>;
  if (signal.aborted) return;
  let pressed = false;
  /** The run of the last press, until something else is asked for. */
  let begun = "";
  let key = run.get("_facts").key;

  function tell(): void {
    const snapshot = snapshotOf(run);
    const own =
      snapshot &&
      [begun, order.get("recorded_as")].some((each) =>
        [snapshot.key, snapshot.name].includes(each),
      );
    const words =
      !own || snapshot.over
        ? ""
        : statusWords(snapshot, Date.now() / 1000).replace(/^([^·\d]+) (?=\d)/, "$1… ");
    if (words !== (order.get("doing")?.words ?? "")) {
      order.set("doing", { name: snapshot?.name ?? "", words });
    }
  }

  on(inputs, "click", ({ target }) => {
    if ((target as Element).closest(".wiro-order > .wiro-primary")) pressed = true;
  });
  on<KeyboardEvent>(inputs, "keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) pressed = true;
  });
  watch(
    run,
    "_facts",
    (facts) => {
      if (facts.key === key) return;
      key = facts.key;
      if (pressed) {
        begun = key ?? "";
        const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        // After the run has been drawn, which changes the size of its place.
        requestAnimationFrame(() =>
          // Not the column, which is as tall as the form beside it.
          (place.querySelector(".wiro-root") ?? place).scrollIntoView({
            block: "nearest",
            behavior: calm ? "auto" : "smooth",
          }),
        );
      }
      pressed = false;
    },
    signal,
  );
  for (const name of ["_facts", "_standing", "_live"] as const) watch(run, name, tell, signal);
  watch(order, "recorded_as", tell, signal);
  for (const name of ["values", "prompt"] as const) {
    watch(
      order,
      name,
      () => {
        begun = "";
        tell();
      },
      signal,
    );
  }
  const ticking = setInterval(tell, TICK_MS);
  on(signal, "abort", () => clearInterval(ticking));
}
