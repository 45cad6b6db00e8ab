// Sets of nodes that are joined one by one, and which of them may be joined.

/** Find the root of a node's set, and shorten the path to it. */
export function find(parent: Int32Array, start: number): number {
  let x = start;
  while (parent[x] !== x) {
    parent[x] = parent[parent[x]];
    x = parent[x];
  }
  return x;
}

/** Join two sets; the smaller root becomes the root of both. */
export function unite(parent: Int32Array, x: number, y: number): void {
  const a = find(parent, x);
  const b = find(parent, y);
  if (a < b) parent[b] = a;
  else parent[a] = b;
}

export function singletons(n: number): Int32Array {
  const parent = new Int32Array(n);
  for (let index = 0; index < n; index += 1) parent[index] = index;
  return parent;
}

/** Number sets in the order of their first members; return the number of each node's set, and of sets. */
export function numberSets(parent: Int32Array): { label: Int32Array; n: number } {
  const label = new Int32Array(parent.length);
  const of = new Int32Array(parent.length).fill(-1);
  let n = 0;
  for (let index = 0; index < parent.length; index += 1) {
    const root = find(parent, index);
    if (of[root] < 0) {
      of[root] = n;
      n += 1;
    }
    label[index] = of[root];
  }
  return { label, n };
}

/**
 * Must-links, cannot-links, and groups of which a cluster has one member at most.
 *
 * Nodes that must be together are one unit. A cannot-link inside a unit has no effect (it is reported
 * as a contradiction elsewhere), and nor has a group of which a unit has several members.
 */
export interface Constraints {
  /** Unit of each node; units are numbered in the order of their first nodes. */
  unit: Int32Array;
  nUnits: number;
  /** Number of nodes in each unit. */
  unitSize: Int32Array;
  /** First node of each unit. */
  firstNode: Int32Array;
  /** Pairs of units that stay apart. */
  apart: [number, number][];
  /** System or table of each node, -1 for none; null if there is no such rule. */
  group: Int32Array | null;
}

export function constraintsOf(
  nNodes: number,
  must: Iterable<readonly [number, number]>,
  cannot: Iterable<readonly [number, number]>,
  group: Int32Array | null,
): Constraints {
  const parent = singletons(nNodes);
  for (const [x, y] of must) unite(parent, x, y);
  const { label: unit, n: nUnits } = numberSets(parent);
  const unitSize = new Int32Array(nUnits);
  const firstNode = new Int32Array(nUnits).fill(-1);
  for (let node = 0; node < nNodes; node += 1) {
    unitSize[unit[node]] += 1;
    if (firstNode[unit[node]] < 0) firstNode[unit[node]] = node;
  }
  const apart: [number, number][] = [];
  for (const [x, y] of cannot) {
    if (unit[x] !== unit[y]) apart.push([unit[x], unit[y]]);
  }
  return { unit, nUnits, unitSize, firstNode, apart, group };
}

/** Clusters of units under constraints. A join is O(log n), amortised: the smaller set moves. */
export class Partition {
  private readonly parent: Int32Array;
  /** Roots of the clusters that each cluster must stay apart from. */
  private readonly forbidden: (Set<number> | undefined)[];
  private readonly groups: (Set<number> | undefined)[];

  constructor(constraints: Constraints) {
    const { nUnits, unit, apart, group } = constraints;
    this.parent = singletons(nUnits);
    this.forbidden = new Array<Set<number> | undefined>(nUnits);
    this.groups = new Array<Set<number> | undefined>(nUnits);
    for (const [x, y] of apart) {
      (this.forbidden[x] ??= new Set()).add(y);
      (this.forbidden[y] ??= new Set()).add(x);
    }
    if (group) {
      for (let node = 0; node < unit.length; node += 1) {
        if (group[node] >= 0) (this.groups[unit[node]] ??= new Set()).add(group[node]);
      }
    }
  }

  /** The root of a unit's cluster. */
  find(unit: number): number {
    return find(this.parent, unit);
  }

  /** Whether two clusters, given by their roots, may be joined. */
  mayJoin(x: number, y: number): boolean {
    if (this.forbidden[x]?.has(y)) return false;
    const mine = this.groups[x];
    const other = this.groups[y];
    if (!mine || !other) return true;
    const [few, many] = mine.size < other.size ? [mine, other] : [other, mine];
    for (const group of few) {
      if (many.has(group)) return false;
    }
    return true;
  }

  /** Join two clusters, given by their roots. */
  join(one: number, other: number): void {
    const { forbidden, groups } = this;
    const [x, y] =
      (forbidden[one]?.size ?? 0) < (forbidden[other]?.size ?? 0) ? [other, one] : [one, other];
    this.parent[y] = x;
    const moving = forbidden[y];
    if (moving) {
      for (const root of moving) {
        const theirs = forbidden[root]!;
        theirs.delete(y);
        theirs.add(x);
        forbidden[x]!.add(root);
      }
      forbidden[y] = undefined;
    }
    const theirs = groups[y];
    if (theirs) {
      const mine = groups[x] ?? new Set<number>();
      const [few, many] = mine.size < theirs.size ? [mine, theirs] : [theirs, mine];
      for (const group of few) many.add(group);
      groups[x] = many;
      groups[y] = undefined;
    }
  }
}
