// Light or dark, as the host is; marimo's shadow roots and VS Code's white sheet included.
import { on } from "./dom.ts";

const DARK =
  "[data-jp-theme-light=false],.vscode-dark,.vscode-high-contrast,[data-theme=dark],.dark";
const LIGHT = "[data-jp-theme-light=true],.vscode-light,[data-theme=light],.light";

/** Keep `data-wiro-theme` on `root` in step with the host until `signal` ends. */
export function followTheme(root: HTMLElement, signal: AbortSignal): void {
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    root.dataset.wiroTheme = (hostIsDark(root) ?? preference.matches) ? "dark" : "light";
  };
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributes: true });
  observer.observe(document.body, { attributes: true });
  on(signal, "abort", () => observer.disconnect());
  on(preference, "change", apply, { signal });
  apply();
}

/** What the nearest ancestor that has a say says; null when none has. */
function hostIsDark(start: Element): boolean | null {
  for (let element: Element | null = start; element; ) {
    const said: Element | null = element.closest(`${DARK},${LIGHT}`);
    if (said) return said.matches(DARK);
    const root = element.getRootNode();
    // `el` may not be in the page yet while it is rendered: then the page itself is asked.
    if (root === document) return null;
    element = root instanceof ShadowRoot ? root.host : document.body;
  }
  return null;
}
