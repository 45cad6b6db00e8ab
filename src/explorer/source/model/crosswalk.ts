// The crosswalk: one row a concept, one cell for each system that has it, and what each cell rests on.

import { APPROVED, KEY_VALUE, OTHER_VALUE, REJECTED, ROLES, ROLE_VALUES } from "../generated";
import { memberships } from "./memberships";
import { labelsInOrder, restsOn } from "./names";
import { compareText, type Pack } from "./pack";
import { accepts, levelLinks } from "./policy";
import { scored } from "./scores";
import type { Setting } from "./setting";
import type { Clustering } from "./types";
import type { Order } from "../state/state";

/**
 * What a cell rests on, the worst first: that a link in the cluster was rejected, or that approved links alone
 * tie one of its members to another system, or to the others if all are in one.
 */
export const MARKS = ["rejected", "approved", "suggested"] as const;
export type Mark = (typeof MARKS)[number];

/** What the members of a cluster do in their rows. */
export const ROLE_KINDS = ["identifies", "describes", "shared"] as const;
export type RoleKind = (typeof ROLE_KINDS)[number];

/** Members of one cluster in one system, the best first. */
export interface Cell {
  /** -1 where the system is unknown. */
  readonly system: number;
  readonly members: Int32Array;
  readonly mark: Mark;
  /** Confidence of the best member, NaN for none. */
  readonly confidence: number;
}

export interface CrosswalkRow {
  readonly cluster: number;
  /** By system, in the order of `systems`. */
  readonly cells: readonly Cell[];
  /** Links between two members: all, APPROVED and REJECTED ones, and those with a confidence that hold it. */
  readonly links: number;
  readonly approved: number;
  readonly contradictions: number;
  readonly scored: number;
  /** Found when it is asked for. */
  readonly restsOn: ReturnType<typeof restsOn>;
  readonly kind: RoleKind;
}

export interface CrosswalkFilter {
  kinds?: ReadonlySet<RoleKind>;
  /** Only those that have a contradiction, or of which nothing is approved. */
  only?: "contradiction" | "undecided";
  /** Only those with a member in each of these systems. */
  systems?: ReadonlySet<number>;
  /** Only these, such as the matches of a search. */
  clusters?: ReadonlySet<number>;
}

export interface CrosswalkInput {
  readonly pack: Pack;
  readonly clusters: Clustering;
  readonly status: Uint8Array;
  readonly setting: Setting;
}

const IS_APPROVED = 1;
const IS_REJECTED = 2;

/** Rows are made when they are asked for; all that depends on every link is made once, in O(m). */
export class Crosswalk {
  /** Systems with a member of any cluster, by name; the unknown one is -1 and comes last. */
  readonly systems: readonly number[];
  /** Number of links inside each cluster, of APPROVED and of REJECTED ones, and of those that score it. */
  readonly links: Int32Array;
  readonly approved: Int32Array;
  readonly contradictions: Int32Array;
  readonly scored: Int32Array;
  private readonly confidence: Float64Array;
  private readonly marks: Uint8Array;
  private readonly rows = new Map<number, CrosswalkRow>();

  constructor(private readonly input: CrosswalkInput) {
    const { pack, clusters, status, setting } = input;
    const { nLinks, source, target, system, policy } = pack;
    const { labels, sizes } = clusters;
    const { weight, score } = scored(pack, status, setting);
    const none = (): Int32Array => new Int32Array(sizes.length);
    [this.links, this.approved, this.contradictions, this.scored] = [none(), none(), none(), none()];
    const holding: number[] = [];
    const approvals: number[] = [];
    this.marks = new Uint8Array(pack.nNodes);
    for (const link of levelLinks(pack)) {
      const ends = [source[link], target[link]];
      const label = labels[ends[0]];
      if (label < 0 || label !== labels[ends[1]]) continue;
      const isAccepted = accepts(policy, score[link], status[link], clusters.threshold);
      this.links[label] += 1;
      if (status[link] === APPROVED) {
        this.approved[label] += 1;
        if (isAccepted) approvals.push(link);
      }
      if (status[link] === REJECTED) {
        this.contradictions[label] += 1;
        for (const end of ends) this.marks[end] |= IS_REJECTED;
      }
      if (isAccepted && !Number.isNaN(weight[link])) {
        this.scored[label] += 1;
        holding.push(link);
      }
    }
    this.confidence = memberships(pack, labels, holding, weight);
    memberships(pack, labels, approvals, new Float64Array(nLinks).fill(1)).forEach((sure, node) => {
      if (!Number.isNaN(sure)) this.marks[node] |= IS_APPROVED;
    });
    const found = new Set<number>();
    labels.forEach((label, node) => {
      if (label >= 0) found.add(system[node]);
    });
    this.systems = [...found].sort(
      (x, y) => Number(x < 0) - Number(y < 0) || (x < 0 ? 0 : compareText(pack.rawName[x], pack.rawName[y])) || x - y,
    );
  }

