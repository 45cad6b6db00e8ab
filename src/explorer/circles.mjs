// Fails if modules import each other in a circle, imports of types included.
//
//   node circles.mjs [folder]

import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "source"));
const modules = ts.sys.readDirectory(root, [".ts", ".tsx"]).map((name) => resolve(name)).sort();
if (modules.length === 0) {
  console.error(`${root} has no TypeScript.`);
  process.exit(1);
}

/** The modules that a module imports or re-exports from. */
function importsOf(module) {
  const { importedFiles } = ts.preProcessFile(readFileSync(module, "utf8"), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => {
      const path = resolve(dirname(module), fileName);
      const found = [`${path}.ts`, `${path}.tsx`].find((name) => modules.includes(name));
      // An import that is not understood could close a circle unseen.
      if (!found) throw new Error(`${relative(root, module)} imports ${fileName}, which is not a module of this folder.`);
      return found;
    });
}

const imports = new Map(modules.map((module) => [module, importsOf(module)]));

/** The modules that a module depends on at any distance: itself only if it is in a circle. */
function reachableFrom(module) {
  const reached = new Set();
  const open = [module];
  while (open.length) {
    for (const next of imports.get(open.pop())) {
      if (!reached.has(next)) open.push(next);
      reached.add(next);
    }
  }
  return reached;
}

const reachable = new Map(modules.map((module) => [module, reachableFrom(module)]));
const circles = new Map();
for (const module of modules) {
  if (!reachable.get(module).has(module)) continue; // in no circle
  const circle = modules.filter((other) => reachable.get(module).has(other) && reachable.get(other).has(module));
  circles.set(circle.join(), circle);
}
for (const circle of circles.values()) {
  console.error(`These modules import each other in a circle: ${circle.map((name) => relative(root, name)).join(", ")}.`);
}
process.exit(circles.size ? 1 : 0);
