// Files for a setting: chosen or dropped here, or named by an address or a path of the kernel's.

import { button, h, on, setAttributes, setText } from "../core/dom.ts";
import { messageOf } from "../core/format.ts";
import { droppedFiles } from "../core/transfer.ts";
import type { PanelField } from "../protocol/inputs.ts";
import type { Control, FieldContext } from "./control.ts";
import { linesInput, textInput } from "./text_inputs.ts";

export function fileInput(about: PanelField, context: FieldContext): Control {
  const { multiple } = about;
  const text = (multiple ? linesInput : textInput)(about, context);
  const input = h("input", "", { type: "file", hidden: true, multiple, tabindex: -1 });
  const choose = button("button", multiple ? "Choose files…" : "Choose a file…", () =>
    input.click(),
  );
  const state = h("span", "hint", { role: "status" });
  const element = h("div", "files", {}, text.element, input, h("div", "row", {}, choose, state));
  let held: unknown;
  setAttributes(choose, { "aria-describedby": `${context.id}-label` });

  async function send(chosen: File[]): Promise<void> {
    for (const file of multiple ? chosen : chosen.slice(0, 1)) {
      const tell = (part: number, waiting: string) =>
        setText(state, waiting || `Sending ${file.name}: ${Math.floor(part * 100)} %`);
      try {
        const path = await context.send(file, tell);
        const before = Array.isArray(held) ? held : [];
        context.change(multiple ? [...before, path] : path);
        setText(state, "");
      } catch (error) {
        setText(state, messageOf(error));
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
    if (event.type !== "drop") return;
    try {
      void send(droppedFiles(event.dataTransfer));
    } catch (error) {
      setText(state, messageOf(error));
    }
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
