// Units that are joined one by one, and which of them may be.

/** Find what stands for a set, and shorten the way to it. */
export function find(parent: Int32Array, start: number): number {
  let x = start;
  while (parent[x] !== x) {
    parent[x] = parent[parent[x]];
    x = parent[x];
  }
  return x;
}

/** Join two sets of which nothing else is known; the one with the smaller node stands for both. */
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

/** Number sets by their first members: shape (n,), and how many there are. */
export function firstSeen(parent: Int32Array): { label: Int32Array; n: number } {
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
 * What must be together, what must not, and groups of which a cluster takes one member at most.
 *
 * Nodes that must be together are one unit, come what may: a pair inside a unit that must stay
 * apart is void (a contradiction, shown elsewhere), and so is a group that a unit has twice.
 */
export interface Constraints {
  /** Unit of each node, numbered by their first nodes. */
  unit: Int32Array;
  nUnits: number;
  /** Number of nodes in each unit. */
  unitSize: Int32Array;
  /** First node of each unit. */
  firstNode: Int32Array;
  /** Pairs of units that stay apart. */
  apart: [number, number][];
  /** System or table of each node, -1 where none; null lets all join. */
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
  const { label: unit, n: nUnits } = firstSeen(parent);
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

/** Joins cost O(log n) amortised: the smaller of two sets moves into the larger. */
export class Partition {
  private readonly parent: Int32Array;
  private readonly enemies: (Set<number> | undefined)[];
  private readonly groups: (Set<number> | undefined)[];

  constructor(constraints: Constraints) {
    const { nUnits, unit, apart, group } = constraints;
    this.parent = singletons(nUnits);
    this.enemies = new Array<Set<number> | undefined>(nUnits);
    this.groups = new Array<Set<number> | undefined>(nUnits);
    for (const [x, y] of apart) {
      (this.enemies[x] ??= new Set()).add(y);
      (this.enemies[y] ??= new Set()).add(x);
    }
    if (group) {
      for (let node = 0; node < unit.length; node += 1) {
        if (group[node] >= 0) (this.groups[unit[node]] ??= new Set()).add(group[node]);
      }
    }
  }

  /** The unit that stands for a unit's cluster. */
  find(unit: number): number {
    return find(this.parent, unit);
  }

  /** Whether two clusters, by the units that stand for them, may be one. */
  mayJoin(x: number, y: number): boolean {
    if (this.enemies[x]?.has(y)) return false;
    const mine = this.groups[x];
    const other = this.groups[y];
    if (!mine || !other) return true;
    const [few, many] = mine.size < other.size ? [mine, other] : [other, mine];
    for (const group of few) {
      if (many.has(group)) return false;
    }
    return true;
  }

  /** Make one cluster of two, by the units that stand for them. */
  join(one: number, other: number): void {
    const { enemies, groups } = this;
    const [x, y] =
      (enemies[one]?.size ?? 0) < (enemies[other]?.size ?? 0) ? [other, one] : [one, other];
    this.parent[y] = x;
    const moving = enemies[y];
    if (moving) {
      for (const enemy of moving) {
        const theirs = enemies[enemy]!;
        theirs.delete(y);
        theirs.add(x);
        enemies[x]!.add(enemy);
      }
      enemies[y] = undefined;
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
