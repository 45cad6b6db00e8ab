// Nodes reached hop by hop, with the best walk to each: the search of Python's lineages.

/** Links to follow, grouped by either end; they are known by positions that mean the same everywhere in it. */
export interface Edges {
  /** Ends and weight of each link. */
  readonly source: ArrayLike<number>;
  readonly target: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
  /** Node `i` has the slots `begin[i]` to `begin[i + 1]` of the arrays that follow. */
  readonly begin: Int32Array;
  readonly link: Int32Array;
  /** The other end. */
  readonly node: Int32Array;
  /** Place in the order of preference: of equal links the earlier is used. */
  readonly rank: Int32Array;
  /** -ln(weight) in whole parts: sums are exact. */
  readonly nats: Float64Array;
}

/** Direction in which links are followed: 1 from source to target, -1 against, 0 either way. */
export type Way = -1 | 0 | 1;

/** The last step of a walk to a node. */
export interface Reached {
  readonly link: number;
  readonly before: number;
  /** Product of the weights along the walk. */
  readonly confidence: number;
  readonly nats: number;
  readonly steps: number;
  readonly rank: number;
}

export interface Side {
  readonly way: Way;
  /** Fewest links to each node, -1 where it is not reached: shape (nNodes,). */
  readonly depth: Int32Array;
  /** Nodes reached, the starts first, then by hops. */
  readonly nodes: readonly number[];
  /** What each hop improved, by node. */
  readonly layers: readonly ReadonlyMap<number, Reached>[];
  /** The best walk to each node but the starts. */
  readonly best: ReadonlyMap<number, Reached>;
}

const START = { confidence: 1, nats: 0, steps: 0 } as const;

/** Whether a link may be followed from one of its ends. */
export function leaves(edges: Edges, way: Way, link: number, here: number): boolean {
  return way === 0 || (way === 1 ? edges.source[link] : edges.target[link]) === here;
}

/**
 * Find what can be reached in so many hops, as Bellman and Ford do: one hop at a time, from the nodes that
 * the hop before improved. Of two walks the one with the larger product is better, then the shorter, then
 * the one whose last link is preferred.
 */
export function search(
  edges: Edges,
  nNodes: number,
  starts: readonly number[],
  way: Way,
  hops: number,
  kept?: ReadonlySet<number>,
): Side {
  const depth = new Int32Array(nNodes).fill(-1);
  for (const start of starts) depth[start] = 0;
  const nodes = [...starts];
  const best = new Map<number, Reached>();
  const layers: ReadonlyMap<number, Reached>[] = [];
  let frontier: Iterable<number> = starts;
  let some = starts.length > 0;
  while (some && layers.length < hops) {
    const layer = oneHop(edges, way, frontier, best, (node) => depth[node] === 0 || kept?.has(node) === false);
    for (const [node, reached] of layer) {
      best.set(node, reached);
      if (depth[node] >= 0) continue;
      depth[node] = layers.length + 1;
      nodes.push(node);
    }
    layers.push(layer);
    frontier = layer.keys();
    some = layer.size > 0;
  }
  return { way, depth, nodes, layers, best };
}

/** The walks that one more link makes better than those known. */
export function oneHop(
  edges: Edges,
  way: Way,
  frontier: Iterable<number>,
  best: ReadonlyMap<number, Reached>,
  isLeftOut: (node: number) => boolean,
): Map<number, Reached> {
  const layer = new Map<number, Reached>();
  const { begin, link, node, rank, nats, weight } = edges;
  for (const here of frontier) {
    const walk = best.get(here) ?? START;
    for (let slot = begin[here]; slot < begin[here + 1]; slot += 1) {
      const there = node[slot];
      if (isLeftOut(there) || !leaves(edges, way, link[slot], here)) continue;
      const reached: Reached = {
        link: link[slot],
        before: here,
        confidence: walk.confidence * weight[link[slot]],
        nats: walk.nats + nats[slot],
        steps: walk.steps + 1,
        rank: rank[slot],
      };
      const known = best.get(there);
      if (known && costlier(reached, known) >= 0) continue;
      const other = layer.get(there);
      const order = other ? costlier(reached, other) : -1;
      if (order < 0 || (order === 0 && reached.rank < other!.rank)) layer.set(there, reached);
    }
  }
  return layer;
}

function costlier(one: Reached, other: Reached): number {
  return one.nats - other.nats || one.steps - other.steps;
}

/** A step of a walk, in the order in which it was searched. */
export interface WalkStep {
  readonly link: number;
  readonly before: number;
  readonly after: number;
}

/** The best walk to a node, from its start; empty for a start. */
export function walkTo(side: Side, node: number): WalkStep[] {
  const walk: WalkStep[] = [];
  // A node may have been improved after the walk passed it, with more hops than remain: the value of one
  // hop earlier applies.
  let after = node;
  for (let at = side.layers.length - 1; at >= 0; at -= 1) {
    const step = side.layers[at].get(after);
    if (!step) continue;
    walk.push({ link: step.link, before: step.before, after });
    after = step.before;
  }
  return walk.reverse();
}
