// Links of a level by the pairs of nodes that they join, and what they make of each pair.

import { APPROVED, REJECTED } from "../../generated";
import { competition, probability } from "../calibrate";
import { rounded } from "../numbers";
import type { Pack } from "../pack";
import { levelLinks, weightOf } from "../policy";
import { hasRivals, type Setting } from "../setting";

/** What the links of pairs make of them by their statuses. */
export interface PairValues {
  /** Weight of the best link, NaN where none counts: without a weight, or below the floor. */
  readonly confidence: Float64Array;
  /** Whether the best link is APPROVED. */
  readonly approved: Uint8Array;
  /** Position of the best link. */
  readonly link: Int32Array;
  /** Whether an APPROVED link binds, and whether a REJECTED one does. */
  readonly must: Uint8Array;
  readonly cannot: Uint8Array;
  /** Score of the competition; the confidence where rivals do not count. */
  readonly share: Float64Array;
  /** Score on the scale of the setting, NaN where none counts. */
  readonly score: Float64Array;
}

function valuesOf(n: number): PairValues {
  return {
    confidence: new Float64Array(n).fill(NaN),
    approved: new Uint8Array(n),
    link: new Int32Array(n),
    must: new Uint8Array(n),
    cannot: new Uint8Array(n),
    share: new Float64Array(n).fill(NaN),
    score: new Float64Array(n).fill(NaN),
  };
}

function copyRow(from: PairValues, row: number, to: PairValues, place: number): void {
  to.confidence[place] = from.confidence[row];
  to.approved[place] = from.approved[row];
  to.link[place] = from.link[row];
  to.must[place] = from.must[row];
  to.cannot[place] = from.cannot[row];
  to.share[place] = from.share[row];
  to.score[place] = from.score[row];
}

/** Take the values of some pairs. */
export function taken(values: PairValues, pairs: Int32Array): PairValues {
  const found = valuesOf(pairs.length);
  pairs.forEach((pair, place) => copyRow(values, pair, found, place));
  return found;
}

/** Make values of which some pairs have others. */
export function patched(values: PairValues, pairs: Int32Array, others: PairValues): PairValues {
  const found: PairValues = {
    confidence: values.confidence.slice(),
    approved: values.approved.slice(),
    link: values.link.slice(),
    must: values.must.slice(),
    cannot: values.cannot.slice(),
    share: values.share.slice(),
    score: values.score.slice(),
  };
  pairs.forEach((pair, place) => copyRow(others, place, found, pair));
  return found;
}

/** Pairs that count, in the order in which methods see them. */
export function bestFirst({ score, share, confidence, approved, link }: PairValues): Int32Array {
  return Int32Array.from(score.keys())
    .filter((pair) => !Number.isNaN(score[pair]))
    .sort(
      (x, y) =>
        score[y] - score[x] ||
        share[y] - share[x] ||
        confidence[y] - confidence[x] ||
        approved[y] - approved[x] ||
        link[x] - link[y],
    );
}

/** Pairs of nodes that links of a level join, whatever their statuses; nodes count from its first. */
export class LinkedPairs {
  readonly n: number;
  readonly nNodes: number;
  readonly first: number;
  /** Ends of each pair, the smaller first. */
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** Pair of each link, -1 for links of other levels. */
  readonly pairOfLink: Int32Array;
  private readonly links: Int32Array;
  private readonly linkBegin: Int32Array;
  private readonly pairs: Int32Array;
  private readonly pairBegin: Int32Array;

  constructor(
    readonly pack: Pack,
    readonly setting: Setting,
  ) {
    const { source, target, first, clustering } = pack;
    this.first = first[clustering.level];
    this.nNodes = first[clustering.level + 1] - this.first;
    this.pairOfLink = new Int32Array(pack.nLinks).fill(-1);
    const numbers = new Map<number, number>();
    const a: number[] = [];
    const b: number[] = [];
    const links = levelLinks(pack);
    for (const link of links) {
      const x = Math.min(source[link], target[link]) - this.first;
      const y = Math.max(source[link], target[link]) - this.first;
      let pair = numbers.get(x * this.nNodes + y);
      if (pair === undefined) {
        pair = a.length;
        numbers.set(x * this.nNodes + y, pair);
        a.push(x);
        b.push(y);
      }
      this.pairOfLink[link] = pair;
    }
    this.n = a.length;
    this.a = Int32Array.from(a);
    this.b = Int32Array.from(b);
    const of = Int32Array.from(links, (link) => this.pairOfLink[link]);
    [this.linkBegin, this.links] = grouped(of, links, this.n);
    const ends = new Int32Array(2 * this.n);
    ends.set(this.a);
    ends.set(this.b, this.n);
    const pairs = Int32Array.from({ length: 2 * this.n }, (_, at) => at % this.n);
    [this.pairBegin, this.pairs] = grouped(ends, pairs, this.nNodes);
  }

  /** Links of a pair, by position. */
  linksOf(pair: number): Int32Array {
    return this.links.subarray(this.linkBegin[pair], this.linkBegin[pair + 1]);
  }

