// Chains of links between two nodes, and what prevents the nodes from being in one cluster.

import { APPROVED, REJECTED } from "../generated";
import type { Pack } from "./pack";
import { find, singletons, unite } from "./partition";
import type { Unfocused } from "./paths";
import { levelLinks } from "./policy";
import { scoresOf } from "./quality";
import { cheapestPath, waysOf } from "./shortest";
import type { LinkPath, PathStep } from "./types";

/** Highest weight of a suggestion: its cost is above that of any number of steps. */
const SUGGESTED = 1 - 2 ** -29;

/**
 * Find the strongest chain over some links; null if they do not connect the two nodes.
 *
 * What is approved holds whatever its score: where approvals bind, such links count as certain.
 */
export function chainOver(
  view: Unfocused,
  links: Iterable<number>,
  a: number,
  b: number,
): LinkPath | null {
  const chosen = new Set(links);
  // A link may count although its weight is 0: an APPROVED one, or any at threshold 0.
  const { pack, status } = view;
  const weight = view.weight.slice();
  if (pack.policy.approved === "accept") {
    for (const link of chosen) if (!Number.isNaN(weight[link])) weight[link] = status[link] === APPROVED ? 1 : Math.min(weight[link], SUGGESTED);
  }
  const path = cheapestPath(pack, waysOf(pack, (link) => chosen.has(link), weight, status, true), [a], [b]);
  return path && { ...path, confidence: path.steps.reduce((product, { link }) => product * view.weight[link], 1) };
}

export interface Nearest {
  path: LinkPath;
  weakest: PathStep;
  /** The highest threshold that the weakest link passes. */
  score: number;
}

/** What each link counts for where concepts are joined: 1 for what an approval binds; NaN for what cannot join. */
export function strengthsOf(view: Unfocused): Float64Array {
  const { pack, status } = view;
  const strength = scoresOf(view).slice();
  if (pack.policy.approved === "accept") {
    for (const link of levelLinks(pack)) if (status[link] === APPROVED) strength[link] = 1;
  }
  return strength;
}

/** The step that counts for least, the first of several; null where each is alone or as sure as can be. */
export function weakestStep(view: Unfocused, { steps }: LinkPath, strength = strengthsOf(view)): PathStep | null {
  const counts = ({ link }: PathStep): number => (Number.isNaN(strength[link]) ? view.weight[link] : strength[link]);
  const weakest = steps.reduce((least, step) => (counts(step) < counts(least) ? step : least), steps[0]);
  return steps.length > 1 && counts(weakest) < 1 ? weakest : null;
}

/** Find the path whose weakest link is strongest; of several, the one with the largest product. */
export function nearestOf(view: Unfocused, a: number, b: number): Nearest | null {
  const { pack } = view;
  const strength = strengthsOf(view);
  const usable = levelLinks(pack)
    .filter((link) => !Number.isNaN(strength[link]))
    .sort((x, y) => strength[y] - strength[x] || x - y);
  const parent = singletons(pack.nNodes);
  let n = 0;
  while (n < usable.length && find(parent, a) !== find(parent, b)) {
    unite(parent, pack.source[usable[n]], pack.target[usable[n]]);
    n += 1;
  }
  if (find(parent, a) !== find(parent, b)) return null;
  const score = strength[usable[n - 1]];
  const path = chainOver(view, usable.filter((link) => strength[link] >= score), a, b);
  if (!path) return null;
  const weakest = path.steps.reduce((one, step) =>
    strength[step.link] < strength[one.link] ? step : one,
  );
  return { path, weakest, score };
}

/** A reason why two clusters cannot be one: two nodes that may not be together. */
export interface Obstacle {
  a: number;
  b: number;
  /** The REJECTED link between the two, -1 if the reason is a shared place. */
  link: number;
  /** The system or table that both lie in, -1 if the reason is a link. */
  place: number;
}

/** Find what prevents a join along a path: binding REJECTED links first, then shared places. */
export function obstaclesOf(
  view: Unfocused,
  a: number,
  b: number,
  path: LinkPath | null,
): Obstacle[] {
  const crossings = crossingsOf(view, a, b, path);
  const rejected =
    view.pack.policy.rejected === "refuse"
      ? crossings.flatMap(([x, y]) => rejectedAcross(view, x, y))
      : [];
  const { confidence } = view.pack;
  const isDirect = (one: Obstacle): boolean =>
    (one.a === a && one.b === b) || (one.a === b && one.b === a);
  const sure = (one: Obstacle): number =>
    Number.isNaN(confidence[one.link]) ? -1 : confidence[one.link];
  rejected.sort(
    (x, y) => Number(isDirect(y)) - Number(isDirect(x)) || sure(y) - sure(x) || x.link - y.link,
  );
  return [...rejected, ...crossings.flatMap(([x, y]) => sharedPlaces(view, x, y))];
}

/** Pairs of nodes whose clusters would have to be joined: the two nodes, then steps of the path. */
function crossingsOf(
  view: Unfocused,
  a: number,
  b: number,
  path: LinkPath | null,
): [number, number][] {
  const { labels } = view.clusters;
  // A node in no cluster gets a number of its own, below -1.
  const name = (node: number): number => (labels[node] >= 0 ? labels[node] : -2 - node);
  const found = new Map<string, [number, number]>();
  const pairs: [number, number][] = [[a, b]];
  for (const step of path?.steps ?? []) pairs.push([step.from, step.to]);
  for (const [x, y] of pairs) {
    const key = `${Math.min(name(x), name(y))} ${Math.max(name(x), name(y))}`;
    if (name(x) !== name(y) && !found.has(key)) found.set(key, [x, y]);
  }
  return [...found.values()];
}

function groupOf(view: Unfocused, node: number): Int32Array {
  const label = view.clusters.labels[node];
  return label < 0 ? Int32Array.of(node) : view.clusters.members(label);
}

/** The end of a link that is not the node, -1 if the link ends at something in the node. */
export function otherEnd(pack: Pack, link: number, node: number): number {
  const { source, target } = pack;
  return source[link] === node ? target[link] : target[link] === node ? source[link] : -1;
}

function rejectedAcross(view: Unfocused, x: number, y: number): Obstacle[] {
  const { pack, status } = view;
  const others = new Set(groupOf(view, y));
  const found: Obstacle[] = [];
  for (const member of groupOf(view, x)) {
    for (const link of pack.linksOf(member)) {
      const other = otherEnd(pack, link, member);
      if (status[link] === REJECTED && others.has(other)) {
        found.push({ a: member, b: other, link, place: -1 });
      }
    }
  }
  return found;
}

/** Systems or tables of which both clusters have a member, where a cluster may have one only. */
function sharedPlaces(view: Unfocused, x: number, y: number): Obstacle[] {
  const { pack } = view;
  const { one_per: rule, exempt } = pack.clustering;
  if (rule === null) return [];
  const above = rule === 0 ? pack.system : pack.table;
  const firstIn = (group: Int32Array): Map<number, number> => {
    const first = new Map<number, number>();
    for (const node of group) {
      const place = exempt.includes(pack.system[node]) ? -1 : above[node];
      if (place >= 0 && !first.has(place)) first.set(place, node);
    }
    return first;
  };
  const mine = firstIn(groupOf(view, x));
  const others = firstIn(groupOf(view, y));
  return [...mine.keys()]
    .filter((place) => others.has(place))
    .sort((one, other) => one - other)
    .map((place) => ({ a: mine.get(place)!, b: others.get(place)!, link: -1, place }));
}
