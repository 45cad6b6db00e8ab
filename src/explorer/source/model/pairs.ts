// The input of a clustering method: pairs of nodes with scores, and constraints.

import { APPROVED, REJECTED } from "../generated";
import type { Pack } from "./pack";
import { rounded } from "./numbers";
import { constraintsOf, type Constraints } from "./partition";
import { levelLinks } from "./policy";
import type { Setting } from "./setting";

/**
 * Pairs of nodes that are linked, best first, each pair once with its best link.
 *
 * Nodes count from the first of the level. Higher scores come first, then APPROVED links, then smaller
 * positions; equal calibrated scores keep that order. The order decides every tie.
 */
export interface Pairs {
  a: Int32Array;
  b: Int32Array;
  score: Float64Array;
  /** Position of the best link. */
  link: Int32Array;
  /** Whether that is APPROVED: 1 or 0. */
  approved: Uint8Array;
}

/**
 * The pairs of some links, of all by default, with their confidences; those below the floor are left
 * out, unless they are APPROVED.
 */
export function openPairs(
  pack: Pack,
  exact: Float64Array,
  status: Uint8Array,
  { floor }: Setting,
  among: Int32Array = levelLinks(pack),
): Pairs {
  const { source, target, first, clustering, policy } = pack;
  const begin = first[clustering.level];
  const n = first[clustering.level + 1] - begin;
  const usable = among.filter((link) => !Number.isNaN(exact[link]));
  const weight = new Float64Array(exact.length);
  for (const link of usable) weight[link] = rounded(exact[link]);
  sortBestFirst(usable, weight, status);
  const seen = new Set<number>();
  const links = usable.filter((link) => {
    const x = source[link] - begin;
    const y = target[link] - begin;
    const key = x < y ? x * n + y : y * n + x;
    if (seen.has(key)) return false;
    seen.add(key);
    const binds = policy.approved === "accept" && status[link] === APPROVED;
    return floor === null || weight[link] >= floor || binds;
  });
  return {
    a: links.map((link) => Math.min(source[link], target[link]) - begin),
    b: links.map((link) => Math.max(source[link], target[link]) - begin),
    score: Float64Array.from(links, (link) => weight[link]),
    link: links,
    approved: Uint8Array.from(links, (link) => Number(status[link] === APPROVED)),
  };
}

function sortBestFirst(links: Int32Array, score: Float64Array, status: Uint8Array): Int32Array {
  return links.sort(
    (x, y) =>
      score[y] - score[x] ||
      Number(status[y] === APPROVED) - Number(status[x] === APPROVED) ||
      x - y,
  );
}

/** Build the constraints on the level's nodes from decisions, the policy and the one_per rule. */
export function levelConstraints(pack: Pack, status: Uint8Array): Constraints {
  const { policy, clustering, source, target, system, table, first } = pack;
  const begin = first[clustering.level];
  const end = first[clustering.level + 1];
  const must: [number, number][] = [];
  const cannot: [number, number][] = [];
  for (const link of levelLinks(pack)) {
    const pair: [number, number] = [source[link] - begin, target[link] - begin];
    if (status[link] === APPROVED && policy.approved === "accept") must.push(pair);
    if (status[link] === REJECTED && policy.rejected === "refuse") cannot.push(pair);
  }
  let group: Int32Array | null = null;
  if (clustering.one_per !== null) {
    const exempt = new Set(clustering.exempt);
    const above = clustering.one_per === 0 ? system : table;
    group = new Int32Array(end - begin);
    for (let node = begin; node < end; node += 1) {
      group[node - begin] = exempt.has(system[node]) ? -1 : above[node];
    }
  }
  return constraintsOf(end - begin, must, cannot, group);
}
