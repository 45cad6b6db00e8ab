// Why two nodes are in one cluster or not, and what holds a cluster, in plain sentences.

import { APPROVED, MAX_NAMED, REFERENCE_METHOD, REJECTED } from "../generated";
import { chainOver, nearestOf, obstaclesOf, otherEnd, weakestStep, type Nearest } from "./between";
import { clusterName, engineOf, membersName } from "./clusters";
import { cutOf } from "./connectivity";
import { strongestPath, type Unfocused } from "./paths";
import { insideOf, pairsOf, quality, scoresOf } from "./quality";
import type { LinkPath, PathStep } from "./types";
import { counted, floored, grouped, listed, shown } from "./words";

/** Explain why two nodes are in one cluster or not, the answer first. */
export function whyTogether(view: Unfocused, a: number, b: number): string[] {
  const { pack, clusters } = view;
  if (a === b) return [`Both are ${pack.marked(a)}; choose two.`];
  const level = pack.clustering.level;
  if (pack.level(a) !== level || pack.level(b) !== level) return [...explainOtherLevels(view, a, b)];
  const label = clusters.labels[a];
  return label >= 0 && label === clusters.labels[b]
    ? [...explainTogether(view, a, b, label)]
    : [...explainApart(view, a, b)];
}

/** Explain what holds a cluster together. */
export function whyCluster(view: Unfocused, cluster: number): string[] {
  const { pack, clusters, status } = view;
  const found = quality(view, cluster);
  const score = scoresOf(view);
  const sentences = [
    `${clusterName(clusters, cluster)}: ${grouped(found.members)}` +
      ` ${membersName(pack, found.members)} of ${counted(found.systems.length, "system")}` +
      ` (${describeMethod(view)}).`,
  ];
  const approved = insideOf(view, cluster).holding.filter((link) => status[link] === APPROVED);
  const share = shown(100 * found.density);
  sentences.push(
    `${counted(found.linksHolding, "link")} hold${found.linksHolding === 1 ? "s" : ""} it,` +
      ` ${grouped(approved.length)} of them APPROVED; a link joins ${share}% of the pairs of members.`,
  );
  if (found.weakestLink >= 0) {
    sentences.push(
      `The least sure of these is ${nameEnds(view, found.weakestLink)}, which scores` +
        ` ${floored(score[found.weakestLink])}.`,
    );
  }
  sentences.push(`Most confidence rests on ${pack.marked(found.centralNode)}.`);
  if (found.bridges.length > 0) {
    const some = found.bridges
      .slice(0, MAX_NAMED)
      .map(({ link, splitsOff }) => `${nameEnds(view, link)} (splits off ${grouped(splitsOff)})`);
    const n = found.bridges.length;
    sentences.push(
      `${counted(n, "bridge")}, without which it falls apart: ${some.join(", ")}` +
        `${n > MAX_NAMED ? `, and ${grouped(n - MAX_NAMED)} more` : ""}.`,
    );
  }
  for (const link of found.contradictions.slice(0, MAX_NAMED)) {
    sentences.push(`In one cluster nevertheless: ${describeLink(view, link)}.`);
  }
  sentences.push(...countOthers(found.contradictions.length, "REJECTED link"));
  if (found.systemsTwice.length > 0) {
    const names = found.systemsTwice.map((system) => pack.name[system]);
    sentences.push(`It has several ${membersName(pack, 2)} of ${listed(names)}.`);
  }
  return sentences;
}

function* explainOtherLevels(view: Unfocused, a: number, b: number): Generator<string> {
  const { pack } = view;
  yield `Clusters are of ${membersName(pack, 2)}; choose two of them to see why they are together.`;
  const path = strongestPath(view, a, b);
  if (path) yield* describeChain(view, path, "in the strongest path");
}

