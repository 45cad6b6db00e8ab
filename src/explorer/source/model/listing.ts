// Which concepts are listed, in which order, and how many each filter would leave.
//
// Listed are concepts in several systems; those in one system only on request, or where there are no others.

import { LEVEL_WORDS } from "../generated";
import { roleKind, type Crosswalk, type CrosswalkRow, type RoleKind, crosswalkOf } from "./crosswalk";
import { entitiesOf, tablesBySystem, type Entity } from "./entities";
import { compareCharacters, labelsInOrder } from "./names";
import { visible, type Pack } from "./pack";
import { matchingConcepts, type Found } from "./search";
import { inSystemOrder, MANY } from "./systems";
import type { Clustering, View } from "./types";
import type { Listing, Only, State } from "../state/state";

/** From this number of systems on, cells have no room for names. */
const MANY_SYSTEMS = MANY;

/** How many concepts a choice would list while the other filters stay as they are. */
export interface ChoiceCounts {
  readonly kinds: Readonly<Record<"all" | RoleKind, number>>;
  readonly only: Readonly<Record<Exclude<ConceptOnly, "">, number>>;
}

export interface Concepts {
  readonly crosswalk: Crosswalk;
  /** Labels of the clusters that are listed, in order. */
  readonly labels: Int32Array;
  /** Systems as columns. */
  readonly systems: readonly number[];
  /** Whether the columns are too many for names. */
  readonly isDense: boolean;
  /** Number of concepts that are listed without filters, and what they are. */
  readonly nAll: number;
  readonly areSingle: boolean;
  /** Number of concepts in several systems, of their fields, and of concepts in one system. */
  readonly nShared: number;
  readonly nFields: number;
  readonly nSingle: number;
  readonly counts: ChoiceCounts;
  /** What of each concept matches the text; null without a text. */
  readonly matches: ReadonlyMap<number, () => Found> | null;
  /** The entity to which the list is narrowed, and its tables by system. */
  readonly entity: Entity | null;
  readonly tables: ReadonlyMap<number, readonly number[]>;
}

/** What is known of all concepts, whatever is filtered. */
interface Facts {
  /** 1 for clusters with members in several systems. */
  readonly isShared: Uint8Array;
  readonly kinds: readonly RoleKind[];
  readonly nShared: number;
  readonly nFields: number;
}

/** What is to be done about concepts: of links one asks for others. */
export type ConceptOnly = Exclude<Only, "decided" | "settled">;

export const conceptOnly = ({ only }: Pick<State, "only">): ConceptOnly => (only === "decided" || only === "settled" ? "" : only);

const KEYS = ["query", "listing", "only", "having", "entity", "order", "fieldsIn"] as const;
type Chosen = Pick<State, (typeof KEYS)[number]>;

const facts = new WeakMap<Clustering, Facts>();
const latest = new WeakMap<Crosswalk, { chosen: Chosen; concepts: Concepts }>();
const matched = new WeakMap<Clustering, { query: string; matches: ReadonlyMap<number, () => Found> | null }>();

/** The concepts that a reader has chosen to see: computed once for the same choices. */
export function conceptsOf(view: View): Concepts {
  const crosswalk = crosswalkOf(view);
  const { state } = view;
  const before = latest.get(crosswalk);
  if (before && KEYS.every((key) => before.chosen[key] === state[key])) return before.concepts;
  const concepts = list(view, crosswalk);
  latest.set(crosswalk, { chosen: state, concepts });
  return concepts;
}

/** Number of concepts that other choices would list. */
export function countWith(view: View, change: Partial<Chosen>): number {
  return list({ ...view, state: { ...view.state, ...change } }, crosswalkOf(view)).labels.length;
}

