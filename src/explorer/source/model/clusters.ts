// Clusters at any threshold, equal to those that Python computes.
//
// Until the reader decides something, the merge tree of the pack is cut. After a decision the joins are
// computed again, by the same method, once for each set of decisions.

import { APPROVED, AVERAGES, LEVEL_WORDS, REFERENCE_METHOD, REJECTED } from "../generated";
import { calibrated } from "./calibrate";
import { joinsOf, type Average, type Joins, type Linkage } from "./agglomerate";
import { givenNames, identityOf, type Given } from "./names";
import { visible, type Pack } from "./pack";
import { rounded } from "./numbers";
import { levelConstraints, openPairs } from "./pairs";
import { find, singletons, unite } from "./partition";
import { levelLinks, weights } from "./policy";
import { remoteOf, unknownWords } from "./remote";
import { scored } from "./scores";
import type { Setting } from "./setting";
import type { Clustering, Contradiction, Identity, Members } from "./types";
import { touchedLabels } from "./touched";

/** Sets of decisions whose joins are kept: enough to compare both sides of one and to undo it. */
const MAX_KEPT = 8;

/** Clusters of a level that are known for some statuses, under a setting and at a threshold. */
export interface KnownClusters {
  readonly status: Uint8Array;
  readonly setting: Setting;
  readonly threshold: number;
  /** Cluster of each node of the level; a node in none has its own. */
  readonly label: Int32Array;
}

export class ClusterEngine {
  /** Joins by set of decisions; the one that was used last is at the end. */
  private readonly made = new Map<string, Joins>();
  private readonly shippedJoins: Joins;
  private readonly shippedClusters = new Map<boolean, Clustering>();
  private elsewhere: { version: number; key: string; labels: Int32Array; stale: boolean; made: Clustering } | null = null;
  private own: boolean | null = null;
  private given: Given;
  private known: KnownClusters | null = null;

  constructor(private readonly pack: Pack) {
    this.shippedJoins = { a: pack.treeA, b: pack.treeB, height: pack.treeHeight };
    this.given = givenNames(pack, new Map());
  }

  /** Name clusters by what people gave; those that were returned before keep their names. */
  name(given: Given): void {
    this.given = given;
    this.shippedClusters.clear();
    if (this.elsewhere) this.elsewhere = { ...this.elsewhere, key: "" };
  }

  /** Take clusters that were computed elsewhere for some decisions: they are not computed again. */
  know(clusters: KnownClusters): void {
    this.known = clusters;
  }

  /**
   * The clusters of a method without a tree, which are the same at every threshold.
   *
   * The method does not run here: after a decision they are those from before it, and the note says so.
   */
  private shipped(decided: boolean): Clustering {
    const known = this.shippedClusters.get(decided);
    if (known) return known;
    const { pack, given } = this;
    const { clustering, labels } = pack;
    const { method, threshold, setting } = clustering;
    const stays = `The concepts stay as they came, whatever score they are joined from: ${method} has no merge tree.`;
    const stale = `These are the concepts from before the decisions: ${method} runs in Python only. Save the decisions, and make the page again with them.`;
    const made = new Labelled(
      labels ?? new Int32Array(pack.nNodes).fill(-1),
      threshold,
      method,
      labels && (decided ? stale : stays),
      (own) => identityOf(pack, own, scored(pack, pack.status, setting), given),
      decided,
    );
    this.shippedClusters.set(decided, made);
    return made;
  }

  /** Changes whenever clusters may differ that are asked for again: with each answer of Python. */
  get version(): number {
    return remoteOf(this.pack)?.version ?? 0;
  }

  /** The clusters of a method that does not run here, as Python answers; until it does, those before. */
  private answered(threshold: number, status: Uint8Array, setting: Setting): Clustering {
    const { pack, given } = this;
    const remote = remoteOf(pack)!;
    const labels = remote.labels(status, threshold);
    const stale = labels === null;
    const key = `${threshold} ${decisionKey(pack, status)}`;
    const before = this.elsewhere;
    if (before?.key === key && before.version === remote.version && before.stale === stale) return before.made;
    const shown = labels ?? before?.labels ?? pack.labels ?? new Int32Array(pack.nNodes).fill(-1);
    const note = stale ? unknownWords(pack, "") : null;
    const made = new Labelled(shown, threshold, pack.clustering.method, note, (own) => identityOf(pack, own, scored(pack, status, setting), given), stale);
    this.elsewhere = { version: remote.version, key, labels: shown, stale, made };
    return made;
  }

