// The joins that built a concept, one by one, and what they say of when it splits.
//
// Equal to Python's merge history of a method that has a merge tree.

import { APPROVED } from "../generated";
import { calibrated } from "./calibrate";
import { engineOf } from "./clusters";
import type { Pack } from "./pack";
import { openPairs } from "./pairs";
import { levelLinks } from "./policy";
import { hasRivals } from "./setting";
import type { Members, View } from "./types";

/** Two parts that become one. */
export interface HistoryJoin {
  /** Highest threshold at which it holds; null for a join by an APPROVED link, which always holds. */
  readonly height: number | null;
  /** The strongest link between both parts, -1 where the page does not have it. */
  readonly link: number;
  /** Numbers of the parts: nodes are parts 0 to n - 1 in their order, the join with number k makes n + k. */
  readonly parts: readonly [source: number, target: number];
  /** Number of members of each part. */
  readonly sizes: readonly [source: number, target: number];
}

export interface History {
  readonly members: Int32Array;
  /** Joins by APPROVED links first, then the highest first: one fewer than there are members. */
  readonly joins: readonly HistoryJoin[];
}

type Input = Pick<View, "pack" | "status" | "weight" | "setting">;

/** The joins that built a cluster; null for a method without a merge tree. */
export function historyOf(input: Input, clusters: Members, cluster: number): History | null {
  const { pack, status, weight, setting } = input;
  if (!pack.clustering.tree) return null;
  const members = clusters.members(cluster);
  const place = new Map(Array.from(members, (node, at) => [node, at]));
  const inside = linksInside(pack, members, place);
  const binding = pack.policy.approved === "accept" ? inside.filter((link) => status[link] === APPROVED) : [];
  // Surest first; a link without a weight comes last.
  const sure = (link: number): number => (Number.isNaN(weight[link]) ? -1 : weight[link]);
  binding.sort((x, y) => sure(y) - sure(x) || x - y);

  const found: { height: number | null; a: number; b: number; link: number }[] = [];
  for (const link of binding) found.push({ height: null, a: pack.source[link], b: pack.target[link], link });
  const { a, b, height } = engineOf(pack).joins(status, setting);
  for (let join = 0; join < height.length && height[join] >= clusters.threshold; join += 1) {
    if (place.has(a[join])) found.push({ height: height[join], a: a[join], b: b[join], link: -1 });
  }
  return { members, joins: replayed(pack, place, found, pairsBestFirst(input, members, place)) };
}

function linksInside(pack: Pack, members: Int32Array, place: ReadonlyMap<number, number>): number[] {
  const found: number[] = [];
  for (const member of members) {
    for (const link of pack.linksOf(member)) {
      const target = pack.target[link];
      if (pack.source[link] === member && target !== member && place.has(target)) found.push(link);
    }
  }
  return found.sort((x, y) => x - y);
}

/** Best links of the pairs of members, in the order in which methods see them. */
function pairsBestFirst(
  { pack, status, weight, setting }: Input,
  members: Int32Array,
  place: ReadonlyMap<number, number>,
): Int32Array {
  // The scores of pairs follow from their rivals, which end at members too.
  const among = new Set<number>();
  if (hasRivals(setting) && setting.no_match === null) {
    for (const link of levelLinks(pack)) among.add(link);
  } else {
    const [begin, end] = [pack.first[pack.clustering.level], pack.first[pack.clustering.level + 1]];
    for (const member of members) {
      for (const link of pack.linksOf(member)) {
        const [x, y] = [pack.source[link], pack.target[link]];
        if (x !== y && x >= begin && y >= begin && x < end && y < end) among.add(link);
      }
    }
  }
  const { link } = calibrated(pack, openPairs(pack, weight, status, setting, Int32Array.from(among).sort()), setting);
  return link.filter((one) => place.has(pack.source[one]) && place.has(pack.target[one]));
}

/** Join the parts one by one; what lies within one part already is skipped. */
function replayed(
  pack: Pack,
  place: ReadonlyMap<number, number>,
  rows: readonly { height: number | null; a: number; b: number; link: number }[],
  pairs: Int32Array,
): HistoryJoin[] {
  const n = place.size;
  /** Part of each member, and members of each part. */
  const part = Int32Array.from({ length: n }, (_, at) => at);
  const inPart = new Map<number, number[]>(Array.from(part, (at) => [at, [at]]));
  const joins: HistoryJoin[] = [];
  for (const { height, a, b, link: given } of rows) {
    const [x, y] = [part[place.get(a)!], part[place.get(b)!]];
    if (x === y) continue;
    const across = (one: number): boolean => {
      const [from, to] = [part[place.get(pack.source[one])!], part[place.get(pack.target[one])!]];
      return (from === x && to === y) || (from === y && to === x);
    };
    const link = given >= 0 ? given : (pairs.find(across) ?? -1);
    const source = link < 0 ? x : part[place.get(pack.source[link])!];
    const target = source === x ? y : x;
    const [mine, theirs] = [inPart.get(source)!, inPart.get(target)!];
    joins.push({ height, link, parts: [source, target], sizes: [mine.length, theirs.length] });
    const all = mine.length < theirs.length ? theirs.concat(mine) : mine.concat(theirs);
    const now = n + joins.length - 1;
    for (const at of all) part[at] = now;
    inPart.delete(source);
    inPart.delete(target);
    inPart.set(now, all);
  }
  return joins;
}

/** What holds a concept: groups that approvals hold, and the lowest join. */
export interface Holding {
  readonly size: number;
  /** Numbers of members that approvals hold together, the largest first. */
  readonly approved: readonly number[];
  /** Heights of the lowest and of the highest join that no approval holds; null where approvals hold all. */
  readonly lowest: number | null;
  readonly highest: number | null;
  /** Positions of the members that split off above the lowest: the smaller part. */
  readonly splitsOff: readonly number[];
}

export function holdingOf({ members, joins }: History): Holding {
  const n = members.length;
  const inPart = new Map<number, readonly number[]>(Array.from(members, (_, at) => [at, [at]]));
  const held = new Set<number>();
  const heights: number[] = [];
  let sides: (readonly number[])[] = [];
  joins.forEach(({ height, parts }, at) => {
    if (height === null) {
      held.delete(parts[0]);
      held.delete(parts[1]);
      held.add(n + at);
    } else {
      heights.push(height);
      sides = Array.from(parts, (part) => inPart.get(part)!);
    }
    inPart.set(n + at, [...inPart.get(parts[0])!, ...inPart.get(parts[1])!]);
  });
  const approved = [...held].map((part) => inPart.get(part)!.length).sort((x, y) => y - x);
  const [one = [], other = []] = sides;
  return {
    size: n,
    approved,
    lowest: heights.at(-1) ?? null,
    highest: heights[0] ?? null,
    splitsOff: one.length < other.length || (one.length === other.length && Math.min(...one) > Math.min(...other)) ? one : other,
  };
}
