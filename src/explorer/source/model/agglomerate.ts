// Agglomerative clustering of sparse pairs: the best join that the constraints allow comes first.
//
// It follows the Python library step by step: scores are summed as whole billionths, so that sums are
// exact and heights are the same numbers on both sides.

import { SCORE_UNIT, type AVERAGES } from "../generated";
import { rint, rounded } from "./numbers";
import type { Pairs } from "./pairs";
import { Partition, type Constraints } from "./partition";

/** What the mean is taken over in average linkage. */
export type Average = (typeof AVERAGES)[number];

/** How the score of a join follows from the pairs between two clusters. */
export type Linkage =
  /** The best pair. */
  | "single"
  /** The mean over the pairs that there are ("present"), or over all pairs of members
   *  ("possible"), of which a missing one counts as 0. */
  | Average
  /** The worst pair of members; none if one is missing. */
  | "complete";

/** Joins of units; heights do not increase. */
export interface Joins {
  a: Int32Array;
  b: Int32Array;
  /** The highest threshold that allows a join, to nine decimals. */
  height: Float64Array;
}

/** Joins, and the position of the best pair between both sides of each. */
export interface PairJoins extends Joins {
  pair: Int32Array;
}

/** Join the best until none is left, or none at a threshold. */
export function joinsOf(pairs: Pairs, constraints: Constraints, linkage: Linkage, stop = 0): PairJoins {
  return linkage === "single"
    ? joinInOrder(pairs, constraints, stop)
    : new Frontier(pairs, constraints, linkage).run(stop);
}

/** Join pairs in their order; skip a pair between clusters that may not be joined. */
function joinInOrder(pairs: Pairs, constraints: Constraints, stop: number): PairJoins {
  const { unit } = constraints;
  const partition = new Partition(constraints);
  const made: number[] = [];
  for (let pair = 0; pair < pairs.a.length && pairs.score[pair] >= stop; pair += 1) {
    const x = partition.find(unit[pairs.a[pair]]);
    const y = partition.find(unit[pairs.b[pair]]);
    if (x !== y && partition.mayJoin(x, y)) {
      partition.join(x, y);
      made.push(pair);
    }
  }
  return {
    a: Int32Array.from(made, (pair) => unit[pairs.a[pair]]),
    b: Int32Array.from(made, (pair) => unit[pairs.b[pair]]),
    height: Float64Array.from(made, (pair) => pairs.score[pair]),
    pair: Int32Array.from(made),
  };
}

/**
 * Edges between clusters; the best is joined until none is left.
 *
 * A cluster is named by one of its units, an edge by a number; when two edges become one, that gets a
 * new number. The first edges are in a sorted list, changed ones in a heap.
 */
class Frontier {
  private readonly x: number[] = [];
  private readonly y: number[] = [];
  /** Sum of the scores, in billionths; for "complete" the lowest. */
  private readonly total: number[] = [];
  /** Number of pairs. */
  private readonly count: number[] = [];
  /** Position of the best pair, which breaks ties. */
  private readonly best: number[] = [];
  private readonly size: Int32Array;
  /** Edges of each cluster by the cluster at the other end. */
  private readonly around: (Map<number, number> | undefined)[];
  private readonly heapValue: number[] = [];
  private readonly heapEdge: number[] = [];

  constructor(
    pairs: Pairs,
    private readonly constraints: Constraints,
    private readonly linkage: Linkage,
  ) {
    const { unit, nUnits } = constraints;
    // A unit is one node, whatever its size: approvals do not make a join harder.
    this.size = new Int32Array(nUnits).fill(1);
    this.around = new Array<Map<number, number> | undefined>(nUnits);
    for (let pair = 0; pair < pairs.a.length; pair += 1) {
      const x = unit[pairs.a[pair]];
      const y = unit[pairs.b[pair]];
      if (x === y) continue;
      const mine = (this.around[x] ??= new Map());
      // Of several pairs between two units the best counts, which comes first.
      if (mine.has(y)) continue;
      mine.set(y, this.x.length);
      (this.around[y] ??= new Map()).set(x, this.x.length);
      this.addEdge(x, y, rint(pairs.score[pair] * SCORE_UNIT), 1, pair);
    }
  }

