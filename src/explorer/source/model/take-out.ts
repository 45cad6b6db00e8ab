// Taking a field out of its concept: which links that rejects.

import { REJECTED } from "../generated";
import type { View } from "./types";
import { grouped } from "./words";

/** How many of some links were approved, in words: "2 of them approved". */
export function approvedOf(approved: number, all: number): string {
  if (approved < all) return `${grouped(approved)} of them approved`;
  return all === 1 ? "which is approved" : `all ${grouped(all)} of them approved`;
}

/** All links of a member to others of its cluster that are not rejected yet, as Python's `take_out`. */
export function linksToTakeOut({ pack, clusters, status }: View, member: number): number[] {
  const label = clusters.labels[member];
  if (label < 0) return [];
  return Array.from(pack.linksOf(member)).filter((link) => {
    const [source, target] = [pack.source[link], pack.target[link]];
    if (source === target || (source !== member && target !== member)) return false;
    return clusters.labels[source] === label && clusters.labels[target] === label && status[link] !== REJECTED;
  });
}
