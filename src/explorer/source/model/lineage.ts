// What depends on a node and what links to it, as the Python library finds it.

import { APPROVED, COST_UNIT } from "../generated";
import { notFollowed, type NotFollowed } from "./lineage-left";
import { leaves, oneHop, search, walkTo, type Edges, type Reached, type Side, type Way } from "./lineage-search";
import { rint } from "./numbers";
import type { Pack, Result } from "./pack";
import { nodesWithin, waysThrough, type Unfocused } from "./paths";
import { weights } from "./policy";
import type { PathStep } from "./types";

export type Direction = "up" | "down" | "both";

/** A lineage that Python searched and packed. */
export type PackedLineage = Result & { readonly asked: NonNullable<Result["asked"]> };

/** A node of a lineage that was opened from another one in place, a step further than the search went. */
interface Opened extends Reached {
  readonly side: Side;
  readonly depth: number;
}

export interface Lineage {
  readonly pack: Pack;
  readonly node: number;
  readonly direction: Direction;
  /** Most steps; Infinity for all there are. */
  readonly hops: number;
  /** Nodes of the start. */
  readonly starts: readonly number[];
  /** Nodes reached in so many steps, in Python's order, the starts among them. */
  readonly nodes: readonly number[];
  /** Nodes that were opened in place besides. */
  readonly opened: readonly number[];
  /** All of these, in the same order. */
  readonly shown: readonly number[];
  /** -1 where Python counts upwards with numbers above 0, because it has that direction only. */
  readonly sign: -1 | 1;
  /** Steps to each node shown, below 0 for what links to the start. */
  readonly depth: ReadonlyMap<number, number>;
  /** Of nodes that lie both before and after the start: the steps on the side on which they do not stand. */
  readonly also: ReadonlyMap<number, number>;
  /** The largest product of scores along a way to a node shown, in the direction in which it stands. */
  readonly confidence: ReadonlyMap<number, number>;
  /** Links of the search in the order of their positions, and the step that takes each. */
  readonly links: readonly number[];
  readonly linkDepth: readonly number[];
  /** Links between nodes shown, those to opened ones too. */
  readonly drawn: readonly number[];
  /** Ends of a link, at the level of the lineage. */
  ends(link: number): [source: number, target: number];
  /** Nodes a step further than a node at the end, which are not shown yet: downwards, or upwards for below 0. */
  readonly stubs: ReadonlyMap<number, readonly number[]>;
  /** Number of nodes a step further, each once. */
  readonly nFurther: number;
  /** The same for the other direction, from the start; and with those that are shown already. */
  readonly nBehind: number;
  readonly nOfBehind: number;
  /** Whether that was opened in place. */
  readonly isBehindOpen: boolean;
  /** The best way to a node, in the direction of the links; a step over a declared relationship has a link below 0. */
  pathTo(node: number): PathStep[];
  readonly notFollowed: NotFollowed;
  /** What Python searched, if this is not from the page's own links. */
  readonly asked: PackedLineage | null;
}

/** The nodes shown that were asked about: not the start, nor what was opened on the side that was not asked for. */
export const touchedBy = ({ shown, depth, direction, sign }: Lineage): number[] =>
  shown.filter((node) => (direction === "both" ? depth.get(node) !== 0 : depth.get(node)! * sign > 0));

/** Return the lineage of a node at what is shown; `more` are nodes that are opened a step further. */
export function lineageOf(
  whole: Unfocused,
  node: number,
  direction: Direction,
  hops: number,
  more: ReadonlySet<number>,
  approvedOnly = false,
): Lineage {
  const view = approvedOnly ? approvedOf(whole) : whole;
  const { pack, passes, weight } = view;
  const same = (link: number): number => link;
  const found = new Finding(pack, { ...waysThrough(view), source: pack.source, target: pack.target, weight }, {
    node, starts: nodesWithin(pack, node), direction, hops, directed: true, linkOf: same, edgeOf: same,
    loops: loopsOf(pack.source, pack.target, (link) => passes[link] === 1 && weight[link] > 0),
  });
  return found.lineage(more, (sides, back) => notFollowed(view, sides, back, hops, whole.passes), null);
}

/** What passes and is approved. */
function approvedOf(view: Unfocused): Unfocused {
  const { passes, status } = view;
  let known = approved.get(passes);
  if (known?.status !== status) {
    known = { status, passes: passes.map((passing, link) => Number(passing === 1 && status[link] === APPROVED)) };
    approved.set(passes, known);
  }
  return { ...view, passes: known.passes };
}

