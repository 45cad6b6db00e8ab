// The check that no modules import each other in a circle.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

/** Run the check on modules by their names; return its exit code and what it prints. */
function checked(modules: Record<string, string>): [status: number | null, said: string] {
  const folder = mkdtempSync(join(tmpdir(), "hummgraph-circles-"));
  try {
    for (const [name, text] of Object.entries(modules)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const { status, stderr } = spawnSync(process.execPath, ["circles.mjs", folder], { encoding: "utf8" });
    return [status, stderr];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("modules that import each other in one direction pass", () => {
  const modules = {
    "a.ts": 'import { b } from "./b";\nimport type { C } from "./inner/c";\n// import "./d";\nexport const a: C = b;\n',
    "b.ts": 'import { d } from "node:d";\nexport { C as b } from "./inner/c";\n',
    "inner/c.tsx": "export type C = 1;\n",
    "d.ts": 'import "./a";\n',
  };
  assert.deepEqual(checked(modules), [0, ""]);
});

const BACK = {
  "an import": 'import { a } from "./a";\n',
  "an import of a type": 'import type { A } from "./a";\n',
  "an import of a type among values": 'import { x, type A } from "./a";\n',
  "a re-export": 'export * from "./a";\n',
  "an import in a function": 'export const late = () => import("./a");\n',
  "an import inside a type": 'export type A = import("./a").A;\n',
};
for (const [how, text] of Object.entries(BACK)) {
  test(`a circle that ${how} closes is reported with its modules`, () => {
    const [status, said] = checked({ "a.ts": 'import "./b";\n', "b.ts": 'import "./c";\n', "c.ts": text, "d.ts": 'import "./a";\n' });
    assert.equal(status, 1);
    assert.equal(said, "These modules import each other in a circle: a.ts, b.ts, c.ts.\n");
  });
}

test("every circle is reported, a module that imports itself among them", () => {
  const [status, said] = checked({ "a.ts": 'import "./a";\n', "b.ts": 'import "./c";\n', "c.ts": 'import "./b";\n' });
  assert.equal(status, 1);
  assert.deepEqual(said.match(/: .*/g), [": a.ts.", ": b.ts, c.ts."]);
});

test("an import of a missing module and a folder without modules fail", () => {
  assert.equal(checked({ "a.ts": 'import "./b";\n' })[0], 1);
  assert.equal(checked({ "a.css": "" })[0], 1);
});
