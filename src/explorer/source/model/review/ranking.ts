// Open suggestions, and the order in which they are worth a question.

import type { ReviewOrder } from "./orders";
import { APPROVED, CONFIDENCE_CURVE, DETERMINISTIC, SHARE_CURVE, SUGGESTED } from "../../generated";
import { competition, decidedLinks, fitted, probability } from "../calibrate";
import { inOrder, rounded } from "../numbers";
import type { Pack } from "../pack";
import { weightOf } from "../policy";
import { hasRivals, type Setting } from "../setting";
import type { Decision } from "../../state/state";
import type { Held } from "./held";
import { unsettled } from "./settled";
import { bestFirst, type LinkedPairs } from "./pairs";
import { Random } from "./random";

/** Groups of questions, in their order. */
export const GROUPS = ["contradiction", "exact rule", "scored", "unscored"] as const;
const EXACT = 1;
const SCORED = 2;
const UNSCORED = 3;

/** Distances of a probability from one half up to which links are about as uncertain. */
const BANDS = [0.1, 0.3];

/** Probability of a link without a confidence, where one must be assumed. */
const UNKNOWN = 0.5;

/** Suggestions that decisions do not settle, by position of their links. */
export interface Open {
  readonly link: Int32Array;
  /** Probability that the link is right, NaN where it has no score. */
  readonly probability: Float64Array;
  /** Position among `GROUPS`. */
  readonly group: Uint8Array;
  /** Clusters of both ends, by label, the smaller first. */
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Expected number of pairs of nodes that an answer moves together or apart. */
  readonly flips: Float64Array;
  /** Whether a rejection between the two clusters keeps them apart already. */
  readonly apart: Uint8Array;
}

export class Ranking {
  private readonly rivals: boolean;
  private readonly isFitted: boolean;
  private readonly curve: Setting;
  /** Confidence of each link as though nobody had decided: a decision may be taken back. */
  private readonly confidence: Float64Array;
  private readonly ofConfidence: Float64Array;
  private known: Int32Array | null = null;

  constructor(
    held: Held,
    private readonly order: ReviewOrder,
    private readonly seed: number,
    decisions?: ReadonlyMap<number, Decision>,
  ) {
    const { pack, linked } = held;
    const { setting } = linked;
    this.rivals = hasRivals(setting);
    this.isFitted = setting.calibrate === "both";
    const weights = setting.weights ?? fittedWeights(linked, held.status, this.rivals, decisions);
    this.curve = { ...setting, weights, calibrate: this.rivals ? "both" : "decisions" };
    this.confidence = Float64Array.from({ length: pack.nLinks }, (_, link) =>
      rounded(weightOf(pack, link, SUGGESTED)),
    );
    const plain: Setting = { ...setting, weights, calibrate: "decisions" };
    this.ofConfidence = this.confidence.map((each) => probability(plain, each));
  }

  /** The probability that a link is right, NaN without a score. */
  probabilityOf(held: Held, link: number): number {
    if (!this.rivals) return this.ofConfidence[link];
    if (Number.isNaN(this.confidence[link])) return NaN;
    // A link of another level takes part in no competition.
    const pair = held.linked.pairOfLink[link];
    const share = pair < 0 ? NaN : held.values.score[pair];
    // Below a floor a link has no part in the competition, which it would lose.
    if (Number.isNaN(share) && held.status[link] === SUGGESTED) return 0;
    return this.isFitted ? share : probability(this.curve, share);
  }

  /** How sure a link is by itself, decided or not: where rivals count, its confidence. */
  surety(link: number): number {
    const own = this.rivals ? this.confidence[link] : this.ofConfidence[link];
    return Number.isNaN(own) ? UNKNOWN : own;
  }

  /** The suggestions that are open; nobody is asked about those that are done. */
  open(held: Held, done: Uint8Array): Open {
    const { linked, values, label, status, pack } = held;
    const { a, b, pairOfLink } = linked;
    const { label: unit, n: nUnits } = held.units();
    const unitSize = new Int32Array(nUnits);
    for (const one of unit) unitSize[one] += 1;
    const size = new Int32Array(held.nLabels);
    for (const one of label) size[one] += 1;
    const key = (n: number, one: number, other: number): number =>
      one < other ? one * n + other : other * n + one;
    const apartClusters = new Set<number>();
    for (let pair = 0; pair < linked.n; pair += 1) {
      if (!values.cannot[pair]) continue;
      apartClusters.add(key(held.nLabels, label[a[pair]], label[b[pair]]));
    }
    const anyApart = apartClusters.size > 0;
    const waits = unsettled(pack, status);
    const links: number[] = [];
    for (let link = 0; link < pack.nLinks; link += 1) {
      if (waits[link] && !done[link]) links.push(link);
    }
    const n = links.length;
    const open = {
      link: Int32Array.from(links),
      probability: new Float64Array(n),
      group: new Uint8Array(n),
      x: new Int32Array(n),
      y: new Int32Array(n),
      flips: new Float64Array(n),
      apart: new Uint8Array(n),
    };
    for (let row = 0; row < n; row += 1) {
      const link = links[row];
      const pair = pairOfLink[link];
      const one = label[a[pair]];
      const other = label[b[pair]];
      const found = this.probabilityOf(held, link);
      const known = Number.isNaN(found) ? UNKNOWN : found;
      const isExact = pack.type[link] === DETERMINISTIC && one !== other;
      open.x[row] = Math.min(one, other);
      open.y[row] = Math.max(one, other);
      open.probability[row] = found;
      open.group[row] = isExact ? EXACT : Number.isNaN(found) ? UNSCORED : SCORED;
      const small = Math.min(unitSize[unit[a[pair]]], unitSize[unit[b[pair]]]);
      open.flips[row] =
        one !== other ? known * size[open.x[row]] * size[open.y[row]] : (1 - known) * small * (size[one] - small);
      // Inside a cluster a rejection keeps nothing apart: it is a contradiction.
      open.apart[row] = Number(anyApart && one !== other && apartClusters.has(key(held.nLabels, one, other)));
    }
    return open;
  }

