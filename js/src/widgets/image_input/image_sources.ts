// Where a picture comes from: dropped, pasted, from the file dialog, or by its address.
import { activeBeside, button, h, on } from "../../core/dom.ts";
import { droppedFiles, onLabDrop } from "../../core/transfer.ts";
import type { Actions } from "./image_state.ts";

export interface ImageSources {
  /** The row that asks for an address. */
  element: HTMLElement;
  browse(): void;
  askAddress(): void;
}

const TYPES = "image/jpeg,image/png,image/webp,image/*";
const ADDRESS = /^https?:\/\/\S+$/i;

/** @param zone where pictures are dropped, and where they are pasted while it has the focus. */
export function imageSources(
  zone: HTMLElement,
  act: Actions,
  still: () => boolean,
  signal: AbortSignal,
): ImageSources {
  const input = h("input", "", { type: "file", accept: TYPES, hidden: true, tabindex: -1 });
  const address = h("input", "input", {
    type: "url",
    placeholder: "https://…",
    "aria-label": "URL of the image",
    spellcheck: "false",
  });
  const use = button("button", "Use", take);
  const row = h("div", "address", { hidden: true }, address, use);
  const element = h("div", "", {}, input, row);

  function take(): void {
    const url = address.value.trim();
    if (!url) return;
    void act.link(url);
    close();
  }

  function close(): void {
    row.hidden = true;
    address.value = "";
    zone.focus();
  }

  /** True when there was something to take. */
  function takeFrom(data: DataTransfer | null): boolean {
    if (!data) return false;
    let files: File[];
    try {
      files = droppedFiles(data);
    } catch (error) {
      act.complain(error);
      return true;
    }
    const file = files.find(({ type }) => !type || type.startsWith("image/")) ?? files[0];
    const text = data.getData("text/uri-list") || data.getData("text/plain");
    const url = text.trim().split("\n")[0]?.trim() ?? "";
    if (file) void act.choose(file, file.name);
    else if (ADDRESS.test(url)) void act.link(url);
    else return false;
    return true;
  }

  on(input, "change", () => {
    const file = input.files?.[0];
    if (file) void act.choose(file, file.name);
    // So that choosing the same file again is a change too.
    input.value = "";
  });
  on<KeyboardEvent>(row, "keydown", (event) => {
    if (event.key === "Enter" && event.target === address) take();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  on<DragEvent>(zone, "dragenter dragover", (event) => {
    if (still()) return;
    event.preventDefault();
    event.stopPropagation();
    zone.dataset.over = "";
  });
  on<DragEvent>(zone, "dragleave drop", (event) => {
    if (event.type === "drop" || !zone.contains(event.relatedTarget as Node | null)) {
      delete zone.dataset.over;
    }
  });
  on<DragEvent>(zone, "drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!still()) takeFrom(event.dataTransfer);
  });
  onLabDrop(zone, still, (files) => {
    files.then(([file]) => file && act.choose(file, file.name)).catch(act.complain);
  });
  // On the document, where some browsers send it when no field has the focus; handled only while the
  // focus is here, so that what is pasted into a cell stays there.
  on<ClipboardEvent>(
    document,
    "paste",
    (event) => {
      const focused = activeBeside(zone);
      if (still() || !focused || !zone.contains(focused)) return;
      if (!takeFrom(event.clipboardData)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { signal, capture: true } as { signal: AbortSignal },
  );
  return {
    element,
    browse: () => input.click(),
    askAddress() {
      row.hidden = false;
      address.focus();
    },
  };
}
