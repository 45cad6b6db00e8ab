// Weights and scores of links under decisions and a setting, computed once for all that need them.

import { linkScores } from "./calibrate";
import type { Pack } from "./pack";
import { joinScores, weights } from "./policy";
import type { Setting } from "./setting";

export interface Scored {
  readonly status: Uint8Array;
  /** Weight of each link under the policy, NaN where that leaves it undefined. */
  readonly weight: Float64Array;
  /** Score on the clusters' own scale; null if that is the confidence. */
  readonly calibrated: Float64Array | null;
  /** The same, NaN for links that cannot join. */
  readonly score: Float64Array;
}

const known = new WeakMap<Uint8Array, WeakMap<Setting, Scored>>();

export function scored(pack: Pack, status: Uint8Array, setting: Setting): Scored {
  let bySetting = known.get(status);
  if (!bySetting) {
    bySetting = new WeakMap();
    known.set(status, bySetting);
  }
  let found = bySetting.get(setting);
  if (!found) {
    const weight = weights(pack, status);
    const calibrated = linkScores(pack, weight, status, setting);
    found = { status, weight, calibrated, score: joinScores(pack, weight, calibrated) };
    bySetting.set(setting, found);
  }
  return found;
}
