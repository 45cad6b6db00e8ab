// Paths, neighbourhoods and lineages, and what a focus leaves in sight.

import type { Pack } from "./pack";
import { cheapestPath, waysOf, type Ways } from "./shortest";
import type { LinkPath, Seen, View } from "./types";
import type { Focus } from "../state/state";

/** A view before its focus is computed. */
export type Unfocused = Omit<View, "seen">;

const known = new WeakMap<Uint8Array, { weight: Float64Array; ways: Ways }>();

/** The links that pass the filters and have a weight above 0, by their ends. */
export function waysThrough(view: Unfocused): Ways {
  const { pack, passes, weight, status } = view;
  let entry = known.get(passes);
  if (entry?.weight !== weight) {
    entry = { weight, ways: waysOf(pack, (link) => passes[link] === 1, weight, status) };
    known.set(passes, entry);
  }
  return entry.ways;
}

/** A node and everything in it, in the order of codes. */
export function nodesWithin(pack: Pack, node: number): number[] {
  const found = [node];
  for (let at = 0; at < found.length; at += 1) {
    for (const child of pack.children(found[at])) found.push(child);
  }
  return found.sort((x, y) => x - y);
}

/**
 * Find the path with the largest product of weights, over links that pass, in either direction.
 *
 * A table or system stands for itself and everything in it. Null if there is no path, or if one node
 * is the other or lies in it.
 */
export function strongestPath(view: Unfocused, from: number, to: number): LinkPath | null {
  const starts = nodesWithin(view.pack, from);
  const ends = nodesWithin(view.pack, to);
  const inside = new Set(starts);
  if (ends.some((node) => inside.has(node))) return null;
  return cheapestPath(view.pack, waysThrough(view), starts, ends);
}

/** Direction in which links are followed: 1 from source to target, -1 from target to source, 0 both. */
type Way = -1 | 0 | 1;

interface Side {
  /** Fewest links from the start. */
  depth: Map<number, number>;
  links: Set<number>;
}

function followLinks(view: Unfocused, starts: readonly number[], hops: number, way: Way): Side {
  const { pack, passes, weight } = view;
  const { begin, link, node } = waysThrough(view);
  const depth = new Map<number, number>();
  const links = new Set<number>();
  for (const start of starts) depth.set(start, 0);
  let frontier: readonly number[] = starts;
  for (let hop = 0; hop < hops && frontier.length > 0; hop += 1) {
    const next: number[] = [];
    for (const here of frontier) {
      for (let slot = begin[here]; slot < begin[here + 1]; slot += 1) {
        const onward = pack.source[link[slot]] === here;
        if ((way === 1 && !onward) || (way === -1 && onward)) continue;
        links.add(link[slot]);
        const there = node[slot];
        if (!depth.has(there)) {
          depth.set(there, hop + 1);
          next.push(there);
        }
      }
    }
    frontier = next;
  }
  // A link from a node to itself reaches nothing new, but it is a link of the node.
  for (const [here, hop] of depth) {
    if (hop >= hops) continue;
    for (const loop of loopsOf(pack).get(here) ?? []) {
      if (passes[loop] && weight[loop] > 0) links.add(loop);
    }
  }
  return { depth, links };
}

const loops = new WeakMap<Pack, Map<number, number[]>>();

/** Links from a node to itself, by node. */
function loopsOf(pack: Pack): Map<number, number[]> {
  let byNode = loops.get(pack);
  if (!byNode) {
    byNode = new Map();
    for (let link = 0; link < pack.nLinks; link += 1) {
      const node = pack.source[link];
      if (node !== pack.target[link]) continue;
      const list = byNode.get(node);
      if (list) list.push(link);
      else byNode.set(node, [link]);
    }
    loops.set(pack, byNode);
  }
  return byNode;
}

/**
 * Find what can be reached from a node, over links that pass the filters, within a number of hops.
 *
 * As in the Python library's lineages, links are followed at the level at which they are stored, and
 * only if they have a weight; a table or system starts from everything in it. A neighbourhood also
 * shows links without a weight, such as REJECTED ones, but does not go beyond them.
 */
