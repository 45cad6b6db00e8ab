// What the systems hold, row by row: the tables of an entity in each system, or the fields of a concept.

import { APPROVED, SUGGESTED } from "../generated";
import { clusterName } from "./clusters";
import { crosswalkOf } from "./crosswalk";
import { entitiesOf, identifiedBy, tablesBySystem, type Entity, type IdentifiedBy } from "./entities";
import { visible, type Pack } from "./pack";
import { startOf, type Start } from "./start";
import { inSystemOrder, timesInEntities } from "./systems";
import type { View } from "./types";
import { titled } from "./words";

/** A key as it is shown: by its own name, as lists of entities have it. */
export interface HeldKey extends IdentifiedBy {
  readonly name: string;
}

/** One entity or concept as a row. */
export interface HeldRow {
  readonly kind: "entity" | "concept";
  /** Position among the entities, or label of the cluster. */
  readonly at: number;
  readonly name: string;
  /** Number of tables besides the one that gives the name; 0 where the row has a name of its own. */
  readonly others: number;
  /** Tables or fields by system. */
  readonly cells: ReadonlyMap<number, readonly number[]>;
  readonly n: number;
  /** What identifies an entity. */
  readonly keys: readonly HeldKey[];
  /** Original of each table that is a copy. */
  readonly originals: ReadonlyMap<number, number>;
}

/** Keys of an entity that are shown. */
const MAX_KEYS = 3;

const entityRows = new WeakMap<Start, (HeldRow | undefined)[]>();
const marks = new WeakMap<Start, Int32Array>();

/** An entity as a row, made when it is shown. */
export function entityRow(view: View, at: number): HeldRow {
  const start = startOf(view);
  let known = entityRows.get(start);
  if (!known) entityRows.set(start, (known = []));
  let contradictions = marks.get(start);
  if (!contradictions) marks.set(start, (contradictions = contradictionsByCluster(view)));
  const entity = start.entities.entities[at];
  return (known[at] ??= {
    kind: "entity",
    at,
    ...shownEntity(view.pack, entity),
    cells: tablesBySystem(view.pack, entity),
    n: entity.tables.length,
    keys: identifiedBy(view.clusters, { contradictions }, entity, MAX_KEYS).map((found) => ({
      ...found,
      name: visible(found.key.name) || "unnamed",
    })),
    originals: new Map(entity.copies),
  });
}

/** Links among the columns of a key: approved ones first, rejected ones last, and of each the surest first. */
export function keyLinks({ pack, status }: View, columns: readonly number[]): number[] {
  const inside = new Set(columns);
  const links = new Set(columns.flatMap((column) => [...pack.linksOf(column)]));
  const place = (link: number): number => (status[link] === APPROVED ? 0 : status[link] === SUGGESTED ? 1 : 2);
  const score = (link: number): number => (Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link]);
  return [...links]
    .filter((link) => inside.has(pack.source[link]) && inside.has(pack.target[link]) && pack.source[link] !== pack.target[link])
    .sort((x, y) => place(x) - place(y) || score(y) - score(x) || x - y);
}

/** Rejected links inside each cluster. */
function contradictionsByCluster({ clusters, contradictions }: View): Int32Array {
  const n = new Int32Array(clusters.sizes.length);
  for (const { cluster } of contradictions) n[cluster] += 1;
  return n;
}

/** Concepts that are shown where there is no entity. */
const MAX_CONCEPTS = 12;

const conceptRowsOf = new WeakMap<Start, readonly HeldRow[]>();

/** The first concepts as rows: those of several systems, or if there are none the others. */
export function conceptRows(view: View): readonly HeldRow[] {
  const start = startOf(view);
  const known = conceptRowsOf.get(start);
  if (known) return known;
  const { clusters, pack } = view;
  const crosswalk = crosswalkOf(view);
  const isShared = (cluster: number): boolean => {
    const members = clusters.members(cluster);
    return members.some((node) => pack.system[node] !== pack.system[members[0]]);
  };
  const chosen: number[] = [];
  const anyhow = start.counts.shared === 0;
  for (const cluster of crosswalk.ordered()) {
    if (chosen.length === MAX_CONCEPTS) break;
    if (anyhow || isShared(cluster)) chosen.push(cluster);
  }
  const rows = chosen.map((cluster): HeldRow => {
    const { cells } = crosswalk.row(cluster);
    return {
      kind: "concept",
      at: cluster,
      name: clusterName(clusters, cluster),
      others: 0,
      cells: new Map(cells.map(({ system, members }) => [system, Array.from(members)])),
      n: clusters.sizes[cluster],
      keys: [],
      originals: new Map(),
    };
  });
  conceptRowsOf.set(start, rows);
  return rows;
}

/** Systems that any of the rows has, in the order of all pages. */
export const systemsIn = (pack: Pack, rows: readonly HeldRow[]): number[] =>
  inSystemOrder(pack, rows.flatMap(({ cells }) => [...cells.keys()]));

