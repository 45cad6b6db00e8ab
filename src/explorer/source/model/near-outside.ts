// Fields that links tie to a concept, and why they are not in it.

import { REJECTED } from "../generated";
import { obstaclesOf } from "./between";
import { scoresOf } from "./quality";
import { fieldsCounted, fieldsName, type Sentence } from "./sentence";
import type { View } from "./types";
import { loweredPart, grouped } from "./words";

export interface NearOutside {
  readonly node: number;
  /** The member that its best link leads to. */
  readonly member: number;
  readonly reason: Sentence;
}

interface Candidate {
  node: number;
  member: number;
  /** The best score of a link, or the confidence of a rejected one. */
  score: number;
  links: number;
}

/** The nearest nodes outside: those with the best links first. */
export function nearOutside(view: View, cluster: number, most: number): { near: NearOutside[]; n: number } {
  const { pack, clusters, status } = view;
  const score = scoresOf(view);
  const begin = pack.first[pack.clustering.level];
  const end = pack.first[pack.clustering.level + 1];
  const found = new Map<number, Candidate>();
  for (const member of clusters.members(cluster)) {
    for (const link of pack.linksOf(member)) {
      const node = pack.source[link] === member ? pack.target[link] : pack.source[link];
      if (node < begin || node >= end || clusters.labels[node] === cluster) continue;
      const own = status[link] === REJECTED ? pack.confidence[link] : score[link];
      const value = Number.isNaN(own) ? -1 : own;
      const known = found.get(node);
      if (!known) found.set(node, { node, member, score: value, links: 1 });
      else {
        known.links += 1;
        if (value > known.score) Object.assign(known, { member, score: value });
      }
    }
  }
  const sorted = [...found.values()].sort((x, y) => y.score - x.score || y.links - x.links || x.node - y.node);
  const near = sorted.slice(0, most).map(({ node, member }) => ({ node, member, reason: reasonOf(view, cluster, node, member, score) }));
  return { near, n: sorted.length };
}

function reasonOf(view: View, cluster: number, node: number, member: number, score: Float64Array): Sentence {
  const { pack, clusters } = view;
  const obstacles = obstaclesOf(view, member, node, null);
  const rejected = obstacles.filter(({ link }) => link >= 0);
  const direct = rejected.filter(({ a, b }) => a === node || b === node);
  const other = clusters.labels[node];
  if (direct.length === 1) {
    const { a, b } = direct[0];
    return [{ node: a === node ? b : a }, " was rejected for it."];
  }
  if (direct.length > 1) return [`Rejected for ${fieldsCounted(pack, direct.length)} of this concept.`];
  if (rejected.length) {
    const keep = `${grouped(rejected.length)} ${rejected.length === 1 ? "rejection keeps" : "rejections keep"} `;
    return [keep, { concept: clusters.identity.name(other) }, " apart."];
  }
  if (obstacles.length) {
    const kind = pack.clustering.one_per === 0 ? "system" : "table";
    return [`A concept has one ${fieldsName(pack, 1)} of a ${kind}, and both have one of `, { node: obstacles[0].place }, "."];
  }
  // Which of the possible pairs are linked well enough.
  const group = other < 0 ? Int32Array.of(node) : clusters.members(other);
  const inside = new Set(group);
  let best = -1;
  const pairs = new Set<number>();
  clusters.members(cluster).forEach((one, at) => {
    for (const link of pack.linksOf(one)) {
      const there = pack.source[link] === one ? pack.target[link] : pack.source[link];
      if (!inside.has(there) || Number.isNaN(score[link])) continue;
      best = Math.max(best, score[link]);
      pairs.add(at * pack.nNodes + there);
    }
  });
  if (best < 0) return ["No link to it has a score that counts."];
  if (best < clusters.threshold) return ["Its best link counts ", loweredPart(best), `, less than ${String(clusters.threshold)}.`];
  const possible = clusters.sizes[cluster] * group.length;
  const linked = `${grouped(pairs.size)} of ${grouped(possible)} pairs are linked, too few to join`;
  return other < 0 ? [`Only ${linked}.`] : [`Only ${linked} `, { concept: clusters.identity.name(other) }, "."];
}
