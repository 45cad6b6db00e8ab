// Clusters under a held setting, of which a decision changes only the part that it can reach.
//
// It follows the Python class of that name. With methods that have a merge tree joins go from the best
// to the worst, and no linkage is above that of its best part. So clusters grow independently of each
// other: what other statuses change begins in the clusters of the links' ends, and these are joined
// alone. Where their joins differ from what they were, they may meet a neighbour that they never met,
// so they are joined once more together with their neighbours, until no further cluster differs.
// Methods without a merge tree do not run in a page: their clusters stay as they came.

import { REJECTED } from "../../generated";
import { joinsOf } from "../agglomerate";
import { linkageOf } from "../clusters";
import { rounded } from "../numbers";
import type { Pack } from "../pack";
import { constraintsOf, find, numberSets, singletons, unite } from "../partition";
import { levelConstraints } from "../pairs";
import { remoteOf } from "../remote";
import { hasRivals, type Setting } from "../setting";
import { bestFirst, LinkedPairs, patched, taken, type PairValues } from "./pairs";
import { touchedLabels } from "../touched";

/** Height of each join of some nodes, by the best link between both sides. */
type Joins = ReadonlyMap<number, number>;

/** What other statuses of links make of the clusters that they can reach. */
export interface Change {
  /** Links whose status changes, and their new statuses. */
  readonly links: Int32Array;
  readonly status: Uint8Array;
  /** All members of the clusters whose joins change, sorted, counted from the level's first. */
  readonly nodes: Int32Array;
  /** Their new groups, numbered from 0 by their first nodes. */
  readonly group: Int32Array;
  readonly joins: Joins;
  /** Pairs whose values change, and their new values. */
  readonly pairs: Int32Array;
  readonly values: PairValues;
  /** Whether all clusters were made anew, so that these are all joins. */
  readonly isWhole: boolean;
}

export class Held {
  private knownContradictions: Int32Array | null = null;
  private labels: number | null = null;

  private constructor(
    readonly linked: LinkedPairs,
    readonly threshold: number,
    readonly status: Uint8Array,
    /** Values of all pairs. */
    readonly values: PairValues,
    /** Cluster of each node of the level; a node in no cluster has its own. */
    readonly label: Int32Array,
    /** Height of the join that each link made, NaN for the others. */
    private readonly height: Float64Array,
    private readonly group: Int32Array | null,
    /** Whether the labels are those of the statuses; else they came before some decisions. */
    private readonly isTrue = true,
  ) {}

  /** Hold the clusters that a setting makes of links with these statuses, at a threshold. */
  static of(pack: Pack, status: Uint8Array, setting: Setting, threshold: number): Held {
    const linked = new LinkedPairs(pack, setting);
    const { group } = levelConstraints(pack, status);
    const values = linked.values(status);
    const stop = rounded(threshold);
    const none = new Float64Array(pack.nLinks).fill(NaN);
    if (!pack.clustering.tree) {
      const answered = remoteOf(pack)?.labels(status, stop) ?? null;
      const label = labelsOfLevel(linked, answered ?? pack.labels);
      return new Held(linked, stop, status, values, label, none, group, answered !== null);
    }
    const empty = new Held(linked, stop, status, values, singletons(linked.nNodes), none, group);
    const { label, joins } = empty.joined(singletons(linked.nNodes), values);
    for (const [link, height] of joins) none[link] = height;
    return new Held(linked, stop, status, values, label, none, group);
  }

  get pack(): Pack {
    return this.linked.pack;
  }

  /** Whether the page itself can say what a decision changes: whether the method runs here. */
  get isLocal(): boolean {
    return this.pack.clustering.tree;
  }

  /** A number above all labels. */
  get nLabels(): number {
    if (this.labels === null) {
      let most = -1;
      for (const label of this.label) if (label > most) most = label;
      this.labels = most + 1;
    }
    return this.labels;
  }

  /** Nodes by the unit that APPROVED links make of them. */
  units(): { label: Int32Array; n: number } {
    const { linked, values } = this;
    const parent = singletons(linked.nNodes);
    for (let pair = 0; pair < linked.n; pair += 1) {
      if (values.must[pair]) unite(parent, linked.a[pair], linked.b[pair]);
    }
    return numberSets(parent);
  }

