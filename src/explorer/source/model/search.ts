// The search: concepts first, then tables and fields; with the parts of each text that match.
//
// Words may stand in any order. Case, accents, separators, humps, plural and one typo make no difference;
// a typo counts only where nothing is spelled so. What was written together is found apart, and the
// reverse: "e-mail" finds "email", "customeremail" finds "customer_email".

import { isOneTypo, wordsOf, type Word } from "./folding";
import { inOrder } from "./numbers";
import { visible, type Pack } from "./pack";
import type { Clustering } from "./types";

/** Part of a text, from one character to before another. */
export type Range = readonly [begin: number, end: number];

export interface Found {
  readonly kind: "concept" | "system" | "table" | "field";
  /** The node; for a concept a member, that which matches best. */
  readonly node: number;
  /** The cluster that it is, or that the node is in; -1 for none. */
  readonly cluster: number;
  readonly text: string;
  readonly ranges: readonly Range[];
  /** Of a concept: whether a member matches, not its name; the member's path and its parts. */
  readonly member: { readonly text: string; readonly ranges: readonly Range[] } | null;
}

export interface SearchResult {
  readonly concepts: readonly Found[];
  readonly places: readonly Found[];
  /** Numbers of all that match. */
  readonly nConcepts: number;
  readonly nPlaces: number;
}

/** More words than these are not looked for. */
const MAX_WORDS = 12;
/** Fewest letters of a word that may have a typo. */
const MIN_TYPO = 4;
/** Fewest characters of an id that are looked for. */
const MIN_ID = 8;

const EXACT = 4;
const BEGINS = 3;
const TYPO = 1;

/** Words of names, of nodes and of clusters; built when it is first needed, in O(n). */
class Index {
  readonly vocabulary: string[] = [];
  /** Codes of each node's own words, and of two and three of them written together. */
  readonly codes: Int32Array;
  readonly begin: Int32Array;
  /** The same of descriptions. */
  readonly described = new Map<number, readonly number[]>();
  private readonly numbers = new Map<string, number>();
  private readonly concepts = new WeakMap<Clustering, readonly (readonly number[])[]>();

  constructor(pack: Pack) {
    const begin = new Int32Array(pack.nNodes + 1);
    const codes: number[] = [];
    const known = new Map<string, readonly number[]>();
    for (let node = 0; node < pack.nNodes; node += 1) {
      // A table has the name of its schema, too.
      const name = pack.level(node) === 1 ? pack.tableName(node) : pack.name[node];
      let mine = known.get(name);
      if (!mine) {
        mine = this.codesOf(name);
        known.set(name, mine);
      }
      codes.push(...mine);
      begin[node + 1] = codes.length;
      const description = pack.description(node);
      if (description !== null) this.described.set(node, this.codesOf(description));
    }
    this.begin = begin;
    this.codes = Int32Array.from(codes);
  }

  /** Codes of the name and the entity of each cluster. */
  conceptCodes(clusters: Clustering): readonly (readonly number[])[] {
    let codes = this.concepts.get(clusters);
    if (!codes) {
      const { identity, sizes } = clusters;
      codes = Array.from(sizes, (_, cluster) => this.codesOf(`${identity.name(cluster)} ${identity.entity(cluster)}`));
      this.concepts.set(clusters, codes);
    }
    return codes;
  }

  codesOf(text: string): number[] {
    return spellings(wordsOf(text)).map(({ word }) => {
      let code = this.numbers.get(word);
      if (code === undefined) {
        code = this.vocabulary.length;
        this.numbers.set(word, code);
        this.vocabulary.push(word);
      }
      return code;
    });
  }
}

/** Words, and two and three of them written together. */
function spellings(words: readonly Word[]): Word[] {
  const found = [...words];
  for (const n of [2, 3]) {
    for (let at = 0; at + n <= words.length; at += 1) {
      const parts = words.slice(at, at + n);
      const word = parts.map((part) => part.word).join("");
      found.push({ word, begin: parts[0].begin, end: parts[n - 1].end });
    }
  }
  return found;
}

