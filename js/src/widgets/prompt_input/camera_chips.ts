// The camera moves as chips: one stop of the Tab key, arrows within.
import { activeBeside, button, h, on, setAttributes, setText } from "../../core/dom.ts";

export interface CameraChips {
  element: HTMLElement;
  offer(moves: string[], disabled: boolean): void;
}

/** How many are shown until a person asks for the rest. */
const OPEN = 2;
const STEPS: Record<string, (place: number, count: number) => number> = {
  ArrowRight: (place, count) => (place + 1) % count,
  ArrowLeft: (place, count) => (place + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** @param choose called with the command of the chip that was pressed. */
export function cameraChips(choose: (command: string) => void): CameraChips {
  const element = h("div", "cameras", {
    role: "toolbar",
    "aria-label": "Camera moves",
  });
  const more = button("camera", "", () => setOpen(!open));
  let open = false;
  let offered: string[] = [];
  let chips: HTMLButtonElement[] = [];

  const visible = () => [...chips, more].filter((chip) => !chip.hidden);

  function focusable(current: Element | undefined): void {
    for (const chip of [...chips, more])
      setAttributes(chip, { tabindex: chip === current ? 0 : -1 });
  }

  function setOpen(wanted: boolean): void {
    open = wanted;
    for (const [place, chip] of chips.entries()) chip.hidden = !open && place >= OPEN;
    more.hidden = chips.length <= OPEN + 1;
    if (more.hidden) for (const chip of chips) chip.hidden = false;
    setText(more, open ? "Fewer" : `${chips.length - OPEN} more ▾`);
    setAttributes(more, { "aria-expanded": String(open) });
    const held = activeBeside(element);
    focusable(visible().find((chip) => chip === held) ?? visible()[0]);
  }

  on<KeyboardEvent>(element, "keydown", (event) => {
    const step = STEPS[event.key];
    const shown = visible();
    const place = shown.indexOf(event.target as HTMLButtonElement);
    if (!step || place < 0) return;
    const next = shown[step(place, shown.length)];
    focusable(next);
    next?.focus();
    event.preventDefault();
  });
  on(element, "focusin", ({ target }) => focusable(target as Element));

  return {
    element,
    offer(moves, disabled) {
      element.hidden = !moves.length;
      if (moves.join() !== offered.join()) {
        offered = moves;
        chips = moves.map((text) => button("camera", text, () => choose(text)));
        element.replaceChildren(...chips, more);
        setOpen(open);
      }
      for (const chip of chips) chip.disabled = disabled;
    },
  };
}
