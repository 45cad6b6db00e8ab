// What happens to clusters: they merge, split, appear, vanish, grow and shrink.

import { find, singletons, unite } from "../partition";

export type RegroupingKind =
  | "merged" | "split" | "regrouped" | "appeared" | "vanished" | "grew" | "shrank";

/** Old and new clusters that share members, and no member with any others. */
export interface Regrouping {
  readonly kind: RegroupingKind;
  /** Labels of the old clusters, and numbers of their members: the largest first. */
  readonly before: readonly (readonly [label: number, size: number])[];
  /** Groups that are the new clusters, and numbers of their members, in the same order. */
  readonly after: readonly (readonly [group: number, size: number])[];
  /** Members of any of them, sorted, with their old and new clusters. */
  readonly nodes: Int32Array;
  readonly label: Int32Array;
  readonly group: Int32Array;
}

/** Tell what happens to the members of whole clusters, old and new: the largest first. */
export function regroupings(nodes: Int32Array, label: Int32Array, group: Int32Array): Regrouping[] {
  const [old, now] = [places(label), places(group)];
  const parent = singletons(old.size + now.size);
  label.forEach((one, at) => unite(parent, old.get(one)!, old.size + now.get(group[at])!));
  const parts = new Map<number, number[]>();
  label.forEach((one, at) => {
    const part = find(parent, old.get(one)!);
    const rows = parts.get(part);
    if (rows) rows.push(at);
    else parts.set(part, [at]);
  });
  const found: Regrouping[] = [];
  for (const rows of parts.values()) {
    const [mine, theirs] = [rows.map((at) => label[at]), rows.map((at) => group[at])];
    const [nOld, nNew] = [new Set(mine).size, new Set(theirs).size];
    if (nOld === 1 && nNew === 1) continue;
    const [before, after] = [largestFirst(mine), largestFirst(theirs)];
    found.push({
      kind: kindOf(before.length, after.length, nOld, nNew),
      before,
      after,
      nodes: Int32Array.from(rows, (at) => nodes[at]),
      label: Int32Array.from(mine),
      group: Int32Array.from(theirs),
    });
  }
  return found.sort((x, y) => y.nodes.length - x.nodes.length || x.nodes[0] - y.nodes[0]);
}

function places(labels: Int32Array): Map<number, number> {
  return new Map(Array.from(new Set(labels), (label, at) => [label, at]));
}

/** Sort the groups of at least two: the largest first, of equal ones that of the first member. */
function largestFirst(labels: readonly number[]): [label: number, size: number][] {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  // Those of equal size stay in the order of their first members.
  return [...sizes].filter(([, size]) => size > 1).sort(([, x], [, y]) => y - x);
}

/** The kind by the numbers of clusters, and of clusters and nodes alone. */
function kindOf(nBefore: number, nAfter: number, nOld: number, nNew: number): RegroupingKind {
  if (nBefore === 0) return "appeared";
  if (nAfter === 0) return "vanished";
  if (nBefore > 1) return nAfter === 1 ? "merged" : "regrouped";
  if (nAfter > 1) return "split";
  if (nOld > nBefore && nNew > nAfter) return "regrouped";
  return nOld > nBefore ? "grew" : "shrank";
}

/** The old cluster that each new one continues: that with which it shares most members. */
export function heirs({ label, group, before, after }: Regrouping): Map<number, number> {
  const place = (list: Regrouping["before"]): Map<number, number> => new Map(list.map(([one], at) => [one, at]));
  const [oldPlace, newPlace] = [place(before), place(after)];
  const shared = new Map<string, { group: number; label: number; n: number }>();
  group.forEach((one, at) => {
    const key = `${one} ${label[at]}`;
    const known = shared.get(key);
    if (known) known.n += 1;
    else if (newPlace.has(one) && oldPlace.has(label[at])) shared.set(key, { group: one, label: label[at], n: 1 });
  });
  const ranked = [...shared.values()].sort(
    (x, y) =>
      y.n - x.n ||
      newPlace.get(x.group)! - newPlace.get(y.group)! ||
      oldPlace.get(x.label)! - oldPlace.get(y.label)!,
  );
  const heir = new Map<number, number>();
  const taken = new Set<number>();
  for (const one of ranked) {
    if (heir.has(one.group) || taken.has(one.label)) continue;
    heir.set(one.group, one.label);
    taken.add(one.label);
  }
  return heir;
}

/** Members whose cluster is not the one that theirs continues. */
export function moved(one: Regrouping): number[] {
  const heir = heirs(one);
  const isOld = new Set(one.before.map(([label]) => label));
  const isNew = new Set(one.after.map(([group]) => group));
  return Array.from(one.nodes).filter((_, at) =>
    isNew.has(one.group[at]) ? heir.get(one.group[at]) !== one.label[at] : isOld.has(one.label[at]),
  );
}