  run(stop: number): PairJoins {
    const partition = new Partition(this.constraints);
    const a: number[] = [];
    const b: number[] = [];
    const height: number[] = [];
    const pair: number[] = [];
    const waiting = this.firstEdges();
    const first = waiting.edge.length;
    let next = 0;
    while (next < first || this.heapEdge.length > 0) {
      let edge: number;
      let value: number;
      if (
        next < first &&
        (this.heapEdge.length === 0 ||
          this.comesBefore(waiting.value[next], waiting.edge[next], this.heapValue[0], this.heapEdge[0]))
      ) {
        edge = waiting.edge[next];
        value = waiting.value[next];
        next += 1;
      } else {
        edge = this.heapEdge[0];
        value = this.heapValue[0];
        this.popEdge();
      }
      // No edge is better than it was when it was put here.
      if (rounded(value) < stop) break;
      const x = this.x[edge];
      const y = this.y[edge];
      if (this.around[x]?.get(y) !== edge) continue; // it was merged into another edge
      const now = this.linkageOf(edge);
      if (now !== value) {
        // A cluster at one end has grown since: more pairs are possible, so the mean is lower.
        if (now >= 0) this.pushEdge(now, edge);
        continue;
      }
      const left = partition.find(x);
      const right = partition.find(y);
      if (!partition.mayJoin(left, right)) {
        this.around[x]!.delete(y);
        this.around[y]!.delete(x);
        continue;
      }
      a.push(x);
      b.push(y);
      height.push(rounded(value));
      pair.push(this.best[edge]);
      partition.join(left, right);
      this.mergeEnds(edge);
    }
    const order = Int32Array.from(a.keys()).sort(
      (i, j) => height[j] - height[i] || pair[i] - pair[j],
    );
    return {
      a: order.map((join) => a[join]),
      b: order.map((join) => b[join]),
      height: Float64Array.from(order, (join) => height[join]),
      pair: order.map((join) => pair[join]),
    };
  }

  private addEdge(x: number, y: number, total: number, count: number, best: number): number {
    this.x.push(x);
    this.y.push(y);
    this.total.push(total);
    this.count.push(count);
    this.best.push(best);
    return this.x.length - 1;
  }

  private combine(one: number, other: number): number {
    return this.linkage === "complete" ? Math.min(one, other) : one + other;
  }

  /** The score of an edge as it is now; negative if its ends cannot be joined. */
  private linkageOf(edge: number): number {
    const total = this.total[edge];
    const count = this.count[edge];
    if (this.linkage === "present") return total / (count * SCORE_UNIT);
    const possible = this.size[this.x[edge]] * this.size[this.y[edge]];
    if (this.linkage === "possible") return total / (possible * SCORE_UNIT);
    return count === possible ? total / SCORE_UNIT : -1;
  }

  /** The first edges that can join, best first. */
  private firstEdges(): { edge: Int32Array; value: Float64Array } {
    const all = Float64Array.from(this.x, (_, edge) => this.linkageOf(edge));
    const edge = Int32Array.from(this.x.keys())
      .filter((index) => all[index] >= 0)
      .sort((i, j) => all[j] - all[i] || this.best[i] - this.best[j]);
    return { edge, value: Float64Array.from(edge, (index) => all[index]) };
  }

  /**
   * Merge the two clusters at the ends of an edge.
   *
   * The smaller neighbourhood moves into the larger, so that no edge moves often.
   */
  private mergeEnds(edge: number): void {
    const { around } = this;
    const x = this.x[edge];
    const y = this.y[edge];
    const [stands, gone] = around[x]!.size >= around[y]!.size ? [x, y] : [y, x];
    this.size[stands] += this.size[gone];
    const mine = around[stands]!;
    const others = around[gone]!;
    around[gone] = undefined;
    mine.delete(gone);
    others.delete(stands);
    for (const [other, edgeThere] of others) {
      let moving = edgeThere;
      const theirs = around[other]!;
      theirs.delete(gone);
      const known = mine.get(other);
      if (known === undefined) {
        this.x[moving] = stands;
        this.y[moving] = other;
      } else {
        moving = this.addEdge(
          stands,
          other,
          this.combine(this.total[moving], this.total[known]),
          this.count[moving] + this.count[known],
          Math.min(this.best[moving], this.best[known]),
        );
        const now = this.linkageOf(moving);
        if (now >= 0) this.pushEdge(now, moving);
      }
      mine.set(other, moving);
      theirs.set(stands, moving);
    }
  }

  private comesBefore(value: number, edge: number, otherValue: number, otherEdge: number): boolean {
    if (value !== otherValue) return value > otherValue;
    const difference = this.best[edge] - this.best[otherEdge];
    return difference === 0 ? edge < otherEdge : difference < 0;
  }

  private pushEdge(value: number, edge: number): void {
    const { heapValue, heapEdge } = this;
    let at = heapEdge.length;
    heapValue.push(value);
    heapEdge.push(edge);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.comesBefore(value, edge, heapValue[above], heapEdge[above])) break;
      heapValue[at] = heapValue[above];
      heapEdge[at] = heapEdge[above];
      at = above;
    }
    heapValue[at] = value;
    heapEdge[at] = edge;
  }

  private popEdge(): void {
    const { heapValue, heapEdge } = this;
    const value = heapValue.pop()!;
    const edge = heapEdge.pop()!;
    const n = heapEdge.length;
    if (n === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= n) break;
      const right = below + 1;
      if (
        right < n &&
        this.comesBefore(heapValue[right], heapEdge[right], heapValue[below], heapEdge[below])
      ) {
        below = right;
      }
      if (!this.comesBefore(heapValue[below], heapEdge[below], value, edge)) break;
      heapValue[at] = heapValue[below];
      heapEdge[at] = heapEdge[below];
      at = below;
    }
    heapValue[at] = value;
    heapEdge[at] = edge;
  }
}
