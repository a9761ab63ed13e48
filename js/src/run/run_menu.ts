// What can be done with a run: the menu behind "⋯", the same on its card and on its thumbnail.
import { attempt, type RequestBody } from "../core/channel.ts";
import { activeBeside, button, h, on, placeBeside, setAttributes, setText } from "../core/dom.ts";
import type { BaseTraits, Kernel, Model } from "../core/model.ts";
import type { AboutRunMessage, RunStatus } from "../protocol/runs.ts";

export interface MenuTraits extends BaseTraits {
  /** Whether there are inputs that a run can be loaded into. */
  _reuses: boolean;
}

export interface MenuRun {
  key: string;
  name: string;
  status: RunStatus;
  over: boolean;
  task_id: string | null;
  starred?: boolean;
}

export interface RunMenu {
  element: HTMLElement;
  /** Show it beside its button, or close it when that has opened it. */
  open(run: MenuRun, opener: HTMLElement): void;
  /** The price of running it again, such as "$0.19 if live"; "" when the kernel does not answer. */
  priceOf(key: string): Promise<string>;
}

/** Make one request to the kernel at a time, and `say` how it ended. */
export function actor(model: Kernel, signal: AbortSignal, say: (words: string) => void) {
  let waiting = false;
  return async (message: RequestBody, done: string): Promise<void> => {
    if (waiting) return;
    waiting = true;
    if (await attempt(model, message, signal, say)) say(done);
    waiting = false;
  };
}

export const LOADED = "Loaded into the prompt.";
export const CONTINUED = "Your next run starts from this last frame.";

/**
 * @param say shows the outcome of a press.
 * @param loads whether it also has what the card shows as buttons of its own.
 * @param more items of the widget itself.
 */
export function runMenu(
  model: Model<MenuTraits>,
  signal: AbortSignal,
  say: (words: string) => void,
  loads: boolean,
  more: HTMLElement[] = [],
): RunMenu {
  const act = actor(model, signal, say);
  let run: MenuRun | null = null;
  let about: AboutRunMessage | null = null;
  let by: HTMLElement | null = null;
  const item = (text: string, press: (run: MenuRun) => void) =>
    button("item", text, () => {
      element.hidePopover();
      if (run) press(run);
    });
  const reuse = item("Reuse", ({ key }) => void act({ type: "reuse", run: key }, LOADED));
  const next = item(
    "Continue from last frame",
    ({ key }) => void act({ type: "continue", run: key }, CONTINUED),
  );
  // Never before its price is on it.
  const again = item("", ({ key }) => about && void act({ type: "send_again", run: key }, ""));
  const code = item("Copy as Python", () => void copy(about?.code, "Python"));
  const nextCode = item(
    "Copy as Python, continuing from its last frame",
    () => void copy(about?.next_code, "Python"),
  );
  const task = item("Copy task id", ({ task_id }) => void copy(task_id, "Task id"));
  const star = item(
    "",
    ({ key, starred }) =>
      void act(
        { type: "judge", run: key, changes: { starred: !starred } },
        starred ? "" : "Marked as a favourite.",
      ),
  );
  const items = [reuse, next, again, code, nextCode, task, star, ...more];
  const element = h("div", "menu", { popover: "auto", role: "group" }, ...items);
  const close = () => element.matches(":popover-open") && element.hidePopover();

  on<KeyboardEvent>(element, "keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const seen = items.filter((each) => !each.hidden);
    const at = seen.indexOf(activeBeside(element) as HTMLButtonElement);
    seen.at((at + step) % seen.length)?.focus();
  });
  document.addEventListener("scroll", close, { capture: true, signal });

  async function copy(text: string | null | undefined, what: string): Promise<void> {
    try {
      if (text) await navigator.clipboard.writeText(text);
      say(text ? `${what} copied.` : "Waiting for the kernel. Try again in a moment.");
    } catch {
      // No clipboard on pages served without encryption: what is said can be selected.
      say(text ?? "");
    }
  }

  async function ask(key: string): Promise<AboutRunMessage | null> {
    let found: AboutRunMessage | null = null;
    await attempt(model, { type: "about", run: key }, signal, say, (reply) => {
      if (reply.type === "about_run") found = reply;
      return true;
    });
    return found;
  }

  function refresh(): void {
    if (!run) return;
    const { over, status, task_id, starred, name } = run;
    const reuses = model.get("_reuses");
    const done = status === "succeeded";
    setAttributes(element, { "aria-label": name });
    reuse.hidden = !loads || !reuses;
    next.hidden = reuse.hidden || !done;
    again.hidden = !over || status === "unknown" || status === "downloading";
    setAttributes(again, { "aria-disabled": about ? null : "true" });
    setText(again, `${done ? "Run again" : "Try again"}${about ? ` · ${about.price}` : "…"}`);
    nextCode.hidden = reuses || !about?.next_code;
    task.hidden = !task_id;
    setText(star, starred ? "Not a favourite" : "Favourite");
    for (const each of more) each.hidden = !done;
  }

  return {
    element,
    open(shown, opener) {
      const same = by === opener && element.matches(":popover-open");
      close();
      if (same) return;
      [run, by, about] = [shown, opener, null];
      refresh();
      element.showPopover();
      placeBeside(element, opener);
      items.find((each) => !each.hidden)?.focus();
      void ask(shown.key).then((found) => {
        if (run !== shown) return;
        about = found;
        refresh();
      });
    },
    priceOf: async (key) => (await ask(key))?.price ?? "",
  };
}