const indices = new WeakMap<Pack, Index>();

function indexOf(pack: Pack): Index {
  let index = indices.get(pack);
  if (!index) {
    index = new Index(pack);
    indices.set(pack, index);
  }
  return index;
}

/** How well a word of a text is what was asked for: 0 if it is not. */
function quality(asked: string, word: string, withTypo: boolean): number {
  if (word === asked) return EXACT;
  if (word.startsWith(asked)) return BEGINS;
  if (!withTypo || asked.length < MIN_TYPO || word.length + 1 < asked.length) return 0;
  return isOneTypo(asked, word) || isOneTypo(asked, word.slice(0, asked.length)) ? TYPO : 0;
}

/** What is asked: alternatives, each of which is a list of words that must all be there. */
function readings(query: string): string[][] {
  const words = wordsOf(query).map(({ word }) => word).slice(0, MAX_WORDS);
  const found = [words];
  // What was asked apart may be written together.
  for (let at = 0; at + 2 <= words.length; at += 1) {
    found.push([...words.slice(0, at), words[at] + words[at + 1], ...words.slice(at + 2)]);
  }
  return found;
}

/** Words that are asked for, and how well each word that there is is one of them. */
class Reading {
  /** Whether each word that is asked for is there at all. */
  readonly isThere: boolean;
  /** By code, then by what is asked. */
  readonly qualities: Float64Array;
  /** Whether a word is any of them. */
  readonly isAny: Uint8Array;

  constructor(
    readonly asked: readonly string[],
    readonly withTypo: boolean,
    { vocabulary }: Index,
  ) {
    const n = asked.length;
    this.qualities = new Float64Array(vocabulary.length * n);
    this.isAny = new Uint8Array(vocabulary.length);
    this.isThere = asked.every((one, at) => {
      let isFound = false;
      for (let code = 0; code < vocabulary.length; code += 1) {
        const value = quality(one, vocabulary[code], withTypo);
        if (value === 0) continue;
        this.qualities[code * n + at] = value;
        this.isAny[code] = 1;
        isFound = true;
      }
      return isFound;
    });
  }

  /** How well some words are what is asked; 0 if one that is asked for is not among them. */
  scoreOf(codes: readonly number[]): number {
    if (!codes.some((code) => this.isAny[code])) return 0;
    const n = this.asked.length;
    let sum = 0;
    for (let at = 0; at < n; at += 1) {
      let best = 0;
      for (const code of codes) best = Math.max(best, this.qualities[code * n + at]);
      if (best === 0) return 0;
      sum += best;
    }
    return sum / n;
  }
}

/** Parts of a text that match what is asked; words written together only for what no single word has. */
function rangesIn(text: string, reading: Reading): Range[] {
  const words = wordsOf(text);
  const found: Range[] = [];
  const isMarked = new Set<number>();
  for (const { word, begin, end } of spellings(words)) {
    const isSingle = words.some((one) => one.begin === begin && one.end === end);
    reading.asked.forEach((asked, at) => {
      if (quality(asked, word, reading.withTypo) === 0 || (isMarked.has(at) && !isSingle)) return;
      isMarked.add(at);
      // Of a longer word the part that was asked for.
      const isPart = text.slice(begin, begin + asked.length).toLowerCase() === asked;
      found.push([begin, isPart ? begin + asked.length : end]);
    });
  }
  const merged: [number, number][] = [];
  for (const [begin, end] of found.sort((x, y) => x[0] - y[0] || y[1] - x[1])) {
    const last = merged[merged.length - 1];
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([begin, end]);
  }
  return merged;
}

interface Scores {
  /** How well each node matches, with its table and system: 0 if not. */
  readonly node: Float64Array;
  readonly reading: Reading;
}