export function reach(
  view: Unfocused,
  node: number,
  kind: "near" | "up" | "down" | "both",
  hops: number,
): Seen {
  const starts = nodesWithin(view.pack, node);
  if (kind === "near") return neighboursOf(view, starts, hops);
  const distance = new Map<number, number>();
  const links = new Set<number>();
  if (kind !== "up") {
    const down = followLinks(view, starts, hops, 1);
    for (const [reached, depth] of down.depth) distance.set(reached, depth);
    for (const link of down.links) links.add(link);
  }
  if (kind !== "down") {
    const up = followLinks(view, starts, hops, -1);
    for (const [reached, depth] of up.depth) {
      // A node that lies both ways is placed where it is nearer, downstream if both are equal.
      const other = distance.get(reached);
      if (other === undefined || depth < other) distance.set(reached, -depth || 0);
    }
    for (const link of up.links) links.add(link);
  }
  return { nodes: new Set(distance.keys()), links, distance, path: null };
}

function neighboursOf(view: Unfocused, starts: readonly number[], hops: number): Seen {
  const { pack, passes, weight } = view;
  const { depth, links } = followLinks(view, starts, hops, 0);
  const beside = new Map<number, number>();
  for (let link = 0; link < pack.nLinks; link += 1) {
    if (!passes[link] || weight[link] > 0) continue;
    const source = pack.source[link];
    const target = pack.target[link];
    for (const [here, there] of [
      [source, target],
      [target, source],
    ] as const) {
      const hop = depth.get(here);
      if (hop === undefined || hop >= hops) continue;
      links.add(link);
      const other = beside.get(there);
      if (!depth.has(there) && (other === undefined || hop + 1 < other)) beside.set(there, hop + 1);
    }
  }
  for (const [node, hop] of beside) depth.set(node, hop);
  return { nodes: new Set(depth.keys()), links, distance: depth, path: null };
}

/** Compute what a focus leaves in sight; null without a focus. */
export function seenBy(view: Unfocused, focus: Focus | null): Seen | null {
  if (focus === null) return null;
  const { pack, passes, clusters } = view;
  const nodes = new Set<number>();
  const links = new Set<number>();
  const distance = new Map<number, number>();
  switch (focus.kind) {
    case "near":
    case "up":
    case "down":
    case "both":
      return reach(view, focus.node, focus.kind, focus.hops);
    case "path": {
      const path = strongestPath(view, focus.from, focus.to);
      nodes.add(focus.from).add(focus.to);
      path?.steps.forEach((step, index) => {
        links.add(step.link);
        nodes.add(step.from).add(step.to);
        distance.set(step.from, index).set(step.to, index + 1);
      });
      return { nodes, links, distance, path };
    }
    case "cluster": {
      const label = clusters.labels[focus.member];
      nodes.add(focus.member);
      if (label >= 0) for (const member of clusters.members(label)) nodes.add(member);
      addLinks(links, pack, passes, (source, target) => nodes.has(source) && nodes.has(target));
      break;
    }
    case "line": {
      const from = new Set(nodesWithin(pack, focus.source));
      const to = new Set(nodesWithin(pack, focus.target));
      nodes.add(focus.source).add(focus.target);
      addLinks(links, pack, passes, (source, target) => from.has(source) && to.has(target));
      break;
    }
    case "pair": {
      const isIn = (node: number, system: number): boolean => pack.system[node] === system;
      nodes.add(focus.left).add(focus.right);
      addLinks(links, pack, passes, (source, target) => (isIn(source, focus.left) && isIn(target, focus.right)) || (isIn(source, focus.right) && isIn(target, focus.left)));
      break;
    }
    case "link":
      links.add(focus.link);
      break;
    case "result":
      pack.result?.nodes.forEach((node, index) => {
        nodes.add(node);
        distance.set(node, pack.result?.depths[index] ?? 0);
      });
      for (const link of pack.result?.links ?? []) links.add(link);
      break;
  }
  if (focus.kind !== "result") {
    for (const link of links) nodes.add(pack.source[link]).add(pack.target[link]);
  }
  return { nodes, links, distance, path: null };
}

function addLinks(
  links: Set<number>,
  pack: Pack,
  passes: Uint8Array,
  wanted: (source: number, target: number) => boolean,
): void {
  for (let link = 0; link < pack.nLinks; link += 1) {
    if (passes[link] && wanted(pack.source[link], pack.target[link])) links.add(link);
  }
}