  /** The clusters at a threshold, inclusive; `decided` means that decisions changed some status. */
  at(
    wanted: number,
    status: Uint8Array,
    decided: boolean,
    setting: Setting = this.pack.clustering.setting,
  ): Clustering {
    const computed = decided || setting !== this.pack.clustering.setting;
    if (!this.pack.clustering.tree) {
      return remoteOf(this.pack) ? this.answered(rounded(wanted), status, setting) : this.shipped(computed);
    }
    const threshold = rounded(wanted);
    const { given } = this;
    const first = this.pack.first[this.pack.clustering.level];
    const known = computed && this.known && isKnown(this.known, threshold, status, setting) ? this.known : null;
    const parent = known ? parentsOf(known.label) : this.joinedAt(threshold, status, computed, setting);
    const labels = numberGroups(parent, this.pack.deleted, first);
    return new Labelled(
      labels,
      threshold,
      this.pack.clustering.method,
      this.noteFor(computed),
      (own) => identityOf(this.pack, own, scored(this.pack, status, setting), given),
    );
  }

  /** The sets that all joins of at least a threshold make. */
  private joinedAt(threshold: number, status: Uint8Array, computed: boolean, setting: Setting): Int32Array {
    const { height, a, b } = this.joinsUnder(status, computed, setting);
    const { parent, first } = this.unitedByApproval(status);
    for (let join = 0; join < height.length && height[join] >= threshold; join += 1) {
      unite(parent, a[join] - first, b[join] - first);
    }
    return parent;
  }

  /**
   * The highest threshold at which two nodes are in one cluster; null if there is none.
   *
   * For a method without a tree and `decided`, that at which a chain of links joins the two.
   */
  meetAt(
    one: number,
    other: number,
    status: Uint8Array,
    decided: boolean,
    setting: Setting = this.pack.clustering.setting,
  ): number | null {
    const computed = decided || setting !== this.pack.clustering.setting;
    if (!computed && !this.pack.clustering.tree) return null;
    const { parent, first } = this.unitedByApproval(status);
    const end = this.pack.first[this.pack.clustering.level + 1];
    const x = one - first;
    const y = other - first;
    if (x < 0 || y < 0 || one >= end || other >= end) return null;
    if (find(parent, x) === find(parent, y)) return 1;
    const { height, a, b } = this.joinsUnder(status, computed, setting);
    for (let join = 0; join < height.length; join += 1) {
      unite(parent, a[join] - first, b[join] - first);
      if (find(parent, x) === find(parent, y)) return height[join];
    }
    return null;
  }

  /**
   * Whether the page computes the clusters of the pack from its own links.
   *
   * It does not if the method does not run here, or if the pack has fewer links than the clusters were
   * made of. Then the effect of a decision is shown between clusters that are computed here.
   */
  get isOwn(): boolean {
    if (!this.pack.clustering.tree) return false;
    this.own ??= sameHeights(
      this.shippedJoins,
      this.joinsUnder(this.pack.status, true, this.pack.clustering.setting),
    );
    return this.own;
  }

  /** The joins that make the clusters at every threshold, highest first: nodes of either side. */
  joins(status: Uint8Array, setting: Setting): Joins {
    const { pack } = this;
    return this.joinsUnder(status, status !== pack.status || setting !== pack.clustering.setting, setting);
  }

  /** The sets that APPROVED links join at every threshold. */
  private unitedByApproval(status: Uint8Array): { parent: Int32Array; first: number } {
    const { pack } = this;
    const first = pack.first[pack.clustering.level];
    const parent = singletons(pack.first[pack.clustering.level + 1] - first);
    if (pack.policy.approved === "accept") {
      for (const link of levelLinks(pack)) {
        if (status[link] === APPROVED) {
          unite(parent, pack.source[link] - first, pack.target[link] - first);
        }
      }
    }
    return { parent, first };
  }

