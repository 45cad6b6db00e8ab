// Answers what the Python tests ask about lineages, for a comparison: reads `<n>.pack` and `<n>.json`
// in a folder, and writes `<n>.answers.json`.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { followed } from "../source/model/followed";
import { lineageOf, packedLineage, type Direction, type Lineage, type PackedLineage } from "../source/model/lineage";
import { unpack, type Pack } from "../source/model/pack";
import { ViewMaker } from "../source/model/view";
import { impactCsv, touchedCsv } from "../source/out/impact-csv";
import type { Decision } from "../source/state/state";
import { stateOf } from "./linked";

interface Question {
  threshold: number;
  /** The score from which the page joins at first; 0 without it. */
  atFirst?: number;
  decisions: [link: number, decision: Decision][];
  /** Starts, directions and steps, null for any number, what is opened, and whether only approved links count. */
  lineages: [node: number, direction: Direction, hops: number | null, more: number[], approvedOnly?: boolean][];
}

function told(lineage: Lineage): unknown {
  return {
    nodes: lineage.nodes.map((node) => [node, lineage.depth.get(node), lineage.confidence.get(node)]),
    links: lineage.links.map((link, at) => [link, lineage.linkDepth[at]]),
    paths: lineage.nodes.map((node) => lineage.pathTo(node).map(({ link, from, to, against }) => [link, from, to, against])),
    opened: lineage.opened.map((node) => [
      node, lineage.depth.get(node), lineage.confidence.get(node), lineage.pathTo(node).map(({ link }) => link),
    ]),
    stubs: [...lineage.stubs].map(([node, next]) => [node, [...next].sort((x, y) => x - y)]),
    further: lineage.nFurther,
    behind: lineage.nBehind,
    left: lineage.notFollowed,
    csv: impactCsv(lineage),
    fields: touchedCsv(lineage),
  };
}

function answered(pack: Pack, question: Question): unknown {
  const atFirst = question.atFirst ?? 0;
  const state = stateOf({ threshold: question.threshold, decisions: new Map(question.decisions) });
  const view = followed(new ViewMaker(pack).make(state), atFirst);
  return {
    passes: Array.from(view.passes),
    lineages: question.lineages.map(([node, direction, hops, more, approvedOnly]) =>
      told(lineageOf(view, node, direction, hops ?? Infinity, new Set(more), approvedOnly)),
    ),
    packed: pack.result?.asked ? told(packedLineage(pack, pack.result as PackedLineage)) : null,
  };
}

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((each) => each.endsWith(".pack"))) {
  const stem = join(folder, name.slice(0, -".pack".length));
  const pack = unpack(new Uint8Array(readFileSync(`${stem}.pack`)).buffer);
  const questions = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as Question[];
  writeFileSync(`${stem}.answers.json`, JSON.stringify(questions.map((question) => answered(pack, question))));
}
