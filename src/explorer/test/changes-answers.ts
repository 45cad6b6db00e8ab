// Answers what the Python tests ask about changes, for a comparison: reads `<n>.pack` in a folder, and
// writes `<n>.answers.json`.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BECAUSE, changesOf, kindsOf, listChanges, SECTIONS } from "../source/model/changes";
import { causeOf, factsOf, headOf, plainWords, sureness, titleOfChanges } from "../source/model/changes-words";
import { unpack, type Pack } from "../source/model/pack";
import { changesCsv } from "../source/out/changes-csv";

function answered(pack: Pack): unknown {
  const changes = changesOf(pack);
  if (!changes) return null;
  const all = (section: (typeof SECTIONS)[number], kind = "") => listChanges(changes, { section, kind, because: "" }, "").rows;
  return {
    title: titleOfChanges(changes),
    facts: factsOf(changes),
    isEmpty: changes.isEmpty,
    csv: Object.fromEntries(SECTIONS.map((section) => [section, changesCsv(changes, section, all(section))])),
    kinds: Object.fromEntries(
      SECTIONS.map((section) => [section, Object.fromEntries(Array.from(kindsOf(changes, section), ([kind, n]) => [kind, [n, all(section, kind).length]]))]),
    ),
    heads: changes.changes.map((change) => plainWords(changes, headOf(change))),
    causes: changes.changes.map((change) => change.causes.map((at) => (at < 0 ? null : plainWords(changes, causeOf(changes.link(at)))))),
    sure: changes.changes.map(sureness),
    because: Object.fromEntries(BECAUSE.map((because) => [because, listChanges(changes, { section: "concepts", kind: "", because }, "").rows])),
    members: changes.changes.map((change) => change.after.map((side) => changes.memberOf(change, side))),
  };
}

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((each) => each.endsWith(".pack"))) {
  const stem = join(folder, name.slice(0, -".pack".length));
  const pack = unpack(new Uint8Array(readFileSync(`${stem}.pack`)).buffer);
  writeFileSync(`${stem}.answers.json`, JSON.stringify(answered(pack)));
}
