// What an answer would do to the clusters: in sizes, in names, and as a sentence.

import { visible } from "../pack";
import type { Clustering } from "../types";
import { counted, grouped, listed } from "../words";
import type { Change, Held } from "./held";
import { regroupings, type Regrouping, type RegroupingKind } from "./regrouping";

/** Changes of clusters that a sentence names. */
const MAX_CHANGES = 3;

/** A cluster before an answer; `name` may have invisible characters. */
export interface NamedCluster {
  readonly name: string;
  readonly size: number;
  /** The node that it is called after where it has no name of its own, else -1. */
  readonly node: number;
}

/** Clusters that share members before and after an answer. */
export interface ClusterChange {
  readonly kind: RegroupingKind;
  readonly before: readonly NamedCluster[];
  /** The new clusters, the largest first; names are found when they are asked for. */
  readonly after: readonly NamedCluster[];
  /** Nodes that come from no cluster, and those that are left in none. */
  readonly comes: readonly number[];
  readonly left: readonly number[];
  readonly regrouping: Regrouping;
}

export interface AnswerEffect {
  /** The largest first. */
  readonly changes: readonly ClusterChange[];
  /** REJECTED links that come to lie in one cluster, and those that do so no more. */
  readonly made: readonly number[];
  readonly resolved: readonly number[];
  /** Violations of the rule that it adds; below 0 if it removes more. */
  readonly violations: number;
}

/** Tell what a change does; names are those of the clusters at the beginning. */
export function effectOfChange(before: Clustering, held: Held, change: Change): AnswerEffect {
  const label = change.nodes.map((node) => held.label[node]);
  const names = new Names(before, held);
  let now: Names | null = null;
  const called = (group: number): Called | null => {
    now ??= new Names(before, held.after(change));
    return now.called(held.nLabels + group);
  };
  const changes = regroupings(change.nodes, label, change.group).map((one): ClusterChange => {
    const outside = (list: Regrouping["before"], of: Int32Array): number[] => {
      const inside = new Set(list.map(([number]) => number));
      return Array.from(one.nodes, (node) => node + held.linked.first).filter((_, at) => !inside.has(of[at]));
    };
    return {
      kind: one.kind,
      before: one.before.map(([old, size]) => ({ ...(names.called(old) ?? UNCALLED), size })),
      after: one.after.map(([group, size]) => ({
        size,
        get name() {
          return (called(group) ?? UNCALLED).name;
        },
        get node() {
          return (called(group) ?? UNCALLED).node;
        },
      })),
      comes: outside(one.before, one.label),
      left: outside(one.after, one.group),
      regrouping: one,
    };
  });
  return { changes, ...held.contradictionsChanged(change), violations: held.violationsMade(change) };
}

/** Words for what a sentence is about: Python says cluster, the page says concept. */
export interface EffectWords {
  readonly cluster: string;
}

export function effectSentence({ changes, made, resolved, violations }: AnswerEffect, { cluster }: EffectWords): string {
  const said = changes.slice(0, MAX_CHANGES).map((change) => changeWords(change, cluster));
  if (changes.length > MAX_CHANGES) said.push(counted(changes.length - MAX_CHANGES, "more change"));
  for (const [more, what, of] of [
    [made.length - resolved.length, "contradiction", ""],
    [violations, "violation", " of the rule"],
  ] as const) {
    if (more !== 0) said.push(`${counted(Math.abs(more), what)}${of} ${more > 0 ? "made" : "resolved"}`);
  }
  return visible(`${said.join("; ") || `no ${cluster} changes`}.`);
}

function changeWords(change: ClusterChange, cluster: string): string {
  const before = listed(change.before.map(({ name, size }) => `${name} (${grouped(size)})`));
  const after = listed(change.after.map(({ size }) => grouped(size)));
  const rest = change.left.length > 0 ? `, with ${counted(change.left.length, "member")} left alone` : "";
  const words: Record<RegroupingKind, string> = {
    appeared: `a ${cluster} of ${after} appears`,
    vanished: `${before} vanishes`,
    merged: `${before} become one of ${after}${rest}`,
    split: `${before} falls apart into ${after}${rest}`,
    regrouped: `${before} become ${after}${rest}`,
    grew: `${before} grows to ${after}`,
    shrank: `${before} shrinks to ${after}`,
  };
  return words[change.kind];
}

/** What a cluster is called, and the node that it is called after, if any. */
type Called = Omit<NamedCluster, "size">;

const UNCALLED: Called = { name: "", node: -1 };

/**
 * Names of clusters as they are now: a cluster keeps the name that it had at the beginning as long as it
 * has most of the members; others are called after one of theirs.
 */
export class Names {
  constructor(
    private readonly before: Clustering,
    private readonly held: Held,
  ) {}

  /** The name of a cluster, by its label now; null for a node alone. */
  of(label: number): string | null {
    return this.called(label)?.name ?? null;
  }

  called(label: number): Called | null {
    const { before, held } = this;
    const { first } = held.linked;
    const members: number[] = [];
    for (let node = 0; node < held.label.length; node += 1) if (held.label[node] === label) members.push(node);
    if (members.length < 2) return null;
    const times = new Map<number, number>();
    for (const node of members) {
      const was = before.labels[first + node];
      if (was >= 0) times.set(was, (times.get(was) ?? 0) + 1);
    }
    const [old] = [...times].sort(([x, one], [y, other]) => other - one || x - y)[0] ?? [-1];
    // Most of that cluster may be elsewhere now; of two halves the first has the name.
    if (old >= 0) {
      const parts = new Map<number, number>();
      for (const node of before.members(old)) {
        const part = held.label[node - first];
        parts.set(part, (parts.get(part) ?? 0) + 1);
      }
      const [largest] = [...parts].sort(([, one], [, other]) => other - one)[0];
      if (largest === label) return { name: before.identity.name(old), node: -1 };
    }
    return { name: `${held.pack.rawPath(members[0] + first)} and ${grouped(members.length - 1)} more`, node: members[0] + first };
  }

  /** The name of the cluster of a node of the pack; null for a node alone, or of another level. */
  ofNode(node: number): string | null {
    const label = this.held.label[node - this.held.linked.first];
    return label === undefined ? null : this.of(label);
  }
}
