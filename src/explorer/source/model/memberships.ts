// Memberships: how sure the links are that tie each member of a cluster to another system.

import type { Pack } from "./pack";
import { find, singletons } from "./partition";
import { traitsOf } from "./traits";

/**
 * Compute the confidence of each membership, NaN for none.
 *
 * Of the surest chain of links from the node to a member in another system, it is that of the weakest
 * link; copies of a table are in its system. If all members of the cluster are in one system, it is the
 * highest of the links that hold the node. O(m log m) for m links inside systems.
 */
export function memberships(pack: Pack, labels: Int32Array, links: readonly number[], weight: Float64Array): Float64Array {
  const { source, target } = pack;
  const { origin } = traitsOf(pack);
  const several = inSeveral(labels, origin);
  const inside: number[] = [];
  const outward = new Float64Array(pack.nNodes).fill(-1);
  for (const link of links) {
    const [x, y] = [source[link], target[link]];
    if (origin[x] === origin[y] && several.has(labels[x])) {
      inside.push(link);
      continue;
    }
    outward[x] = Math.max(outward[x], weight[link]);
    outward[y] = Math.max(outward[y], weight[link]);
  }
  return spread(pack, outward, inside, weight);
}

/** Clusters with members in several systems. */
function inSeveral(labels: Int32Array, origin: Int32Array): Set<number> {
  const first = new Map<number, number>();
  const several = new Set<number>();
  labels.forEach((label, node) => {
    if (label < 0) return;
    const own = first.get(label);
    if (own === undefined) first.set(label, origin[node]);
    else if (own !== origin[node]) several.add(label);
  });
  return several;
}

/** The weakest link of each node's best chain to the outside: Kruskal's algorithm, until all are joined with it. */
function spread(pack: Pack, outward: Float64Array, inside: readonly number[], weight: Float64Array): Float64Array {
  const { source, target } = pack;
  const found = outward.map((sure) => (sure < 0 ? NaN : sure));
  if (inside.length === 0) return found;
  const outside = pack.nNodes;
  const steps = inside.map((link): [number, number, number] => [source[link], target[link], weight[link]]);
  for (const node of new Set(steps.flatMap(([x, y]) => [x, y]))) {
    if (outward[node] >= 0) steps.push([node, outside, outward[node]]);
  }
  steps.sort((one, other) => other[2] - one[2]);
  const parent = singletons(outside + 1);
  // Nodes that are not joined with the outside yet, by the one that stands for them.
  const waiting = new Map<number, number[]>([[outside, []]]);
  for (const [one, other, sure] of steps) {
    const [x, y] = [find(parent, one), find(parent, other)];
    if (x === y) continue;
    let [mine, theirs] = [waiting.get(x) ?? [x], waiting.get(y) ?? [y]];
    if (mine.length === 0 || theirs.length === 0) {
      for (const node of [...mine, ...theirs]) found[node] = sure;
      [mine, theirs] = [[], []];
    } else if (mine.length < theirs.length) [mine, theirs] = [theirs, mine];
    for (const node of theirs) mine.push(node);
    parent[y] = x;
    waiting.delete(y);
    waiting.set(x, mine);
  }
  return found;
}
