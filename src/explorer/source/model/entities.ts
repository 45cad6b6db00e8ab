// Entities: the tables of several systems that hold rows of one thing, and what identifies it.
//
// Python finds them. They stay those from before the reader's decisions; which concepts identify them,
// and what speaks against these, is that of now.

import type { Crosswalk } from "./crosswalk";
import type { Pack } from "./pack";
import type { Clustering } from "./types";

/** Columns that hold one key of an entity, at most one in each table. */
export interface EntityKey {
  readonly name: string;
  readonly columns: readonly number[];
  /** Number of systems that have it. */
  readonly systems: number;
  /** Number of approved or deterministic links among those that joined the columns. */
  readonly sure: number;
  /** Smallest weight of a link that joined them. */
  readonly weakest: number;
}

export interface Entity {
  /** It may have invisible characters. */
  readonly name: string;
  /** By path. */
  readonly tables: readonly number[];
  /** Original of each copy. */
  readonly copies: readonly (readonly [copy: number, original: number])[];
  /** Those in most systems first. */
  readonly keys: readonly EntityKey[];
  /** Columns outside that refer to the tables. */
  readonly references: readonly number[];
  readonly confidence: number;
  readonly why: string;
  readonly notes: readonly string[];
}

export interface Entities {
  /** Those in most systems first. */
  readonly entities: readonly Entity[];
  /** What limits them, as sentences. */
  readonly notes: readonly string[];
  /** Position of each table's entity, -1 for none: by position among the tables. */
  readonly ofTable: Int32Array;
  /** Tables in none. */
  readonly alone: readonly number[];
}

const known = new WeakMap<Pack, Entities>();

export function entitiesOf(pack: Pack): Entities {
  let found = known.get(pack);
  if (!found) {
    found = read(pack);
    known.set(pack, found);
  }
  return found;
}

function read(pack: Pack): Entities {
  const { entityText, first } = pack;
  const none = { entities: [], notes: [] };
  const told = entityText.length > 0 ? JSON.parse(new TextDecoder().decode(entityText)) : none;
  const { entities, notes } = told as Pick<Entities, "entities" | "notes">;
  const ofTable = new Int32Array(first[2] - first[1]).fill(-1);
  entities.forEach(({ tables }, label) => {
    for (const table of tables) ofTable[table - first[1]] = label;
  });
  const alone = Array.from(ofTable.keys())
    .filter((at) => ofTable[at] < 0)
    .map((at) => at + first[1]);
  return { entities, notes, ofTable, alone };
}

/** Tables of an entity by system, in the order of paths. */
export function tablesBySystem(pack: Pack, { tables }: Entity): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const table of tables) {
    const list = found.get(pack.system[table]);
    if (list) list.push(table);
    else found.set(pack.system[table], [table]);
  }
  return found;
}

/** A key of an entity, and the cluster that holds most of its columns now; -1 for none. */
export interface IdentifiedBy {
  readonly key: EntityKey;
  readonly cluster: number;
  /** REJECTED links inside that cluster. */
  readonly contradictions: number;
}

/** The keys of an entity in most systems, each by another cluster. */
export function identifiedBy(
  clusters: Clustering,
  crosswalk: Pick<Crosswalk, "contradictions">,
  entity: Entity,
  most: number,
): IdentifiedBy[] {
  const found: IdentifiedBy[] = [];
  const taken = new Set<number>();
  for (const key of entity.keys) {
    const cluster = mostOf(clusters, key.columns);
    if (cluster >= 0 && taken.has(cluster)) continue;
    taken.add(cluster);
    found.push({ key, cluster, contradictions: cluster < 0 ? 0 : crosswalk.contradictions[cluster] });
    if (found.length === most) break;
  }
  return found;
}

function mostOf({ labels }: Clustering, nodes: readonly number[]): number {
  const times = new Map<number, number>();
  for (const node of nodes) if (labels[node] >= 0) times.set(labels[node], (times.get(labels[node]) ?? 0) + 1);
  let best = -1;
  for (const [label, n] of times) {
    const before = times.get(best) ?? 0;
    if (n > before || (n === before && label < best)) best = label;
  }
  return best;
}