const approved = new WeakMap<Uint8Array, { status: Uint8Array; passes: Uint8Array }>();

/** Return a lineage that Python packed, with the ways to its nodes; decisions made since are not in it. */
export function packedLineage(pack: Pack, result: PackedLineage): Lineage {
  const { asked } = result;
  const stored = weights(pack, pack.status);
  const lift = (node: number): number => (asked.level === null ? node : ancestor(pack, node, asked.level));
  // Declared relationships have positions below 0.
  const links = [...result.links, ...result.relations.map((relation) => -1 - relation)];
  const source = links.map((link) => lift(link < 0 ? pack.relationSource[-1 - link] : pack.source[link]));
  const target = links.map((link) => lift(link < 0 ? pack.relationTarget[-1 - link] : pack.target[link]));
  const weight = links.map((link, at) => (link < 0 ? asked.weights[at - result.links.length] : stored[link]));
  const place = new Map(links.map((link, at) => [link, at]));
  const within = nodesWithin(pack, asked.node);
  const found = new Finding(pack, edgesOf(pack, { links, source, target, weight }), {
    node: asked.node,
    starts: asked.level === null ? within : [...new Set(within.map(lift))].filter((at) => at >= 0).sort((x, y) => x - y),
    direction: asked.direction,
    hops: asked.hops ?? Infinity,
    made: asked.made,
    kept: asked.kept?.map((nodes) => new Set(nodes)),
    directed: asked.directed,
    linkOf: (edge) => links[edge],
    edgeOf: (link) => place.get(link)!,
    loops: loopsOf(source, target, () => true),
  });
  return found.lineage(new Set(), () => NOTHING_LEFT, result);
}

const NOTHING_LEFT: NotFollowed = { rejected: 0, unscored: 0, suggested: 0, hidden: 0, behind: 0, otherLevels: [] };

function ancestor(pack: Pack, node: number, level: number): number {
  let at = node;
  while (at >= 0 && pack.level(at) > level) at = pack.parent[at];
  return at >= 0 && pack.level(at) === level ? at : -1;
}

/** Group links that are known by their places in a list; those from a node to itself lead nowhere. */
function edgesOf(
  pack: Pack,
  { links, source, target, weight }: { links: readonly number[]; source: readonly number[]; target: readonly number[]; weight: readonly number[] },
): Edges {
  const preference: number[][] = [[], [], [], [], []];
  links.forEach((link, at) => {
    if (source[at] === target[at] || source[at] < 0 || target[at] < 0) return;
    if (link < 0) preference[4].push(at);
    else {
      const gone = pack.deleted[pack.source[link]] || pack.deleted[pack.target[link]];
      preference[(gone ? 2 : 0) + (pack.status[link] === APPROVED ? 0 : 1)].push(at);
    }
  });
  const order = preference.map((some) => some.sort((x, y) => links[x] < 0 ? x - y : links[x] - links[y])).flat();
  const begin = new Int32Array(pack.nNodes + 1);
  for (const at of order) {
    begin[source[at] + 1] += 1;
    begin[target[at] + 1] += 1;
  }
  for (let node = 0; node < pack.nNodes; node += 1) begin[node + 1] += begin[node];
  const next = begin.slice(0, pack.nNodes);
  const size = 2 * order.length;
  const edges = { source, target, weight, begin, link: new Int32Array(size), node: new Int32Array(size), rank: new Int32Array(size), nats: new Float64Array(size) };
  order.forEach((at, rank) => {
    const nats = pack.costOf.get(weight[at]) ?? rint(-Math.log(weight[at]) * COST_UNIT);
    for (const [here, there] of [[source[at], target[at]], [target[at], source[at]]] as const) {
      const slot = next[here];
      next[here] += 1;
      edges.link[slot] = at;
      edges.node[slot] = there;
      edges.rank[slot] = rank;
      edges.nats[slot] = nats;
    }
  });
  return edges;
}

/** Links from a node to itself. */
function loopsOf(source: ArrayLike<number>, target: ArrayLike<number>, wanted: (link: number) => boolean): number[] {
  const found: number[] = [];
  for (let link = 0; link < source.length; link += 1) {
    if (source[link] === target[link] && source[link] >= 0 && wanted(link)) found.push(link);
  }
  return found;
}

