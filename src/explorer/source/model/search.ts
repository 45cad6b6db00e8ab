// The search: concepts first, then tables and fields; with the parts of each text that match.
//
// Words may stand in any order. Case, accents, separators, humps, plural and one typo make no difference;
// a typo counts only where nothing is spelled so. What was written together is found apart, and the
// reverse: "e-mail" finds "email", "customeremail" finds "customer_email".

import { amountsOf } from "./amounts";
import { systemsCalled } from "./badges";
import { exactness, WHOLE_NAME } from "./exact";
import { isOneTypo, wordsOf } from "./folding";
import { inOrder } from "./numbers";
import { visible, type Pack } from "./pack";
import { indexOf, spellings, type Index } from "./search-index";
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
  /** What was asked, as it is spelled here; null if it is spelled so, or nothing was found. */
  readonly corrected: string | null;
  /** Parts of any text that match. */
  mark(text: string): readonly Range[];
}

export interface SearchOptions {
  /** Whether what is only described so is found, too. */
  readonly descriptions?: boolean;
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
/** Share of a score that is left where half of the words are those of the table. */
const NEARLY = 0.875;

/** How well a word of a text is what was asked for: 0 if it is not. */
function quality(asked: string, word: string, withTypo: boolean): number {
  if (word === asked) return EXACT;
  if (word.startsWith(asked)) return BEGINS;
  if (!withTypo || asked.length < MIN_TYPO || word.length + 1 < asked.length) return 0;
  return isOneTypo(asked, word) || isOneTypo(asked, word.slice(0, asked.length)) ? TYPO : 0;
}

/** What is asked: alternatives, each of which is a list of words that must all be there. */
function readings(pack: Pack, query: string): string[][] {
  const words = wordsOf(query).map(({ word }) => word).slice(0, MAX_WORDS);
  const found = [words];
  // The two letters of a system may stand for its name.
  if (words.length > 1) {
    for (const system of systemsCalled(pack, words[0])) {
      found.push([...wordsOf(pack.name[system]).map(({ word }) => word), ...words.slice(1)]);
    }
  }
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
  return matchesIn(text, reading).ranges;
}

/** The same by the reading of which most is there; of several that with the fewest words. */
function bestRanges(text: string, scored: readonly Scores[]): Range[] {
  let best: { ranges: Range[]; share: number; n: number } = { ranges: [], share: 0, n: 0 };
  for (const { reading } of scored) {
    const one = { ...matchesIn(text, reading), n: reading.asked.length };
    if (one.share > best.share || (one.share === best.share && one.n < best.n)) best = one;
  }
  return best.ranges;
}

/** Parts of a text that match what is asked, and how much of it is there. */
function matchesIn(text: string, reading: Reading): { ranges: Range[]; share: number } {
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
  return { ranges: merge(found), share: isMarked.size / reading.asked.length };
}

/** Join ranges that touch or overlap. */
function merge(found: readonly Range[]): Range[] {
  const merged: [number, number][] = [];
  for (const [begin, end] of [...found].sort((x, y) => x[0] - y[0] || y[1] - x[1])) {
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
function scoreNodes(pack: Pack, reading: Reading, descriptions: boolean): Float64Array {
  const index = indexOf(pack);
  const { codes, begin } = index;
  const { qualities, isAny } = reading;
  const n = reading.asked.length;
  const score = new Float64Array(pack.nNodes);
  const best = new Float64Array(pack.nNodes * n);
  const own = new Uint8Array(pack.nNodes);
  const hasDescriptions = descriptions && index.described.size > 0;
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

/** Make what every search needs, before the first one. */
export function prepareSearch(pack: Pack, clusters: Clustering): void {
  indexOf(pack).conceptCodes(clusters);
  amountsOf(pack);
  exactness(pack, "");
}

/** Find concepts, systems, tables and fields; at most so many of each of the two lists. */
export function search(
  pack: Pack,
  clusters: Clustering,
  query: string,
  most: number,
  { descriptions = true }: SearchOptions = {},
): SearchResult {
  const nothing: SearchResult = {
    concepts: [],
    places: [],
    nConcepts: 0,
    nPlaces: 0,
    corrected: null,
    mark: () => [],
  };
  const byId = withId(pack, query);
  if (byId >= 0) {
    const place: Found = { ...placeOf(pack, clusters, byId), ranges: [] };
    return { ...nothing, places: [place], nPlaces: 1 };
  }
  if (!wordsOf(query).length) return nothing;
  const index = indexOf(pack);
  const codes = index.conceptCodes(clusters);
  for (const withTypo of [false, true]) {
    const asked = readings(pack, query).map((words) => new Reading(words, withTypo, index));
    const scored = asked
      .filter(({ isThere }) => isThere)
      .map((reading): Scores => ({ reading, node: scoreNodes(pack, reading, descriptions) }));
    if (scored.length === 0) {
      const squeezed = withTypo ? [] : wholly(pack, query);
      if (squeezed.length === 0) continue;
      const found = squeezed.slice(0, most).map((node): Found => ({ ...placeOf(pack, clusters, node), ranges: [] }));
      return { ...nothing, places: found, nPlaces: squeezed.length };
    }
    const concepts = conceptsOf(clusters, codes, scored);
    const places = placesOf(pack, scored, query);
    if (concepts.length + places.length === 0) continue;
    return {
      concepts: first(concepts, most, compareConcepts(clusters)).map((one) => conceptFound(pack, clusters, one)),
      places: first(places, most, comparePlaces(pack)).map(({ node, reading }) => {
        const place = placeOf(pack, clusters, node);
        return { ...place, ranges: rangesIn(place.text, reading) };
      }),
      nConcepts: concepts.length,
      nPlaces: places.length,
      corrected: withTypo ? corrected(index, scored[0].reading) : null,
      mark: (text) => bestRanges(text, scored),
    };
  }
  return nothing;
}

/** Nodes of which the system, the table and the field were typed in one word. */
function wholly(pack: Pack, query: string): number[] {
  const exact = exactness(pack, query);
  return Array.from({ length: pack.nNodes }, (_, node) => node).filter((node) => exact(node) >= WHOLE_NAME);
}

/** What is asked, each word that there is none of as the commonest word that it may be. */
function corrected({ vocabulary, frequencies }: Index, { asked, qualities }: Reading): string {
  const n = asked.length;
  const words = asked.map((one, at) => {
    let best = -1;
    for (let code = 0; code < vocabulary.length; code += 1) {
      const value = qualities[code * n + at];
      if (value > TYPO) return one;
      if (value === TYPO && !(frequencies[code] <= (frequencies[best] ?? 0))) best = code;
    }
    return vocabulary[best] ?? one;
  });
  return words.join(" ");
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
    const asked = readings(pack, query).map((words) => new Reading(words, withTypo, index));
    const scored = asked
      .filter(({ isThere }) => isThere)
      .map((reading): Scores => ({ reading, node: scoreNodes(pack, reading, true) }));
    for (const one of conceptsOf(clusters, codes, scored)) matches.set(one.cluster, () => conceptFound(pack, clusters, one));
    if (matches.size) break;
  }
  return matches;
}

interface Ranked {
  readonly node: number;
  readonly score: number;
  readonly reading: Reading;
  /** Of a place: how much of its path was typed as it is written. */
  literal: number;
  /** Of a place: whether it was named with its table and its system. */
  exact: number;
}

/** The best of several readings of a node; null if none matches. */
function bestReading(scored: readonly Scores[], node: number): Ranked | null {
  let best: Ranked | null = null;
  for (const { node: scores, reading } of scored) {
    if (scores[node] > (best?.score ?? 0)) best = { node, score: scores[node], reading, literal: 0, exact: 0 };
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

function placesOf(pack: Pack, scored: readonly Scores[], query: string): Ranked[] {
  const found: Ranked[] = [];
  const exact = exactness(pack, query);
  for (let node = 0; node < pack.nNodes; node += 1) {
    const best = bestReading(scored, node);
    if (!best) continue;
    best.exact = exact(node);
    found.push(best);
  }
  const typed = dotted(query.trim());
  const folded = typed.toLowerCase();
  for (const one of found) {
    if (folded.endsWith(dotted(pack.name[one.node]).toLowerCase())) {
      one.literal = literalness(dotted(pack.path(one.node)), typed);
    }
  }
  return found;
}

const WHOLE = 3;

/** A path with one mark between its parts. */
const dotted = (path: string): string => path.replace(/[\s/.]+/g, ".");

/** 3 for a whole path, 2 for its end after a mark, 1 for that in another case. */
function literalness(path: string, typed: string): number {
  if (path === typed) return WHOLE;
  const begin = path.length - typed.length;
  if (begin < 0 || (begin > 0 && path[begin - 1] !== ".")) return 0;
  const end = path.slice(begin);
  return end === typed ? 2 : Number(end.toLowerCase() === typed.toLowerCase());
}

/**
 * A path that was typed as it is comes first, then what was named with its table and its system. What is linked comes before what is not; systems before
 * tables, and these before fields, where they match as well: they are fewer.
 */
function comparePlaces(pack: Pack): (x: Ranked, y: Ranked) => number {
  const { deleted, name } = pack;
  const { links } = amountsOf(pack);
  const isAlone = (node: number): number => Number(links[node] === 0);
  return (x, y) =>
    Number(y.literal === WHOLE) - Number(x.literal === WHOLE) ||
    y.exact - x.exact ||
    y.score - x.score ||
    deleted[x.node] - deleted[y.node] ||
    y.literal - x.literal ||
    isAlone(x.node) - isAlone(y.node) ||
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
      best = { node: best?.node ?? members[0], score, reading, literal: 0, exact: 0 };
      isNamed = true;
    }
    if (best) found.push({ ...best, cluster, isNamed });
  }
  return found;
}

/**
 * Concepts that are named so, then those with a member that matches; of equal ones the worthiest first.
 * The email of a table "customers" is the customer's as well as a field "customer_email".
 */
function compareConcepts({ identity, sizes }: Clustering): (x: RankedConcept, y: RankedConcept) => number {
  const place = new Int32Array(sizes.length);
  identity.byValue.forEach((label, at) => (place[label] = at));
  const grade = ({ score }: Ranked): number => (score >= NEARLY * EXACT ? EXACT : score);
  return (x, y) =>
    identity.gone[x.cluster] - identity.gone[y.cluster] ||
    Number(y.isNamed) - Number(x.isNamed) ||
    grade(y) - grade(x) ||
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

