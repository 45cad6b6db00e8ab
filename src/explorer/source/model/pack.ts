// What the page shows, as columns and integer codes that Python packed.
//
// A pack is a header in JSON and, behind it, arrays in little-endian order:
//
//   u32 length of the header | header, padded with spaces to a multiple of 8 | arrays
//
// Nodes are numbered level by level (systems, tables, columns), links by their ids. Both are the
// positions that Python uses, so that a label, a tie and an order mean the same on both sides.

import { DELETED_MARK, LEVELS, PACK_ARRAYS, PACK_SCHEMA, type Policy } from "../generated";
import type { Setting } from "./setting";

/** Level of a node: 0 system, 1 table or object, 2 column or field. */
export type Level = 0 | 1 | 2;

/** How the clusters of the pack were made. */
export interface ClusteringInfo {
  method: string;
  /** Parameters, threshold and rule, in a phrase for the reader. */
  about: string;
  threshold: number;
  /** What thresholds are compared with: "confidence", "competition" or "probability". */
  scale: string;
  level: Level;
  /** Whether the pack has their merge tree, or their labels only. */
  tree: boolean;
  /** Level of the one_per rule: a cluster has one member of each of its nodes at most. */
  one_per: 0 | 1 | null;
  /** Systems exempt from that rule. */
  exempt: number[];
  /** Links whose decisions calibrate nothing: they were asked about for their value. */
  unfair: number[];
  /** Links whose decisions answered the questions of a review before. */
  reviewed: number[];
  /** The method's own parameters, by name. */
  parameters: Record<string, unknown>;
  /** How confidences become scores, and which links count. */
  setting: Setting;
  /** Whether the page can make a new setting by its decisions. */
  recalibrates: boolean;
}

/** A path that the page was made for, from its first node to its last. */
export interface Path {
  /** Product of the weights of its steps, in (0, 1]. */
  confidence: number;
  nodes: number[];
  /** Of each step: its link, or -1 minus its declared relationship. */
  links: number[];
  /** Of each step: what it counts for, in (0, 1]. */
  weights: number[];
  /** Of each step: how many other links join the same two nodes. */
  besides: number[];
}

/** A result that the page opens on, such as a path or a lineage. */
export interface Result {
  kind: string;
  title: string;
  /** Its description, sentence by sentence. */
  sentences: string[];
  nodes: number[];
  links: number[];
  /** Declared relationships that it uses, by position. */
  relations: number[];
  /** Steps of each node from the start, negative upstream. */
  depths: number[];
  /** Its paths, if it is some. */
  paths: Path[];
  /** What is to be said about all of them. */
  notes: string[];
  /** Of a lineage: what Python was asked for; null for other results. */
  asked: {
    node: number;
    direction: "up" | "down" | "both";
    /** Most steps, null for any number. */
    hops: number | null;
    /** Steps that each search took, that downwards first, and the nodes that it shows if it left some out. */
    made: number[];
    kept: number[][] | null;
    /** Whether links were followed in their direction only. */
    directed: boolean;
    /** Level to which links were lifted, null for none. */
    level: Level | null;
    /** Weights of the relationships. */
    weights: number[];
    /** The question, as it is written in Python. */
    call: string;
  } | null;
}

interface Header {
  schema: number;
  title: string;
  organization: string | null;
  first: [number, number, number, number];
  names: string[];
  /** Tables that are named with their schema: code and "schema.table". */
  qualified: [number, string][];
  /** Nodes whose id occurs at two levels; their ids have the level before them. */
  prefixed: number[];
  kinds: string[];
  data_types: string[];
  descriptions: [number, string][];
  statuses: string[];
  types: string[];
  policy: Policy;
  kept_evidence: string;
  /** What of evidence is shown, decided for the whole snapshot: JSON, kept in files. */
  vocabulary: string | null;
  notes: string[];
  /** Names that people gave: node, name, and milliseconds since 1970, 0 if it is not known. */
  given: [number, string, number][];
  clustering: ClusteringInfo;
  relation_kinds: string[];
  /** What the traits of nodes are made of; the first of several is preferred. */
  texts: string[];
  result: Result | null;
  /** Settings to begin with, as the address of a page has them: "c=system&v=table". */
  start: string;
  /** Token of the messages to and from Python, in a page that a notebook holds. */
  widget?: string;
  arrays: { [name in ArrayName]?: [type: keyof typeof TYPES, offset: number, length: number] };
}

const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array } as const;

