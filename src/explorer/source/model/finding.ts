// What the search lists: a line for each concept and each place that is found.

import { amountsOf } from "./amounts";
import { clusterName } from "./clusters";
import { crosswalkOf } from "./crosswalk";
import { type Pack } from "./pack";
import { search, type Found, type Lacking, type Range } from "./search";
import { conceptsNamed, pairsNamed, type Pair } from "./two-named";
import type { View } from "./types";
import { counted } from "./words";
import { wordsOf } from "./folding";

/** A text, and the parts of it that match. */
export interface Marked {
  readonly text: string;
  readonly ranges: readonly Range[];
}

export interface Line {
  readonly kind: Found["kind"];
  /** Of a concept the member that matches best. */
  readonly node: number;
  readonly cluster: number;
  readonly above: Marked | null;
  readonly name: Marked;
  /** Of a concept what it rests on. */
  readonly sign: "contradiction" | "approved" | "suggested" | null;
  /** Of a concept some members, those that match first. */
  readonly holds: readonly Marked[];
  /** How many more it has. */
  readonly more: number;
  /** Where a place belongs. */
  readonly place: string;
  /** How much of it there is. */
  readonly amount: string;
}

export interface Findings {
  readonly text: string;
  readonly concepts: readonly Line[];
  readonly places: readonly Line[];
  readonly nConcepts: number;
  readonly nPlaces: number;
  /** What was asked, as it is spelled here; null if it is spelled so, or nothing was found. */
  readonly corrected: string | null;
  /** What is left out because nothing has all the words; null if nothing is. */
  readonly lacking: Lacking | null;
  /** Fields and tables that are named two by two, each of them whole. */
  readonly pairs: readonly Pair[];
}

/** Most members of a concept that are listed. */
const MAX_HELD = 3;
/** Most parts of a text that are found alone, and most words of each. */
const MAX_ALONE = 4;
const MAX_TOGETHER = 3;

export type Wanted = "all" | "places";

export interface FindingOptions {
  readonly wanted: Wanted;
  readonly mostConcepts: number;
  readonly mostPlaces: number;
  readonly descriptions: boolean;
}

/** Find what a text is about; an empty text lists the concepts that are worth most, or their most linked fields. */
export function findingsOf(view: View, text: string, options: FindingOptions): Findings {
  const { pack, clusters } = view;
  const { wanted, mostConcepts, mostPlaces, descriptions } = options;
  if (!text.trim()) {
    const { byValue, gone } = clusters.identity;
    const first = Array.from(byValue.slice(0, mostConcepts)).filter((label) => !gone[label]);
    const concepts = wanted === "all" ? first.map((cluster) => conceptLine(view, cluster, clusters.members(cluster)[0], () => [])) : [];
    const places = wanted === "all" ? [] : first.map((cluster) => placeLine(view, mostLinked(pack, clusters.members(cluster)), () => []));
    return { text, concepts, places, nConcepts: concepts.length, nPlaces: places.length, corrected: null, lacking: null, pairs: [] };
  }
  const found = search(pack, clusters, text, Math.max(mostConcepts, mostPlaces), { descriptions, partial: true });
  const { mark } = found;
  const pairs = wanted === "all" ? pairsNamed(pack, text) : [];
  const isSpelledSo = found.corrected === null && found.lacking === null && found.nConcepts + found.nPlaces > 0;
  // What was named two by two is listed one by one, too, where nothing has all the words.
  const named = wanted === "all" && !isSpelledSo ? conceptsNamed(clusters, text) : [];
  if (!isSpelledSo && pairs.length + named.length > 0) {
    const nodes = [...new Set(pairs.flatMap((pair) => pair.nodes))];
    const concepts = named.map((cluster) => conceptLine(view, cluster, clusters.members(cluster)[0], mark));
    return {
      text, pairs, concepts,
      places: nodes.map((node) => placeLine(view, node, mark)),
      nConcepts: concepts.length,
      nPlaces: nodes.length,
      corrected: null,
      lacking: null,
    };
  }
  const concepts =
    wanted === "all"
      ? found.concepts.slice(0, mostConcepts).map(({ cluster, node }) => conceptLine(view, cluster, node, mark))
      : [];
  const places = found.places.slice(0, mostPlaces).map(({ node }) => placeLine(view, node, mark));
  return {
    text,
    concepts,
    places,
    nConcepts: wanted === "all" ? found.nConcepts : 0,
    nPlaces: found.nPlaces,
    corrected: found.corrected,
    lacking: found.lacking,
    pairs,
  };
}

/** The node with the most links, of those that are not deleted if there are any. */
function mostLinked(pack: Pack, members: Int32Array): number {
  const { links } = amountsOf(pack);
  return members.reduce((best, node) => (pack.deleted[node] - pack.deleted[best] || links[best] - links[node]) < 0 ? node : best, members[0]);
}

