// Files for a setting: chosen or dropped here, or named by an address or a path of the kernel's.

import { KERNEL_BUSY } from "../core/channel.ts";
import { button, h, on, setAttributes, setText } from "../core/dom.ts";
import type { PanelField } from "../protocol/inputs.ts";
import type { Control, FieldContext } from "./control.ts";
import { linesInput, textInput } from "./text_inputs.ts";

export function fileInput(about: PanelField, hands: FieldContext): Control {
  const { multiple } = about;
  const text = (multiple ? linesInput : textInput)(about, hands);
  const input = h("input", "", { type: "file", hidden: true, multiple, tabindex: -1 });
  const choose = button("button", multiple ? "Choose files…" : "Choose a file…", () =>
    input.click(),
  );
  const state = h("span", "hint", { role: "status" });
  const element = h("div", "files", {}, text.element, input, h("div", "row", {}, choose, state));
  let held: unknown;
  setAttributes(choose, { "aria-describedby": `${hands.id}-label` });

  async function send(chosen: File[]): Promise<void> {
    for (const file of multiple ? chosen : chosen.slice(0, 1)) {
      const tell = (part: number, silent: boolean) =>
        setText(state, silent ? KERNEL_BUSY : `Sending ${file.name}: ${Math.floor(part * 100)} %`);
      try {
        const path = await hands.send(file, tell);
        const before = Array.isArray(held) ? held : [];
        hands.change(multiple ? [...before, path] : path);
        setText(state, "");
      } catch (error) {
        setText(state, (error as Error).message);
        return;
      }
    }
  }

  on(input, "change", () => {
    void send([...(input.files as FileList)]);
    input.value = "";
  });
  on<DragEvent>(element, "dragover drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files") || choose.matches(":disabled")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.type === "drop") void send([...event.dataTransfer.files]);
  });
  return {
    ...text,
    element,
    wide: true,
    show(value, blocked) {
      held = value;
      text.show(value, blocked);
    },
  };
}