const byName = new WeakMap<Pack, readonly string[]>();

/** Positions of the entities that have each word of a query in their name or in that of a table. */
export function findEntities(pack: Pack, query: string): number[] {
  const { entities } = entitiesOf(pack);
  let texts = byName.get(pack);
  if (!texts) {
    texts = entities.map((entity) =>
      [shownEntity(pack, entity).name, ...entity.tables.map((table) => plain(pack.name[table]))].join(" ").toLowerCase(),
    );
    byName.set(pack, texts);
  }
  const words = plain(query).toLowerCase().split(" ").filter(Boolean);
  const found = texts;
  return [...entities.keys()].filter((at) => words.every((word) => found[at].includes(word)));
}

const plain = (name: string): string => name.replace(/[_\-.\s]+/g, " ").trim();

/** How an entity is called: by its name, or by its first table where many tables have numbers for names. */
export function shownEntity(pack: Pack, { name, tables }: Entity): { name: string; others: number } {
  const [first] = tables;
  const base = baseOf(name);
  const areNumbered =
    base !== "" && (basesOf(pack).get(base) ?? 0) > 1 && tables.every((table) => stemOf(pack.name[table]).startsWith(base));
  if (!areNumbered && tables.some((table) => pack.resolved[table])) return { name: titled(visible(name)), others: 0 };
  const own = pack.resolved[first] ? plain(pack.name[first]).replace(/\b0+(?=\d)/g, "") : pack.name[first];
  return { name: own, others: tables.length - 1 };
}

/** The name of an entity without the number that tells it from others of that name. */
const baseOf = (name: string): string => name.replace(/ \d+$/, "").toLowerCase();

/** What a numbered table is called besides its number; empty for one with no number. */
const stemOf = (name: string): string => (/\d$/.test(name) ? plain(name.replace(/\d+$/, "")).toLowerCase() : "");

const bases = new WeakMap<Pack, ReadonlyMap<string, number>>();

function basesOf(pack: Pack): ReadonlyMap<string, number> {
  let found = bases.get(pack);
  if (!found) {
    const times = new Map<string, number>();
    for (const { name } of entitiesOf(pack).entities) times.set(baseOf(name), (times.get(baseOf(name)) ?? 0) + 1);
    bases.set(pack, (found = times));
  }
  return found;
}

/** The name of a table, and its schema where that tells something. */
export function tableParts(pack: Pack, table: number): { name: string; schema: string } {
  const name = pack.name[table];
  const whole = pack.tableName(table);
  const schema = whole.endsWith(`.${name}`) ? whole.slice(0, -name.length - 1) : "";
  return { name, schema: schema.toLowerCase() === "public" ? "" : schema };
}

// --- systems where they are many ---------------------------------------------------------------

export interface ShortNames {
  /** What all names begin with; empty if they have too little in common. */
  readonly prefix: string;
  readonly names: readonly string[];
  /** Number of digits that each name is then shown by; 0 if they are more than digits. */
  readonly digits: number;
}

const MIN_PREFIX = 4; // characters

/** Names without what all of them begin with. */
export function shortNames(names: readonly string[]): ShortNames {
  const whole = { prefix: "", names, digits: 0 };
  if (names.length < 2) return whole;
  let prefix = names.reduce(sharedStart);
  const isCut = (): boolean => names.some((name) => name === prefix || (/\p{L}$/u.test(prefix) && /^\p{L}/u.test(name.slice(prefix.length))));
  // Numbers may lose the zeros that all begin with, but not digits where they differ in length.
  if (new Set(names.map((name) => name.length)).size > 1) prefix = prefix.replace(/\d+$/, "");
  // One digit more, where the last ones would stand alone.
  else if (names.every((name) => /^\d$/.test(name.slice(prefix.length)))) prefix = prefix.replace(/\d$/, "");
  while (prefix && isCut()) prefix = prefix.replace(/([^_\-./\s]+|.)$/u, "");
  if (prefix.length < MIN_PREFIX) return whole;
  const rest = names.map((name) => name.slice(prefix.length));
  const areDigits = rest.every((name) => /^\d+$/.test(name) && name.length === rest[0].length);
  return { prefix, names: rest, digits: areDigits ? rest[0].length : 0 };
}

function sharedStart(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return one.slice(0, at);
}

/** Systems shown before others are asked for. */
const MAX_COLUMNS = 42;
const MIN_COLUMNS = 24;
/** An entity of one system only says nothing across systems. */
const MIN_ENTITIES = 2;

/** Number of the first columns that are shown at once: all, or those with several entities. */
export function firstColumns({ systems }: Start, pack: Pack): number {
  if (systems.length <= MAX_COLUMNS) return systems.length;
  const n = timesInEntities(pack).filter((times) => times >= MIN_ENTITIES).length;
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, n));
}
