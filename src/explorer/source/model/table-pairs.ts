// Two systems side by side: their tables in an order with few crossings, and the pairs that links join.

import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import { compareText, type Pack } from "./pack";
import type { View } from "./types";

/** What stands behind the links of two tables: an approval, suggestions, or rejections alone. */
export type Standing = "approved" | "suggested" | "rejected" | "other";

export interface TablePair {
  /** A table of the left system and one of the right. */
  readonly left: number;
  readonly right: number;
  /** Links between them that pass the filters, by position. */
  readonly links: readonly number[];
  readonly byStatus: readonly number[];
  readonly standing: Standing;
}

export interface Side {
  readonly system: number;
  /** Tables with a link to the other side, from top to bottom, and the others by name. */
  readonly linked: readonly number[];
  readonly others: readonly number[];
  /** Links of each linked table to the other side. */
  readonly nLinks: ReadonlyMap<number, number>;
}

export interface TwoSystems {
  readonly left: Side;
  readonly right: Side;
  /** Pairs of tables with a link, most links first. */
  readonly pairs: readonly TablePair[];
  /** Links between the systems of which an end is in no known table. */
  readonly loose: number;
}

/** Two systems as they are in a view; one system with itself has its tables on both sides. */
export function twoSystems({ pack, passes, status, state }: View, left: number, right: number): TwoSystems {
  const order = orderOf(pack, left, right);
  const byPair = new Map<number, number[]>();
  let loose = 0;
  const isHidden = state.hiddenSystems.has(left) || state.hiddenSystems.has(right);
  for (const link of isHidden ? [] : order.links) {
    if (!passes[link]) continue;
    const [x, y] = sidesOf(pack, link, left);
    if (x < 0 || y < 0) {
      loose += 1;
      continue;
    }
    const key = x * pack.nNodes + y;
    const links = byPair.get(key);
    if (links) links.push(link);
    else byPair.set(key, [link]);
  }
  const pairs = [...byPair].map(([key, links]): TablePair => {
    const byStatus = pack.statuses.map(() => 0);
    for (const link of links) byStatus[status[link]] += 1;
    return { left: Math.floor(key / pack.nNodes), right: key % pack.nNodes, links, byStatus, standing: standingOf(byStatus) };
  });
  const place = (table: number): number => order.place.get(table) ?? 0;
  pairs.sort((x, y) => y.links.length - x.links.length || place(x.left) - place(y.left) || place(x.right) - place(y.right));
  const side = (system: number, ordered: readonly number[], end: (pair: TablePair) => number): Side => {
    const nLinks = new Map<number, number>();
    for (const pair of pairs) nLinks.set(end(pair), (nLinks.get(end(pair)) ?? 0) + pair.links.length);
    return { system, linked: ordered.filter((table) => nLinks.has(table)), others: tablesOf(pack, system).filter((table) => !nLinks.has(table)), nLinks };
  };
  return {
    left: side(left, order.left, (pair) => pair.left),
    right: side(right, order.right, (pair) => pair.right),
    pairs,
    loose,
  };
}

function standingOf(byStatus: readonly number[]): Standing {
  if (byStatus[APPROVED]) return "approved";
  if (byStatus[SUGGESTED]) return "suggested";
  return byStatus[REJECTED] ? "rejected" : "other";
}

/** Tables of a system, by name. */
function tablesOf(pack: Pack, system: number): number[] {
  const found: number[] = [];
  for (let table = pack.first[1]; table < pack.first[2]; table += 1) if (pack.system[table] === system) found.push(table);
  return found.sort((x, y) => compareText(pack.tableName(x), pack.tableName(y)) || x - y);
}

/** The tables of a link's ends, that of the left system first; within one system that with the smaller code. */
function sidesOf({ source, target, table, system }: Pack, link: number, left: number): [number, number] {
  const [x, y] = [table[source[link]], table[target[link]]];
  if (system[source[link]] === system[target[link]]) return x < y ? [x, y] : [y, x];
  return system[source[link]] === left ? [x, y] : [y, x];
}

// --- the order from top to bottom --------------------------------------------------------------

interface Ordered {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly place: ReadonlyMap<number, number>;
  /** All links between the two, whatever the filters. */
  readonly links: readonly number[];
}

const SWEEPS = 12;

const known = new WeakMap<Pack, Map<number, Ordered>>();

