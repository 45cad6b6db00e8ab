// Small organisations as a page is given them: packed and unpacked.

import { COST_UNIT, DEFAULT_POLICY, LINK_TYPES, PACK_ARRAYS, PACK_SCHEMA, STATUSES, type Policy } from "../source/generated";
import { unpack, type ClusteringInfo, type Pack } from "../source/model/pack";
import type { Clustering, View } from "../source/model/types";
import type { State } from "../source/state/state";

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
  const texts = links.map((_, index) => new TextEncoder().encode(spec.evidence?.[index] ?? ""));
  const ends = [0];
  for (const text of texts) ends.push(ends[ends.length - 1] + text.length);
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
    evidence_text: Uint8Array.from(texts.flatMap((text) => [...text])),
    created: new Uint32Array(links.length),
    updated: new Uint32Array(links.length),
    tree_a: Int32Array.from(joins, ([a]) => codeOf(a)),
    tree_b: Int32Array.from(joins, ([, b]) => codeOf(b)),
    heights: Float64Array.from(joins, ([, , height]) => height),
    tree_height: Uint32Array.from(joins.keys()),
  };
  const header = {
    schema: PACK_SCHEMA,
    title: "Test: entity links",
    organization: "Test",
    first,
    names: all.map((path) => path.split(/[/.]/).pop()),
    qualified: [],
    prefixed: [],
    kinds: [""],
    data_types: [""],
    descriptions: [],
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
      given: false,
      tree: true,
      one_per: null,
      exempt: [],
      unfair: [],
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
    result: null,
    start: "",
  };
  return unpack(packed(header, arrays));
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

export function state(change: Partial<State> = {}): State {
  return {
    level: 1,
    layout: "lanes",
    colour: "status",
    threshold: 0,
    hiddenStatuses: new Set(),
    hiddenTypes: new Set(),
    hiddenSystems: new Set(),
    toggled: new Set(),
    all: false,
    focus: null,
    tab: null,
    theme: "light",
    search: "",
    decisions: new Map(),
    names: new Map(),
    setting: null,
    ...change,
  };
}

/** A view without filters, decisions and clusters. */
export function plainView(pack: Pack, change: Partial<View> = {}): View {
  const clusters: Clustering = {
    labels: new Int32Array(pack.nNodes).fill(-1),
    sizes: new Int32Array(0),
    members: () => new Int32Array(0),
    threshold: 0,
    method: "components",
    note: null,
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
