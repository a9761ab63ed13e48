import { afterEach, expect, it } from "vitest";
import { followTheme } from "../src/core/theme.ts";

const marked: Element[] = [];

/** Mark an element of the host as its theme does. */
function mark(element: Element, name: string, value: string): void {
  element.setAttribute(name, value);
  marked.push(element);
}

afterEach(() => {
  document.body.replaceChildren();
  for (const element of marked.splice(0)) {
    for (const name of element.getAttributeNames()) element.removeAttribute(name);
  }
});

function themeOf(parent: ParentNode & Node = document.body): string | undefined {
  const root = document.createElement("div");
  parent.append(root);
  const end = new AbortController();
  followTheme(root, end.signal);
  end.abort();
  return root.dataset.wiroTheme;
}

it.each([
  ["JupyterLab", "body", "data-jp-theme-light", "false", "dark"],
  ["Colab", "html", "theme", "dark", "dark"],
  ["Quarto", "html", "data-bs-theme", "dark", "dark"],
  ["VS Code", "body", "class", "vscode-dark", "dark"],
  ["VS Code, high contrast", "body", "class", "vscode-high-contrast", "dark"],
  [
    "VS Code, high contrast and light",
    "body",
    "class",
    "vscode-high-contrast-light vscode-high-contrast",
    "light",
  ],
  ["marimo", "body", "class", "dark", "dark"],
  ["a light page", "html", "data-theme", "light", "light"],
])("sees the theme of %s", (_, element, name, value, theme) => {
  mark(element === "html" ? document.documentElement : document.body, name, value);
  expect(themeOf()).toBe(theme);
});

it("believes the nearest, and looks beyond a shadow root", () => {
  mark(document.documentElement, "data-bs-theme", "light");
  const host = document.body.appendChild(document.createElement("div"));
  mark(host, "data-theme", "dark");
  expect(themeOf(host.attachShadow({ mode: "open" }))).toBe("dark");
});
