// One table: its fields with their concepts, the entity that it belongs to, and the tables that it is linked with.

import { crosswalkOf } from "./crosswalk";
import { entitiesOf } from "./entities";
import { shownEntity } from "./holdings";
import { waiting } from "./review/settled";
import { inSystemOrder } from "./systems";
import { compareText, type Pack } from "./pack";
import type { Mark } from "./crosswalk";
import type { View } from "./types";

export interface TableField {
  readonly node: number;
  /** Label of its concept, -1 for none. */
  readonly cluster: number;
  /** Systems of that concept, the field's own among them, in the order of all pages. */
  readonly systems: readonly number[];
  /** What holds it in its concept; null in none. */
  readonly mark: Mark | null;
  /** Number of links that touch it. */
  readonly links: number;
  /** Those that wait for an answer, the highest score first. */
  readonly toReview: readonly number[];
}

export interface LinkedTable {
  readonly table: number;
  readonly links: number;
}

export interface TableFacts {
  readonly table: number;
  /** Those in concepts first, the worthiest concept first; then those with links, then the others by name. */
  readonly fields: readonly TableField[];
  /** Fields in a concept, and those in one of several systems. */
  readonly inConcepts: number;
  readonly shared: number;
  /** Links that touch the table or a field of it, and those that wait for an answer, the highest score first. */
  readonly links: number;
  readonly toReview: readonly number[];
  /** The entity that it belongs to, by its shown name, with its other tables by system; null for none. */
  readonly entity: { readonly name: string; readonly others: readonly number[] } | null;
  /** The table that it is a copy of, -1 for none. */
  readonly original: number;
  /** Other tables that links lead to, most links first. */
  readonly linked: readonly LinkedTable[];
}

/** What a page of one table shows: O(f log f + l log l) for its f fields and l links. */
export function tableFacts(view: View, table: number): TableFacts {
  const { pack, clusters } = view;
  const place = new Map<number, number>();
  const fields = Array.from(pack.children(table), (node) => fieldOf(view, node));
  const inConcept = fields.filter(({ cluster }) => cluster >= 0);
  if (inConcept.length) clusters.identity.byValue.forEach((label, at) => place.set(label, at));
  const rank = ({ cluster, links }: TableField): number => (cluster >= 0 ? place.get(cluster)! : clusters.sizes.length + Number(links === 0));
  const links = Array.from(pack.linksOf(table));
  return {
    table,
    fields: [...fields].sort((x, y) => rank(x) - rank(y)),
    inConcepts: inConcept.length,
    shared: inConcept.filter(({ systems }) => systems.length > 1).length,
    links: links.length,
    toReview: suggestedOf(view, links),
    ...entityOf(pack, table),
    linked: linkedTables(pack, table, links),
  };
}

function fieldOf(view: View, node: number): TableField {
  const { pack, clusters } = view;
  const cluster = clusters.labels[node];
  const links = pack.linksOf(node);
  const crosswalk = cluster < 0 ? null : crosswalkOf(view);
  return {
    node,
    cluster,
    systems: crosswalk ? inSystemOrder(pack, crosswalk.row(cluster).cells.map(({ system }) => system)) : [],
    mark: crosswalk?.markOf(node) ?? null,
    links: links.length,
    toReview: suggestedOf(view, links),
  };
}

function suggestedOf({ pack, status }: View, links: Iterable<number>): number[] {
  const score = (link: number): number => (Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link]);
  const waits = waiting(pack, status);
  return [...links].filter((link) => waits[link] === 1).sort((x, y) => score(y) - score(x) || x - y);
}

function entityOf(pack: Pack, table: number): Pick<TableFacts, "entity" | "original"> {
  const { entities, ofTable } = entitiesOf(pack);
  const label = ofTable[table - pack.first[1]];
  if (label < 0) return { entity: null, original: -1 };
  const entity = entities[label];
  const { name, others } = shownEntity(pack, entity);
  const systems = inSystemOrder(pack, entity.tables.map((one) => pack.system[one]));
  const place = new Map(systems.map((system, at) => [system, at]));
  const tables = entity.tables.filter((one) => one !== table);
  return {
    entity: {
      name: others > 0 ? `${name} and ${others} more` : name,
      others: tables.sort((x, y) => place.get(pack.system[x])! - place.get(pack.system[y])!),
    },
    original: entity.copies.find(([copy]) => copy === table)?.[1] ?? -1,
  };
}

function linkedTables({ source, target, table: tableOf, path }: Pack, table: number, links: readonly number[]): LinkedTable[] {
  const counts = new Map<number, number>();
  for (const link of links) {
    const [one, other] = [tableOf[source[link]], tableOf[target[link]]];
    const far = one === table ? other : one;
    if (far >= 0 && far !== table) counts.set(far, (counts.get(far) ?? 0) + 1);
  }
  return [...counts]
    .map(([far, n]): LinkedTable => ({ table: far, links: n }))
    .sort((x, y) => y.links - x.links || compareText(path(x.table), path(y.table)) || x.table - y.table);
}

/** Fields that have each word of a text in their name, their type or the name of their concept. */
export function fieldsWith({ pack, clusters }: View, fields: readonly TableField[], query: string): readonly TableField[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return fields;
  return fields.filter(({ node, cluster }) => {
    const text = `${pack.name[node]} ${pack.dataTypeName(node)} ${cluster < 0 ? "" : clusters.identity.name(cluster)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
