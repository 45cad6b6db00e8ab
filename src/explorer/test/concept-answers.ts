// Answers what the Python tests ask about concepts, for a comparison: reads `<n>.pack` and `<n>.json`
// in a folder, and writes `<n>.answers.json`.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { historyOf, holdingOf } from "../source/model/history-of";
import { unpack, type Pack } from "../source/model/pack";
import { plain } from "../source/model/sentence";
import { linksToTakeOut } from "../source/model/take-out";
import { conceptEffect } from "../source/model/concept-effect";
import { REJECTED } from "../source/generated";
import { ViewMaker } from "../source/model/view";
import { waysOut } from "../source/model/ways-out";
import { whySaid } from "../source/model/said";
import { whyShort } from "../source/model/why-short";
import type { Decision } from "../source/state/state";
import { stateOf } from "./linked";

interface Question {
  threshold: number;
  decisions: [link: number, decision: Decision][];
  /** Members that are taken out, and pairs of nodes of which it is asked why. */
  members: number[];
  pairs: [number, number][];
}

function answered(pack: Pack, question: Question): unknown {
  const view = new ViewMaker(pack).make(
    stateOf({ threshold: question.threshold, decisions: new Map(question.decisions) }),
  );
  const { clusters } = view;
  const histories = Array.from(clusters.sizes, (_, cluster) => {
    const history = historyOf(view, clusters, cluster);
    const holding = history && holdingOf(history);
    return {
      joins: history?.joins.map(({ height, link, sizes }) => [height, link, ...sizes]) ?? null,
      splits: holding && [holding.lowest, holding.splitsOff.length],
    };
  });
  return {
    labels: Array.from(clusters.labels),
    histories,
    ways: view.contradictions.map(({ cluster, link }) => {
      const { chain, ways } = waysOut(view, cluster, link);
      return { link, chain, ways: ways.map((way) => [way.links, way.status, way.effect?.found.resolved ?? null]) };
    }),
    out: question.members.map((member) => {
      const links = linksToTakeOut(view, member);
      const effect = clusters.labels[member] < 0 ? null : conceptEffect(view, clusters.labels[member], links, REJECTED);
      return {
        links,
        nodes: effect?.found.changes.flatMap(({ regrouping }) => Array.from(regrouping.nodes)) ?? null,
        said: effect?.sentences.map((sentence) => plain(pack, sentence)) ?? null,
      };
    }),
    said: question.pairs.flatMap(([a, b]) => whySaid(view, a, b).map((sentence) => plain(pack, sentence))),
    weakest: question.pairs.map(([a, b]) => whyShort(view, a, b).way.find(({ isWeakest }) => isWeakest)?.link ?? -1),
  };
}

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((each) => each.endsWith(".pack"))) {
  const stem = join(folder, name.slice(0, -".pack".length));
  const pack = unpack(new Uint8Array(readFileSync(`${stem}.pack`)).buffer);
  const questions = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as Question[];
  writeFileSync(`${stem}.answers.json`, JSON.stringify(questions.map((question) => answered(pack, question))));
}