  /** Links in a random order, which does not change as others are decided. */
  private drawnLinks(nLinks: number): Int32Array {
    if (!this.known) {
      const place = new Random(this.seed).permutation(nLinks);
      this.known = new Int32Array(nLinks);
      for (let link = 0; link < nLinks; link += 1) this.known[place[link]] = link;
    }
    return this.known;
  }

  /** Yield the rows of suggestions in that order. */
  *drawn(held: Held, open: Open): Generator<number> {
    const row = new Int32Array(held.pack.nLinks).fill(-1);
    for (let place = 0; place < open.link.length; place += 1) row[open.link[place]] = place;
    for (const link of this.drawnLinks(held.pack.nLinks)) if (row[link] >= 0) yield row[link];
  }

  /** Yield in that order those with a score: only such links calibrate. */
  *sampled(held: Held, open: Open): Generator<number> {
    for (const row of this.drawn(held, open)) if (!Number.isNaN(open.probability[row])) yield row;
  }

  /**
   * Yield rows in the order of questions, one for each pair of clusters. In a random order all are there,
   * and groups do not matter: it is a fair sample.
   */
  *ranked(held: Held, open: Open): Generator<number> {
    if (this.order === "random") {
      yield* this.drawn(held, open);
      return;
    }
    const { group, apart, flips, probability: found } = open;
    const n = open.link.length;
    const first = new Uint8Array(n);
    // All are about as uncertain where it does not matter.
    const sure = new Float64Array(n);
    const band = new Uint8Array(n);
    for (let row = 0; row < n; row += 1) {
      first[row] = 2 * group[row] + apart[row];
      if (this.order === "flips") continue;
      const each = Number.isNaN(found[row]) ? 0 : Math.abs(found[row] - UNKNOWN);
      sure[row] = each;
      for (const end of BANDS) band[row] += Number(each >= end);
    }
    const before = (x: number, y: number): number =>
      first[x] - first[y] || band[x] - band[y] || flips[y] - flips[x] || sure[x] - sure[y] || x - y;
    const seen = new Set<number>();
    for (const row of inOrder(n, before)) {
      const clusters = open.x[row] * held.nLabels + open.y[row];
      if (seen.has(clusters)) continue;
      seen.add(clusters);
      yield row;
    }
  }
}

/** Fit the curve to the decided links: by their scores as they were before anything was decided. */
function fittedWeights(
  linked: LinkedPairs,
  status: Uint8Array,
  rivals: boolean,
  decisions?: ReadonlyMap<number, Decision>,
): readonly [number, number] {
  const { pack } = linked;
  const decided = decidedLinks(pack, status, decisions);
  const right = Uint8Array.from(decided, (link) => Number(status[link] === APPROVED));
  if (!rivals) {
    return fitted(Float64Array.from(decided, (link) => rounded(pack.confidence[link])), right, CONFIDENCE_CURVE);
  }
  const scores = neutralScores(linked, status);
  return fitted(Float64Array.from(decided, (link) => scores[linked.pairOfLink[link]]), right, SHARE_CURVE);
}

/** The score of each pair against its rivals as though nothing was decided. */
function neutralScores(linked: LinkedPairs, status: Uint8Array): Float64Array {
  const pack: Pack = { ...linked.pack, policy: { ...linked.pack.policy, approved: "score", rejected: "score" } };
  const neutral = linked.under(pack);
  const values = neutral.unscored(neutral.every, status);
  const plain = { ...values, share: values.confidence, score: values.confidence };
  const order = bestFirst(plain);
  const pairs = competition(
    pack,
    {
      a: order.map((pair) => linked.a[pair]),
      b: order.map((pair) => linked.b[pair]),
      score: Float64Array.from(order, (pair) => values.confidence[pair]),
      link: order.map((pair) => values.link[pair]),
      approved: new Uint8Array(order.length),
    },
    null,
  );
  const found = new Float64Array(linked.n).fill(NaN);
  pairs.link.forEach((link, place) => (found[linked.pairOfLink[link]] = pairs.score[place]));
  return found;
}
