// The widgets without a kernel: ?widget=run_view&state=generating&theme=dark
import { FakeModel } from "./fake_model.js";
import { states, traitsOf } from "./states.js";

const WIDGETS = ["run_view", "timeline", "player"];
const built = new URL("../../wiro_widgets/widgets/static/", import.meta.url);
const asked = new URLSearchParams(location.search);

/**
 * Show a widget in `el`; `run` among the traits is a snapshot.
 * @param {string} widget @param {Record<string, any>} traits @param {HTMLElement} el
 */
export async function show(widget, { run: first = {}, ...traits }, el) {
  const front = await import(new URL("front_end.js", built).href);
  const { views } = front.default.initialize();
  const definition = views[widget]();
  const model = new FakeModel({
    error: null,
    ...traitsOf(first),
    _source: {},
    loop: true,
    muted: true,
    speed: 1,
    _reuses: false,
    ...traits,
  });
  /** @param {HTMLElement} into */
  const view = (into) => {
    const end = new AbortController();
    end.signal.addEventListener("abort", definition.render({ model, el: into }));
    return end;
  };
  /** Go on as the kernel does. @param {Record<string, any>} snapshot */
  const run = (snapshot) => {
    for (const [name, value] of Object.entries(traitsOf(snapshot))) model.set(name, value);
  };
  const life = new AbortController();
  definition.initialize({ model, signal: life.signal });
  return { model, view, run, life, end: view(el) };
}

async function main() {
  document.body.dataset.jpThemeLight = String(asked.get("theme") !== "dark");
  const poster = asked.get("poster") ?? "../../notebooks/launch.jpg";
  const all = states(poster, asked.get("clip"));
  const wanted = asked.get("state");
  const widget = asked.get("widget") ?? "run_view";
  const nav = document.querySelector("nav");
  nav?.append(
    ...WIDGETS.flatMap((name) => Object.keys(all).map((state) => [name, state])).map(
      ([name, state]) =>
        Object.assign(document.createElement("a"), {
          href: `?widget=${name}&state=${state}`,
          textContent: `${name} ${state}`,
        }),
    ),
  );
  if (!wanted) return;
  nav?.remove();
  const el = document.createElement("main");
  document.body.append(el);
  const shown = await show(widget, { run: all[wanted] }, el);
  Object.assign(window, { shown, states: all });
  document.body.dataset.ready = "true";
}

if (document.body.dataset.demo !== undefined) await main();
