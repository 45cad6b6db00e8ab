// Builds the page's script and style sheet into the Python package, or checks that they are built.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "hummgraph", "explorer", "built");
const common = { bundle: true, minify: true, write: false, target: "es2022", charset: "ascii", legalComments: "none" };

const worker = await build({
  ...common,
  format: "iife",
  entryPoints: [join(here, "source", "picture", "force-worker.ts")],
});
const workerText = {
  name: "worker-text",
  setup(made) {
    made.onResolve({ filter: /^virtual:force-worker$/ }, () => ({ path: "force-worker", namespace: "worker" }));
    made.onLoad({ filter: /.*/, namespace: "worker" }, () => ({ contents: worker.outputFiles[0].text, loader: "text" }));
  },
};
const script = await build({
  ...common,
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
  entryPoints: [join(here, "source", "main.tsx")],
  plugins: [workerText],
});
const widget = await build({ ...common, format: "esm", entryPoints: [join(here, "source", "widget", "widget.ts")] });
const style = await build({ ...common, entryPoints: [join(here, "source", "style.css")] });

// What is bundled comes with the notices that its licences ask for, and with a list for programs.
const bundled = ["preact", "d3-force", "d3-dispatch", "d3-quadtree", "d3-timer"].map((name) => {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { name, version, license, notice: readFileSync(join(folder, "LICENSE"), "utf8").trim() };
});
const notices = bundled.map(({ name, version, notice }) => `${name} ${version}\n\n${notice}\n`);
const { packages } = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
const components = bundled.map(({ name, version, license }) => {
  const purl = `pkg:npm/${name}@${version}`;
  const [algorithm, hash] = packages[`node_modules/${name}`].integrity.split("-");
  if (algorithm !== "sha512") throw new Error(`package-lock.json has no SHA-512 of ${name}`);
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    hashes: [{ alg: "SHA-512", content: Buffer.from(hash, "base64").toString("hex") }],
    licenses: [{ license: { id: license } }],
    purl,
  };
});
const bom = {
  $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { component: { type: "file", "bom-ref": "page.js", name: "hummgraph/explorer/built/page.js" } },
  components,
  dependencies: [{ ref: "page.js", dependsOn: components.map((one) => one.purl) }],
};

// An end tag within the script would end the element that it stands in.
const inert = (text) => text.trim().replace(/<\/(script|style)/gi, "<\\/$1");
const files = {
  "page.js": `${inert(script.outputFiles[0].text)}\n`,
  "widget.js": `${widget.outputFiles[0].text.trim()}\n`,
  "page.css": `${inert(style.outputFiles[0].text)}\n`,
  "licenses.txt": `The page's script contains:\n\n${notices.join(`\n${"-".repeat(72)}\n\n`)}`,
  "page.cdx.json": `${JSON.stringify(bom, null, 2)}\n`,
};

const stale = Object.entries(files).filter(([name, text]) => {
  const path = join(target, name);
  return !existsSync(path) || readFileSync(path, "utf8") !== text;
});
if (process.argv.includes("--check")) {
  for (const [name] of stale) console.error(`${name} is not what the sources give; run: npm run build`);
  process.exit(stale.length ? 1 : 0);
}
for (const [name, text] of stale) writeFileSync(join(target, name), text);
for (const [name, text] of Object.entries(files)) console.log(`${name} ${(text.length / 1000).toFixed(1)} kB`);
