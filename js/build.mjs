// Builds the front end into ../wiro_widgets/widgets/static/: front_end.js with every widget and the
// style sheet, and stub.js. Prints the sizes and fails over the caps: the one travels and is kept in
// the notebook once per kernel, the other once per widget.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context, transform } from "esbuild";
import { pack, shorten } from "./pack.mjs";

// Kilobytes.
const CAPS = { front_end: 86, stub: 1.2 };
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const outdir = join(here, "../wiro_widgets/widgets/static");

const options = {
  outdir,
  entryPoints: Object.keys(CAPS).map((name) => join(source, `${name}.ts`)),
  bundle: true,
  minify: true,
  format: "esm",
  // The floor of anywidget 0.11 (AbortSignal.any) and of requestVideoFrameCallback.
  target: ["es2022", "chrome116", "firefox132", "safari17.4"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  plugins: [built()],
};

/** Every folder of src/widgets is a widget: index.ts exports it, index.css styles it. */
async function widgetNames() {
  const entries = await readdir(join(source, "widgets"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The modules `built:widgets` and `built:style_sheet`. */
function built() {
  return {
    name: "built",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^built:/ }, ({ path }) => ({ path, namespace: "built" }));
      onLoad({ filter: /:widgets$/, namespace: "built" }, async () => ({
        contents: (await widgetNames())
          .map((name) => `export { default as ${name} } from "./widgets/${name}/index.ts";`)
          .join("\n"),
        resolveDir: source,
        watchDirs: [join(source, "widgets")],
      }));
      onLoad({ filter: /:style_sheet$/, namespace: "built" }, async () => {
        const { css, files } = await styleSheet();
        // Two kernels of one page may have two versions of this package.
        const scope = `wiro-${createHash("sha256").update(css).digest("hex").slice(0, 6)}`;
        const { code } = await transform(css.replaceAll("SCOPE", scope), {
          loader: "css",
          minify: true,
          charset: "utf8",
          // Nesting is left to the browser, or every selector would grow.
          target: "esnext",
        });
        return {
          contents: `export const css = ${JSON.stringify(code)}, scope = "${scope}";`,
          watchFiles: files,
        };
      });
    },
  };
}

/**
 * Every style sheet once, holding only in the widgets that import it: the same class name may mean
 * something else in another one. The shared ones come first, in the order of the rooms.
 */
async function styleSheet() {
  const names = await widgetNames();
  const texts = new Map();
  const users = new Map();
  const read = async (path, name) => {
    const text = texts.get(path) ?? (await readFile(path, "utf8"));
    for (const [, imported] of text.matchAll(IMPORT))
      await read(join(dirname(path), imported), name);
    texts.set(path, text);
    users.set(path, (users.get(path) ?? new Set()).add(name));
  };
  for (const name of names) await read(join(source, "widgets", name, "index.css"), name);

  const room = (path) => ROOMS.findIndex((each) => path.startsWith(join(source, each)));
  const files = [...texts.keys()].sort((a, b) => room(a) - room(b));
  const frames = [];
  const rules = files.map((path) => {
    const own = texts
      .get(path)
      .replace(IMPORT, "")
      .replace(KEYFRAMES, (found) => {
        frames.push(found);
        return "";
      });
    const holders = [...users.get(path)].map((name) => `.wiro-in-${name}`);
    // One class more for each rule, so that which one wins does not depend on the holders.
    const scope = holders.length === names.length ? ".SCOPE" : `:is(${holders}):where(.SCOPE)`;
    return `${scope} {${own}}`;
  });
  return { css: [...rules, ...frames].join("\n"), files };
}

const ROOMS = ["core", "form", "run", "video", "widgets"];
const IMPORT = /^@import "(.+)";$/gm;
const KEYFRAMES = /@keyframes[^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g;

async function buildOnce() {
  const { metafile } = await build(options);
  const sizes = {};
  for (const name of Object.keys(CAPS)) {
    const path = join(outdir, `${name}.js`);
    let text = await readFile(path, "utf8");
    text = name === "front_end" ? (await pack(text)).module : await shorten(text);
    await writeFile(path, text);
    sizes[name] = Buffer.byteLength(text) / 1024;
  }
  report(sizes, metafile);
}

function report(sizes, { outputs }) {
  const rooms = {};
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const room = path.match(/^src\/(widgets\/\w+|\w+)\//)?.[1] ?? path;
      rooms[room] = (rooms[room] ?? 0) + bytesInOutput / 1024;
    }
  }
  for (const [room, size] of Object.entries(rooms).sort(([, a], [, b]) => b - a)) {
    console.log(`  ${room.padEnd(24)} ${size.toFixed(1).padStart(5)} KB unpacked`);
  }
  for (const [name, size] of Object.entries(sizes)) {
    const over = size > CAPS[name];
    console.log(`${name}.js ${size.toFixed(2)} of ${CAPS[name]} KB${over ? " OVER" : ""}`);
    if (over) process.exitCode = 1;
  }
}

await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
if (process.argv.includes("--watch") || process.argv.includes("--serve")) {
  const watched = await context({ ...options, minify: false, sourcemap: "inline" });
  await watched.watch();
  if (process.argv.includes("--serve")) {
    const { port } = await watched.serve({ servedir: join(here, ".."), host: "127.0.0.1" });
    console.log(`http://127.0.0.1:${port}/js/demo/`);
  }
} else {
  await buildOnce();
}