function factsOf({ pack, clusters }: View): Facts {
  let found = facts.get(clusters);
  if (found) return found;
  const n = clusters.sizes.length;
  const isShared = new Uint8Array(n);
  const kinds: RoleKind[] = [];
  let nShared = 0;
  let nFields = 0;
  for (let cluster = 0; cluster < n; cluster += 1) {
    const members = clusters.members(cluster);
    kinds.push(roleKind(clusters.identity.role(cluster)));
    if (!members.some((node) => pack.system[node] !== pack.system[members[0]])) continue;
    isShared[cluster] = 1;
    nShared += 1;
    nFields += members.length;
  }
  found = { isShared, kinds, nShared, nFields };
  facts.set(clusters, found);
  return found;
}

function matchesOf({ pack, clusters, state: { query } }: View): Concepts["matches"] {
  const before = matched.get(clusters);
  if (before?.query === query) return before.matches;
  const matches = matchingConcepts(pack, clusters, query);
  matched.set(clusters, { query, matches });
  return matches;
}

/** The entity of a table; null for none. */
export function entityOf(pack: Pack, table: number): Entity | null {
  if (table < 0 || pack.level(table) !== 1) return null;
  const { entities, ofTable } = entitiesOf(pack);
  return entities[ofTable[table - pack.first[1]]] ?? null;
}

function list(view: View, crosswalk: Crosswalk): Concepts {
  const { pack, clusters, state } = view;
  const { isShared, kinds, nShared, nFields } = factsOf(view);
  const n = clusters.sizes.length;
  const nSingle = n - nShared;
  const matches = matchesOf(view);
  const entity = entityOf(pack, state.entity);
  const inEntity = new Uint8Array(pack.nNodes);
  for (const table of entity?.tables ?? []) inEntity[table] = 1;
  const areSingle = nShared === 0 || conceptOnly(state) === "single";

  const isWanted = (cluster: number): boolean => {
    if (matches && !matches.has(cluster)) return false;
    const members = clusters.members(cluster);
    if (entity && !members.some((node) => pack.table[node] >= 0 && inEntity[pack.table[node]] === 1)) return false;
    for (const system of state.having) if (!members.some((node) => pack.system[node] === system)) return false;
    return true;
  };
  const is: Record<ConceptOnly, (cluster: number) => boolean> = {
    "": (cluster) => nShared === 0 || isShared[cluster] === 1,
    contradiction: (cluster) => is[""](cluster) && crosswalk.contradictions[cluster] > 0,
    undecided: (cluster) => is[""](cluster) && crosswalk.approved[cluster] === 0,
    single: (cluster) => isShared[cluster] === 0,
  };
  const count = { all: 0, identifies: 0, describes: 0, shared: 0 };
  const only = { contradiction: 0, undecided: 0, single: 0 };
  const passes = new Uint8Array(n);
  for (let cluster = 0; cluster < n; cluster += 1) {
    if (!isWanted(cluster)) continue;
    const isOfKind = state.listing === "" || kinds[cluster] === state.listing;
    if (is[conceptOnly(state)](cluster)) {
      count.all += 1;
      count[kinds[cluster]] += 1;
      if (isOfKind) passes[cluster] = 1;
    }
    if (!isOfKind) continue;
    for (const each of ["contradiction", "undecided", "single"] as const) if (is[each](cluster)) only[each] += 1;
  }
  const labels = inOrder(view, crosswalk).filter((cluster) => passes[cluster] === 1);
  const systems = columnsOf(view, crosswalk, labels);
  return {
    crosswalk,
    labels,
    systems,
    isDense: systems.length >= MANY_SYSTEMS,
    nAll: areSingle ? nSingle : nShared,
    areSingle,
    nShared,
    nFields,
    nSingle,
    counts: { kinds: count, only },
    matches,
    entity,
    tables: entity ? tablesBySystem(pack, entity) : new Map(),
  };
}

