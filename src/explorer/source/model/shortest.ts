// The cheapest path between two sets of nodes; ties are broken as in the Python library.

import { APPROVED, COST_UNIT } from "../generated";
import type { Pack } from "./pack";
import { rint } from "./numbers";
import type { LinkPath, PathStep } from "./types";

/** Links that a path may take, grouped by either end. */
export interface Ways {
  /** Node `i` has the slots `begin[i]` to `begin[i + 1]`. */
  begin: Int32Array;
  link: Int32Array;
  /** The other end. */
  node: Int32Array;
  /**
   * Rank of the link by preference: links between living nodes first, APPROVED ones before others,
   * then by position.
   */
  rank: Int32Array;
  /** -ln(weight) in parts of `COST_UNIT`, rounded as Python rounds it: sums are exact. */
  nats: Float64Array;
  /** Weight of each link, by its position. */
  weight: Float64Array;
}

/** A link of weight 0 that counts is treated as the smallest normal number. */
const LEAST_WEIGHT = 2 ** -1022;

/**
 * Group the chosen links by their ends.
 *
 * Links without a weight are left out, and so are links of weight 0 unless `least` is set.
 */
export function waysOf(
  pack: Pack,
  chosen: (link: number) => boolean,
  weight: Float64Array,
  status: Uint8Array,
  least = false,
): Ways {
  const { nNodes, nLinks, source, target, costOf } = pack;
  const preference: number[][] = [[], [], [], []];
  for (let link = 0; link < nLinks; link += 1) {
    const usable = least ? weight[link] >= 0 : weight[link] > 0;
    if (usable && source[link] !== target[link] && chosen(link)) {
      const gone = pack.deleted[source[link]] || pack.deleted[target[link]];
      preference[(gone ? 2 : 0) + (status[link] === APPROVED ? 0 : 1)].push(link);
    }
  }
  const links = preference.flat();
  const begin = new Int32Array(nNodes + 1);
  for (const link of links) {
    begin[source[link] + 1] += 1;
    begin[target[link] + 1] += 1;
  }
  for (let node = 0; node < nNodes; node += 1) begin[node + 1] += begin[node];
  const next = begin.slice(0, nNodes);
  const ways: Ways = {
    begin,
    link: new Int32Array(2 * links.length),
    node: new Int32Array(2 * links.length),
    rank: new Int32Array(2 * links.length),
    nats: new Float64Array(2 * links.length),
    weight,
  };
  links.forEach((link, rank) => {
    const counts = Math.max(weight[link], LEAST_WEIGHT);
    const nats = costOf.get(counts) ?? rint(-Math.log(counts) * COST_UNIT);
    for (const [here, there] of [
      [source[link], target[link]],
      [target[link], source[link]],
    ] as const) {
      const slot = next[here];
      next[here] += 1;
      ways.link[slot] = link;
      ways.node[slot] = there;
      ways.rank[slot] = rank;
      ways.nats[slot] = nats;
    }
  });
  return ways;
}

/**
 * Find the path with the largest product of weights, then the fewest steps, then the one whose
 * first link is preferred, then the second, and so on; null if there is none.
 *
 * Starts and ends have no node in common. Dijkstra's algorithm computes the distance of each node from
 * the ends; a walk from the starts takes the preferred link of those that lead nearer.
 */
export function cheapestPath(
  pack: Pack,
  ways: Ways,
  starts: readonly number[],
  ends: readonly number[],
): LinkPath | null {
  const left = distancesToEnds(ways, pack.nNodes, starts, ends);
  let here: number[] = [];
  for (const start of starts) {
    const order = here.length === 0 ? -1 : left.compare(start, here[0]);
    if (left.nats[start] === Infinity || order > 0) continue;
    if (order < 0) here = [];
    here.push(start);
  }
  if (here.length === 0) return null;
  const steps: PathStep[] = [];
  let confidence = 1;
  while (left.steps[here[0]] > 0) {
    let preferred = -1;
    let from = -1;
    for (const node of here) {
      for (let slot = ways.begin[node]; slot < ways.begin[node + 1]; slot += 1) {
        const there = ways.node[slot];
        const nearer =
          left.steps[there] + 1 === left.steps[node] &&
          left.nats[there] + ways.nats[slot] === left.nats[node];
        if (nearer && (preferred < 0 || ways.rank[slot] < ways.rank[preferred])) {
          preferred = slot;
          from = node;
        }
      }
    }
    const link = ways.link[preferred];
    const to = ways.node[preferred];
    steps.push({ link, from, to, against: pack.source[link] !== from });
    confidence *= ways.weight[link];
    here = [to];
  }
  return { steps, confidence };
}

interface Distances {
  nats: Float64Array;
  steps: Int32Array;
  compare(x: number, y: number): number;
}

/** Compute the distance of nodes from the ends, up to that of the nearest start. */
function distancesToEnds(
  ways: Ways,
  nNodes: number,
  starts: readonly number[],
  ends: readonly number[],
): Distances {
  const nats = new Float64Array(nNodes).fill(Infinity);
  const steps = new Int32Array(nNodes);
  const settled = new Uint8Array(nNodes);
  const wanted = new Uint8Array(nNodes);
  for (const start of starts) wanted[start] = 1;
  const compare = (x: number, y: number): number => nats[x] - nats[y] || steps[x] - steps[y];
  const heap = new NodeHeap(nNodes, (x, y) => compare(x, y) < 0);
  for (const end of ends) {
    nats[end] = 0;
    heap.lift(end);
  }
  let nearest = -1;
  for (let node = heap.pop(); node >= 0; node = heap.pop()) {
    // A node as far as the nearest start may be a start itself, but leads to no other as near.
    if (nearest >= 0 && compare(node, nearest) > 0) break;
    settled[node] = 1;
    if (wanted[node]) {
      nearest = node;
      continue;
    }
    for (let slot = ways.begin[node]; slot < ways.begin[node + 1]; slot += 1) {
      const there = ways.node[slot];
      if (settled[there]) continue;
      const far = nats[node] + ways.nats[slot];
      const more = steps[node] + 1;
      if (far < nats[there] || (far === nats[there] && more < steps[there])) {
        nats[there] = far;
        steps[there] = more;
        heap.lift(there);
      }
    }
  }
  // The distance of nodes that were seen but not settled is not known.
  for (let node = 0; node < nNodes; node += 1) {
    if (!settled[node]) nats[node] = Infinity;
  }
  return { nats, steps, compare };
}

/** A heap of nodes whose keys only decrease. */
class NodeHeap {
  private readonly heap: number[] = [];
  private readonly place: Int32Array;

  constructor(
    nNodes: number,
    private readonly before: (x: number, y: number) => boolean,
  ) {
    this.place = new Int32Array(nNodes).fill(-1);
  }

  /** Insert a node, or move it to its new place. */
  lift(node: number): void {
    const { heap, place } = this;
    let at = place[node];
    if (at < 0) {
      at = heap.length;
      heap.push(node);
    }
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.before(node, heap[above])) break;
      heap[at] = heap[above];
      place[heap[at]] = at;
      at = above;
    }
    heap[at] = node;
    place[node] = at;
  }

  /** Remove and return the first node; -1 if there is none. */
  pop(): number {
    const { heap, place } = this;
    if (heap.length === 0) return -1;
    const first = heap[0];
    const last = heap.pop()!;
    place[first] = -1;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && this.before(heap[below + 1], heap[below])) below += 1;
      if (!this.before(heap[below], last)) break;
      heap[at] = heap[below];
      place[heap[at]] = at;
      at = below;
    }
    heap[at] = last;
    place[last] = at;
    return first;
  }
}
