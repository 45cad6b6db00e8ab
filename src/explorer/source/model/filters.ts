// Which links are shown, and the histogram of their scores.

import type { Pack } from "./pack";
import { accepts } from "./policy";
import type { View } from "./types";
import type { State } from "../state/state";

export type Filters = Pick<
  State,
  "threshold" | "hiddenStatuses" | "hiddenTypes" | "hiddenSystems"
>;

/** Mark the links that pass every filter: 1 or 0. */
export function passing(
  pack: Pack,
  state: Filters,
  status: Uint8Array,
  score: Float64Array,
): Uint8Array {
  const { threshold, hiddenStatuses, hiddenTypes, hiddenSystems } = state;
  const { policy, type, system, source, target } = pack;
  const passes = new Uint8Array(pack.nLinks);
  for (let link = 0; link < pack.nLinks; link += 1) {
    // A threshold of 0 asks for nothing: links without a score pass too.
    if (threshold > 0 && !accepts(policy, score[link], status[link], threshold)) continue;
    if (hiddenStatuses.has(status[link]) || hiddenTypes.has(type[link])) continue;
    if (hiddenSystems.size > 0) {
      if (hiddenSystems.has(system[source[link]]) || hiddenSystems.has(system[target[link]])) {
        continue;
      }
    }
    passes[link] = 1;
  }
  return passes;
}

/** Links that are not shown, by what keeps them out; one that a filter hides is counted there. */
export interface LeftOut {
  readonly filtered: number;
  /** With a score below that from which links count. */
  readonly weaker: number;
  readonly unscored: number;
}

/** Count the links that do not pass, of those of a kind: O(m). */
export function leftOut({ pack, state, status, score, passes }: View, isOf: (link: number) => boolean): LeftOut {
  const unfiltered = passing(pack, { ...state, threshold: 0 }, status, score);
  let [filtered, weaker, unscored] = [0, 0, 0];
  for (let link = 0; link < pack.nLinks; link += 1) {
    if (passes[link] || !isOf(link)) continue;
    if (!unfiltered[link]) filtered += 1;
    else if (Number.isNaN(score[link])) unscored += 1;
    else weaker += 1;
  }
  return { filtered, weaker, unscored };
}

export interface Histogram {
  /** Links in each bin, of equal width from 0 to 1. */
  count: number[];
  /** The same for each status: `byStatus[status][bin]`. */
  byStatus: number[][];
  /** Links without a score. */
  none: number;
}

/** Compute the histogram of the scores of the links that pass all filters but the threshold. */
export function histogram(view: View, bins: number): Histogram {
  const { pack, state, status, score } = view;
  const passes = passing(pack, { ...state, threshold: 0 }, status, score);
  const count = new Array<number>(bins).fill(0);
  const byStatus = pack.statuses.map(() => new Array<number>(bins).fill(0));
  let none = 0;
  for (let link = 0; link < pack.nLinks; link += 1) {
    if (!passes[link]) continue;
    if (Number.isNaN(score[link])) {
      none += 1;
      continue;
    }
    // A score on an edge belongs to the bin above it, although 0.29 * 100 is less than 29.
    const bin = Math.min(bins - 1, Math.floor(score[link] * bins + 1e-9));
    count[bin] += 1;
    byStatus[status[link]][bin] += 1;
  }
  return { count, byStatus, none };
}