type Mark = (text: string) => readonly Range[];

function conceptLine(view: View, cluster: number, node: number, mark: Mark): Line {
  const { pack, clusters } = view;
  const members = clusters.members(cluster);
  const { contradictions, approved } = crosswalkOf(view);
  const text = clusterName(clusters, cluster);
  const held = membersFirst(pack, members, node);
  const nSystems = new Set(Array.from(members, (member) => pack.system[member])).size;
  const what = pack.level(members[0]) === 2 ? "field" : pack.level(members[0]) === 1 ? "table" : "system";
  return {
    kind: "concept",
    node,
    cluster,
    above: null,
    name: { text, ranges: mark(text) },
    sign: contradictions[cluster] > 0 ? "contradiction" : approved[cluster] > 0 ? "approved" : "suggested",
    holds: held.map((member) => {
      const path = nearPath(pack, member);
      return { text: path, ranges: mark(path) };
    }),
    more: members.length - held.length,
    place: "",
    amount: `${counted(members.length, what)}, ${counted(nSystems, "system")}`,
  };
}

/** Some members: that which matches best, then one of each other system while there are. */
function membersFirst(pack: Pack, members: Int32Array, best: number): number[] {
  const chosen = [best];
  const systems = new Set([pack.system[best]]);
  for (const member of members) {
    if (chosen.length >= MAX_HELD) break;
    if (systems.has(pack.system[member]) || pack.deleted[member]) continue;
    systems.add(pack.system[member]);
    chosen.push(member);
  }
  for (const member of members) {
    if (chosen.length >= MAX_HELD) break;
    if (!chosen.includes(member)) chosen.push(member);
  }
  return chosen;
}

/** A path without its system. */
function nearPath(pack: Pack, node: number): string {
  const table = pack.level(node) === 2 && pack.table[node] >= 0 ? `${pack.name[pack.table[node]]}.` : "";
  return table + pack.name[node] + pack.mark(node);
}

function placeLine(view: View, node: number, mark: Mark): Line {
  const { pack, clusters } = view;
  const level = pack.level(node);
  const above = level === 2 ? pack.tableName(node) : "";
  const own = (level === 1 ? pack.tableName(node) : pack.name[node]) + pack.mark(node);
  const cluster = clusters.labels[node];
  const system = pack.system[node] < 0 ? "an unknown system" : pack.name[pack.system[node]];
  const { links, children } = amountsOf(pack);
  const nBelow = children[node];
  const places = [
    `system with ${counted(nBelow, "table")}`,
    `table in ${system}, ${counted(nBelow, "field")}`,
    cluster >= 0 ? `in ${clusterName(clusters, cluster)}` : "in no concept",
  ];
  const nLinks = links[node];
  return {
    kind: (["system", "table", "field"] as const)[level],
    node,
    cluster,
    above: above ? { text: above, ranges: mark(above) } : null,
    name: { text: own, ranges: mark(own) },
    sign: null,
    holds: [],
    more: 0,
    place: places[level],
    amount: nLinks ? counted(nLinks, "link") : "no link",
  };
}

/** The longest parts of a text that something is called, and how much; for a text that nothing is called. */
export function wordsAlone({ pack, clusters }: View, text: string): { word: string; n: number }[] {
  const words = wordsOf(text);
  const found = new Map<string, number>();
  let at = 0;
  while (words.length > 1 && at < words.length && found.size < MAX_ALONE) {
    let length = Math.min(MAX_TOGETHER, words.length - at, words.length - 1);
    for (; length > 0; length -= 1) {
      const part = text.slice(words[at].begin, words[at + length - 1].end);
      const { nConcepts, nPlaces, corrected } = search(pack, clusters, part, 1, { descriptions: false });
      if (corrected !== null || nConcepts + nPlaces === 0) continue;
      found.set(part, nConcepts + nPlaces);
      break;
    }
    at += Math.max(1, length);
  }
  return [...found].map(([word, n]) => ({ word, n }));
}

/** Number of descriptions that have a text, where no name has it. */
export function describedSo({ pack, clusters }: View, text: string): number {
  return pack.header.descriptions.length ? search(pack, clusters, text, 1).nPlaces : 0;
}

/** Split a text at what is marked. */
export function partsOf({ text, ranges }: Marked): { text: string; isHit: boolean }[] {
  const parts: { text: string; isHit: boolean }[] = [];
  let at = 0;
  for (const [begin, end] of ranges) {
    if (begin > at) parts.push({ text: text.slice(at, begin), isHit: false });
    parts.push({ text: text.slice(begin, end), isHit: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isHit: false });
  return parts;
}
