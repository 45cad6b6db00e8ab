// What systems have in common: the concepts that two of them hold, and the links between them.

import { labelsInOrder } from "./names";
import type { Pack } from "./pack";
import type { View } from "./types";

/** Two systems, or one with itself: what is inside it. */
export interface SystemPair {
  /** The smaller code. */
  readonly a: number;
  readonly b: number;
  /** Concepts with a member in both; with two members, if it is one system. */
  readonly concepts: number;
  /** Links between them that pass the filters, at whatever level, and those of each status. */
  readonly links: number;
  readonly byStatus: readonly number[];
}

export interface Overlap {
  /** Systems that are not hidden. */
  readonly systems: readonly number[];
  /** Concepts of which a system has a member, those that it shares with another one, and its tables; by code. */
  readonly held: Int32Array;
  readonly shared: Int32Array;
  readonly tables: Int32Array;
  /** Pairs of two systems with a concept or a link: most concepts first, then most links. */
  readonly pairs: readonly SystemPair[];
  /** What two systems have in common, or what is inside one. */
  between(one: number, other: number): SystemPair;
}

interface Counted {
  a: number;
  b: number;
  concepts: number;
  links: number;
  byStatus: number[];
}

const made = new WeakMap<View["clusters"], { passes: Uint8Array; hidden: ReadonlySet<number>; overlap: Overlap }>();

/** The overlap of a view, made once for the same clusters and filters: O(n + m + p) for p pairs in concepts. */
export function overlapOf(view: View): Overlap {
  const { clusters, passes, state } = view;
  const before = made.get(clusters);
  if (before?.passes === passes && before.hidden === state.hiddenSystems) return before.overlap;
  const overlap = count(view);
  made.set(clusters, { passes, hidden: state.hiddenSystems, overlap });
  return overlap;
}

function count({ pack, clusters, passes, status, state }: View): Overlap {
  const { first, system, source, target } = pack;
  const n = first[1];
  const isHidden = (one: number): boolean => one < 0 || state.hiddenSystems.has(one);
  const [held, shared, tables] = [new Int32Array(n), new Int32Array(n), new Int32Array(n)];
  for (let table = first[1]; table < first[2]; table += 1) if (system[table] >= 0) tables[system[table]] += 1;
  const found = new Map<number, Counted>();
  const pairOf = (one: number, other: number): Counted => {
    const [a, b] = one < other ? [one, other] : [other, one];
    let pair = found.get(a * n + b);
    if (!pair) {
      pair = { a, b, concepts: 0, links: 0, byStatus: pack.statuses.map(() => 0) };
      found.set(a * n + b, pair);
    }
    return pair;
  };
  for (let cluster = 0; cluster < clusters.sizes.length; cluster += 1) {
    const members = new Map<number, number>();
    for (const node of clusters.members(cluster)) {
      if (!isHidden(system[node])) members.set(system[node], (members.get(system[node]) ?? 0) + 1);
    }
    const systems = [...members.keys()];
    systems.forEach((one, at) => {
      held[one] += 1;
      if (systems.length > 1) shared[one] += 1;
      if (members.get(one)! > 1) pairOf(one, one).concepts += 1;
      for (const other of systems.slice(at + 1)) pairOf(one, other).concepts += 1;
    });
  }
  for (let link = 0; link < pack.nLinks; link += 1) {
    const [one, other] = [system[source[link]], system[target[link]]];
    if (!passes[link] || isHidden(one) || isHidden(other)) continue;
    const pair = pairOf(one, other);
    pair.links += 1;
    pair.byStatus[status[link]] += 1;
  }
  const pairs = [...found.values()].filter(({ a, b }) => a !== b);
  pairs.sort((x, y) => y.concepts - x.concepts || y.links - x.links || x.a - y.a || x.b - y.b);
  const none = pack.statuses.map(() => 0);
  return {
    systems: Array.from({ length: n }, (_, one) => one).filter((one) => !isHidden(one)),
    held,
    shared,
    tables,
    pairs,
    between: (one, other) => {
      const [a, b] = one < other ? [one, other] : [other, one];
      return found.get(a * n + b) ?? { a, b, concepts: 0, links: 0, byStatus: none };
    },
  };
}

/** Labels of the concepts that two systems both hold, or that are twice in one: the most useful first. */
export function conceptsInBoth({ pack, clusters }: View, one: number, other: number): number[] {
  const has = (cluster: number): boolean => {
    let [here, there] = [0, 0];
    for (const node of clusters.members(cluster)) {
      if (pack.system[node] === one) here += 1;
      if (pack.system[node] === other) there += 1;
    }
    return one === other ? here > 1 : here > 0 && there > 0;
  };
  return Array.from(labelsInOrder(clusters, "identity").filter(has));
}

const MAX_STRONG = 20; // concepts

/**
 * The fewest concepts of a pair that has its number in the picture.
 *
 * The upper two thirds of the pairs have one, and each pair with 20 concepts or more.
 */
export function leastNumbered(pairs: readonly SystemPair[]): number {
  const counts = pairs.map(({ concepts }) => concepts).filter((concepts) => concepts > 0);
  if (!counts.length) return 1;
  return Math.min(MAX_STRONG, counts[Math.ceil((counts.length * 2) / 3) - 1]);
}

/** What is said of the systems that share most and least; empty where several do, or there are two. */
export function extremes(pack: Pack, { systems, shared }: Overlap): string {
  if (systems.length < 3) return "";
  const sorted = [...systems].sort((x, y) => shared[y] - shared[x] || x - y);
  const [most, second] = sorted;
  const [beforeLast, least] = sorted.slice(-2);
  const isMost = shared[most] > shared[second];
  const isLeast = shared[least] < shared[beforeLast];
  const name = (one: number): string => pack.name[one];
  if (isMost && isLeast) return `${name(most)} holds most in common with the others, ${name(least)} least`;
  if (isMost) return `${name(most)} holds most in common with the others`;
  return isLeast ? `${name(least)} holds least in common with the others` : "";
}