  /** The method that joins pairs here. */
  private get joinMethod(): string {
    const { method, tree } = this.pack.clustering;
    return tree ? method : REFERENCE_METHOD;
  }

  private noteFor(decided: boolean): string | null {
    if (!decided) return null;
    return this.isOwn
      ? null
      : "The concepts came made of other links than this page has; after a decision they are made" +
          " of those that it has.";
  }

  private joinsUnder(status: Uint8Array, computed: boolean, setting: Setting): Joins {
    if (!computed) return this.shippedJoins;
    const key = `${decisionKey(this.pack, status)} ${JSON.stringify(setting)}`;
    const known = this.made.get(key);
    if (known) {
      this.made.delete(key);
      this.made.set(key, known);
      return known;
    }
    const joins = this.makeJoins(status, setting);
    this.made.set(key, joins);
    if (this.made.size > MAX_KEPT) this.made.delete(this.made.keys().next().value!);
    return joins;
  }

  private makeJoins(status: Uint8Array, setting: Setting): Joins {
    const { pack } = this;
    const first = pack.first[pack.clustering.level];
    const open = openPairs(pack, weights(pack, status), status, setting);
    const pairs = calibrated(pack, open, setting);
    const constraints = levelConstraints(pack, status);
    const joins = joinsOf(pairs, constraints, linkageOf(pack, this.joinMethod));
    const nodes = (units: Int32Array): Int32Array =>
      units.map((unit) => constraints.firstNode[unit] + first);
    return { a: nodes(joins.a), b: nodes(joins.b), height: joins.height };
  }
}

const engines = new WeakMap<Pack, ClusterEngine>();

/** Return the engine of a pack: one for the whole page, so that joins are computed once. */
export function engineOf(pack: Pack): ClusterEngine {
  let engine = engines.get(pack);
  if (!engine) {
    engine = new ClusterEngine(pack);
    engines.set(pack, engine);
  }
  return engine;
}

/** Let another pack of the same links use the engine of one. */
export function shareEngine(pack: Pack, other: Pack): void {
  engines.set(other, engineOf(pack));
}

/** How the method of a page joins clusters. */
export function linkageOf(pack: Pack, method: string): Linkage {
  if (method === "complete") return "complete";
  if (method !== "average") return "single";
  const over = pack.clustering.parameters?.["average_over"];
  if (AVERAGES.includes(over as Average)) return over as Average;
  return pack.clustering.one_per === 0 ? "present" : "possible";
}

function isKnown(known: KnownClusters, threshold: number, status: Uint8Array, setting: Setting): boolean {
  if (known.threshold !== threshold || known.setting !== setting) return false;
  return known.status === status || known.status.every((code, link) => code === status[link]);
}

/** The smallest node of each one's set, as a forest of sets has it. */
function parentsOf(label: Int32Array): Int32Array {
  const first = new Map<number, number>();
  return label.map((one, node) => {
    const known = first.get(one);
    if (known !== undefined) return known;
    first.set(one, node);
    return node;
  });
}

function sameHeights(one: Joins, other: Joins): boolean {
  return (
    one.height.length === other.height.length &&
    one.height.every((height, join) => height === other.height[join])
  );
}

/** Name a set of decisions by the statuses that it changes. */
function decisionKey(pack: Pack, status: Uint8Array): string {
  const changed: string[] = [];
  for (let link = 0; link < status.length; link += 1) {
    if (status[link] !== pack.status[link]) changed.push(`${link}:${status[link]}`);
  }
  return changed.join(" ");
}

/**
 * Number groups of at least two nodes: the largest first, ties by the smallest node. Groups that have
 * only deleted nodes come last.
 */