function* explainTogether(view: Unfocused, a: number, b: number, cluster: number): Generator<string> {
  const { pack, clusters } = view;
  const n = clusters.sizes[cluster];
  yield `${pack.marked(a)} and ${pack.marked(b)} are in one cluster of ${grouped(n)}` +
    ` ${membersName(pack, n)} (${describeMethod(view)}).`;
  const { links, holding } = insideOf(view, cluster);
  const held = chainOver(view, holding, a, b);
  const path = held ?? chainOver(view, links, a, b);
  if (path) {
    yield* describeChain(view, path, "in the strongest chain");
    yield describeBridges(view, held ? holding : links, path);
  } else {
    yield "No chain of links inside the cluster leads from one to the other.";
  }
  const on = new Set([a, b, ...(path?.steps ?? []).flatMap((step) => [step.from, step.to])]);
  const rejected = surestFirst(
    view,
    links.filter(
      (link) =>
        view.status[link] === REJECTED && on.has(pack.source[link]) && on.has(pack.target[link]),
    ),
    a,
    b,
  );
  for (const link of rejected.slice(0, MAX_NAMED)) {
    yield `In one cluster nevertheless: ${describeLink(view, link)}.`;
  }
  yield* countOthers(rejected.length, "REJECTED link");
  yield describeMeeting(view, a, b, true);
}

function* explainApart(view: Unfocused, a: number, b: number): Generator<string> {
  const { pack, clusters } = view;
  yield `${pack.marked(a)} and ${pack.marked(b)} are not in one cluster (${describeMethod(view)}).`;
  for (const node of [a, b]) {
    const label = clusters.labels[node];
    yield label < 0
      ? `${pack.marked(node)} is in no cluster.`
      : `${pack.marked(node)} is in ${clusterName(clusters, label)}, a cluster of` +
        ` ${grouped(clusters.sizes[label])} ${membersName(pack, clusters.sizes[label])}.`;
  }
  const direct = surestFirst(
    view,
    [...pack.linksOf(a)].filter((link) => otherEnd(pack, link, a) === b),
    a,
    b,
  );
  if (direct.length === 0) yield "No link joins the two directly.";
  for (const link of direct.slice(0, MAX_NAMED)) {
    const step = { link, from: a, to: b, against: pack.source[link] !== a };
    yield `Between the two: ${describeLink(view, link, step)}.`;
  }
  yield* countOthers(direct.length, "direct link");
  const found = nearestOf(view, a, b);
  const obstacles = obstaclesOf(view, a, b, found?.path ?? null);
  yield* describeNearest(view, found, obstacles.length > 0);
  for (const { a: x, b: y, link, place } of obstacles.slice(0, MAX_NAMED)) {
    const both = `${pack.marked(x)} and ${pack.marked(y)}`;
    const what = pack.clustering.one_per === 0 ? "system" : "table";
    yield link >= 0
      ? `Forbidden: the link between ${both} is REJECTED.`
      : `Forbidden by one member per ${what}: ${both} are both in ${pack.marked(place)}.`;
  }
  yield* countOthers(obstacles.length, "such obstacle");
  yield describeMeeting(view, a, b, false);
}

// --- chains --------------------------------------------------------------------------------------

function* describeChain(view: Unfocused, path: LinkPath, where: string): Generator<string> {
  const { pack } = view;
  const names = [path.steps[0].from, ...path.steps.map((step) => step.to)].map(pack.marked);
  yield `${counted(path.steps.length, "link")} ${where}: ${names.join(" > ")},` +
    ` confidence ${shown(path.confidence)}.`;
  for (const step of path.steps) yield `${describeLink(view, step.link, step)}.`;
  const weakest = weakestStep(view, path);
  if (weakest) yield `The weakest step is ${nameEnds(view, weakest.link, weakest)}.`;
}

function describeBridges(view: Unfocused, links: readonly number[], path: LinkPath): string {
  const { pack, weight } = view;
  const usable = links.filter((link) => !Number.isNaN(weight[link]));
  const pairs = pairsOf(pack, usable);
  const parallel = new Map<string, number>();
  const key = (link: number): string =>
    `${Math.min(pack.source[link], pack.target[link])} ${Math.max(pack.source[link], pack.target[link])}`;
  for (const link of usable) parallel.set(key(link), (parallel.get(key(link)) ?? 0) + 1);
  const cut = cutOf(
    pack.nNodes,
    pairs.map((pair) => pair.a),
    pairs.map((pair) => pair.b),
  );
  const bridges = new Set(cut.bridges.map((pair) => pairs[pair].link));
  const on = path.steps.filter(
    (step) => bridges.has(step.link) && parallel.get(key(step.link)) === 1,
  );
  if (on.length === 0) {
    return "No link of the chain is a bridge: without any one of them, others hold the two.";
  }
  const names = on.map((step) => nameEnds(view, step.link, step));
  return `${counted(on.length, "bridge")}, without which the two fall apart: ${names.join(", ")}.`;
}

