// Small organisations as a page is given them: packed and unpacked.

import {
  COST_UNIT, DEFAULT_POLICY, IS_ID, IS_LONG, LINK_TYPES, PACK_ARRAYS, PACK_SCHEMA, ROLES, STATUSES, type Policy,
} from "../source/generated";
import { unpack, type ClusteringInfo, type Pack } from "../source/model/pack";
import type { Clustering, Identity, View } from "../source/model/types";
import { plainState, type State } from "../source/state/state";

/** Ends, confidence, status and type. */
export type LinkSpec = [from: string, to: string, confidence: number | null, status?: number, type?: number];

export interface Spec {
  /** Paths of nodes, `system/table.column`; those of links' ends need not be named. */
  nodes?: string[];
  /** Paths of nodes that the catalogue calls inactive. */
  inactive?: string[];
  links?: LinkSpec[];
  /** Evidence of each link, as JSON text. */
  evidence?: (string | null)[];
  /** Joins of the merge tree, highest first: two nodes and the height. */
  joins?: [string, string, number][];
  policy?: Partial<Policy>;
  clustering?: Partial<ClusteringInfo>;
  /** What the page tells of entities; nodes are positions. */
  entities?: object;
  /** Descriptions of nodes by path. */
  descriptions?: Record<string, string>;
  /** Traits of nodes by path; without, a column is a text that is called by its own name. */
  traits?: Record<string, Trait>;
}

