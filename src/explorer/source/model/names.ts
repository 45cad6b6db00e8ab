// Names and order of clusters, equal to those of Python: what each is worth to a person, and what a
// person would call it.

import {
  APPROVED,
  BASES,
  ENTITY_SHARE,
  KEY_ROLES,
  KEY_VALUE,
  LOW_SHARE,
  NO_CONFIDENCE,
  OWN_KEY_VALUE,
  ROLES,
} from "../generated";
import { rint, rounded } from "./numbers";
import type { Pack } from "./pack";
import { find, singletons, unite } from "./partition";
import { accepts, levelLinks } from "./policy";
import type { Scored } from "./scores";
import { traitsOf } from "./traits";
import type { Clustering, Identity, Members } from "./types";
import type { Order, State } from "../state/state";

/** Names that people gave to nodes, in the order of time: the latest of a cluster is its name. */
export type Given = ReadonlyMap<number, string>;

const NONE: Given = new Map();

/** Return the names that the page was made with and those of its reader, the latest last. */
export function givenNames(pack: Pack, names: State["names"]): Given {
  const given = new Map(pack.header.given.map(([node, name, at]) => [node, { name, at }]));
  for (const [id, name] of names) {
    const node = pack.nodeOfId(id);
    if (node >= 0) given.set(node, name);
  }
  const sorted = [...given].sort(([x, one], [y, other]) => one.at - other.at || x - y);
  return new Map(sorted.map(([node, { name }]) => [node, name]));
}

/** Compute worth, names and order: O(n log n + m) for n members and m links. */
export function identityOf(
  pack: Pack,
  clusters: Members,
  { weight, score, status }: Scored,
  given: Given = NONE,
): Identity {
  const n = clusters.sizes.length;
  const traits = traitsOf(pack);
  const confidence = meanConfidence(pack, clusters, weight, score, status);
  const counter = new Counter(Math.max(traits.texts.length, pack.nNodes, ROLES.length));
  const value = new Float64Array(n);
  const systems = new Int32Array(n);
  const gone = new Uint8Array(n).fill(1);
  for (let cluster = 0; cluster < n; cluster += 1) {
    const members = clusters.members(cluster);
    const size = members.length;
    let worth = 0;
    let nKeys = 0;
    for (const node of members) {
      worth += traits.value[node];
      if (traits.value[node] >= KEY_VALUE) nKeys += 1;
      if (!pack.deleted[node]) gone[cluster] = 0;
    }
    systems[cluster] = Math.max(1, counter.distinct(members, traits.origin));
    const topic = counter.commonest(members, traits.topic).times / size;
    const thing = counter.commonest(members, traits.thing).times / size;
    const coherence = 2 * nKeys > size ? (topic + thing) / 2 : Math.max(topic, thing);
    // No two libraries round the last bit of a logarithm alike.
    const reach = rounded(Math.log2(1 + systems[cluster]));
    value[cluster] = rounded((worth / size / 100) * reach * confidence[cluster] * coherence);
  }
  const byValue = Int32Array.from(value.keys()).sort(
    (x, y) => value[y] - value[x] || gone[x] - gone[y] || x - y,
  );
  const namer = new Namer(pack, clusters, counter, given, byValue);
  return {
    value,
    byValue,
    gone,
    confidence,
    name: (cluster) => namer.of(cluster).name,
    carriers: (cluster) => namer.of(cluster).carriers,
    also: (cluster) => namer.of(cluster).also,
    systems,
    role: (cluster) => ROLES[counter.commonest(clusters.members(cluster), traits.role).code] ?? null,
    entity: (cluster) => {
      const members = clusters.members(cluster);
      const { code, times } = counter.commonest(members, traits.thing);
      return (2 * times > members.length && traits.texts[traits.thingName[code]]) || "";
    },
  };
}

/** Sort the labels of clusters: the highest first, names from a to z, equal ones by their worth. */
export function labelsInOrder({ sizes, identity }: Clustering, by: Order): Int32Array {
  const { byValue, gone, systems, confidence, name } = identity;
  // Sorting is stable: what is alike stays in the order of worth.
  const labels = [0, 1].flatMap((last) => Array.from(byValue.filter((label) => gone[label] === last)));
  if (by === "identity") return Int32Array.from(labels);
  const keys: Record<Exclude<Order, "identity">, (x: number, y: number) => number> = {
    size: (x, y) => sizes[y] - sizes[x],
    systems: (x, y) => systems[y] - systems[x],
    confidence: (x, y) => confidence[y] - confidence[x],
    name: (x, y) => compareCharacters(name(x), name(y)),
  };
  const compare = keys[by];
  return Int32Array.from(labels.sort((x, y) => gone[x] - gone[y] || compare(x, y)));
}

