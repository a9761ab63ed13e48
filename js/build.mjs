// Builds each widget into ../wiro_widgets/widgets/static/<name>.js and .css, prints the sizes and
// fails over the cap: a bundle travels once per widget instance and is kept in the notebook with
// its state, so every kilobyte counts.
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, parse, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";
import { pack } from "./pack.mjs";

// Kilobytes, packed.
const ONE = { ".js": 12, ".css": 8 };
const CAPS = {
  run_view: { ".js": 13.5, ".css": 9.5 },
  compare_grid: { ".js": 40, ".css": 12 },
};
const ALL = 100;
const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "../wiro_widgets/widgets/static");

const names = (await readdir(join(here, "src/widgets"), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const options = {
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome112", "firefox117", "safari16.5"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** One build of each kind per widget, so that each knows its name. */
const optionsOf = (name) => [
  {
    ...options,
    entryPoints: [{ in: join(here, "src/widgets", name, "index.ts"), out: name }],
    define: { WIDGET_CLASS: JSON.stringify(`wiro-in-${name}`) },
  },
  {
    ...options,
    entryPoints: [{ in: join(here, "src/widgets", name, "index.css"), out: name }],
    plugins: [ownStyles(name)],
    // Pages that do not say what they are written in would take a sign for others.
    charset: "ascii",
    // Nesting is left to the browser, or every selector would grow by the widget's name.
    target: "esnext",
  },
];

/**
 * Every widget's style sheet is on the page of all others, so its rules are kept to its own views,
 * but for what `host.css` says about the boxes around them.
 */
function ownStyles(name) {
  const folder = join(here, "src/widgets", name);
  const KEYFRAMES = /@keyframes[^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g;
  return {
    name: "own-styles",
    setup({ onLoad }) {
      onLoad({ filter: /index\.css$/ }, async ({ path }) => {
        const { outputFiles, metafile } = await build({
          ...options,
          charset: "ascii",
          entryPoints: [path],
          write: false,
          metafile: true,
        });
        const text = outputFiles[0].text;
        const frames = text.match(KEYFRAMES) ?? [];
        const host = join(folder, "host.css");
        return {
          contents: [
            `.wiro-in-${name}{${text.replace(KEYFRAMES, "")}}`,
            ...frames,
            await readFile(host, "utf8").catch(() => ""),
          ].join("\n"),
          loader: "css",
          watchFiles: [host, ...Object.keys(metafile.inputs).map((file) => resolve(file))],
        };
      });
    },
  };
}

/** @returns {Promise<number>} bytes before. */
async function packed(name) {
  const path = join(outdir, `${name}.js`);
  const { module, unpacked } = await pack(await readFile(path, "utf8"));
  await writeFile(path, module);
  return unpacked;
}

async function report(plain) {
  let over = 0;
  let all = 0;
  for (const [index, name] of names.entries()) {
    const sizes = [];
    for (const [suffix, cap] of Object.entries(CAPS[name] ?? ONE)) {
      const kilobytes = (await stat(join(outdir, name + suffix))).size / 1024;
      over += kilobytes > cap ? 1 : 0;
      all += suffix === ".js" ? kilobytes : 0;
      sizes.push(`${suffix} ${kilobytes.toFixed(1)} of ${cap} KB${kilobytes > cap ? " OVER" : ""}`);
    }
    const before = (plain[index] / 1024).toFixed(1);
    console.log(`${name.padEnd(15)} ${sizes.join("   ")}   (${before} unpacked)`);
  }
  console.log(`all .js together ${all.toFixed(1)} of ${ALL} KB${all > ALL ? " OVER" : ""}`);
  if (over || all > ALL) process.exit(1);
}

await mkdir(outdir, { recursive: true });
if (process.argv.includes("--watch") || process.argv.includes("--serve")) {
  const loud = { minify: false, sourcemap: "inline" };
  const all = await Promise.all(
    names.flatMap(optionsOf).map((each) => context({ ...each, ...loud })),
  );
  await Promise.all(all.map((each) => each.watch()));
  if (process.argv.includes("--serve")) {
    const { port } = await all[0].serve({ servedir: join(here, ".."), host: "127.0.0.1" });
    console.log(`http://127.0.0.1:${port}/js/demo/`);
  }
} else {
  for (const file of await readdir(outdir)) {
    if (!names.includes(parse(file).name)) await rm(join(outdir, file));
  }
  await Promise.all(names.flatMap(optionsOf).map((each) => build(each)));
  await report(await Promise.all(names.map(packed)));
}
