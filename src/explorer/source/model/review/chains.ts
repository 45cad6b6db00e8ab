// What makes a contradiction: the chain of APPROVED links between two nodes, and the cheapest cut of it.

import { APPROVED } from "../../generated";
import { rint } from "../numbers";
import type { Pack } from "../pack";
import { levelLinks } from "../policy";

/** Shortest chains that are compared, one more than Python lists. */
const MAX_CHAINS = 11;

const PRICE_STEPS = 1_000_000;
const MAX_PRICE_SUM = 2 ** 31 - 1;

/** The APPROVED links among nodes that they tie together. */
export class Approved {
  private readonly place = new Map<number, number>();
  /** Links at each node, by position among `links`. */
  private readonly around: number[][];

  private constructor(
    private readonly pack: Pack,
    private readonly links: Int32Array,
    nodes: Int32Array,
    private readonly source: number,
    private readonly target: number,
  ) {
    nodes.forEach((node, at) => this.place.set(node, at));
    this.around = Array.from(nodes, () => []);
    links.forEach((_, edge) => {
      for (const end of this.ends(edge)) this.around[end].push(edge);
    });
  }

  /** Those around a REJECTED link; null if they do not tie its ends together. Units are of the level. */
  static around(pack: Pack, status: Uint8Array, unit: Int32Array, link: number): Approved | null {
    const first = pack.first[pack.clustering.level];
    const unitOf = (node: number): number => unit[node - first];
    const mine = unitOf(pack.source[link]);
    if (mine !== unitOf(pack.target[link])) return null;
    const links = levelLinks(pack).filter((one) => status[one] === APPROVED && unitOf(pack.source[one]) === mine);
    const nodes = Int32Array.from(unit.keys())
      .filter((node) => unit[node] === mine)
      .map((node) => node + first);
    return new Approved(pack, links, nodes, pack.source[link], pack.target[link]);
  }

  private ends(edge: number): [number, number] {
    const { pack, place } = this;
    const link = this.links[edge];
    return [place.get(pack.source[link])!, place.get(pack.target[link])!];
  }

  private other(edge: number, node: number): number {
    const [a, b] = this.ends(edge);
    return a === node ? b : a;
  }

  /**
   * The shortest chain from end to end, in its order; of several the first by its sorted links, among
   * the first of them by their links one after the other. Of parallel links the first stands for all.
   */
  chain(): number[] {
    const [from, to] = [this.place.get(this.source)!, this.place.get(this.target)!];
    const far = new Int32Array(this.around.length).fill(-1);
    far[to] = 0;
    const queue = [to];
    for (const node of queue) {
      for (const edge of this.around[node]) {
        const there = this.other(edge, node);
        if (far[there] >= 0) continue;
        far[there] = far[node] + 1;
        queue.push(there);
      }
    }
    const found: number[][] = [];
    const tail: number[] = [];
    const steps = (node: number): Iterator<[edge: number, there: number]> => {
      const nearer = new Map<number, number>();
      for (const edge of this.around[node]) {
        const there = this.other(edge, node);
        if (far[there] === far[node] - 1 && !nearer.has(there)) nearer.set(there, edge);
      }
      return [...nearer].map(([there, edge]): [number, number] => [edge, there]).values();
    };
    const levels = [steps(from)];
    while (levels.length > 0 && found.length < MAX_CHAINS) {
      const next = levels[levels.length - 1].next();
      if (next.done) {
        levels.pop();
        tail.pop();
        continue;
      }
      const [edge, there] = next.value;
      tail.push(this.links[edge]);
      if (there !== to) levels.push(steps(there));
      else {
        found.push(tail.slice());
        tail.pop();
      }
    }
    return found.reduce((best, one) => (isBefore(one, best) ? one : best), found[0] ?? []);
  }

  /** The links of a chain each of which alone ties both ends together, in its order. */
  single(chain: readonly number[]): number[] {
    const [from, to] = [this.place.get(this.source)!, this.place.get(this.target)!];
    return chain.filter((link) => {
      const seen = new Uint8Array(this.around.length);
      seen[from] = 1;
      const queue = [from];
      for (const node of queue) {
        for (const edge of this.around[node]) {
          const there = this.other(edge, node);
          if (seen[there] || this.links[edge] === link) continue;
          seen[there] = 1;
          queue.push(there);
        }
      }
      return !seen[to];
    });
  }

  /** The links of the cheapest cut, of several the one nearest the target. */
  cut(): number[] {
    const { links, around, pack } = this;
    const steps = Math.min(PRICE_STEPS, Math.floor(MAX_PRICE_SUM / Math.max(links.length, 1)) - 1);
    const price = Float64Array.from(links, (link) => {
      const confidence = pack.confidence[link];
      return rint((Number.isNaN(confidence) ? 1 : confidence) * steps) + 1;
    });
    // What may still flow over each link, from its first end to its second and back.
    const left = [price.slice(), price.slice()];
    const direction = (edge: number, node: number): 0 | 1 => (this.ends(edge)[0] === node ? 0 : 1);
    const [near, end] = [this.place.get(this.target)!, this.place.get(this.source)!];
    for (;;) {
      // The shortest way that has room (Edmonds and Karp).
      const before = new Int32Array(around.length).fill(-1);
      const seen = new Uint8Array(around.length);
      seen[near] = 1;
      const queue = [near];
      for (const node of queue) {
        for (const edge of around[node]) {
          const there = this.other(edge, node);
          if (seen[there] || left[direction(edge, node)][edge] <= 0) continue;
          seen[there] = 1;
          before[there] = edge;
          queue.push(there);
        }
      }
      if (!seen[end]) return Array.from(links).filter((_, edge) => {
        const [a, b] = this.ends(edge);
        return seen[a] !== seen[b];
      });
      const way: [edge: number, direction: 0 | 1][] = [];
      for (let node = end; node !== near; ) {
        const edge = before[node];
        const from = this.other(edge, node);
        way.push([edge, direction(edge, from)]);
        node = from;
      }
      const room = Math.min(...way.map(([edge, forth]) => left[forth][edge]));
      for (const [edge, forth] of way) {
        left[forth][edge] -= room;
        left[1 - forth][edge] += room;
      }
    }
  }
}

/** Whether one chain comes before another of the same length. */
function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const order = (x: number, y: number): number => x - y;
  const [x, y] = [one.slice().sort(order), other.slice().sort(order)];
  const at = x.findIndex((link, place) => link !== y[place]);
  return at >= 0 && x[at] < y[at];
}