function numberGroups(parent: Int32Array, deleted: Uint8Array, first: number): Int32Array {
  const n = parent.length;
  const size = new Int32Array(n);
  const lives = new Uint8Array(n);
  let largest = 1;
  // The root of a group is its smallest node.
  for (let node = 0; node < n; node += 1) {
    const root = find(parent, node);
    const members = (size[root] += 1);
    if (members > largest) largest = members;
    if (!deleted[first + node]) lives[root] = 1;
  }
  // In the order of sizes, all groups with a living node lie above those without.
  const place = (node: number): number => size[node] + (lives[node] ? largest + 1 : 0);
  const begin = new Int32Array(2 * largest + 2);
  for (let node = 0; node < n; node += 1) {
    if (size[node] > 1) begin[place(node)] += 1;
  }
  for (let members = begin.length - 1, before = 0; members >= 0; members -= 1) {
    const groups = begin[members];
    begin[members] = before;
    before += groups;
  }
  const rank = new Int32Array(n).fill(-1);
  for (let node = 0; node < n; node += 1) {
    if (size[node] > 1) {
      rank[node] = begin[place(node)];
      begin[place(node)] += 1;
    }
  }
  const labels = new Int32Array(deleted.length).fill(-1);
  for (let node = 0; node < n; node += 1) labels[first + node] = rank[find(parent, node)];
  return labels;
}

class Labelled implements Clustering {
  readonly sizes: Int32Array;
  private known: Identity | null = null;
  private begin: Int32Array | null = null;
  private sorted: Int32Array | null = null;

  constructor(
    readonly labels: Int32Array,
    readonly threshold: number,
    readonly method: string,
    readonly note: string | null,
    private readonly identify: (clusters: Members) => Identity,
    readonly stale = false,
  ) {
    let n = 0;
    for (const label of labels) {
      if (label >= n) n = label + 1;
    }
    this.sizes = new Int32Array(n);
    for (const label of labels) {
      if (label >= 0) this.sizes[label] += 1;
    }
  }

  get identity(): Identity {
    this.known ??= this.identify(this);
    return this.known;
  }

  members(cluster: number): Int32Array {
    if (!this.begin || !this.sorted) {
      const n = this.sizes.length;
      const begin = new Int32Array(n + 1);
      for (let label = 0; label < n; label += 1) begin[label + 1] = begin[label] + this.sizes[label];
      const next = begin.slice(0, n);
      const sorted = new Int32Array(begin[n]);
      this.labels.forEach((label, node) => {
        if (label >= 0) {
          sorted[next[label]] = node;
          next[label] += 1;
        }
      });
      this.begin = begin;
      this.sorted = sorted;
    }
    return this.sorted.subarray(this.begin[cluster] ?? 0, this.begin[cluster + 1] ?? 0);
  }
}

/** The cluster that both ends of a link are in, -1 if there is none. */
export function clusterOfLink(pack: Pack, clusters: Clustering, link: number): number {
  const label = clusters.labels[pack.source[link]];
  return label === clusters.labels[pack.target[link]] ? label : -1;
}

/** Find the REJECTED links whose ends are in one cluster, in the order of links. */
export function contradictions(
  pack: Pack,
  clusters: Clustering,
  status: Uint8Array,
): Contradiction[] {
  const found: Contradiction[] = [];
  const touched = clusters.stale ? touchedLabels(pack, status) : null;
  for (const link of levelLinks(pack)) {
    if (status[link] !== REJECTED) continue;
    const cluster = clusterOfLink(pack, clusters, link);
    if (cluster >= 0 && !touched?.has(cluster)) found.push({ cluster, link });
  }
  return found;
}

/** Why a REJECTED pair is in one cluster, as a sentence. */
export function whyContradicted(pack: Pack, clusters: Clustering): string {
  if (clusters.stale) return "The concepts are from before the decisions.";
  return pack.policy.rejected === "refuse"
    ? "Approved links force rejected pairs into one concept."
    : "The policy does not keep rejected pairs apart.";
}

/** The name of a cluster as text. */
export function clusterName(clusters: Clustering, cluster: number): string {
  return visible(clusters.identity.name(cluster));
}

/** What the members of clusters are called, for so many of them. */
export function membersName(pack: Pack, n: number): string {
  const name = LEVEL_WORDS[pack.clustering.level];
  return n === 1 ? name : `${name}s`;
}
