// Answers what the Python tests ask of the model, for a comparison: reads `<n>.pack` and `<n>.json`
// in a folder, and writes `<n>.answers.json`.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ORDERS } from "../source/generated";
import { recalibrated } from "../source/model/calibrate";
import { engineOf } from "../source/model/clusters";
import { Crosswalk } from "../source/model/crosswalk";
import { labelsInOrder, restsOn } from "../source/model/names";
import { unpack, type Pack } from "../source/model/pack";
import { decisionsFile, readDecisionsFile } from "../source/model/journal";
import { reach, strongestPath } from "../source/model/paths";
import { quality } from "../source/model/quality";
import type { View } from "../source/model/types";
import { ViewMaker } from "../source/model/view";
import { whyCluster, whyTogether } from "../source/model/why";
import { crosswalkCsv } from "../source/out/crosswalk-csv";
import { graphml } from "../source/out/graphml";
import { plainState, type Decision, type GivenName, type State } from "../source/state/state";

/** What is asked of a graph under one set of decisions. */
interface Question {
  decisions: [link: number, decision: Decision][];
  names: [node: string, name: GivenName][];
  /** Clusters are wanted at each of these. */
  thresholds: number[];
  /** Names and order are wanted at one of so many of these. */
  every: number;
  /** The others are asked at this one. */
  at: number;
  paths: [from: number, to: number][];
  reaches: [node: number, kind: "near" | "up" | "down" | "both", hops: number][];
}

const stateAt = (question: Question, threshold: number): State => ({
  ...plainState(),
  page: "tables",
  colour: "cluster",
  threshold,
  decisions: new Map(question.decisions),
  names: new Map(question.names),
});

function passing(view: View): number[] {
  return [...view.passes.keys()].filter((link) => view.passes[link] === 1);
}

function describe(view: View, cluster: number): unknown {
  return {
    name: view.clusters.identity.name(cluster),
    quality: quality(view, cluster),
    sentences: whyCluster(view, cluster).length,
  };
}

function rowOf(crosswalk: Crosswalk, label: number): unknown {
  const { cells, ...row } = crosswalk.row(label);
  const plain = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return {
    ...row,
    cells: cells.map(({ system, mark, members }) => ({
      system,
      mark,
      members: Array.from(members, (node) => [node, plain(crosswalk.confidenceOf(node))]),
    })),
  };
}

/** Names, order, worth, bases and rows of the clusters at a threshold. */
function identify(view: View): unknown {
  const { pack, clusters, status, setting } = view;
  const crosswalk = new Crosswalk({ pack, clusters, status, setting });
  const { identity } = clusters;
  const labels = Array.from(clusters.sizes.keys());
  return {
    orders: Object.fromEntries(ORDERS.map((by) => [by, Array.from(labelsInOrder(clusters, by))])),
    confidence: Array.from(identity.confidence),
    names: labels.map(identity.name),
    value: Array.from(identity.value),
    carriers: labels.map(identity.carriers),
    also: labels.map(identity.also),
    systems: Array.from(identity.systems),
    roles: labels.map(identity.role),
    entities: labels.map(identity.entity),
    bases: labels.map((label) => restsOn(pack, clusters, label, status)),
    rows: Array.from(crosswalk.ordered(), (label) => rowOf(crosswalk, label)),
    marks: Array.from({ length: pack.nNodes }, (_, node) => crosswalk.markOf(node)),
    kinds: crosswalk.counts(),
    csv: crosswalkCsv(view, crosswalk.ordered()),
  };
}

function answer(pack: Pack, maker: ViewMaker, question: Question): unknown {
  const views = question.thresholds.map((threshold) => maker.make(stateAt(question, threshold)));
  const labels = views.map(({ clusters }) => Array.from(clusters.labels));
  const view = maker.make(stateAt(question, question.at));
  const { decisions, names } = view.state;
  const file = decisionsFile(pack, decisions, names);
  const read = readDecisionsFile(pack, file);
  return {
    labels,
    identities: views.filter((_, index) => index % question.every === 0).map(identify),
    weights: Array.from(view.weight, (weight) => (Number.isNaN(weight) ? null : weight)),
    passes: Array.from(view.passes),
    scores: view.calibrated && Array.from(view.calibrated, (score) => (Number.isNaN(score) ? null : score)),
    recalibrated: pack.clustering.recalibrates ? recalibrated(pack, view.status, decisions) : null,
    meets: question.paths.map(([from, to]) =>
      engineOf(pack).meetAt(from, to, view.status, view.status !== pack.status),
    ),
    file,
    read: [[...read.decisions], [...read.names]],
    graphml: graphml(view, Array.from({ length: pack.nNodes }, (_, node) => node), passing(view)),
    contradictions: view.contradictions.map(({ link }) => link),
    clusters: Array.from(view.clusters.sizes, (_, cluster) => describe(view, cluster)),
    paths: question.paths.map(([from, to]) => strongestPath(view, from, to)),
    why: question.paths
      .filter((pair) => pair.every((node) => pack.level(node) === pack.clustering.level))
      .map(([from, to]) => whyTogether(view, from, to)),
    reaches: question.reaches.map(([node, kind, hops]) => {
      const seen = reach(view, node, kind, hops);
      const order = (x: number, y: number): number => x - y;
      return {
        links: [...seen.links].sort(order),
        distance: [...seen.distance].sort(([x], [y]) => x - y),
      };
    }),
  };
}

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((each) => each.endsWith(".pack"))) {
  const stem = join(folder, name.slice(0, -".pack".length));
  const bytes = readFileSync(`${stem}.pack`);
  const pack = unpack(new Uint8Array(bytes).buffer);
  const maker = new ViewMaker(pack);
  const questions = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as Question[];
  const answers = questions.map((question) => answer(pack, maker, question));
  writeFileSync(`${stem}.answers.json`, JSON.stringify(answers));
}