  /** REJECTED links whose ends are in one cluster. */
  get contradictions(): Int32Array {
    if (!this.knownContradictions) {
      const { linked, status, label, pack } = this;
      const touched = this.isLocal || this.isTrue ? null : touchedLabels(pack, status);
      const found: number[] = [];
      for (let link = 0; link < status.length; link += 1) {
        const pair = linked.pairOfLink[link];
        if (status[link] !== REJECTED || pair < 0) continue;
        const one = label[linked.a[pair]];
        if (one === label[linked.b[pair]] && !touched?.has(one)) found.push(link);
      }
      this.knownContradictions = Int32Array.from(found);
    }
    return this.knownContradictions;
  }

  /** Contradictions that a change makes, and those that it resolves. */
  contradictionsChanged(change: Change): { made: number[]; resolved: number[] } {
    const { linked } = this;
    const pairs = new Set(linked.pairsWithin(change.nodes));
    for (const link of change.links) if (linked.pairOfLink[link] >= 0) pairs.add(linked.pairOfLink[link]);
    const status = new Map(Array.from(change.links, (link, at) => [link, change.status[at]]));
    const label = new Map(Array.from(change.nodes, (node, at) => [node, this.nLabels + change.group[at]]));
    const after = (node: number): number => label.get(node) ?? this.label[node];
    const made: number[] = [];
    const resolved: number[] = [];
    for (const pair of pairs) {
      const [a, b] = [linked.a[pair], linked.b[pair]];
      for (const link of linked.linksOf(pair)) {
        const was = this.status[link] === REJECTED && this.label[a] === this.label[b];
        const is = (status.get(link) ?? this.status[link]) === REJECTED && after(a) === after(b);
        if (is && !was) made.push(link);
        if (was && !is) resolved.push(link);
      }
    }
    const order = (x: number, y: number): number => x - y;
    return { made: made.sort(order), resolved: resolved.sort(order) };
  }

  /** Violations of the rule that a change adds; below 0 if it removes more. */
  violationsMade({ nodes, group: after }: Change): number {
    const { group } = this;
    if (!group) return 0;
    const several = (label: (at: number) => number): number => {
      const times = new Map<string, number>();
      nodes.forEach((node, at) => {
        const key = `${label(at)} ${group[node]}`;
        if (group[node] >= 0) times.set(key, (times.get(key) ?? 0) + 1);
      });
      return [...times.values()].filter((number) => number > 1).length;
    };
    return several((at) => after[at]) - several((at) => this.label[nodes[at]]);
  }

  /** The nodes of some clusters, sorted. */
  membersOf(labels: Iterable<number>): Int32Array {
    const wanted = new Uint8Array(this.nLabels);
    for (const label of labels) wanted[label] = 1;
    const found: number[] = [];
    for (let node = 0; node < this.label.length; node += 1) if (wanted[this.label[node]]) found.push(node);
    return Int32Array.from(found);
  }

  /** What other statuses of some links would change; null where the page does not know it. */
  change(given: readonly number[], codes: readonly number[]): Change | null {
    if (!this.isLocal && !(this.isTrue && remoteOf(this.pack))) return null;
    const { linked } = this;
    const differing = given.map((link, at) => [link, codes[at]]).filter(([link, code]) => this.status[link] !== code);
    const links = Int32Array.from(differing, ([link]) => link);
    const status = Uint8Array.from(differing, ([, code]) => code);
    const after = this.status.slice();
    links.forEach((link, at) => (after[link] = status[at]));
    if (!this.isLocal) return this.answered(links, status, after);
    const own = links.map((link) => linked.pairOfLink[link]).filter((pair) => pair >= 0);
    const pairs = Int32Array.from(new Set(own)).sort();
    if (pairs.length === 0) {
      const nothing = new Int32Array(0);
      const values = taken(this.values, pairs);
      return { links, status, nodes: nothing, group: nothing, joins: new Map(), pairs, values, isWhole: false };
    }
    const made = this.patchedValues(pairs, after);
    if (made === null) return this.anew(links, status, after);
    const reached = this.reached(made.pairs, patched(this.values, made.pairs, made.values));
    return { links, status, ...reached, ...made, isWhole: false };
  }