type ArrayName = keyof typeof PACK_ARRAYS;
type ArrayOf<Name extends ArrayName> = InstanceType<(typeof TYPES)[(typeof PACK_ARRAYS)[Name]]>;

/** Traits of nodes as they are packed: `model/traits.ts` has them by node. */
export interface PackedTraits {
  readonly texts: readonly string[];
  /** Role and marks of each node. */
  readonly trait: Uint8Array;
  /** Text of each node, -1 for none. */
  readonly phrase: Int32Array;
  /** System of each system and table; that of the original for a copy. */
  readonly origin: Int32Array;
  /** Words and thing of each table. */
  readonly tableText: Int32Array;
  readonly tableThing: Int32Array;
  readonly thingName: Int32Array;
  /** Nodes about another thing than their table. */
  readonly about: Int32Array;
  readonly aboutThing: Int32Array;
  /** Nodes that name a system. */
  readonly mentions: Int32Array;
  readonly mentionsText: Int32Array;
}

export interface Pack {
  readonly header: Header;
  readonly policy: Policy;
  readonly clustering: ClusteringInfo;
  readonly result: Result | null;
  readonly statuses: readonly string[];
  readonly types: readonly string[];

  readonly nNodes: number;
  /** Code of the first node of each level, and the number of nodes. */
  readonly first: readonly [number, number, number, number];
  /** Node above, -1 where there is none or it is unknown. */
  readonly parent: Int32Array;
  /** System of each node (a system's own code), -1 where unknown. */
  readonly system: Int32Array;
  /** Table of each table and column, -1 where unknown and for systems. */
  readonly table: Int32Array;
  /** Names as they are shown: invisible characters are U+FFFD. */
  readonly name: readonly string[];
  /** Names as they are in the system. */
  readonly rawName: readonly string[];
  /** Whether the catalogue calls the node itself active: 1, 0, or 2 if it does not say. */
  readonly active: Uint8Array;
  /** 1 if the node, its table or its system is not active. */
  readonly deleted: Uint8Array;
  /** 1 if the catalogue has the node; the name of another is the beginning of its id. */
  readonly resolved: Uint8Array;
  readonly kind: Uint16Array;
  readonly dataType: Uint16Array;

  readonly nLinks: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** Stored status; that after decisions is in the view. */
  readonly status: Uint8Array;
  readonly type: Uint8Array;
  /** Stored confidence in [0, 1], NaN for none. */
  readonly confidence: Float64Array;
  /** Score on the clustering's own scale; null if that is the confidence. */
  readonly calibrated: Float64Array | null;
  /** Cost of a step by confidence, as Python rounds it. */
  readonly costOf: ReadonlyMap<number, number>;

  /** Joins of the merge tree, highest first: a member of either side, and the height. */
  readonly treeA: Int32Array;
  readonly treeB: Int32Array;
  readonly treeHeight: Float64Array;
  /** Cluster of each node; null if the pack has a merge tree. */
  readonly labels: Int32Array | null;

  readonly traits: PackedTraits;
  /** Entities as JSON: `model/entities.ts` reads it when something asks for them. */
  readonly entityText: Uint8Array;
  /** What changed from another graph, as JSON: `model/changes.ts` reads it; empty if the page has no diff. */
  readonly changeText: Uint8Array;
  /** Ways that join tables as JSON: `model/joins.ts` reads it when something asks for them. */
  readonly joinText: Uint8Array;

  /** Declared relationships and associations; they do not count as links. */
  readonly relationSource: Int32Array;
  readonly relationTarget: Int32Array;
  readonly relationKind: Uint8Array;

  level(node: number): Level;
  nodeId(node: number): string;
  linkId(link: number): string;
  /** `system/[schema.]table[.column]`, as it is shown. */
  path(node: number): string;
  rawPath(node: number): string;
  /** " (deleted)" for a deleted node, else nothing; it follows a name that is shown as text. */
  mark(node: number): string;
  /** The path with that mark. */
  marked(node: number): string;
  /** `[schema.]table` of a table or column, as it is shown. */
  tableName(node: number): string;
  /** The same as it is in the system. */
  rawTableName(node: number): string;
  kindName(node: number): string;
  dataTypeName(node: number): string;
  description(node: number): string | null;
  /** Evidence as JSON text, null for none. */
  evidence(link: number): string | null;
  /** Seconds since 1970, 0 where unknown. */
  createdAt(link: number): number;
  updatedAt(link: number): number;
  /** Children of a node, by name. */
  children(node: number): readonly number[];
  /** Links that touch a node or anything below it, each once. */
  linksOf(node: number): Int32Array;
  /** The node with an id, as `nodeId` returns it; -1 if there is none. */
  nodeOfId(id: string): number;
  linkOfId(id: string): number;
}

