// Calibration: scores against rivals, probabilities, and a new setting from the present decisions.
//
// It follows the Python library step by step.

import {
  APPROVED,
  COMPETITION_SHARPNESS,
  CONFIDENCE_CURVE,
  FAIR,
  MIN_SLOPE,
  PRIOR_FLOOR,
  PRIOR_FLOOR_WEIGHT,
  REJECTED,
  SHARE_CURVE,
} from "../generated";
import type { Pack } from "./pack";
import { rounded } from "./numbers";
import { levelConstraints, openPairs, type Pairs } from "./pairs";
import { levelLinks, weights as linkWeights } from "./policy";
import { hasRivals, type DecidedBy, type Setting } from "./setting";
import type { Decision } from "../state/state";

type Decisions = ReadonlyMap<number, Decision>;

interface Curve {
  readonly means: readonly [number, number];
  readonly deviations: readonly [number, number];
}

function feature(curve: Curve, score: number): number {
  if (curve === CONFIDENCE_CURVE) return 10 * (score - 0.65);
  const share = Math.min(Math.max(score, 1e-4), 1 - 1e-4);
  return 1.3 * Math.log(share / (1 - share)) - 0.9;
}

/** The probability that a link with a score is right, to nine decimals. */
export function probability(setting: Setting, score: number): number {
  const [offset, slope] = setting.weights!;
  const curve = setting.calibrate === "both" ? SHARE_CURVE : CONFIDENCE_CURVE;
  return rounded(1 / (1 + Math.exp(-(offset + slope * feature(curve, score)))));
}

/** Give pairs the scores that methods see; equal ones keep their order. */
export function calibrated(pack: Pack, pairs: Pairs, setting: Setting): Pairs {
  const scored = hasRivals(setting) ? competition(pack, pairs, setting.no_match) : pairs;
  if (!setting.weights) return scored;
  return rescored(scored, Float64Array.from(scored.score, (score) => probability(setting, score)));
}

function rescored(pairs: Pairs, score: Float64Array): Pairs {
  const order = Int32Array.from(score.keys()).sort((i, j) => score[j] - score[i] || i - j);
  return {
    a: order.map((pair) => pairs.a[pair]),
    b: order.map((pair) => pairs.b[pair]),
    score: Float64Array.from(order, (pair) => score[pair]),
    link: order.map((pair) => pairs.link[pair]),
    approved: Uint8Array.from(order, (pair) => pairs.approved[pair]),
  };
}

/** Score each pair against its rivals: how sure is it that this is the match in that system? */
export function competition(pack: Pack, pairs: Pairs, noMatch: number | null): Pairs {
  const { clustering, first, system } = pack;
  const begin = first[clustering.level];
  const n = first[clustering.level + 1] - begin;
  const place = (node: number): number => (system[begin + node] >= 0 ? system[begin + node] : n + node);
  const nPairs = pairs.a.length;
  const odds = Float64Array.from(pairs.score, (score, pair) =>
    Math.exp(COMPETITION_SHARPNESS * ((pairs.approved[pair] ? 1 : score) - 1)),
  );
  const weakest = noMatch ?? pairs.score.reduce((least, score) => Math.min(least, score), 1);
  const none = Math.exp(COMPETITION_SHARPNESS * (weakest - 1));
  const contests = new Map<number, number>();
  const contestOf = (node: number, rival: number): number => {
    const key = node * 2 * n + place(rival);
    let contest = contests.get(key);
    if (contest === undefined) {
      contest = contests.size;
      contests.set(key, contest);
    }
    return contest;
  };
  const one = pairs.a.map((node, pair) => contestOf(node, pairs.b[pair]));
  const other = pairs.b.map((node, pair) => contestOf(node, pairs.a[pair]));
  // From the last pair to the first, as Python sums.
  const total = new Float64Array(contests.size);
  for (let pair = nPairs - 1; pair >= 0; pair -= 1) {
    total[one[pair]] += odds[pair];
    total[other[pair]] += odds[pair];
  }
  const score = odds.map((odd, pair) =>
    rounded((odd / (none + total[one[pair]]) + odd / (none + total[other[pair]])) / 2),
  );
  return rescored(pairs, score);
}

/**
 * Compute the score of each link on the clusters' own scale, NaN where it has none; null if that is
 * the confidence and nothing lies below a floor.
 */