  /** Pairs whose values change, and these; null if those of all pairs do. */
  private patchedValues(
    pairs: Int32Array,
    status: Uint8Array,
  ): { pairs: Int32Array; values: PairValues } | null {
    const { linked, values } = this;
    const made = linked.unscored(pairs, status);
    if (!hasRivals(linked.setting)) return { pairs, values: linked.scored(made, made, pairs, 0) };
    const rivals = patched(values, pairs, made);
    const weakest = linked.weakest(rivals);
    if (weakest !== linked.weakest(values)) return null;
    const near = linked.pairsAt(linked.endsOf(pairs));
    const found = linked.scored(taken(rivals, near), rivals, near, weakest);
    const own = new Set(pairs);
    const rows = Int32Array.from(near.keys()).filter((row) => {
      const pair = near[row];
      const isSame =
        (found.score[row] === values.score[pair] && found.share[row] === values.share[pair]) ||
        (Number.isNaN(found.score[row]) && Number.isNaN(values.score[pair]));
      return !isSame || own.has(pair);
    });
    return { pairs: rows.map((row) => near[row]), values: taken(found, rows) };
  }

  /** Members of the clusters whose joins change, their new groups and joins. */
  private reached(
    pairs: Int32Array,
    after: PairValues,
  ): { nodes: Int32Array; group: Int32Array; joins: Joins } {
    const { linked, label } = this;
    const labelsOf = (nodes: Iterable<number>): number[] => Array.from(nodes, (node) => label[node]);
    const touched = labelsOf(linked.endsOf(pairs));
    // Nodes that APPROVED links unite, now or before, are united without a join.
    const tied = pairs.filter((pair) => this.values.must[pair] !== after.must[pair]);
    let changed = new Set(labelsOf(linked.endsOf(tied)));
    for (;;) {
      const members = this.membersOf(changed);
      const near = linked.pairsAt(members).filter((pair) => after.score[pair] >= this.threshold);
      const nodes = this.membersOf(new Set([...touched, ...labelsOf(linked.endsOf(near)), ...changed]));
      const now = this.joined(nodes, after);
      const before = this.joinsAmong(nodes);
      const reached = new Set(changed);
      for (const [one, other] of [[before, now.joins], [now.joins, before]] as const) {
        for (const [link, height] of one) {
          if (other.get(link) === height) continue;
          const pair = linked.pairOfLink[link];
          reached.add(label[linked.a[pair]]).add(label[linked.b[pair]]);
        }
      }
      if (reached.size === changed.size) {
        const inside = new Set(members);
        const group = now.label.filter((_, at) => inside.has(nodes[at]));
        const joins = new Map([...now.joins].filter(([link]) => inside.has(linked.a[linked.pairOfLink[link]])));
        return { nodes: members, group: renumbered(group), joins };
      }
      changed = reached;
    }
  }

  /** The joins among nodes of whole clusters, as they were. */
  private joinsAmong(nodes: Int32Array): Map<number, number> {
    const { linked, height } = this;
    const found = new Map<number, number>();
    for (const pair of linked.pairsWithin(nodes)) {
      for (const link of linked.linksOf(pair)) if (!Number.isNaN(height[link])) found.set(link, height[link]);
    }
    return found;
  }