// The characters for which Python's str.isprintable is false: controls, formats, surrogates, private
// and unassigned characters, and separators other than the space.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

const PLAIN = /^[ -~]*$/;

/** Replace invisible characters, such as a line break or one that reverses the text. */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(INVISIBLE, "\ufffd");
}

/** Decode base64: browsers of late do it themselves, many times as quickly. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native) return native.call(Uint8Array, text);
  const characters = atob(text);
  const packed = new Uint8Array(characters.length);
  for (let at = 0; at < packed.length; at += 1) packed[at] = characters.charCodeAt(at);
  return packed;
}

/** Decode base64 and decompress. */
export async function inflate(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

export function unpack(buffer: ArrayBuffer): Pack {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Header;
  if (header.schema !== PACK_SCHEMA) throw new Error(`This page's data has the unknown schema ${header.schema}.`);
  const body = 4 + length + ((8 - ((4 + length) % 8)) % 8);
  /** An array by its name; one that the pack does not have is empty. */
  const array = <Name extends ArrayName>(name: Name): ArrayOf<Name> => {
    const [type, offset, count] = header.arrays[name] ?? [PACK_ARRAYS[name], 0, 0];
    return new TYPES[type](buffer, body + offset, count) as ArrayOf<Name>;
  };

  const { first } = header;
  const nNodes = first[3];
  const parent = array("parent");
  const system = new Int32Array(nNodes).fill(-1);
  const table = new Int32Array(nNodes).fill(-1);
  for (let node = 0; node < nNodes; node += 1) {
    if (node < first[1]) system[node] = node;
    else if (node < first[2]) {
      table[node] = node;
      system[node] = parent[node];
    } else if (parent[node] >= first[1]) {
      table[node] = parent[node];
      system[node] = parent[parent[node]];
    } else system[node] = parent[node];
  }
  const active = array("active");
  const deleted = new Uint8Array(nNodes);
  // The parent of a node has a smaller code.
  for (let node = 0; node < nNodes; node += 1) {
    deleted[node] = Number(active[node] === 0 || (parent[node] >= 0 && deleted[parent[node]] === 1));
  }
  const rawName = header.names;
  const name = rawName.map(visible);
  const rawQualified = new Map(header.qualified);
  const qualified = new Map(header.qualified.map(([node, text]) => [node, visible(text)]));
  const described = new Map(header.descriptions);
  const prefixed = new Set(header.prefixed);

  const values = array("values");
  const nats = array("nats");
  const costOf = new Map<number, number>();
  values.forEach((value, index) => costOf.set(value, nats[index]));
  const spread = (codes: Uint32Array): Float64Array => {
    const numbers = new Float64Array(codes.length);
    for (let index = 0; index < codes.length; index += 1) {
      numbers[index] = codes[index] < values.length ? values[codes[index]] : NaN;
    }
    return numbers;
  };
  const nodeIds = array("node_id");
  const linkIds = array("link_id");
  const source = array("source");
  const target = array("target");
  const evidenceEnds = array("evidence");
  const evidenceText = array("evidence_text");
  const created = array("created");
  const updated = array("updated");

  const decoder = new TextDecoder();
  const heights = array("heights");
  const treeHeight = Float64Array.from(array("tree_height"), (code) => heights[code]);

  const pathOf = (node: number, names: readonly string[], tables: Map<number, string>): string => {
    const above = system[node] < 0 ? "?" : names[system[node]];
    if (node < first[1]) return names[node];
    const own = table[node] < 0 ? "?" : (tables.get(table[node]) ?? names[table[node]]);
    return node < first[2] ? `${above}/${own}` : `${above}/${own}.${names[node]}`;
  };

  let below: Int32Array[] | null = null;
  let touching: Int32Array[] | null = null;
  let byId: Map<string, number> | null = null;
  let linkById: Map<string, number> | null = null;

  const pack: Pack = {
    header,
    policy: header.policy,
    clustering: header.clustering,
    result: header.result,
    statuses: header.statuses.map(visible),
    types: header.types.map(visible),
    nNodes,
    first,
    parent,
    system,
    table,
    name,
    rawName,
    active,
    deleted,
    resolved: array("resolved"),
    kind: array("kind"),
    dataType: array("data_type"),
    nLinks: source.length,
    source,
    target,
    status: array("status"),
    type: array("type"),
    confidence: spread(array("confidence")),
    calibrated: header.arrays["score"] ? spread(array("score")) : null,
    costOf,
    treeA: array("tree_a"),
    treeB: array("tree_b"),
    treeHeight,
    labels: header.arrays["labels"] ? array("labels") : null,
    traits: {
      texts: header.texts,
      trait: array("trait"),
      phrase: array("phrase"),
      origin: array("origin"),
      tableText: array("table_text"),
      tableThing: array("table_thing"),
      thingName: array("thing_name"),
      about: array("about"),
      aboutThing: array("about_thing"),
      mentions: array("mentions"),
      mentionsText: array("mentions_text"),
    },
    entityText: array("entities"),
    changeText: array("changes"),
    joinText: array("joins"),
    relationSource: array("relation_source"),
    relationTarget: array("relation_target"),
    relationKind: array("relation_kind"),
    level: (node) => (node < first[1] ? 0 : node < first[2] ? 1 : 2),
    nodeId: (node) => {
      const id = uuid(nodeIds, node);
      return prefixed.has(node) ? `${LEVELS[pack.level(node)]}:${id}` : id;
    },
    linkId: (link) => uuid(linkIds, link),
    path: (node) => pathOf(node, name, qualified),
    rawPath: (node) => pathOf(node, rawName, rawQualified),
    mark: (node) => (deleted[node] ? DELETED_MARK : ""),
    marked: (node) => pack.path(node) + pack.mark(node),
    tableName: (node) =>
      table[node] < 0 ? "?" : (qualified.get(table[node]) ?? name[table[node]]),
    rawTableName: (node) =>
      table[node] < 0 ? "?" : (rawQualified.get(table[node]) ?? rawName[table[node]]),
    kindName: (node) => visible(header.kinds[pack.kind[node]] ?? ""),
    dataTypeName: (node) => visible(header.data_types[pack.dataType[node]] ?? ""),
    description: (node) => described.get(node) ?? null,
    evidence: (link) => {
      const begin = evidenceEnds[link];
      const end = evidenceEnds[link + 1];
      return end > begin ? decoder.decode(evidenceText.subarray(begin, end)) : null;
    },
    createdAt: (link) => created[link] ?? 0,
    updatedAt: (link) => updated[link] ?? 0,
    children: (node) => {
      below ??= groupByKey(nNodes, parent, (child) => child, name);
      return below[node] as unknown as number[];
    },
    linksOf: (node) => {
      touching ??= linksByNode(pack);
      return touching[node];
    },
    nodeOfId: (id) => {
      if (!byId) {
        byId = new Map();
        for (let node = 0; node < nNodes; node += 1) byId.set(pack.nodeId(node), node);
      }
      return byId.get(id) ?? -1;
    },
    linkOfId: (id) => {
      if (!linkById) {
        linkById = new Map();
        for (let link = 0; link < source.length; link += 1) linkById.set(pack.linkId(link), link);
      }
      return linkById.get(id) ?? -1;
    },
  };
  return pack;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function uuid(bytes: Uint8Array, index: number): string {
  let text = "";
  for (let at = 0; at < 16; at += 1) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += "-";
    text += HEX[bytes[16 * index + at]];
  }
  return text;
}

/** Group indices by key, each group ordered by name; keys below 0 are left out. */
function groupByKey(
  n: number,
  keys: Int32Array,
  item: (index: number) => number,
  names: readonly string[],
): Int32Array[] {
  const lists: number[][] = Array.from({ length: n }, () => []);
  for (let index = 0; index < keys.length; index += 1) {
    if (keys[index] >= 0) lists[keys[index]].push(item(index));
  }
  return lists.map((list) =>
    Int32Array.from(list.sort((x, y) => compareText(names[x], names[y]) || x - y)),
  );
}

/** Compare texts by code units, which gives the same order in Python and in every browser. */
export function compareText(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}

function linksByNode(pack: Pack): Int32Array[] {
  const { nNodes, nLinks, source, target, parent } = pack;
  const lists: number[][] = Array.from({ length: nNodes }, () => []);
  for (let link = 0; link < nLinks; link += 1) {
    for (let node = source[link]; node >= 0; node = parent[node]) lists[node].push(link);
    for (let node = target[link]; node >= 0; node = parent[node]) {
      const list = lists[node];
      if (list[list.length - 1] !== link) list.push(link);
    }
  }
  return lists.map((list) => Int32Array.from(list));
}

/** Whether a node is another one, or lies in it. */
export function isWithin(pack: Pack, node: number, above: number): boolean {
  for (let at = node; at >= 0; at = pack.parent[at]) if (at === above) return true;
  return false;
}
