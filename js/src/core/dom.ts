// Building elements. Text goes in as text nodes only, so nothing from outside can become markup.

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string;

/** An id that no other element, message or page has; not a secret. */
export const newId = (): string => `wiro-${Math.random().toString(36).slice(2)}`;

/** An element with class `wiro-<name>`, attributes (true = present, false/null = absent), children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (name) element.className = name.replace(/\S+/g, "wiro-$&");
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Set attributes, touching only those that differ, so that readers are not disturbed. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = value === true ? "" : value === false || value == null ? null : String(value);
    if (element.getAttribute(name) === text) continue;
    if (text === null) element.removeAttribute(name);
    else element.setAttribute(name, text);
  }
}

/** Replace an element's text if it differs. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Listen; with the controller of an AbortSignal as `until`, only until it aborts. */
export function on<T extends Event = Event>(
  target: EventTarget,
  names: string,
  listener: (event: T) => void,
  until?: { signal: AbortSignal },
): void {
  for (const name of names.split(" ")) {
    target.addEventListener(name, listener as (event: Event) => void, until);
  }
}

/** What has the focus in the document or shadow root that `element` is in. */
export const activeBeside = (element: Element): Element | null =>
  (element.getRootNode() as Document | ShadowRoot).activeElement;

/** A button that is never a form's submit. */
export function button(
  name: string,
  text: string,
  press: (event: MouseEvent) => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const element = h("button", name, { type: "button", ...attributes }, text);
  on(element, "click", press);
  return element;
}

/**
 * An object URL for untrusted bytes. Opened in a tab, it has the notebook's origin, so any type but
 * video, audio and plain pictures (SVG can run scripts) is replaced by a harmless one.
 */
export const objectUrl = (blob: Blob): string => {
  const type = /^(video|audio|image)\/[\w.-]+$/.test(blob.type) ? blob.type : "video/mp4";
  return URL.createObjectURL(new Blob([blob], { type }));
};

/** Have the browser save a clip as a file. */
export function saveAs(name: string, blob: Blob): void {
  const href = objectUrl(blob);
  h("a", "", { href, download: name }).click();
  // Safari has not begun to read it when the click is over.
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

/** Put a popover under a button, or above it where there is no room under it. */
export function placeBeside(element: HTMLElement, opener: Element): void {
  const { top, bottom, right } = opener.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = element;
  const under = bottom + 4 + offsetHeight <= innerHeight;
  const y = under ? bottom + 4 : Math.max(4, top - offsetHeight - 4);
  const x = Math.max(4, right - offsetWidth);
  Object.assign(element.style, { top: `${y}px`, left: `${x}px` });
}