export function linkScores(
  pack: Pack,
  weight: Float64Array,
  status: Uint8Array,
  setting: Setting,
): Float64Array | null {
  if (setting.calibrate === null && setting.floor === null) return null;
  // What Python computed may be of more links than the page has.
  if (status === pack.status && setting === pack.clustering.setting) return pack.calibrated;
  const score = new Float64Array(pack.nLinks).fill(NaN);
  const isPresent = presentLinks(pack, weight, status, setting);
  if (hasRivals(setting)) {
    const pairs = calibrated(pack, openPairs(pack, weight, status, setting), setting);
    const { first, clustering, source, target } = pack;
    const n = first[clustering.level + 1] - first[clustering.level];
    const key = (x: number, y: number): number => (x < y ? x * n + y : y * n + x);
    const known = new Map<number, number>();
    pairs.a.forEach((a, pair) => known.set(key(a, pairs.b[pair]), pairs.score[pair]));
    for (const link of levelLinks(pack)) {
      if (!isPresent(link)) continue;
      const begin = first[clustering.level];
      score[link] = known.get(key(source[link] - begin, target[link] - begin)) ?? NaN;
    }
    return score;
  }
  for (const link of levelLinks(pack)) {
    if (!isPresent(link)) continue;
    const counts = rounded(weight[link]);
    score[link] = setting.weights ? probability(setting, counts) : counts;
  }
  return score;
}

/** Whether a link counts: it has a weight, and is not below the floor unless it is APPROVED. */
function presentLinks(
  pack: Pack,
  weight: Float64Array,
  status: Uint8Array,
  { floor }: Setting,
): (link: number) => boolean {
  const binds = pack.policy.approved === "accept";
  return (link) =>
    !Number.isNaN(weight[link]) &&
    (floor === null || rounded(weight[link]) >= floor || (binds && status[link] === APPROVED));
}

// --- a new setting -------------------------------------------------------------------------------

const NO_DECISIONS: Decisions = new Map();

/**
 * Decided links that calibrate: those of the level that bind, have a confidence and were fairly asked
 * about. `decisions` are those that were made in the page.
 */
export function decidedLinks(pack: Pack, status: Uint8Array, decisions = NO_DECISIONS): Int32Array {
  const { policy, confidence } = pack;
  const unfair = new Set(pack.clustering.unfair);
  const isFair = (link: number): boolean => {
    const made = decisions.get(link);
    if (made === undefined) return !unfair.has(link);
    return made.asked === undefined || (FAIR as readonly string[]).includes(made.asked);
  };
  return levelLinks(pack).filter((link) => {
    const binds =
      (status[link] === APPROVED && policy.approved === "accept") ||
      (status[link] === REJECTED && policy.rejected === "refuse");
    return binds && !Number.isNaN(confidence[link]) && isFair(link);
  });
}

/** Return the decided links that calibrate, with their status. */
export function decidedBy(pack: Pack, status: Uint8Array, decisions = NO_DECISIONS): DecidedBy {
  return new Map(Array.from(decidedLinks(pack, status, decisions), (link) => [link, status[link]]));
}

/** Return how many links are decided otherwise, and whether all of them are new. */
export function newDecisions(before: DecidedBy, now: DecidedBy): { n: number; areNew: boolean } {
  let n = 0;
  let areNew = true;
  for (const [link, status] of now) {
    if (before.get(link) === status) continue;
    n += 1;
    if (before.has(link)) areNew = false;
  }
  for (const link of before.keys()) {
    if (now.has(link)) continue;
    n += 1;
    areNew = false;
  }
  return { n, areNew };
}

/** Make a setting by the present decisions: the same method and rule, other weights and floor. */
export function recalibrated(pack: Pack, status: Uint8Array, decisions = NO_DECISIONS): Setting {
  const { confidence, clustering } = pack;
  const decided = decidedLinks(pack, status, decisions);
  const approved = decided.filter((link) => status[link] === APPROVED).length;
  const rejected = decided.length - approved;
  const weights = fitted(
    Float64Array.from(decided, (link) => rounded(confidence[link])),
    Uint8Array.from(decided, (link) => Number(status[link] === APPROVED)),
    CONFIDENCE_CURVE,
  );
  const setting = { ...clustering.setting, weights, n_approved: approved, n_rejected: rejected };
  return { ...setting, floor: usualFloor(pack, status, setting) };
}

