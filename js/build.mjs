// Builds each widget into ../wiro_widgets/widgets/static/<name>.js and .css, prints the sizes and
// fails over the cap: a bundle travels once per widget instance, so every kilobyte counts.
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

// Kilobytes. A run view is the timeline and the player in one, so it may weigh as much as both; an
// image input decodes, turns, crops and sends.
const ONE = { ".js": 12, ".css": 8 };
const CAPS = {
  timeline: ONE,
  player: ONE,
  prompt_input: ONE,
  parameter_panel: ONE,
  run_button: ONE,
  image_input: { ".js": 16, ".css": 8 },
  run_view: { ".js": 24, ".css": 9 },
  compare_grid: { ".js": 40, ".css": 12 },
};
const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "../wiro_widgets/widgets/static");

const names = (await readdir(join(here, "widgets"), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const options = {
  entryPoints: names.flatMap((name) => [
    { in: join(here, "widgets", name, "index.ts"), out: name },
    { in: join(here, "widgets", name, "index.css"), out: name },
  ]),
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

async function report() {
  let over = 0;
  for (const name of names) {
    const sizes = [];
    for (const [suffix, cap] of Object.entries(CAPS[name] ?? ONE)) {
      const kilobytes = (await stat(join(outdir, name + suffix))).size / 1024;
      over += kilobytes > cap ? 1 : 0;
      sizes.push(`${suffix} ${kilobytes.toFixed(1)} of ${cap} KB${kilobytes > cap ? " OVER" : ""}`);
    }
    console.log(`${name.padEnd(15)} ${sizes.join("   ")}`);
  }
  if (over) process.exit(1);
}

if (process.argv.includes("--watch") || process.argv.includes("--serve")) {
  const watching = await context({ ...options, minify: false, sourcemap: "inline" });
  await watching.watch();
  if (process.argv.includes("--serve")) {
    const { port } = await watching.serve({ servedir: join(here, ".."), host: "127.0.0.1" });
    console.log(`http://127.0.0.1:${port}/js/demo/`);
  }
} else {
  await mkdir(outdir, { recursive: true });
  for (const file of await readdir(outdir)) {
    if (!names.includes(parse(file).name)) await rm(join(outdir, file));
  }
  await build(options);
  await report();
}