/** How well nodes match: some word must be one of their own. */
function scoreNodes(pack: Pack, reading: Reading): Float64Array {
  const index = indexOf(pack);
  const { codes, begin } = index;
  const { qualities, isAny } = reading;
  const n = reading.asked.length;
  const score = new Float64Array(pack.nNodes);
  const best = new Float64Array(pack.nNodes * n);
  const own = new Uint8Array(pack.nNodes);
  const hasDescriptions = index.described.size > 0;
  const add = (node: number, code: number, share: number): void => {
    if (!isAny[code]) return;
    own[node] = 1;
    for (let at = 0; at < n; at += 1) {
      const value = qualities[code * n + at] * share;
      if (value > best[node * n + at]) best[node * n + at] = value;
    }
  };
  for (let node = 0; node < pack.nNodes; node += 1) {
    for (let at = begin[node]; at < begin[node + 1]; at += 1) add(node, codes[at], 1);
    // What is only described so is less near.
    if (hasDescriptions) for (const code of index.described.get(node) ?? []) add(node, code, 0.5);
    const parent = pack.parent[node];
    let sum = 0;
    let isWhole = true;
    for (let at = 0; at < n; at += 1) {
      const place = node * n + at;
      // A place that is named so says less than the name itself.
      if (parent >= 0 && best[place] === 0) best[place] = best[parent * n + at] * 0.75;
      if (best[place] === 0) isWhole = false;
      sum += best[place];
    }
    if (own[node] && isWhole) score[node] = sum / n;
  }
  return score;
}

/** Nodes whose id begins so. */
function withId(pack: Pack, query: string): number {
  const text = query.trim().toLowerCase();
  if (text.length < MIN_ID || !/^[0-9a-f-]+$/.test(text)) return -1;
  for (let node = 0; node < pack.nNodes; node += 1) if (pack.nodeId(node).startsWith(text)) return node;
  return -1;
}

/** Find concepts, systems, tables and fields; at most so many of each of the two lists. */
export function search(pack: Pack, clusters: Clustering, query: string, most: number): SearchResult {
  const nothing = { concepts: [], places: [], nConcepts: 0, nPlaces: 0 };
  const byId = withId(pack, query);
  if (byId >= 0) {
    const place: Found = { ...placeOf(pack, clusters, byId), ranges: [] };
    return { ...nothing, places: [place], nPlaces: 1 };
  }
  if (!wordsOf(query).length) return nothing;
  const index = indexOf(pack);
  const codes = index.conceptCodes(clusters);
  for (const withTypo of [false, true]) {
    const asked = readings(query).map((words) => new Reading(words, withTypo, index));
    const scored = asked
      .filter(({ isThere }) => isThere)
      .map((reading): Scores => ({ reading, node: scoreNodes(pack, reading) }));
    if (scored.length === 0) continue;
    const concepts = conceptsOf(clusters, codes, scored);
    const places = placesOf(pack, scored);
    if (concepts.length + places.length === 0) continue;
    return {
      concepts: first(concepts, most, compareConcepts(clusters)).map((one) => conceptFound(pack, clusters, one)),
      places: first(places, most, comparePlaces(pack)).map(({ node, reading }) => {
        const place = placeOf(pack, clusters, node);
        return { ...place, ranges: rangesIn(place.text, reading) };
      }),
      nConcepts: concepts.length,
      nPlaces: places.length,
    };
  }
  return nothing;
}

/** Concepts that match a text, by cluster; null for an empty one, which leaves out none. */
export function matchingConcepts(pack: Pack, clusters: Clustering, query: string): ReadonlyMap<number, () => Found> | null {
  if (!query.trim()) return null;
  const matches = new Map<number, () => Found>();
  const byId = withId(pack, query);
  if (byId >= 0) {
    const cluster = clusters.labels[byId];
    const text = (): string => visible(clusters.identity.name(cluster));
    const member = { text: pack.path(byId), ranges: [] };
    if (cluster >= 0) matches.set(cluster, () => ({ kind: "concept", node: byId, cluster, text: text(), ranges: [], member }));
    return matches;
  }
  if (!wordsOf(query).length) return matches;
  const index = indexOf(pack);
  const codes = index.conceptCodes(clusters);
  for (const withTypo of [false, true]) {
    const asked = readings(query).map((words) => new Reading(words, withTypo, index));
    const scored = asked
      .filter(({ isThere }) => isThere)
      .map((reading): Scores => ({ reading, node: scoreNodes(pack, reading) }));
    for (const one of conceptsOf(clusters, codes, scored)) matches.set(one.cluster, () => conceptFound(pack, clusters, one));
    if (matches.size) break;
  }
  return matches;
}