/**
 * Order the tables of two systems by the barycentre method (Sugiyama, Tagawa, Toda 1981).
 *
 * It depends on the pack alone, so that nothing moves while the reader filters. Of all sweeps the one with
 * the fewest crossings is kept.
 */
function orderOf(pack: Pack, left: number, right: number): Ordered {
  const key = left * pack.first[1] + right;
  let orders = known.get(pack);
  if (!orders) known.set(pack, (orders = new Map()));
  let ordered = orders.get(key);
  if (!ordered) orders.set(key, (ordered = order(pack, left, right)));
  return ordered;
}

interface Edge {
  readonly left: number;
  readonly right: number;
  n: number;
}

function order(pack: Pack, left: number, right: number): Ordered {
  const { system, source, target } = pack;
  const links: number[] = [];
  const edges = new Map<string, Edge>();
  for (let link = 0; link < pack.nLinks; link += 1) {
    const [x, y] = [system[source[link]], system[target[link]]];
    if (!((x === left && y === right) || (x === right && y === left))) continue;
    links.push(link);
    const [one, other] = sidesOf(pack, link, left);
    if (one < 0 || other < 0) continue;
    const edge = edges.get(`${one} ${other}`);
    if (edge) edge.n += 1;
    else edges.set(`${one} ${other}`, { left: one, right: other, n: 1 });
  }
  const all = [...edges.values()];
  const byLinks = (end: (edge: Edge) => number): number[] => {
    const n = new Map<number, number>();
    for (const edge of all) n.set(end(edge), (n.get(end(edge)) ?? 0) + edge.n);
    return [...n.keys()].sort((x, y) => n.get(y)! - n.get(x)! || compareText(pack.tableName(x), pack.tableName(y)) || x - y);
  };
  let sides: [number[], number[]] = [byLinks((edge) => edge.left), byLinks((edge) => edge.right)];
  let best = sides;
  let fewest = crossings(all, ...sides);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    sides = sweep % 2 === 0
      ? [sides[0], swept(sides[1], sides[0], all, (edge) => edge.right, (edge) => edge.left)]
      : [swept(sides[0], sides[1], all, (edge) => edge.left, (edge) => edge.right), sides[1]];
    const n = crossings(all, ...sides);
    if (n < fewest) [best, fewest] = [sides, n];
  }
  const place = new Map<number, number>();
  for (const side of best) side.forEach((table, at) => place.set(table, at));
  return { left: best[0], right: best[1], place, links };
}

const placesOf = (tables: readonly number[]): Map<number, number> => new Map(tables.map((table, at) => [table, at]));

/** One side by the mean place of what its tables are linked to. */
function swept(side: readonly number[], across: readonly number[], edges: readonly Edge[], own: (edge: Edge) => number, other: (edge: Edge) => number): number[] {
  const [places, before] = [placesOf(across), placesOf(side)];
  const sum = new Map<number, { total: number; n: number }>();
  for (const edge of edges) {
    const entry = sum.get(own(edge)) ?? { total: 0, n: 0 };
    sum.set(own(edge), { total: entry.total + edge.n * places.get(other(edge))!, n: entry.n + edge.n });
  }
  const mean = (table: number): number => sum.get(table)!.total / sum.get(table)!.n;
  return [...side].sort((x, y) => mean(x) - mean(y) || before.get(x)! - before.get(y)!);
}

/** Number of crossings of lines, each counted by its links: O(e log e). */
export function crossings(edges: readonly { left: number; right: number; n: number }[], left: readonly number[], right: readonly number[]): number {
  const [x, y] = [placesOf(left), placesOf(right)];
  const sorted = [...edges].sort((one, other) => x.get(one.left)! - x.get(other.left)! || y.get(one.right)! - y.get(other.right)!);
  // A Fenwick tree of the links that end at each place of the right side.
  const tree = new Float64Array(right.length + 1);
  let [total, crossed, at] = [0, 0, 0];
  while (at < sorted.length) {
    let end = at;
    while (end < sorted.length && sorted[end].left === sorted[at].left) end += 1;
    for (let edge = at; edge < end; edge += 1) {
      let above = 0;
      for (let place = y.get(sorted[edge].right)! + 1; place > 0; place -= place & -place) above += tree[place];
      crossed += sorted[edge].n * (total - above);
    }
    for (; at < end; at += 1) {
      total += sorted[at].n;
      for (let place = y.get(sorted[at].right)! + 1; place <= right.length; place += place & -place) tree[place] += sorted[at].n;
    }
  }
  return crossed;
}