/** Whether a new setting by the present decisions would differ from another one. */
export function changesSetting(pack: Pack, status: Uint8Array, setting: Setting, decisions = NO_DECISIONS): boolean {
  const { weights, floor } = recalibrated(pack, status, decisions);
  return floor !== setting.floor || weights?.some((each, at) => each !== setting.weights?.[at]) === true;
}

/** The confidence at which the expected F1 of the pairs is highest, near the prior with few decisions. */
function usualFloor(pack: Pack, status: Uint8Array, setting: Setting): number {
  const { n_approved: a, n_rejected: r } = setting;
  const n = a + r > 0 ? (4 * a * r) / (a + r) : 0;
  const pairs = openPairs(pack, linkWeights(pack, status), status, { ...setting, floor: null });
  const { unit } = levelConstraints(pack, status);
  const score = pairs.score.filter((_, pair) => unit[pairs.a[pair]] !== unit[pairs.b[pair]]);
  if (n === 0 || score.length === 0) return PRIOR_FLOOR;
  const right = score.map((confident) => probability(setting, confident));
  const total = right.reduce((sum, share) => sum + share, 0);
  let best = 0;
  let most = -1;
  let sum = 0;
  right.forEach((share, place) => {
    sum += share;
    const f1 = (2 * sum) / (place + 1 + total);
    if (f1 > most) {
      most = f1;
      best = place;
    }
  });
  return rounded((n * score[best] + PRIOR_FLOOR_WEIGHT * PRIOR_FLOOR) / (n + PRIOR_FLOOR_WEIGHT));
}

const MAX_STEPS = 100;
const MAX_CHANGE = 1e-12;
const MAX_RISE = 1e-9;

/** Fit a logistic curve to decided links: offset and slope with the highest posterior probability. */
export function fitted(score: Float64Array, right: Uint8Array, curve: Curve): [number, number] {
  const x = score.map((each) => feature(curve, each));
  const order = Int32Array.from(x.keys()).sort((i, j) => x[i] - x[j] || right[i] - right[j]);
  const rows = Array.from(order, (row): [number, number] => [x[row], right[row]]);
  let weights = newton(rows, curve, null);
  if (weights[1] < MIN_SLOPE) weights = newton(rows, curve, MIN_SLOPE);
  return [rounded(weights[0]), rounded(weights[1])];
}

function newton(
  rows: readonly (readonly [x: number, y: number])[],
  { means, deviations }: Curve,
  slope: number | null,
): [number, number] {
  const loss = (v0: number, v1: number): number => {
    let sum = ((v0 - means[0]) / deviations[0]) ** 2 / 2 + ((v1 - means[1]) / deviations[1]) ** 2 / 2;
    for (const [x, y] of rows) {
      const odds = v0 + v1 * x;
      sum += Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds))) - y * odds;
    }
    return sum;
  };
  let w0 = means[0];
  let w1 = slope ?? means[1];
  let before = loss(w0, w1);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    let g0 = 0;
    let g1 = 0;
    let h00 = 0;
    let h01 = 0;
    let h11 = 0;
    for (const [x, y] of rows) {
      const p = 1 / (1 + Math.exp(-(w0 + w1 * x)));
      const spread = p * (1 - p);
      g0 += p - y;
      g1 += (p - y) * x;
      h00 += spread;
      h01 += spread * x;
      h11 += spread * x * x;
    }
    g0 += (w0 - means[0]) / deviations[0] ** 2;
    h00 += 1 / deviations[0] ** 2;
    let step0 = g0 / h00;
    let step1 = 0;
    if (slope === null) {
      g1 += (w1 - means[1]) / deviations[1] ** 2;
      h11 += 1 / deviations[1] ** 2;
      const determinant = h00 * h11 - h01 * h01;
      step0 = (h11 * g0 - h01 * g1) / determinant;
      step1 = (h00 * g1 - h01 * g0) / determinant;
    }
    // A whole step may overshoot where a sure link was decided the other way.
    let after = loss(w0 - step0, w1 - step1);
    while (after > before + MAX_RISE) {
      step0 /= 2;
      step1 /= 2;
      after = loss(w0 - step0, w1 - step1);
    }
    w0 -= step0;
    w1 -= step1;
    before = after;
    if (Math.max(Math.abs(step0), Math.abs(step1)) <= MAX_CHANGE) break;
  }
  return [w0, w1];
}