/** Compare texts by characters, as Python does, not by halves of those outside the first plane. */
export function compareCharacters(x: string, y: string): number {
  const [one, other] = [[...x], [...y]];
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    if (one[at] !== other[at]) return one[at].codePointAt(0)! - other[at].codePointAt(0)!;
  }
  return one.length - other.length;
}

/** Compute the mean confidence of the links that hold each cluster. */
function meanConfidence(
  pack: Pack,
  { labels, sizes, threshold }: Members,
  weight: Float64Array,
  score: Float64Array,
  status: Uint8Array,
): Float64Array {
  const { source, target, policy } = pack;
  const total = new Float64Array(sizes.length);
  const number = new Int32Array(sizes.length);
  for (const link of levelLinks(pack)) {
    const label = labels[source[link]];
    if (label < 0 || label !== labels[target[link]] || Number.isNaN(weight[link])) continue;
    if (!accepts(policy, score[link], status[link], threshold)) continue;
    // Millionths, so that no sum depends on its order.
    total[label] += rint(weight[link] * 1e6);
    number[label] += 1;
  }
  return total.map((sum, label) => (number[label] > 0 ? sum / 1e6 / number[label] : NO_CONFIDENCE));
}

/** Counts of codes among members, in arrays that are used again. */
class Counter {
  private readonly counts: Int32Array;

  constructor(nCodes: number) {
    this.counts = new Int32Array(nCodes);
  }

  /** Find the most frequent code and how often it occurs: of several the smallest; -1 and 0 for none. */
  commonest(members: Int32Array, codes: Codes): { code: number; times: number } {
    const { counts } = this;
    let code = -1;
    let times = 0;
    for (const node of members) {
      const at = codes[node];
      if (at >= 0) counts[at] += 1;
    }
    for (const node of members) {
      const at = codes[node];
      if (at < 0) continue;
      if (counts[at] > times || (counts[at] === times && at < code)) {
        code = at;
        times = counts[at];
      }
    }
    this.clear(members, codes);
    return { code, times };
  }

  distinct(members: Int32Array, codes: Codes): number {
    let found = 0;
    for (const node of members) {
      const at = codes[node];
      if (at >= 0 && (this.counts[at] += 1) === 1) found += 1;
    }
    this.clear(members, codes);
    return found;
  }

  private clear(members: Int32Array, codes: Codes): void {
    for (const node of members) if (codes[node] >= 0) this.counts[codes[node]] = 0;
  }
}

type Codes = Int32Array | Int8Array;

interface Named {
  name: string;
  carriers: number;
  also: string;
}

/**
 * Names of clusters, made one after the other as they are asked for: the first in the order has its
 * name without other words.
 */
class Namer {
  private readonly traits;
  private readonly names: (Named | undefined)[];
  private readonly taken = new Set<string>();
  private readonly nextNumber = new Map<string, number>();
  private done = 0;

  constructor(
    private readonly pack: Pack,
    private readonly clusters: Members,
    private readonly counter: Counter,
    given: Given,
    private readonly order: Int32Array,
  ) {
    this.traits = traitsOf(pack);
    this.names = new Array<Named | undefined>(order.length);
    for (const [node, name] of given) {
      const label = clusters.labels[node];
      if (label >= 0) this.names[label] = { name, carriers: clusters.sizes[label], also: "" };
    }
    for (const named of this.names) if (named) this.taken.add(named.name);
  }

  of(cluster: number): Named {
    let named = this.names[cluster];
    for (; !named; named = this.names[cluster]) {
      const label = this.order[this.done];
      this.done += 1;
      this.names[label] ??= this.nameOf(this.clusters.members(label));
    }
    return named;
  }

