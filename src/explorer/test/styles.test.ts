// The style sheet of one page does not reach into another.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const folder = join("source", "pages");
const names = readdirSync(folder);
const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");

/** The page that a file belongs to: "concept-tree.tsx" to "concept". */
const pageOf = (name: string): string => name.replace(/[-.].*$/, "");

/** Classes that an element of the files of a page may have. */
function classesIn(name: string): Set<string> {
  const found = new Set<string>();
  for (const [, plain, computed] of textOf(name).matchAll(/class=(?:"([^"]*)"|\{`([^`]*)`)/g)) {
    for (const one of (plain ?? computed ?? "").split(/\s+|\$\{[^}]*\}/)) found.add(one);
  }
  return found;
}

/** Classes with which the rules of a style sheet begin. */
function beginningsOf(name: string): Set<string> {
  const found = new Set<string>();
  for (const [, selectors = ""] of textOf(name).replace(/\/\*.*?\*\//gs, "").matchAll(/([^{}]+)\{/g)) {
    for (const selector of selectors.replace(/\([^)]*\)/g, "").split(",")) {
      const [, own] = /^\s*\.([\w-]+)(?![\w-]*\.)/.exec(selector) ?? [];
      if (own) found.add(own);
    }
  }
  return found;
}

test("rules of a page begin with classes that no other page has", () => {
  const used = new Map(names.filter((name) => name.endsWith(".tsx")).map((name) => [name, classesIn(name)]));
  const sheets = names.filter((name) => name.endsWith(".css"));
  assert.ok(sheets.length >= 5);
  const foreign = sheets.flatMap((sheet) =>
    [...beginningsOf(sheet)].flatMap((own) =>
      [...used].filter(([name, classes]) => pageOf(name) !== pageOf(sheet) && classes.has(own)).map(([name]) => `.${own} of ${sheet} is in ${name}`),
    ),
  );
  assert.deepEqual(foreign, []);
});