  /** Pairs with an end at any of the nodes, each once. */
  pairsAt(nodes: Iterable<number>): Int32Array {
    const found = new Set<number>();
    for (const node of nodes) {
      for (let at = this.pairBegin[node]; at < this.pairBegin[node + 1]; at += 1) found.add(this.pairs[at]);
    }
    return Int32Array.from(found).sort();
  }

  /** Pairs with both ends among the nodes. */
  pairsWithin(nodes: Int32Array): Int32Array {
    const inside = new Uint8Array(this.nNodes);
    for (const node of nodes) inside[node] = 1;
    return this.pairsAt(nodes).filter((pair) => inside[this.a[pair]] === 1 && inside[this.b[pair]] === 1);
  }

  /** Nodes at the ends of pairs, each once. */
  endsOf(pairs: Iterable<number>): Set<number> {
    const found = new Set<number>();
    for (const pair of pairs) found.add(this.a[pair]).add(this.b[pair]);
    return found;
  }

  /** The same pairs, read by another policy and without a floor. */
  under(pack: Pack): LinkedPairs {
    const setting = { ...this.setting, floor: null };
    return Object.assign(Object.create(LinkedPairs.prototype) as LinkedPairs, this, { pack, setting });
  }

  get every(): Int32Array {
    return Int32Array.from({ length: this.n }, (_, pair) => pair);
  }

  /** What all pairs are by the statuses of links. */
  values(status: Uint8Array): PairValues {
    const found = this.unscored(this.every, status);
    return this.scored(found, found, this.every, this.weakest(found));
  }

  /** What some pairs are by the statuses of links, without their scores. */
  unscored(pairs: Int32Array, status: Uint8Array): PairValues {
    const { pack, setting } = this;
    const { policy } = pack;
    const accept = policy.approved === "accept";
    const refuse = policy.rejected === "refuse";
    const found = valuesOf(pairs.length);
    pairs.forEach((pair, place) => {
      let best = -1;
      let most = NaN;
      let isApproved = false;
      for (const link of this.linksOf(pair)) {
        const code = status[link];
        if (code === APPROVED && accept) found.must[place] = 1;
        if (code === REJECTED && refuse) found.cannot[place] = 1;
        const weight = rounded(weightOf(pack, link, code));
        const isBetter =
          best < 0 ||
          weight > most ||
          (Number.isNaN(most) && !Number.isNaN(weight)) ||
          ((weight === most || (Number.isNaN(weight) && Number.isNaN(most))) && code === APPROVED && !isApproved);
        if (!isBetter) continue;
        best = link;
        most = weight;
        isApproved = code === APPROVED;
      }
      const isBelow = setting.floor !== null && most < setting.floor && !(accept && isApproved);
      found.confidence[place] = isBelow ? NaN : most;
      found.approved[place] = Number(isApproved);
      found.link[place] = best;
    });
    return found;
  }

  /** The confidence at which a lone candidate is as likely to match as not. */
  weakest({ confidence }: PairValues): number {
    const { no_match: given } = this.setting;
    if (given !== null) return given;
    let least = 1;
    for (const value of confidence) if (value < least) least = value;
    return least;
  }

  /** Add the scores to the values of some pairs, whose rivals are among those of all pairs. */
  scored(values: PairValues, rivals: PairValues, pairs: Int32Array, weakest: number): PairValues {
    const { setting } = this;
    const share = hasRivals(setting) ? this.shares(rivals, pairs, weakest) : values.confidence;
    const score = setting.weights ? share.map((each) => probability(setting, each)) : share;
    return { ...values, share, score };
  }

  /** The score of each pair against its rivals, NaN for pairs that do not count. */
  private shares(rivals: PairValues, pairs: Int32Array, weakest: number): Float64Array {
    const { confidence, approved, link } = rivals;
    const contest = this.pairsAt(this.endsOf(pairs))
      .filter((pair) => !Number.isNaN(confidence[pair]))
      .sort((x, y) => confidence[y] - confidence[x] || approved[y] - approved[x] || link[x] - link[y]);
    const scores = competition(
      this.pack,
      {
        a: contest.map((pair) => this.a[pair]),
        b: contest.map((pair) => this.b[pair]),
        score: Float64Array.from(contest, (pair) => confidence[pair]),
        link: contest.map((pair) => link[pair]),
        approved: Uint8Array.from(contest, (pair) => approved[pair]),
      },
      weakest,
    );
    const share = new Float64Array(this.n).fill(NaN);
    scores.link.forEach((best, place) => (share[this.pairOfLink[best]] = scores.score[place]));
    return Float64Array.from(pairs, (pair) => share[pair]);
  }
}

/** Group items by their owners: where those of each begin, and the items. */
function grouped(owner: Int32Array, items: Int32Array, n: number): [begin: Int32Array, items: Int32Array] {
  const begin = new Int32Array(n + 1);
  for (const one of owner) begin[one + 1] += 1;
  for (let at = 0; at < n; at += 1) begin[at + 1] += begin[at];
  const next = begin.slice(0, n);
  const sorted = new Int32Array(items.length);
  items.forEach((item, at) => {
    sorted[next[owner[at]]] = item;
    next[owner[at]] += 1;
  });
  return [begin, sorted];
}