  /** Name members: ids after what most are about, others as most tables call them. */
  private nameOf(members: Int32Array): Named {
    const { traits, counter } = this;
    const { isId, phrase, texts } = traits;
    const text = (code: number): string => texts[code] ?? "";
    let nIds = 0;
    for (const node of members) nIds += isId[node];
    const areIds = 2 * nIds > members.length;
    const alike = members.filter((node) => isId[node] === Number(areIds));
    const chosen = areIds ? counter.commonest(alike, phrase).code : this.calledByMost(alike);
    const table = counter.commonest(members, traits.table).code;
    const origin = counter.commonest(members, traits.origin).code;
    const others = alike.filter((node) => phrase[node] !== chosen);
    const carriers = alike.length - others.length;
    const second = carriers / members.length < LOW_SHARE ? text(counter.commonest(others, phrase).code) : "";
    const named = (name: string): Named => {
      const said = new Set(name.split(" "));
      const adds = second !== "" && !second.split(" ").every((word) => said.has(word));
      return { name, carriers, also: !adds ? "" : areIds && second !== "id" ? `${second} id` : second };
    };
    const base = text(chosen) || text(table) || "unnamed";
    if (areIds) {
      const keys = alike.filter((node) => traits.value[node] >= OWN_KEY_VALUE);
      const own = counter.commonest(keys, traits.origin).code;
      const system = text(this.namedSystem(alike));
      const id = base === "id" ? base : `${base} id`;
      return named(this.free(system ? `${system} ${id}` : id, [text(own), text(origin), text(table)]));
    }
    const { code, times } = counter.commonest(alike, traits.thing);
    const isOfOne = code >= 0 && times >= ENTITY_SHARE * members.length;
    const entity = isOfOne && this.pack.clustering.level === 2 ? text(traits.thingName[code]) : "";
    const name = entity && !base.split(" ").includes(entity) ? `${entity} ${base}` : base;
    return named(this.free(name, [text(table), text(origin)]));
  }

  /** Find the phrase of most tables. */
  private calledByMost(members: Int32Array): number {
    const { phrase } = this.traits;
    const { table, nNodes } = this.pack;
    const seen = new Set<number>();
    const once = members.filter((node) => {
      const pair = phrase[node] * (nNodes + 1) + table[node] + 1;
      return !seen.has(pair) && seen.add(pair);
    });
    return this.counter.commonest(once, phrase).code;
  }

  /** Find the system that at least two members name, and no other as often; -1 if there is none. */
  private namedSystem(members: Int32Array): number {
    const { mentions } = this.traits;
    const { code, times } = this.counter.commonest(members, mentions);
    if (times < 2) return -1;
    const others = members.filter((node) => mentions[node] !== code);
    return this.counter.commonest(others, mentions).times < times ? code : -1;
  }

  /** Take a name that no other cluster has, by other words in brackets or by a number. */
  private free(name: string, others: readonly string[]): string {
    const found = this.findFree(name, others);
    this.taken.add(found);
    return found;
  }

  private findFree(name: string, others: readonly string[]): string {
    if (!this.taken.has(name)) return name;
    const said = new Set(name.split(" "));
    for (const other of others) {
      const option = `${name} (${other})`;
      const adds = other !== "" && !other.split(" ").every((word) => said.has(word));
      if (adds && !this.taken.has(option)) return option;
    }
    let number = this.nextNumber.get(name) ?? 2;
    while (this.taken.has(`${name} ${number}`)) number += 1;
    this.nextNumber.set(name, number + 1);
    return `${name} ${number}`;
  }
}

/** What a cluster rests on: keys, approvals, approvals in part, or names only. */
export function restsOn(
  pack: Pack,
  clusters: Members,
  cluster: number,
  status: Uint8Array,
): (typeof BASES)[number] {
  const { role } = traitsOf(pack);
  const members = clusters.members(cluster);
  const keys: readonly number[] = KEY_ROLES;
  if (members.filter((node) => keys.includes(role[node])).length >= 2) return BASES[0];
  const place = new Map(Array.from(members, (node, index) => [node, index]));
  const parent = singletons(members.length);
  for (const node of members) {
    for (const link of pack.linksOf(node)) {
      const [a, b] = [place.get(pack.source[link]), place.get(pack.target[link])];
      if (a !== undefined && b !== undefined && status[link] === APPROVED) unite(parent, a, b);
    }
  }
  const parts = new Set(Array.from(parent.keys(), (index) => find(parent, index))).size;
  return BASES[parts === 1 ? 1 : parts === members.length ? 3 : 2];
}
