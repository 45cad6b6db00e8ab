// The tables that a lineage reaches: what a change would touch, as Python counts it. What was opened in
// place counts too.

import { touchedBy, type Lineage } from "./lineage";

/** The nodes that were asked about in a table; in a system itself if the table is -1. */
export interface Impact {
  readonly system: number;
  readonly table: number;
  /** Columns reached. */
  readonly columns: number;
  /** Steps to the nearest, as Python signs them: below 0 upwards only if both directions were asked for. */
  readonly depth: number;
  /** Of the best. */
  readonly confidence: number;
  /** Links of the lineage that have an end there. */
  readonly links: number;
  readonly deleted: number;
}

/** Return the tables reached, the nearest and most confident first, those with deleted nodes only last. */
export function impactOf(lineage: Lineage): Impact[] {
  const { pack, sign, drawn, ends } = lineage;
  const groups = new Map<string, { -readonly [name in keyof Impact]: Impact[name] } & { n: number }>();
  const groupOf = new Map<number, string>();
  const touched = touchedBy(lineage);
  for (const node of touched) {
    const depth = lineage.depth.get(node)! * sign;
    const [system, table] = [pack.system[node], pack.table[node]];
    const key = `${system} ${table}`;
    groupOf.set(node, key);
    const group = groups.get(key) ?? { system, table, columns: 0, depth: Infinity, confidence: 0, links: 0, deleted: 0, n: 0 };
    groups.set(key, group);
    group.n += 1;
    group.columns += Number(pack.level(node) === 2);
    group.deleted += pack.deleted[node];
    group.confidence = Math.max(group.confidence, lineage.confidence.get(node)!);
    // Of two equally near ones, the one downwards.
    if (Math.abs(depth) < Math.abs(group.depth) || depth === -group.depth) group.depth = Math.abs(depth) < Math.abs(group.depth) ? depth : Math.abs(depth);
  }
  const isOf = new Set([...touched, ...lineage.starts]);
  for (const link of drawn) {
    if (!ends(link).every((end) => isOf.has(end))) continue;
    const [one, other] = ends(link).map((end) => groupOf.get(end));
    if (one !== undefined) groups.get(one)!.links += 1;
    if (other !== undefined && other !== one) groups.get(other)!.links += 1;
  }
  return [...groups.values()]
    .sort(
      (x, y) =>
        Number(x.deleted === x.n) - Number(y.deleted === y.n) ||
        Math.abs(x.depth) - Math.abs(y.depth) ||
        y.confidence - x.confidence ||
        x.system - y.system ||
        x.table - y.table,
    )
    .map(({ n: _, ...group }) => group);
}
