// Answers what the Python tests ask about ways to join, for a comparison: reads `<n>.pack` and `<n>.json`
// in a folder, and writes `<n>.answers.json`.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directly, isApproved, joinsOf, rejectedOf } from "../source/model/joins";
import { unpack } from "../source/model/pack";
import { ViewMaker } from "../source/model/view";
import { stateOf } from "./linked";

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((each) => each.endsWith(".pack"))) {
  const stem = join(folder, name.slice(0, -".pack".length));
  const pack = unpack(new Uint8Array(readFileSync(`${stem}.pack`)).buffer);
  const view = new ViewMaker(pack).make(stateOf({ page: "join" }));
  const questions = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as [a: number, b: number][];
  const answers = {
    ways: joinsOf(pack).pairs.map(({ ends, ways }) => ({
      ends,
      ways: ways.map((way) => ({ rejected: rejectedOf(view, way).map((link) => pack.linkId(link)), approved: isApproved(view, way) })),
    })),
    direct: questions.map(([a, b]) => directly(view, a, b).links.map((link) => pack.linkId(link))),
  };
  writeFileSync(`${stem}.answers.json`, JSON.stringify(answers));
}
