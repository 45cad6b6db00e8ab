// What scores, types and statuses mean: the same rules as the Python class of that name.

import { APPROVED, DETERMINISTIC, REJECTED, type Policy } from "../generated";
import type { Pack } from "./pack";
import { rounded } from "./numbers";

/** Compute the weight of a link with a status under the policy, NaN where that leaves it undefined. */
export function weightOf(pack: Pack, link: number, code: number): number {
  const { policy } = pack;
  // A status that the contract does not name decides nothing, so such a link joins nothing.
  if (code > REJECTED || (code === REJECTED && policy.rejected === "refuse")) return NaN;
  const stored = pack.confidence[link];
  if (!Number.isNaN(stored)) return stored;
  if (code === APPROVED && policy.approved === "accept") return 1;
  if (policy.null_deterministic !== null && pack.type[link] === DETERMINISTIC) return policy.null_deterministic;
  return policy.null_confidence ?? NaN;
}

/** Compute the weight of each link under the policy, NaN where the policy leaves it undefined. */
export function weights(pack: Pack, status: Uint8Array): Float64Array {
  const weight = new Float64Array(pack.nLinks);
  for (let link = 0; link < pack.nLinks; link += 1) weight[link] = weightOf(pack, link, status[link]);
  return weight;
}

/**
 * Compute what the threshold is compared with, NaN where there is nothing to compare.
 *
 * A filter goes by what is stored, not by what joins: the confidence of a REJECTED link counts too. A
 * link below the floor counts as 0.
 */
export function filterScores(
  pack: Pack,
  weight: Float64Array,
  calibrated: Float64Array | null,
  floor: number | null,
): Float64Array {
  const { confidence, nLinks } = pack;
  const score = new Float64Array(nLinks);
  for (let link = 0; link < nLinks; link += 1) {
    const stored = Number.isNaN(confidence[link]) ? weight[link] : confidence[link];
    score[link] = stored;
    if (calibrated === null) continue;
    if (!Number.isNaN(calibrated[link])) score[link] = calibrated[link];
    else if (floor !== null && rounded(stored) < floor) score[link] = 0;
  }
  return score;
}

/** Compute the score of each link on the clustering's own scale, NaN for links that cannot join. */
export function joinScores(
  pack: Pack,
  weight: Float64Array,
  calibrated: Float64Array | null,
): Float64Array {
  const { nLinks } = pack;
  const score = new Float64Array(nLinks).fill(NaN);
  for (const link of levelLinks(pack)) {
    // A link that was rejected since has no weight, whatever its score was.
    if (!Number.isNaN(weight[link])) score[link] = rounded((calibrated ?? weight)[link]);
  }
  return score;
}

/** Whether a link counts at a threshold, given its score; with NaN only an APPROVED link does. */
export function accepts(policy: Policy, score: number, status: number, threshold: number): boolean {
  return rounded(score) >= rounded(threshold) || (policy.approved === "accept" && status === APPROVED);
}

const known = new WeakMap<Pack, Int32Array>();

/** Links between two nodes of the clusters' level, by position: only they can join. */
export function levelLinks(pack: Pack): Int32Array {
  let links = known.get(pack);
  if (!links) {
    const first = pack.first[pack.clustering.level];
    const end = pack.first[pack.clustering.level + 1];
    const found: number[] = [];
    for (let link = 0; link < pack.nLinks; link += 1) {
      const source = pack.source[link];
      const target = pack.target[link];
      if (source !== target && source >= first && target >= first && source < end && target < end) {
        found.push(link);
      }
    }
    links = Int32Array.from(found);
    known.set(pack, links);
  }
  return links;
}