interface Wanted {
  readonly node: number;
  readonly starts: readonly number[];
  readonly direction: Direction;
  readonly hops: number;
  /** Steps that each search takes, and the nodes that it may reach, if that is less. */
  readonly made?: readonly number[];
  readonly kept?: readonly ReadonlySet<number>[] | undefined;
  readonly directed: boolean;
  /** Links from a node to itself, by their positions among the edges. */
  readonly loops: readonly number[];
  /** The link of an edge, and the other way round. */
  linkOf(edge: number): number;
  edgeOf(link: number): number;
}

/** The searches from the same nodes, and what is opened besides. */
class Finding {
  private readonly sides: readonly Side[];
  /** One step in the direction that was not asked for. */
  private readonly back: Side | null;

  constructor(
    private readonly pack: Pack,
    private readonly edges: Edges,
    private readonly wanted: Wanted,
  ) {
    const { starts, direction, hops, made, kept, directed } = wanted;
    const ways: Way[] = !directed ? [0] : direction === "both" ? [1, -1] : [direction === "down" ? 1 : -1];
    this.sides = ways.map((way, at) => search(edges, pack.nNodes, starts, way, made?.[at] ?? hops, kept?.[at]));
    this.back = ways.length > 1 || ways[0] === 0 ? null : search(edges, pack.nNodes, starts, ways[0] === 1 ? -1 : 1, 1);
  }

  lineage(more: ReadonlySet<number>, left: (sides: readonly Side[], back: Side | null) => NotFollowed, asked: PackedLineage | null): Lineage {
    const { pack, edges, sides } = this;
    const { node, starts, direction, hops, linkOf, edgeOf } = this.wanted;
    const depth = new Map<number, number>();
    const also = new Map<number, number>();
    const confidence = new Map<number, number>();
    for (const side of sides) {
      for (const one of side.nodes) {
        const other = depth.get(one);
        const steps = side.depth[one] * signOf(side) || 0;
        // A node that lies both ways is placed where it is nearer, downwards if both are equal.
        const isFarther = other !== undefined && side.depth[one] >= Math.abs(other);
        if (other) also.set(one, isFarther ? steps : other);
        if (isFarther) continue;
        depth.set(one, steps);
        confidence.set(one, confidenceIn(side, one));
      }
    }
    // Python counts upwards where it has one direction only.
    const sign = sides.length === 1 ? signOf(sides[0]) : 1;
    const inOrder = (some: Iterable<number>): number[] =>
      [...some].sort(
        (x, y) =>
          sign * (depth.get(x)! - depth.get(y)!) || confidence.get(y)! - confidence.get(x)! || pack.deleted[x] - pack.deleted[y] || x - y,
      );
    const nodes = inOrder(depth.keys());
    const { taken, takenAt } = this.taken();
    const behind = this.back && !asked ? this.back.nodes.slice(starts.length).filter((one) => !depth.has(one)) : [];
    const opened = this.opened(depth, confidence, more, behind);
    const stubs = asked ? new Map<number, number[]>() : this.stubs(depth, opened);
    const drawn = new Set(taken);
    for (const one of opened.keys()) this.addLinksOf(one, depth, drawn);
    return {
      pack, node, direction, hops, starts, nodes, depth, also, confidence, stubs, asked, sign,
      opened: [...opened.keys()],
      shown: opened.size > 0 ? inOrder([...nodes, ...opened.keys()]) : nodes,
      links: taken.map(linkOf),
      linkDepth: takenAt,
      drawn: [...drawn].sort((x, y) => x - y).map(linkOf),
      ends: (link) => [edges.source[edgeOf(link)], edges.target[edgeOf(link)]],
      nFurther: new Set([...stubs.values()].flat()).size,
      nBehind: behind.length,
      nOfBehind: this.back && !asked ? this.back.nodes.length - starts.length : 0,
      isBehindOpen: more.has(node),
      pathTo: (one) => this.pathTo(one, opened),
      notFollowed: left(sides, this.back),
    };
  }

  /** Links that leave a node before the last step for a node reached, each once, where it is nearest. */
  private taken(): { taken: number[]; takenAt: number[] } {
    const { edges, wanted } = this;
    const at = new Map<number, number>();
    const take = (edge: number, depth: number): void => {
      const known = at.get(edge);
      if (known === undefined || Math.abs(depth) < Math.abs(known) || (depth > 0 && depth === -known)) at.set(edge, depth);
    };
    for (const side of this.sides) {
      for (const here of side.nodes) {
        if (side.depth[here] >= wanted.hops) continue;
        for (let slot = edges.begin[here]; slot < edges.begin[here + 1]; slot += 1) {
          if (leaves(edges, side.way, edges.link[slot], here) && side.depth[edges.node[slot]] >= 0) {
            take(edges.link[slot], signOf(side) * (side.depth[here] + 1));
          }
        }
      }
      for (const loop of wanted.loops) {
        const own = side.depth[edges.source[loop]];
        if (own >= 0 && own < wanted.hops) take(loop, signOf(side) * (own + 1));
      }
    }
    const taken = [...at.keys()].sort((x, y) => x - y);
    return { taken, takenAt: taken.map((edge) => at.get(edge)!) };
  }