  /** What a member rests on. */
  markOf(node: number): Mark {
    return markOf(this.marks[node]);
  }

  /** How sure the links tie the node to another system, or to the others if all are in one; NaN for none. */
  confidenceOf(node: number): number {
    return this.confidence[node];
  }

  row(cluster: number): CrosswalkRow {
    let row = this.rows.get(cluster);
    if (!row) {
      row = this.make(cluster);
      this.rows.set(cluster, row);
    }
    return row;
  }

  private make(cluster: number): CrosswalkRow {
    const { pack, clusters, status } = this.input;
    const bySystem = new Map<number, number[]>();
    for (const node of clusters.members(cluster)) {
      const members = bySystem.get(pack.system[node]);
      if (members) members.push(node);
      else bySystem.set(pack.system[node], [node]);
    }
    const cells = this.systems.flatMap((system): Cell[] => {
      const members = bySystem.get(system);
      if (!members) return [];
      members.sort((x, y) => this.compare(x, y));
      let marks = 0;
      for (const node of members) marks |= this.marks[node];
      return [
        {
          system,
          members: Int32Array.from(members),
          mark: markOf(marks),
          confidence: this.confidence[members[0]],
        },
      ];
    });
    return {
      cluster,
      cells,
      links: this.links[cluster],
      approved: this.approved[cluster],
      contradictions: this.contradictions[cluster],
      scored: this.scored[cluster],
      get restsOn() {
        return restsOn(pack, clusters, cluster, status);
      },
      kind: roleKind(clusters.identity.role(cluster)),
    };
  }

  /** Living members first, then the surest, then by path. */
  private compare(x: number, y: number): number {
    const { deleted, rawPath } = this.input.pack;
    const sure = (node: number): number => (Number.isNaN(this.confidence[node]) ? -1 : this.confidence[node]);
    return deleted[x] - deleted[y] || sure(y) - sure(x) || compareText(rawPath(x), rawPath(y)) || x - y;
  }

  /** Clusters that pass the filters, in an order: by what they are worth to who looks for identities. */
  ordered(by: Order = "identity", filter: CrosswalkFilter = {}): Int32Array {
    const { clusters, pack } = this.input;
    const { kinds, only, systems, clusters: wanted } = filter;
    const passes = (cluster: number): boolean => {
      if (wanted && !wanted.has(cluster)) return false;
      if (only === "contradiction" && this.contradictions[cluster] === 0) return false;
      if (only === "undecided" && this.approved[cluster] > 0) return false;
      if (kinds && !kinds.has(roleKind(clusters.identity.role(cluster)))) return false;
      if (!systems || systems.size === 0) return true;
      const has = new Set(Array.from(clusters.members(cluster), (node) => pack.system[node]));
      return [...systems].every((system) => has.has(system));
    };
    return labelsInOrder(clusters, by).filter(passes);
  }

  /** Number of clusters of each kind, with a contradiction, and without any approval. */
  counts(): { kinds: Record<RoleKind, number>; contradiction: number; undecided: number } {
    const { clusters } = this.input;
    const kinds: Record<RoleKind, number> = { identifies: 0, describes: 0, shared: 0 };
    let contradiction = 0;
    let undecided = 0;
    for (let cluster = 0; cluster < clusters.sizes.length; cluster += 1) {
      kinds[roleKind(clusters.identity.role(cluster))] += 1;
      if (this.contradictions[cluster] > 0) contradiction += 1;
      if (this.approved[cluster] === 0) undecided += 1;
    }
    return { kinds, contradiction, undecided };
  }
}

const made = new WeakMap<Clustering, { status: Uint8Array; crosswalk: Crosswalk }>();

/** The crosswalk of a view, made once for the same clusters and decisions. */
export function crosswalkOf(input: CrosswalkInput): Crosswalk {
  const before = made.get(input.clusters);
  if (before?.status === input.status) return before.crosswalk;
  const crosswalk = new Crosswalk(input);
  made.set(input.clusters, { status: input.status, crosswalk });
  return crosswalk;
}

function markOf(marks: number): Mark {
  if (marks & IS_REJECTED) return "rejected";
  return marks & IS_APPROVED ? "approved" : "suggested";
}

/** What members of a role do: identify rows, describe them, or share values with many. */
export function roleKind(role: string | null): RoleKind {
  const worth = ROLE_VALUES[(ROLES as readonly (string | null)[]).indexOf(role)] ?? OTHER_VALUE;
  if (worth >= KEY_VALUE) return "identifies";
  return role === "TEXT" ? "describes" : "shared";
}
