// A field that offers what matches the text typed so far: the ARIA pattern "editable combobox".
import { h, newId, on, setAttributes, setText } from "./dom.ts";
import { countOf } from "./format.ts";

export interface Choice {
  value: string;
  label: string;
  /** Said beside the label, such as "recent". */
  note: string;
}

export interface Combobox {
  element: HTMLElement;
  /** Show what is chosen. */
  show(value: string): void;
  /** What there is to choose from. */
  offer(choices: Choice[]): void;
}

/** Where a key leads from a place in an open list. */
const MOVES: Record<string, (place: number, last: number) => number> = {
  ArrowDown: (place) => place + 1,
  ArrowUp: (place) => place - 1,
  PageDown: (place) => place + PAGE,
  PageUp: (place) => Math.max(0, place - PAGE),
  Home: () => 0,
  End: (_, last) => last,
};
/** Choices that one press of Page Up or Page Down passes. */
const PAGE = 8;

/**
 * @param label what is chosen, in the singular, such as "Model".
 * @param choose called with the value of the choice that was made.
 * @param search called with what is typed, so that more can be offered.
 */
export function combobox(
  label: string,
  choose: (value: string) => void,
  search: (text: string) => void,
): Combobox {
  const id = newId();
  const thing = label.toLowerCase();
  const input = h("input", "combo", {
    role: "combobox",
    "aria-label": label,
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    "aria-controls": id,
    autocomplete: "off",
    spellcheck: "false",
  });
  const list = h("ul", "list", { id, role: "listbox", "aria-label": label, hidden: true });
  const none = h("p", "none", { hidden: true, "aria-hidden": "true" });
  // In the page from the start: a region that appears with its text is not announced.
  const count = h("p", "visually-hidden", { role: "status" });
  const element = h("div", "combobox", {}, input, list, none, count);
  let all: Choice[] = [];
  let chosen = "";
  let marked = -1;

  const labelOf = () => all.find(({ value }) => value === chosen)?.label ?? chosen;

  const matching = (): Choice[] => {
    const words = input.value === labelOf() ? [] : input.value.toLowerCase().split(/[\s/]+/);
    return all.filter(({ value, label: name }) =>
      words.every((word) => `${value} ${name}`.toLowerCase().includes(word)),
    );
  };

  function open(): void {
    const found = matching();
    marked = found.findIndex(({ value }) => value === chosen);
    list.replaceChildren(...found.map(option));
    list.hidden = !found.length;
    none.hidden = found.length > 0;
    setText(none, all.length ? `No ${thing} of that name.` : `No ${thing}s to choose from.`);
    setText(count, found.length ? countOf(found.length, thing) : (none.textContent ?? ""));
    setAttributes(input, { "aria-expanded": String(!list.hidden) });
    mark(marked);
  }

  function close(): void {
    list.hidden = true;
    none.hidden = true;
    setText(count, "");
    setAttributes(input, { "aria-expanded": "false", "aria-activedescendant": null });
    input.value = labelOf();
  }

  function option({ value, label: name, note }: Choice, place: number): HTMLElement {
    const item = h(
      "li",
      "option",
      { role: "option", id: `${id}-${place}`, "aria-selected": String(value === chosen) },
      h("span", "", {}, name),
      h("span", "note", {}, note),
    );
    item.dataset.value = value;
    // Before the field loses the focus, which would close the list.
    on(item, "pointerdown", (event) => event.preventDefault());
    on(item, "click", () => take(value));
    return item;
  }

  function mark(place: number): void {
    const items = [...list.children];
    marked = Math.max(-1, Math.min(items.length - 1, place));
    for (const [index, item] of items.entries()) {
      setAttributes(item, { "data-marked": index === marked });
    }
    const item = items[marked];
    setAttributes(input, { "aria-activedescendant": item?.id });
    item?.scrollIntoView({ block: "nearest" });
  }

  function take(value: string): void {
    chosen = value;
    close();
    choose(value);
  }

  function press(event: KeyboardEvent): void {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    // Enter and the arrows belong to an input method while it composes a word.
    if (event.isComposing) return;
    const last = list.children.length - 1;
    const next = shiftKey || ctrlKey || metaKey || altKey ? undefined : MOVES[key]?.(marked, last);
    if (next !== undefined && !list.hidden) mark(next);
    else if (key === "ArrowDown" || key === "ArrowUp") open();
    else if (key === "Enter") {
      const item = list.hidden ? null : (list.children[Math.max(0, marked)] as HTMLElement);
      if (item?.dataset.value) take(item.dataset.value);
    } else if (key === "Escape" && (!list.hidden || !none.hidden)) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  on(input, "focus", () => input.select());
  on(input, "click", open);
  on(input, "blur", close);
  on(input, "keydown", press);
  on(input, "input", () => {
    open();
    mark(0);
    search(input.value);
  });

  return {
    element,
    show(value) {
      chosen = value;
      if (list.hidden) input.value = labelOf();
    },
    offer(choices) {
      all = choices;
      if (!list.hidden || !none.hidden) open();
      else input.value = labelOf();
    },
  };
}