function* describeNearest(view: Unfocused, found: Nearest | null, isForbidden: boolean): Generator<string> {
  if (!found) {
    yield "No chain of links that count leads from one to the other.";
    return;
  }
  const { pack, clusters } = view;
  const { path, weakest, score } = found;
  const names = [path.steps[0].from, ...path.steps.map((step) => step.to)].map(pack.marked);
  yield `Nearest chain: ${names.join(" > ")}, confidence ${shown(path.confidence)}.`;
  const at = String(clusters.threshold);
  const begin = `Its weakest link, ${nameEnds(view, weakest.link, weakest)}, scores ${floored(score)}`;
  if (score < clusters.threshold) yield `${begin}, below the threshold of ${at}.`;
  else if (isForbidden) {
    yield `${begin}, enough for the threshold of ${at}; but a join is forbidden.`;
  } else {
    yield `${begin}, enough for the threshold of ${at}; but ${clusters.method} does not go by one` +
      " chain alone.";
  }
}

/** Sort links: those between the two nodes first, then by confidence, then APPROVED ones. */
function surestFirst(view: Unfocused, links: number[], a: number, b: number): number[] {
  const { pack, status } = view;
  const isDirect = (link: number): boolean =>
    (pack.source[link] === a && pack.target[link] === b) ||
    (pack.source[link] === b && pack.target[link] === a);
  const sure = (link: number): number =>
    Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link];
  return links.sort(
    (x, y) =>
      Number(isDirect(y)) - Number(isDirect(x)) ||
      sure(y) - sure(x) ||
      Number(status[y] === APPROVED) - Number(status[x] === APPROVED) ||
      x - y,
  );
}

// --- words ---------------------------------------------------------------------------------------

function describeMethod(view: Unfocused): string {
  return `${view.clusters.method} at threshold ${view.clusters.threshold}`;
}

/** Name both ends of a link, in the direction of a step if there is one. */
function nameEnds(view: Unfocused, link: number, step?: PathStep): string {
  const { pack } = view;
  return `${pack.marked(step?.from ?? pack.source[link])} > ${pack.marked(step?.to ?? pack.target[link])}`;
}

/** Describe a link by its ends, its status and its confidence. */
function describeLink(view: Unfocused, link: number, step?: PathStep): string {
  const { pack, status } = view;
  const confidence = pack.confidence[link];
  const sure = Number.isNaN(confidence) ? "no confidence" : `confidence ${shown(confidence)}`;
  return `${nameEnds(view, link, step)}: ${pack.statuses[status[link]]}, ${sure}`;
}

function* countOthers(n: number, what: string): Generator<string> {
  if (n > MAX_NAMED) yield `And ${counted(n - MAX_NAMED, `more ${what}`)}.`;
}

/** Describe at which thresholds the two nodes are in one cluster. */
function describeMeeting(view: Unfocused, a: number, b: number, isTogether: boolean): string {
  const { pack, status, clusters } = view;
  const { tree, method } = pack.clustering;
  const isDecided = status !== pack.status;
  // For a method without a merge tree, the tree of components stands in.
  const at = engineOf(pack).meetAt(a, b, status, isDecided || !tree, view.setting);
  const own = tree;
  const by = own ? clusters.method : `${REFERENCE_METHOD}, for ${method} has no merge tree`;
  if (at === null) return `No threshold puts them in one cluster (by ${by}).`;
  if (at === 1) return `They are in one cluster at every threshold (by ${by}).`;
  return isTogether && own
    ? `They stay in one cluster up to a threshold of ${floored(at)} (by ${by}).`
    : `They would be in one cluster at a threshold of ${floored(at)} or below (by ${by}).`;
}
