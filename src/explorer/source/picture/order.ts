// The order of systems, and of tables within them: what is linked is near.
//
// The order depends on the pack alone, not on the filters, so that nothing moves while the reader
// slides the threshold.

import { compareText, isWithin, type Pack } from "../model/pack";

export interface Order {
  /** Systems in the order of their lanes; -1 for nodes whose system is unknown. */
  readonly systems: readonly number[];
  /** Blocks of each lane: tables, and columns whose table is unknown. */
  readonly blocks: ReadonlyMap<number, readonly number[]>;
  /** Block that each node belongs to, -1 for systems. */
  readonly blockOf: Int32Array;
  /** Number of links of each node and of all below it, each once. */
  readonly nLinks: Int32Array;
}

const SWEEPS = 8;
const MAX_ORDERED = 200; // lanes; each is compared with each other, and with more of them an order is of no help

export function orderOf(pack: Pack): Order {
  const { nNodes, first, source, target, table, system, parent } = pack;
  const nLinks = new Int32Array(nNodes);
  for (let link = 0; link < pack.nLinks; link += 1) {
    for (let node = source[link]; node >= 0; node = parent[node]) nLinks[node] += 1;
    for (let node = target[link]; node >= 0; node = parent[node]) {
      if (!isWithin(pack, source[link], node)) nLinks[node] += 1;
    }
  }
  const blockOf = new Int32Array(nNodes).fill(-1);
  for (let node = first[1]; node < nNodes; node += 1) {
    blockOf[node] = table[node] >= 0 ? table[node] : node;
  }
  const lanes = new Map<number, number[]>();
  for (let node = 0; node < first[1]; node += 1) lanes.set(node, []);
  for (let node = first[1]; node < nNodes; node += 1) {
    if (blockOf[node] !== node) continue;
    const lane = system[node];
    if (!lanes.has(lane)) lanes.set(lane, []);
    (lanes.get(lane) as number[]).push(node);
  }
  const pairs = blockPairs(pack, blockOf);
  const systems = orderLanes([...lanes.keys()], system, pairs);
  const blocks = orderBlocks(pack, lanes, systems, pairs, nLinks);
  return { systems, blocks, blockOf, nLinks };
}

interface Pairs {
  a: number[];
  b: number[];
  n: number[];
}

/** Count the links between each two blocks. */
function blockPairs(pack: Pack, blockOf: Int32Array): Pairs {
  const counts = new Map<number, number>();
  for (let link = 0; link < pack.nLinks; link += 1) {
    const x = blockOf[pack.source[link]];
    const y = blockOf[pack.target[link]];
    if (x < 0 || y < 0 || x === y) continue;
    const key = Math.min(x, y) * pack.nNodes + Math.max(x, y);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const keys = [...counts.keys()].sort((x, y) => x - y);
  return {
    a: keys.map((key) => Math.floor(key / pack.nNodes)),
    b: keys.map((key) => key % pack.nNodes),
    n: keys.map((key) => counts.get(key) as number),
  };
}

/** Order lanes so that those with most links between them are neighbours, from the busiest on. */
function orderLanes(lanes: number[], system: Int32Array, pairs: Pairs): number[] {
  const n = lanes.length;
  if (n < 3 || n > MAX_ORDERED) return lanes;
  const place = new Map(lanes.map((lane, index) => [lane, index]));
  const weights = Array.from({ length: n }, () => new Float64Array(n));
  const total = new Float64Array(n);
  pairs.a.forEach((a, index) => {
    const x = place.get(system[a]) as number;
    const y = place.get(system[pairs.b[index]]) as number;
    if (x === y) return;
    weights[x][y] += pairs.n[index];
    weights[y][x] += pairs.n[index];
    total[x] += pairs.n[index];
    total[y] += pairs.n[index];
  });
  const left = new Set(lanes.keys());
  const chain = [total.indexOf(Math.max(...total))];
  left.delete(chain[0]);
  while (left.size) {
    let best = -1;
    let lane = -1;
    let front = false;
    for (const candidate of left) {
      for (const atFront of [false, true]) {
        const weight = weights[chain[atFront ? 0 : chain.length - 1]][candidate];
        // Without links, the order of the catalogue stays.
        if (weight > best) [best, lane, front] = [weight, candidate, atFront && weight > 0];
      }
    }
    left.delete(lane);
    if (front) chain.unshift(lane);
    else chain.push(lane);
  }
  return chain.map((index) => lanes[index]);
}

/**
 * Order the blocks of each lane by the mean height of the blocks that they are linked to: the
 * barycentre method (Sugiyama, Tagawa, Toda 1981). Blocks without links come last, by name.
 */
function orderBlocks(
  pack: Pack,
  lanes: Map<number, number[]>,
  systems: readonly number[],
  pairs: Pairs,
  nLinks: Int32Array,
): Map<number, number[]> {
  const height = new Float64Array(pack.nNodes);
  const sum = new Float64Array(pack.nNodes);
  const degree = new Float64Array(pack.nNodes);
  const place = () => {
    for (const lane of systems) {
      const blocks = lanes.get(lane) as number[];
      blocks.forEach((block, index) => {
        height[block] = (index + 0.5) / blocks.length;
      });
    }
  };
  for (const lane of systems) {
    (lanes.get(lane) as number[]).sort(
      (x, y) =>
        Number(nLinks[y] > 0) - Number(nLinks[x] > 0) ||
        compareText(pack.name[x], pack.name[y]) ||
        x - y,
    );
  }
  place();
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    sum.fill(0);
    degree.fill(0);
    pairs.a.forEach((a, index) => {
      const b = pairs.b[index];
      if (pack.system[a] === pack.system[b]) return;
      sum[a] += pairs.n[index] * height[b];
      sum[b] += pairs.n[index] * height[a];
      degree[a] += pairs.n[index];
      degree[b] += pairs.n[index];
    });
    systems.forEach((lane, index) => {
      // Every second lane moves at a time: if all did, two lanes could alternate for ever.
      if (index % 2 !== sweep % 2) return;
      const wanted = (block: number) => (degree[block] ? sum[block] / degree[block] : height[block]);
      (lanes.get(lane) as number[]).sort(
        (x, y) =>
          Number(nLinks[y] > 0) - Number(nLinks[x] > 0) || wanted(x) - wanted(y) || x - y,
      );
    });
    place();
  }
  return lanes;
}