function inOrder({ pack, clusters, state }: View, crosswalk: Crosswalk): Int32Array {
  const { fieldsIn } = state;
  if (fieldsIn < 0) return labelsInOrder(clusters, state.order);
  const has = new Map<number, string>();
  for (let cluster = 0; cluster < clusters.sizes.length; cluster += 1) {
    if (!clusters.members(cluster).some((node) => pack.system[node] === fieldsIn)) continue;
    const cell = crosswalk.row(cluster).cells.find(({ system }) => system === fieldsIn)!;
    has.set(cluster, pack.name[cell.members[0]].toLowerCase());
  }
  const labels = labelsInOrder(clusters, "identity");
  const first = Array.from(labels).filter((label) => has.has(label));
  first.sort((x, y) => compareCharacters(has.get(x)!, has.get(y)!));
  return Int32Array.from([...first, ...labels.filter((label) => !has.has(label))]);
}

/** Systems in the order of all pages; where they are many only those that concepts in the list have. */
function columnsOf({ pack, clusters }: View, crosswalk: Crosswalk, labels: Int32Array): readonly number[] {
  const all = inSystemOrder(pack, crosswalk.systems);
  if (all.length < MANY_SYSTEMS) return all;
  const times = timesOf(pack, clusters, labels);
  return all.filter((system) => times.has(system));
}

/** Number of clusters that have each system. */
export function timesOf(pack: Pack, clusters: Clustering, labels: Iterable<number>): Map<number, number> {
  const times = new Map<number, number>();
  for (const cluster of labels) {
    const systems = new Set(Array.from(clusters.members(cluster), (node) => pack.system[node]));
    for (const system of systems) times.set(system, (times.get(system) ?? 0) + 1);
  }
  return times;
}

/** Members of a cell: of an entity's tables before others. */
export function cellMembers({ pack }: View, { entity }: Concepts, members: Int32Array): Int32Array {
  if (!entity) return members;
  const tables = new Set(entity.tables);
  const own = members.filter((node) => tables.has(pack.table[node]));
  return own.length === 0 || own.length === members.length
    ? members
    : Int32Array.from([...own, ...members.filter((node) => !tables.has(pack.table[node]))]);
}

const ROLE_WORDS: Readonly<Record<string, string>> = {
  KEY: "key",
  ALTERNATE_KEY: "key",
  REFERENCE: "reference",
  TEXT: "text",
  CATEGORY: "category",
  TIME: "time",
  MEASURE: "number",
  TECHNICAL: "technical",
};

/**
 * What a name does not say: what most other members are called, where few carry it, and what the concept is
 * about, or else what its fields are for, in a word; empty if nothing of it is known.
 */
export function besidesName({ clusters: { identity } }: View, cluster: number): string {
  const also = visible(identity.also(cluster));
  const entity = visible(identity.entity(cluster));
  const topic = entity ? (hasWord(identity.name(cluster), entity) ? "" : entity) : (ROLE_WORDS[identity.role(cluster) ?? ""] ?? "");
  return [also && `also ${also}`, topic].filter(Boolean).join(" \u00b7 ");
}

function hasWord(name: string, word: string): boolean {
  return ` ${name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ")} `.includes(` ${word.toLowerCase()} `);
}

/** What members are called in the page, for so many of them. */
export function fieldsWord(pack: Pack, n: number): string {
  const word = pack.clustering.level === 2 ? "field" : LEVEL_WORDS[pack.clustering.level];
  return n === 1 ? word : `${word}s`;
}

/** Number of choices that keep concepts out of the list. */
export function filtersInUse(state: Pick<State, "query" | "listing" | "only" | "having" | "entity">): number {
  const { query, listing, only, having, entity } = state;
  return Number(query.trim() !== "") + Number(listing !== "") + Number(conceptOnly({ only }) !== "") + Number(having.size > 0) + Number(entity >= 0);
}

/** Choices without which every concept in several systems is listed. */
export const NO_FILTERS: Pick<State, "query" | "listing" | "only" | "having" | "entity"> = {
  query: "",
  listing: "",
  only: "",
  having: new Set(),
  entity: -1,
};

export type { CrosswalkRow, Listing };
