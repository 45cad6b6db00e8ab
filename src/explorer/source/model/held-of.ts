// What is held of a view, made once for the same clusters: it takes as long as a clustering.

import { Held } from "./review/held";
import type { Clustering, View } from "./types";

const known = new WeakMap<Clustering, Held>();

export function heldOf({ pack, status, setting, clusters }: Pick<View, "pack" | "status" | "setting" | "clusters">): Held {
  let held = known.get(clusters);
  if (!held) {
    held = Held.of(pack, status, setting, clusters.threshold);
    known.set(clusters, held);
  }
  return held;
}
