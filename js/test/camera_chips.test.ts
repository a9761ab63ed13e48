import { expect, it } from "vitest";
import { cameraChips } from "../src/widgets/prompt_input/camera_chips.ts";

const MOVES = ["Push in", "Pull out", "Pan left", "Pan right", "Tilt up", "Tilt down", "A", "B"];

/** Chips in a page or, as in marimo, in a shadow root. */
function chipsIn(root: ParentNode & Node) {
  const chosen: string[] = [];
  const chips = cameraChips((command) => chosen.push(command));
  root.append(chips.element);
  chips.offer(MOVES, false);
  const buttons = () => [...chips.element.querySelectorAll("button")];
  const stops = () => buttons().filter(({ tabIndex }) => tabIndex === 0);
  const press = (key: string) =>
    (root as Document | ShadowRoot).activeElement?.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true }),
    );
  return { ...chips, chosen, buttons, stops, press };
}

const shadow = () =>
  document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });

it("keeps its one stop of the Tab key where it is when more is shown, in a shadow root too", () => {
  const { buttons, stops, press } = chipsIn(shadow());
  buttons()[0]?.focus();
  press("End");
  const more = stops();
  expect(more.map(({ textContent }) => textContent)).toEqual(["6 more ▾"]);
  more[0]?.click();
  expect(stops().map(({ textContent }) => textContent)).toEqual(["Fewer"]);
});

it("is built again only for other moves, so that the focus stays", () => {
  const { offer, buttons } = chipsIn(document.body);
  const first = buttons()[0];
  offer([...MOVES], true);
  expect(buttons()[0]).toBe(first);
  expect(first?.disabled).toBe(true);
  offer(["Zoom in"], false);
  expect(buttons().map(({ textContent }) => textContent)[0]).toBe("Zoom in");
});