  /** Join some nodes alone, and label them by their first nodes. */
  private joined(nodes: Int32Array, values: PairValues): { label: Int32Array; joins: Joins } {
    const { linked, pack } = this;
    const place = new Int32Array(linked.nNodes);
    nodes.forEach((node, at) => (place[node] = at));
    const within = nodes.length === linked.nNodes ? linked.every : linked.pairsWithin(nodes);
    const own = taken(values, within);
    const ends = (pair: number): [number, number] => [place[linked.a[pair]], place[linked.b[pair]]];
    const { group } = this;
    const constraints = constraintsOf(
      nodes.length,
      Array.from(within.filter((pair) => values.must[pair] === 1), ends),
      Array.from(within.filter((pair) => values.cannot[pair] === 1), ends),
      group && nodes.map((node) => group[node]),
    );
    const order = bestFirst(own);
    const pairs = {
      a: order.map((at) => place[linked.a[within[at]]]),
      b: order.map((at) => place[linked.b[within[at]]]),
      score: Float64Array.from(order, (at) => own.score[at]),
      link: order.map((at) => own.link[at]),
      approved: Uint8Array.from(order, (at) => own.approved[at]),
    };
    const joins = joinsOf(pairs, constraints, linkageOf(pack, pack.clustering.method), this.threshold);
    const parent = singletons(constraints.nUnits);
    joins.a.forEach((unit, join) => unite(parent, unit, joins.b[join]));
    const label = renumbered(constraints.unit.map((unit) => find(parent, unit)));
    const made = Array.from(joins.pair, (pair, join): [number, number] => [pairs.link[pair], joins.height[join]]);
    return { label, joins: new Map(made) };
  }

  /** A change as Python answers; null while it is asked. */
  private answered(links: Int32Array, status: Uint8Array, after: Uint8Array): Change | null {
    const { linked } = this;
    const answer = remoteOf(this.pack)!.labels(after, this.threshold);
    if (!answer) return null;
    const label = labelsOfLevel(linked, answer);
    const nodes = regrouped(this.label, label);
    const group = renumbered(nodes.map((node) => label[node]));
    return { links, status, nodes, group, joins: new Map(), pairs: linked.every, values: linked.values(after), isWhole: true };
  }

  private anew(links: Int32Array, status: Uint8Array, after: Uint8Array): Change {
    const { linked } = this;
    const values = linked.values(after);
    const { label, joins } = this.joined(singletons(linked.nNodes), values);
    const nodes = regrouped(this.label, label);
    const group = renumbered(nodes.map((node) => label[node]));
    return { links, status, nodes, group, joins, pairs: linked.every, values, isWhole: true };
  }

  /** What is held after a change. */
  after(change: Change): Held {
    const status = this.status.slice();
    const label = this.label.slice();
    change.links.forEach((link, at) => (status[link] = change.status[at]));
    change.nodes.forEach((node, at) => (label[node] = this.nLabels + change.group[at]));
    const values = patched(this.values, change.pairs, change.values);
    const height = this.height.slice();
    if (change.isWhole) height.fill(NaN);
    else for (const link of this.joinsAmong(change.nodes).keys()) height[link] = NaN;
    for (const [link, value] of change.joins) height[link] = value;
    return new Held(this.linked, this.threshold, status, values, label, height, this.group);
  }

  /** What is held with other statuses of links, where the method does not run in a page. */
  withStatuses(decided: readonly (readonly [link: number, status: number])[]): Held {
    const status = this.status.slice();
    for (const [link, code] of decided) status[link] = code;
    const values = this.linked.values(status);
    return new Held(this.linked, this.threshold, status, values, this.label, this.height, this.group, false);
  }
}

/** Labels of the nodes of the level; a node in no cluster has its own. */
function labelsOfLevel(linked: LinkedPairs, labels: Int32Array | null): Int32Array {
  let alone = 0;
  for (const label of labels ?? []) alone = Math.max(alone, label + 1);
  return Int32Array.from({ length: linked.nNodes }, (_, node) => {
    const given = labels?.[linked.first + node] ?? -1;
    return given >= 0 ? given : alone++;
  });
}

/** Number groups in the order of their first members. */
function renumbered(group: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return group.map((one) => {
    let number = numbers.get(one);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(one, number);
    }
    return number;
  });
}

/** Nodes whose groups differ: whole groups of both. */
function regrouped(one: Int32Array, other: Int32Array): Int32Array {
  const count = <K>(keys: Iterable<K>): Map<K, number> => {
    const found = new Map<K, number>();
    for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
    return found;
  };
  const [ones, others] = [count(one), count(other)];
  const key = (node: number): string => `${one[node]} ${other[node]}`;
  const common = count(Array.from(one.keys(), key));
  return Int32Array.from(one.keys()).filter((node) => {
    const size = common.get(key(node));
    return ones.get(one[node]) !== size || others.get(other[node]) !== size;
  });
}