/** What a node says about what it identifies or describes. */
export interface Trait {
  role?: (typeof ROLES)[number];
  isId?: boolean;
  isLong?: boolean;
  /** Words of its name; null if the name is unknown. */
  phrase?: string | null;
  /** System that an id mentions. */
  mentions?: string;
  /** Of a table: what it is a row of, and the system of its original. Of a column: what it refers to. */
  thing?: string | null;
  origin?: string;
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

export function organisation(spec: Spec = {}): Pack {
  const links = spec.links ?? [];
  const paths = new Set<string>();
  for (const path of [...(spec.nodes ?? []), ...links.flatMap(([from, to]) => [from, to])]) {
    const [system, rest] = path.split("/");
    paths.add(system);
    if (!rest) continue;
    const [table, column] = rest.split(".");
    paths.add(`${system}/${table}`);
    if (column !== undefined) paths.add(path);
  }
  const levels = [
    [...paths].filter((path) => !path.includes("/")),
    [...paths].filter((path) => path.includes("/") && !path.includes(".")),
    [...paths].filter((path) => path.includes(".")),
  ].map((list) => list.sort());
  const all = levels.flat();
  const code = new Map(all.map((path, index) => [path, index]));
  const codeOf = (path: string) => code.get(path)!;
  const first = [0, levels[0].length, levels[0].length + levels[1].length, all.length];
  const parent = all.map((path) =>
    path.includes(".") ? codeOf(path.split(".")[0]) : path.includes("/") ? codeOf(path.split("/")[0]) : -1,
  );
  const joins = spec.joins ?? [];
  const values = [
    ...new Set([1, ...links.flatMap(([, , value]) => (value === null ? [] : [value]))]),
  ].sort((a, b) => b - a);
  const evidence = links.map((_, index) => new TextEncoder().encode(spec.evidence?.[index] ?? ""));
  const ends = [0];
  for (const text of evidence) ends.push(ends[ends.length - 1] + text.length);
  const arrays: Partial<Record<keyof typeof PACK_ARRAYS, Numbers>> = {
    node_id: Uint8Array.from(all.flatMap((_, index) => id(1, index))),
    parent: Int32Array.from(parent),
    kind: new Uint16Array(all.length),
    data_type: new Uint16Array(all.length),
    active: Uint8Array.from(all, (path) => (spec.inactive?.includes(path) ? 0 : 2)),
    resolved: new Uint8Array(all.length).fill(1),
    link_id: Uint8Array.from(links.flatMap((_, index) => id(2, index))),
    source: Int32Array.from(links, ([from]) => codeOf(from)),
    target: Int32Array.from(links, ([, to]) => codeOf(to)),
    status: Uint8Array.from(links, ([, , , status]) => status ?? 0),
    type: Uint8Array.from(links, ([, , , , type]) => type ?? 1),
    values: Float64Array.from(values),
    nats: Float64Array.from(values, (value) => Math.round(-Math.log(value) * COST_UNIT)),
    confidence: Uint32Array.from(links, ([, , value]) =>
      value === null ? values.length : values.indexOf(value),
    ),
    evidence: Uint32Array.from(ends),
    evidence_text: Uint8Array.from(evidence.flatMap((text) => [...text])),
    created: new Uint32Array(links.length),
    updated: new Uint32Array(links.length),
    tree_a: Int32Array.from(joins, ([a]) => codeOf(a)),
    tree_b: Int32Array.from(joins, ([, b]) => codeOf(b)),
    entities: new TextEncoder().encode(spec.entities ? JSON.stringify(spec.entities) : ""),
    heights: Float64Array.from(joins, ([, , height]) => height),
    tree_height: Uint32Array.from(joins.keys()),
  };
  const texts = packTraits(spec.traits ?? {}, all, first, arrays);
  const header = {
    schema: PACK_SCHEMA,
    title: "Test: entity links",
    organization: "Test",
    first,
    names: all.map((path) => path.split(/[/.]/).pop()),
    qualified: [],
    given: [],
    prefixed: [],
    kinds: [""],
    data_types: [""],
    descriptions: Object.entries(spec.descriptions ?? {}).map(([path, text]) => [codeOf(path), text]),
    statuses: STATUSES,
    types: LINK_TYPES,
    policy: { ...DEFAULT_POLICY, ...spec.policy },
    kept_evidence: "vocabulary",
    vocabulary: null,
    notes: [],
    clustering: {
      method: "components",
      about: "",
      threshold: 0,
      scale: "confidence",
      level: 2,
      tree: true,
      one_per: null,
      exempt: [],
      unfair: [],
      reviewed: [],
      parameters: {},
      setting: {
        calibrate: null,
        weights: null,
        no_match: null,
        floor: null,
        n_approved: 0,
        n_rejected: 0,
      },
      recalibrates: false,
      ...spec.clustering,
    },
    relation_kinds: [],
    texts,
    result: null,
    start: "",
  };
  return unpack(packed(header, arrays));
}

/** Add the traits of nodes to the arrays, and return their texts. */
function packTraits(
  given: Record<string, Trait>,
  all: readonly string[],
  first: readonly number[],
  arrays: Partial<Record<keyof typeof PACK_ARRAYS, Numbers>>,
): string[] {
  const nameOf = (path: string): string => path.split(/[/.]/).pop()!;
  const traits = all.map((path, code): Trait => {
    const role = code < first[2] ? {} : { role: "TEXT" as const };
    return { ...role, phrase: nameOf(path), ...given[path] };
  });
  const tables = all.slice(first[1], first[2]);
  // A table is a thing of its own, without a name, unless a thing is given.
  const things = [...new Set([...traits.flatMap(({ thing }) => (thing ? [thing] : [])), ...tables])];
  const thingOf = (path: string): number => things.indexOf(given[path]?.thing ?? path);
  const named = new Set(traits.flatMap(({ thing }) => (thing ? [thing] : [])));
  const systems = all.slice(0, first[2]).map((path) => given[path]?.origin ?? path.split("/")[0]);
  const texts = [
    ...new Set([
      ...traits.flatMap(({ phrase, mentions }) => [phrase ?? "", mentions ?? ""]),
      ...[...tables.map(nameOf), ...named, ...systems],
    ]),
  ]
    .filter((text) => text !== "")
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const codes = (list: readonly (string | null | undefined)[]): Int32Array =>
    Int32Array.from(list, (text) => texts.indexOf(text ?? ""));
  const nodes = (has: (trait: Trait, code: number) => boolean): number[] =>
    [...all.keys()].filter((code) => has(traits[code], code));
  const about = nodes(({ thing }, code) => code >= first[2] && thing !== undefined);
  const mentioning = nodes(({ mentions }) => mentions !== undefined);
  Object.assign(arrays, {
    trait: Uint8Array.from(traits, ({ role, isId, isLong }) =>
      (role ? ROLES.indexOf(role) + 1 : 0) + (isId ? IS_ID : 0) + (isLong ? IS_LONG : 0),
    ),
    phrase: codes(traits.map(({ phrase }) => phrase)),
    origin: codes(systems),
    table_text: codes(tables.map(nameOf)),
    table_thing: Int32Array.from(tables, thingOf),
    thing_name: codes(things.map((thing) => (named.has(thing) ? thing : null))),
    about: Int32Array.from(about),
    about_thing: Int32Array.from(about, (code) => things.indexOf(traits[code].thing ?? "")),
    mentions: Int32Array.from(mentioning),
    mentions_text: codes(mentioning.map((code) => traits[code].mentions)),
  });
  return texts;
}

function packed(header: object, arrays: Record<string, Numbers>): ArrayBuffer {
  const places: Record<string, [string, number, number]> = {};
  let offset = 0;
  for (const [name, array] of Object.entries(arrays)) {
    places[name] = [PACK_ARRAYS[name as keyof typeof PACK_ARRAYS], offset, array.length];
    offset += Math.ceil(array.byteLength / 8) * 8;
  }
  let text = JSON.stringify({ ...header, arrays: places });
  const bytes = () => new TextEncoder().encode(text);
  while ((4 + bytes().length) % 8) text += " ";
  const head = bytes();
  const buffer = new ArrayBuffer(4 + head.length + offset);
  new DataView(buffer).setUint32(0, head.length, true);
  const all = new Uint8Array(buffer);
  all.set(head, 4);
  for (const [name, array] of Object.entries(arrays)) {
    all.set(
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
      4 + head.length + places[name][1],
    );
  }
  return buffer;
}

function id(kind: number, index: number): number[] {
  const bytes = new Array<number>(16).fill(0);
  bytes[0] = kind;
  bytes[14] = index >> 8;
  bytes[15] = index & 255;
  return bytes;
}

export function node(pack: Pack, path: string): number {
  for (let index = 0; index < pack.nNodes; index += 1) if (pack.path(index) === path) return index;
  throw new Error(`no node ${path}`);
}

/** A plain state of all tables; what a test changes goes before. */
export const state = (change: Partial<State> = {}): State => ({ ...plainState(), page: "tables", colour: "status", theme: "light", ...change });

/** Names and order of no clusters. */
export const NO_IDENTITY: Identity = {
  value: new Float64Array(0),
  byValue: new Int32Array(0),
  gone: new Uint8Array(0),
  confidence: new Float64Array(0),
  name: () => "",
  carriers: () => 0,
  also: () => "",
  systems: new Int32Array(0),
  role: () => null,
  entity: () => "",
};

/** A view without filters, decisions and clusters. */
export function plainView(pack: Pack, change: Partial<View> = {}): View {
  const clusters: Clustering = {
    labels: new Int32Array(pack.nNodes).fill(-1),
    sizes: new Int32Array(0),
    members: () => new Int32Array(0),
    threshold: 0,
    method: "components",
    note: null,
    stale: false,
    identity: NO_IDENTITY,
  };
  return {
    pack,
    state: state(),
    status: pack.status,
    weight: pack.confidence,
    setting: pack.clustering.setting,
    calibrated: null,
    score: pack.confidence,
    passes: new Uint8Array(pack.nLinks).fill(1),
    nPassing: pack.nLinks,
    clusters,
    contradictions: [],
    seen: null,
    ...change,
  };
}
