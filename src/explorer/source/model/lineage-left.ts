// What a lineage does not follow, counted as Python counts it.

import { REJECTED } from "../generated";
import type { Side } from "./lineage-search";
import type { Pack } from "./pack";
import type { Unfocused } from "./paths";
import type { PathStep } from "./types";

/** Numbers of links that a lineage does not follow. */
export interface NotFollowed {
  /** Links without a weight that leave nodes before the last step, whether filters leave them out or not. */
  readonly rejected: number;
  readonly unscored: number;
  /** Links that pass the filters and are not approved, where only approved ones are followed. */
  readonly suggested: number;
  /** Links with a weight that leave them and that the filters of the page leave out. */
  readonly hidden: number;
  /** Links with a weight that are not followed and join the start in the direction that was not asked for. */
  readonly behind: number;
  /** Links that lead on from what holds a node reached or lies in it, by the level from which they do. */
  readonly otherLevels: readonly { readonly level: number; readonly links: number; readonly nodes: number }[];
}

/** Count what the sides of a lineage leave out, in O(n + m); `passing` are the links that pass the filters of the page. */
export function notFollowed(view: Unfocused, sides: readonly Side[], back: Side | null, hops: number, passing: Uint8Array): NotFollowed {
  const { pack, passes, weight, status } = view;
  let [rejected, unscored, suggested, hidden, behind] = [0, 0, 0, 0, 0];
  const isBefore = (depth: Int32Array, node: number): boolean => depth[node] >= 0 && depth[node] < hops;
  const leavesSome = (link: number): boolean =>
    sides.some(({ way, depth }) => isBefore(depth, way === -1 ? pack.target[link] : pack.source[link]));
  for (let link = 0; link < pack.nLinks; link += 1) {
    const counts = weight[link] > 0;
    if (counts && passes[link] === 1) continue;
    if (counts && back?.depth[back.way === -1 ? pack.target[link] : pack.source[link]] === 0) behind += 1;
    if (!leavesSome(link)) continue;
    if (counts && passing[link] === 1) suggested += 1;
    else if (counts) hidden += 1;
    else if (status[link] === REJECTED) rejected += 1;
    else unscored += 1;
  }
  return { rejected, unscored, suggested, hidden, behind, otherLevels: otherLevels(view, sides, hops) };
}

function otherLevels(view: Unfocused, sides: readonly Side[], hops: number): NotFollowed["otherLevels"] {
  const { pack, passes, weight } = view;
  const shown = new Uint8Array(pack.nNodes);
  for (const side of sides) for (const node of side.nodes) shown[node] = 1;
  const known = related(pack, shown);
  const total = new Int32Array(pack.nNodes);
  for (const { way, depth } of sides) {
    const able = new Uint8Array(pack.nNodes);
    for (let node = 0; node < pack.nNodes; node += 1) able[node] = Number(depth[node] >= 0 && depth[node] < hops);
    const near = related(pack, able);
    const [begin, end] = way === -1 ? [pack.target, pack.source] : [pack.source, pack.target];
    for (let link = 0; link < pack.nLinks; link += 1) {
      if (passes[link] !== 1 || !(weight[link] > 0) || begin[link] === end[link]) continue;
      if (near[begin[link]] && !shown[begin[link]] && !known[end[link]]) total[begin[link]] += 1;
    }
  }
  return [0, 1, 2].flatMap((level) => {
    let [links, nodes] = [0, 0];
    for (let node = pack.first[level]; node < pack.first[level + 1]; node += 1) {
      links += total[node];
      nodes += Number(total[node] > 0);
    }
    return links > 0 ? [{ level, links, nodes }] : [];
  });
}

/** Mark nodes, those that hold them and those in them. */
function related(pack: Pack, marked: Uint8Array): Uint8Array {
  const found = marked.slice();
  // The parent of a node has a smaller code.
  for (let node = 0; node < pack.nNodes; node += 1) {
    for (let at = pack.parent[node]; at >= 0 && !found[node]; at = pack.parent[at]) found[node] = marked[at];
  }
  for (let node = 0; node < pack.nNodes; node += 1) {
    if (marked[node]) for (let at = pack.parent[node]; at >= 0; at = pack.parent[at]) found[at] = 1;
  }
  return found;
}

/** What is needed of a lineage to find its contradictions. */
interface Ways {
  readonly starts: readonly number[];
  readonly depth: ReadonlyMap<number, number>;
  pathTo(node: number): readonly PathStep[];
}

/** Nodes of a lineage that a rejected link joins with the other end of their way, and that link. */
export function contradictedBy({ pack, status }: Pick<Unfocused, "pack" | "status">, { starts, depth, pathTo }: Ways): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const isStart = new Set(starts);
  for (let link = 0; link < pack.nLinks; link += 1) {
    if (status[link] !== REJECTED) continue;
    const [source, target] = [pack.source[link], pack.target[link]];
    if (isStart.has(source) === isStart.has(target)) continue;
    const [start, node] = isStart.has(source) ? [source, target] : [target, source];
    if (depth.has(node) && pathTo(node).some(({ from, to }) => from === start || to === start)) found.set(node, link);
  }
  return found;
}
