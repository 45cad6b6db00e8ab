// Suggestions that need no answer: decisions settle them already, or no concept rests on them.

import { APPROVED, REJECTED, SUGGESTED } from "../../generated";
import type { Pack } from "../pack";
import { find, singletons, unite } from "../partition";
import { levelLinks } from "../policy";

const known = new WeakMap<Uint8Array, Uint8Array>();

/** Whether each link is a suggestion that waits for an answer, skipped in this page or not: 1 or 0. */
export function waiting(pack: Pack, status: Uint8Array): Uint8Array {
  let found = known.get(status);
  if (!found) {
    found = unsettled(pack, status);
    // Who was asked about one before, and left it, is not asked again.
    for (const link of pack.clustering.reviewed) found[link] = 0;
    known.set(status, found);
  }
  return found;
}

/** Whether each link is a suggestion that no decision settles: 1 or 0. */
export function unsettled(pack: Pack, status: Uint8Array): Uint8Array {
  const { source, target, first, clustering, policy } = pack;
  const begin = first[clustering.level];
  const n = first[clustering.level + 1] - begin;
  const links = levelLinks(pack);
  const parent = singletons(n);
  if (policy.approved === "accept") {
    for (const link of links) if (status[link] === APPROVED) unite(parent, source[link] - begin, target[link] - begin);
  }
  const key = (link: number): number => {
    const one = find(parent, source[link] - begin);
    const other = find(parent, target[link] - begin);
    return one < other ? one * n + other : other * n + one;
  };
  const apart = new Set<number>();
  if (policy.rejected === "refuse") for (const link of links) if (status[link] === REJECTED) apart.add(key(link));
  const found = new Uint8Array(pack.nLinks);
  for (const link of links) {
    if (status[link] !== SUGGESTED) continue;
    // Decided by transitivity: within a unit, or between two that a rejection keeps apart.
    const isOne = find(parent, source[link] - begin) === find(parent, target[link] - begin);
    found[link] = Number(!isOne && !(apart.size > 0 && apart.has(key(link))));
  }
  return found;
}
