// What holds a cluster together, and how well.

import { DETERMINISTIC, REJECTED } from "../generated";
import { cutOf } from "./connectivity";
import { compareText, type Pack } from "./pack";
import { rint } from "./numbers";
import { accepts, joinScores } from "./policy";
import type { Quality } from "./types";
import type { Unfocused } from "./paths";

/** Links inside a cluster, and those of them that hold it together. */
export interface Inside {
  /** Both ends are members, by position. */
  links: number[];
  /** Links at or above the threshold, and APPROVED ones if these bind. */
  holding: number[];
}

const scores = new WeakMap<Float64Array, Float64Array>();

/** The score of each link on the clusters' own scale, NaN for links that cannot join. */
export function scoresOf(view: Unfocused): Float64Array {
  let score = scores.get(view.score);
  if (!score) {
    score = joinScores(view.pack, view.weight, view.calibrated);
    scores.set(view.score, score);
  }
  return score;
}

export function insideOf(view: Unfocused, cluster: number): Inside {
  const { pack, clusters, status } = view;
  const score = scoresOf(view);
  const links: number[] = [];
  for (const member of clusters.members(cluster)) {
    for (const link of pack.linksOf(member)) {
      const target = pack.target[link];
      const here = pack.source[link] === member && target !== member;
      if (here && clusters.labels[target] === cluster) links.push(link);
    }
  }
  links.sort((x, y) => x - y);
  const holding = links.filter((link) =>
    accepts(pack.policy, score[link], status[link], clusters.threshold),
  );
  return { links, holding };
}

/** Pairs of members that links join, each pair once with its first link, ordered by the members. */
export function pairsOf(pack: Pack, links: readonly number[]): { a: number; b: number; link: number }[] {
  const pairs = links.map((link) => ({
    a: Math.min(pack.source[link], pack.target[link]),
    b: Math.max(pack.source[link], pack.target[link]),
    link,
  }));
  pairs.sort((x, y) => x.a - y.a || x.b - y.b || x.link - y.link);
  return pairs.filter(
    (pair, index) =>
      index === 0 || pair.a !== pairs[index - 1].a || pair.b !== pairs[index - 1].b,
  );
}

/** Compute what `Clusters.quality`, `.bridges` and `.articulation_points` hold of a cluster. */
export function quality(view: Unfocused, cluster: number): Quality {
  const { pack, clusters, status, weight } = view;
  const score = scoresOf(view);
  const members = clusters.members(cluster);
  const { links, holding } = insideOf(view, cluster);
  const pairs = pairsOf(pack, holding);

  const linksByStatus = pack.statuses.map(() => 0);
  for (const link of links) linksByStatus[status[link]] += 1;
  const weighed = holding.filter((link) => !Number.isNaN(weight[link]));
  let least = Infinity;
  let total = 0;
  for (const link of weighed) {
    least = Math.min(least, weight[link]);
    total += weight[link];
  }
  let weakest = -1;
  for (const link of holding) {
    if (!Number.isNaN(score[link]) && (weakest < 0 || score[link] < score[weakest])) weakest = link;
  }
  const deterministic = holding.filter((link) => pack.type[link] === DETERMINISTIC).length;

  const place = new Map<number, number>();
  members.forEach((member, index) => place.set(member, index));
  const cut = cutOf(
    members.length,
    pairs.map(({ a }) => place.get(a)!),
    pairs.map(({ b }) => place.get(b)!),
  );
  const bridges = cut.bridges.map((pair, index) => ({
    link: pairs[pair].link,
    splitsOff: cut.splitsOff[index],
  }));
  // The lowest score first, then the most even split; bridges without a score come last.
  const order = (link: number): number => (Number.isNaN(score[link]) ? 2 : score[link]);
  bridges.sort(
    (x, y) => order(x.link) - order(y.link) || y.splitsOff - x.splitsOff || x.link - y.link,
  );

  const inSystem = new Map<number, number>();
  for (const member of members) {
    const system = pack.system[member];
    if (system >= 0) inSystem.set(system, (inSystem.get(system) ?? 0) + 1);
  }
  const byName = (x: number, y: number): number =>
    compareText(pack.name[x], pack.name[y]) || x - y;
  return {
    members: members.length,
    systems: [...inSystem.keys()].sort(byName),
    links: links.length,
    linksByStatus,
    linksHolding: holding.length,
    density: pairs.length / ((members.length * (members.length - 1)) / 2),
    minConfidence: weighed.length > 0 ? least : null,
    meanConfidence: weighed.length > 0 ? total / weighed.length : null,
    determinismRatio: holding.length > 0 ? deterministic / holding.length : null,
    weakestLink: weakest,
    centralNode: findCentralNode(view, members, holding),
    bridges,
    articulationPoints: cut.points.map((index) => members[index]),
    contradictions: links.filter((link) => status[link] === REJECTED),
    systemsTwice: [...inSystem.keys()].filter((system) => inSystem.get(system)! > 1).sort(byName),
  };
}

/** Find the member whose links have the largest total weight; the first one of several. */
function findCentralNode(view: Unfocused, members: Int32Array, holding: readonly number[]): number {
  const { pack, weight } = view;
  const strength = new Map<number, number>();
  for (const link of holding) {
    // Whole millionths, so that a sum does not depend on its order.
    const parts = Number.isNaN(weight[link]) ? 0 : rint(weight[link] * 1e6);
    for (const node of [pack.source[link], pack.target[link]]) {
      strength.set(node, (strength.get(node) ?? 0) + parts);
    }
  }
  let best = members[0];
  for (const member of members) {
    if ((strength.get(member) ?? 0) > (strength.get(best) ?? 0)) best = member;
  }
  return best;
}
