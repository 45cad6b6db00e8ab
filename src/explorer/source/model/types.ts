// What is computed from the pack and the reader's choices; one module makes each.

import type { Pack } from "./pack";
import type { Setting } from "./setting";
import type { State } from "../state/state";

/** Groups of nodes at a threshold, with the numbers that they have in Python: the largest first. */
export interface Members {
  /** Cluster of each node, -1 for none: shape (nNodes,). */
  readonly labels: Int32Array;
  /** Number of members of each cluster. */
  readonly sizes: Int32Array;
  /** Members of each cluster, by code. */
  members(cluster: number): Int32Array;
  readonly threshold: number;
}

/** Worth and names of clusters, by label. */
export interface Identity {
  /** Role value x log2(1 + systems) x mean confidence x coherence. */
  readonly value: Float64Array;
  /** Labels by value, the highest first. */
  readonly byValue: Int32Array;
  /** 1 for clusters of deleted nodes alone, which come last in every order. */
  readonly gone: Uint8Array;
  /** The name of a cluster, no two alike; it may have invisible characters. */
  name(cluster: number): string;
  /** Number of members that carry the words of the name. */
  carriers(cluster: number): number;
  /** What most of the others are called, where less than half carry the name; else empty. */
  also(cluster: number): string;
  /** Mean confidence of the links that hold it. */
  readonly confidence: Float64Array;
  /** Number of systems with a member; a copy is in its original's. */
  readonly systems: Int32Array;
  /** Role of most members; null where they are no columns. */
  role(cluster: number): string | null;
  /** Name of the entity of most members; empty where most are in none. */
  entity(cluster: number): string;
}

export interface Clustering extends Members {
  /** Names, worth and order, computed when they are first asked for. */
  readonly identity: Identity;
  /** Name of the method that made them. */
  readonly method: string;
  /** A note for the reader, such as that another method was used after a decision. */
  readonly note: string | null;
  /** Whether they are from before the reader's decisions: their method does not run in the page. */
  readonly stale: boolean;
}

/** A REJECTED link whose ends are in one cluster. */
export interface Contradiction {
  cluster: number;
  link: number;
}

export interface Quality {
  members: number;
  systems: number[];
  links: number;
  linksByStatus: number[];
  linksHolding: number;
  /** Share of the pairs of members that a holding link joins. */
  density: number;
  minConfidence: number | null;
  meanConfidence: number | null;
  /** Share of the holding links that are DETERMINISTIC. */
  determinismRatio: number | null;
  weakestLink: number;
  centralNode: number;
  /** Links without which the cluster falls apart, the lowest score first. */
  bridges: { link: number; splitsOff: number }[];
  articulationPoints: number[];
  contradictions: number[];
  /** Systems of which the cluster has several members. */
  systemsTwice: number[];
}

/** A step over a link; `against` if it goes from target to source. */
export interface PathStep {
  link: number;
  from: number;
  to: number;
  against: boolean;
}

export interface LinkPath {
  steps: PathStep[];
  /** Product of the weights. */
  confidence: number;
}

/** What a focus leaves in sight. */
export interface Seen {
  nodes: ReadonlySet<number>;
  links: ReadonlySet<number>;
  /** Steps from the node in focus, negative upstream. */
  distance: ReadonlyMap<number, number>;
  path: LinkPath | null;
}

/** What a decision would change in the clusters. */
export interface Effect {
  /** Sizes of the clusters of the link's ends, before and after. */
  before: number[];
  after: number[];
  /** A sentence for the reader. */
  text: string;
}

/** Everything that the picture and the panels show, for one state. */
export interface View {
  readonly pack: Pack;
  readonly state: State;
  /** Status of each link after the reader's decisions. */
  readonly status: Uint8Array;
  /** Weight of each link under the policy, NaN where that leaves it undefined. */
  readonly weight: Float64Array;
  /** How the clusters are made: that of the pack until the reader recalibrates. */
  readonly setting: Setting;
  /** Score of each link on the clusters' own scale; null if that is the confidence. */
  readonly calibrated: Float64Array | null;
  /** Score of each link that the threshold is compared with. */
  readonly score: Float64Array;
  /** Links that pass every filter: 1 or 0. */
  readonly passes: Uint8Array;
  readonly nPassing: number;
  readonly clusters: Clustering;
  readonly contradictions: readonly Contradiction[];
  readonly seen: Seen | null;
}