  /** Place what is opened: behind the start, or a step further than a node at the end. */
  private opened(
    depth: Map<number, number>,
    confidence: Map<number, number>,
    more: ReadonlySet<number>,
    behind: readonly number[],
  ): Map<number, Opened> {
    const opened = new Map<number, Opened>();
    const place = (node: number, one: Opened): void => {
      opened.set(node, one);
      depth.set(node, one.depth);
      confidence.set(node, one.confidence);
    };
    if (this.back && more.has(this.wanted.node)) {
      for (const node of behind) place(node, { ...this.back.best.get(node)!, side: this.back, depth: signOf(this.back) });
    }
    const at = (node: number, side: Side, steps: number): boolean =>
      depth.get(node) === signOf(side) * steps && (opened.has(node) ? opened.get(node)!.side === side : side.depth[node] === steps);
    for (const side of [...this.sides, ...(this.back ? [this.back] : [])]) {
      let best: Map<number, Reached> | null = null;
      for (let steps = side === this.back ? 1 : this.wanted.hops; Number.isFinite(steps); steps += 1) {
        const from = [...more].filter((node) => at(node, side, steps));
        if (from.length === 0) break;
        best ??= new Map(side.best);
        for (const [node, reached] of oneHop(this.edges, side.way, from, best, (one) => depth.has(one))) {
          best.set(node, reached);
          place(node, { ...reached, side, depth: signOf(side) * (steps + 1) });
        }
      }
    }
    return opened;
  }

  /** What is a step further than the nodes at the end. */
  private stubs(depth: ReadonlyMap<number, number>, opened: ReadonlyMap<number, Opened>): Map<number, number[]> {
    const { edges, wanted } = this;
    const stubs = new Map<number, number[]>();
    const look = (node: number, side: Side): void => {
      const next = new Set<number>();
      for (let slot = edges.begin[node]; slot < edges.begin[node + 1]; slot += 1) {
        if (leaves(edges, side.way, edges.link[slot], node) && !depth.has(edges.node[slot])) next.add(edges.node[slot]);
      }
      if (next.size > 0) stubs.set(node, [...next]);
    };
    if (!Number.isFinite(wanted.hops)) return stubs;
    for (const side of this.sides) {
      for (const node of side.nodes) {
        if (side.depth[node] === wanted.hops && depth.get(node) === signOf(side) * wanted.hops) look(node, side);
      }
    }
    for (const [node, { side }] of opened) look(node, side);
    return stubs;
  }

  /** Links between an opened node and others that are shown. */
  private addLinksOf(node: number, depth: ReadonlyMap<number, number>, edges: Set<number>): void {
    const { begin, link, node: others } = this.edges;
    for (let slot = begin[node]; slot < begin[node + 1]; slot += 1) if (depth.has(others[slot])) edges.add(link[slot]);
  }

  private pathTo(node: number, opened: ReadonlyMap<number, Opened>): PathStep[] {
    const further: { link: number; before: number; after: number }[] = [];
    let at = node;
    for (let one = opened.get(at); one; one = opened.get(at)) {
      further.unshift({ link: one.link, before: one.before, after: at });
      at = one.before;
    }
    const side = opened.get(node)?.side ?? this.nearestSide(node);
    if (!side) return [];
    const steps = [...walkTo(side, at), ...further].map(({ link, before, after }): PathStep => {
      const [from, to] = side.way === -1 ? [after, before] : [before, after];
      return { link: this.wanted.linkOf(link), from, to, against: this.edges.source[link] !== from };
    });
    return side.way === -1 ? steps.reverse() : steps;
  }

  private nearestSide(node: number): Side | null {
    return this.sides
      .filter((side) => side.depth[node] >= 0)
      .reduce<Side | null>((nearest, side) => (nearest && nearest.depth[node] <= side.depth[node] ? nearest : side), null);
  }
}

/** What links to the start lies before it. */
const signOf = (side: Side): -1 | 1 => (side.way === -1 ? -1 : 1);

const confidenceIn = (side: Side, node: number): number => side.best.get(node)?.confidence ?? 1;
