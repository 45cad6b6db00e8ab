// How much there is of everything, for headings and tabs.

import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import { waiting } from "./review/settled";
import type { View } from "./types";

export interface Counts {
  readonly approved: number;
  readonly rejected: number;
  readonly suggested: number;
  /** Suggestions that wait for an answer; decisions settle the others, or no concept rests on them. */
  readonly open: number;
  /** Rejected links whose ends are in one cluster. */
  readonly contradictions: number;
  /** Clusters with members in at least two systems. */
  readonly shared: number;
}

/** What is left to review: contradictions, and suggestions that wait for an answer, skipped ones too. */
export const leftToReview = ({ open, contradictions }: Counts): number => open + contradictions;

const byStatus = new WeakMap<Uint8Array, Pick<Counts, "approved" | "rejected" | "suggested" | "open">>();
const byClusters = new WeakMap<View["clusters"], number>();

export function countsOf({ pack, status, clusters, contradictions }: View): Counts {
  let links = byStatus.get(status);
  if (!links) {
    const n = [0, 0, 0, 0];
    for (const code of status) n[Math.min(code, 3)] += 1;
    const open = waiting(pack, status).reduce((sum, one) => sum + one, 0);
    links = { approved: n[APPROVED], rejected: n[REJECTED], suggested: n[SUGGESTED], open };
    byStatus.set(status, links);
  }
  let shared = byClusters.get(clusters);
  if (shared === undefined) {
    shared = 0;
    for (let cluster = 0; cluster < clusters.sizes.length; cluster += 1) {
      const [first, ...others] = clusters.members(cluster);
      if (others.some((node) => pack.system[node] !== pack.system[first])) shared += 1;
    }
    byClusters.set(clusters, shared);
  }
  return { ...links, contradictions: contradictions.length, shared };
}
