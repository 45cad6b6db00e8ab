// Clusters that came with the page, and which of them decisions may have changed since.

import { APPROVED, REJECTED } from "../generated";
import type { Pack } from "./pack";
import { levelLinks } from "./policy";

/**
 * The labels of given clusters that decisions may have taken apart: a link within them is APPROVED no more,
 * or became REJECTED. Only the method knows, so nothing is said of contradictions in them.
 */
export function touchedLabels(pack: Pack, status: Uint8Array): ReadonlySet<number> {
  const found = new Set<number>();
  const { labels } = pack;
  if (!labels || status === pack.status) return found;
  for (const link of levelLinks(pack)) {
    if (status[link] === pack.status[link]) continue;
    if (pack.status[link] !== APPROVED && status[link] !== REJECTED) continue;
    const label = labels[pack.source[link]];
    if (label >= 0 && label === labels[pack.target[link]]) found.add(label);
  }
  return found;
}
