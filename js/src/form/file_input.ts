// Files for a setting: chosen or dropped here, or named by an address or a path of the kernel's.

import { button, h, on, setAttributes, setText } from "../core/dom.ts";
import { messageOf } from "../core/format.ts";
import { droppedFiles, onLabDrop } from "../core/transfer.ts";
import type { PanelField } from "../protocol/inputs.ts";
import type { Control, FieldContext } from "./control.ts";
import { linesInput, textInput } from "./text_inputs.ts";

export function fileInput(about: PanelField, context: FieldContext): Control {
  const { multiple } = about;
  const text = (multiple ? linesInput : textInput)(about, context);
  const input = h("input", "", { type: "file", hidden: true, multiple, tabindex: -1 });
  const choose = button("button", multiple ? "Choose files…" : "Browse…", () => input.click());
  const state = h("span", "hint", { role: "status" });
  const preview = h("img", "preview", { alt: "", hidden: true });
  const row = h("div", "row", {}, preview, text.element, choose);
  const element = h("div", "files", {}, input, row, state);
  let held: unknown;
  /** The path whose image is in the preview. */
  let seen: unknown;
  setAttributes(choose, { "aria-describedby": `${context.id}-label` });

  async function send(chosen: File[]): Promise<void> {
    for (const file of multiple ? chosen : chosen.slice(0, 1)) {
      const tell = (part: number, waiting: string) =>
        setText(state, waiting || `Sending ${file.name}: ${Math.floor(part * 100)} %`);
      try {
        const path = await context.send(file, tell);
        const before = Array.isArray(held) ? held : [];
        if (!multiple) look(file, path);
        context.change(multiple ? [...before, path] : path);
        setText(state, "");
      } catch (error) {
        setText(state, messageOf(error));
        return;
      }
    }
  }

  function look(file: File, path: string): void {
    if (!file.type.startsWith("image/")) return;
    seen = path;
    preview.src = URL.createObjectURL(file);
  }

  on(preview, "load", () => {
    preview.hidden = held !== seen;
    URL.revokeObjectURL(preview.src);
  });
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
  onLabDrop(
    element,
    () => choose.matches(":disabled"),
    (files) => {
      files.then(send).catch((error: unknown) => setText(state, messageOf(error)));
    },
  );
  return {
    ...text,
    element,
    wide: true,
    show(value, blocked) {
      held = !multiple && Array.isArray(value) && value.length === 1 ? value[0] : value;
      if (held !== seen) preview.hidden = true;
      text.show(held, blocked);
    },
  };
}