interface Ranked {
  readonly node: number;
  readonly score: number;
  readonly reading: Reading;
}

/** The best of several readings of a node; null if none matches. */
function bestReading(scored: readonly Scores[], node: number): Ranked | null {
  let best: Ranked | null = null;
  for (const { node: scores, reading } of scored) {
    if (scores[node] > (best?.score ?? 0)) best = { node, score: scores[node], reading };
  }
  return best;
}

/** Take the first in an order. */
function first<T>(all: readonly T[], most: number, compare: (x: T, y: T) => number): T[] {
  const found: T[] = [];
  for (const at of inOrder(all.length, (x, y) => compare(all[x], all[y]))) {
    if (found.length >= most) break;
    found.push(all[at]);
  }
  return found;
}

function placesOf(pack: Pack, scored: readonly Scores[]): Ranked[] {
  const found: Ranked[] = [];
  for (let node = 0; node < pack.nNodes; node += 1) {
    const best = bestReading(scored, node);
    if (best) found.push(best);
  }
  return found;
}

/** Systems come before tables, and these before fields, where they match as well: they are fewer. */
function comparePlaces(pack: Pack): (x: Ranked, y: Ranked) => number {
  const { deleted, name } = pack;
  return (x, y) =>
    y.score - x.score ||
    deleted[x.node] - deleted[y.node] ||
    pack.level(x.node) - pack.level(y.node) ||
    name[x.node].length - name[y.node].length ||
    x.node - y.node;
}

interface RankedConcept extends Ranked {
  readonly cluster: number;
  readonly isNamed: boolean;
}

function conceptsOf(
  clusters: Clustering,
  codes: readonly (readonly number[])[],
  scored: readonly Scores[],
): RankedConcept[] {
  const found: RankedConcept[] = [];
  for (let cluster = 0; cluster < clusters.sizes.length; cluster += 1) {
    const members = clusters.members(cluster);
    let best: Ranked | null = null;
    for (const node of members) {
      const one = bestReading(scored, node);
      if (one && one.score > (best?.score ?? 0)) best = one;
    }
    let isNamed = false;
    for (const { reading } of scored) {
      const score = reading.scoreOf(codes[cluster]);
      if (score === 0 || (isNamed && score <= best!.score)) continue;
      best = { node: best?.node ?? members[0], score, reading };
      isNamed = true;
    }
    if (best) found.push({ ...best, cluster, isNamed });
  }
  return found;
}

/** Concepts that are named so, then those with a member that matches; of equal ones the worthiest first. */
function compareConcepts({ identity, sizes }: Clustering): (x: RankedConcept, y: RankedConcept) => number {
  const place = new Int32Array(sizes.length);
  identity.byValue.forEach((label, at) => (place[label] = at));
  return (x, y) =>
    identity.gone[x.cluster] - identity.gone[y.cluster] ||
    Number(y.isNamed) - Number(x.isNamed) ||
    y.score - x.score ||
    place[x.cluster] - place[y.cluster];
}

function conceptFound(pack: Pack, clusters: Clustering, one: RankedConcept): Found {
  const { cluster, node, reading, isNamed } = one;
  const text = visible(clusters.identity.name(cluster));
  const path = pack.path(node);
  return {
    kind: "concept",
    node,
    cluster,
    text,
    ranges: rangesIn(text, reading),
    member: isNamed ? null : { text: path, ranges: rangesIn(path, reading) },
  };
}

const KINDS = ["system", "table", "field"] as const;

function placeOf(pack: Pack, clusters: Clustering, node: number): Omit<Found, "ranges"> {
  return {
    kind: KINDS[pack.level(node)],
    node,
    cluster: clusters.labels[node],
    text: pack.path(node),
    member: null,
  };
}

