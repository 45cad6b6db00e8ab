// The search: concepts first, then tables and fields; with the parts of each text that match.
//
// Words may stand in any order. Case, accents, separators, humps, plural and one typo make no difference;
// a typo counts only where nothing is spelled so. What was written together is found apart, and the
// reverse: "e-mail" finds "email", "customeremail" finds "customer_email".

import { isOneTypo, wordsOf, type Word } from "./folding";
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

/** Names of nodes by their words; built when it is first needed, in O(n). */
class Index {
  readonly vocabulary: string[] = [];
  /** Codes of each node's own words, and of two and three of them written together. */
  readonly codes: Int32Array;
  readonly begin: Int32Array;
  /** The same of descriptions. */
  readonly described = new Map<number, readonly number[]>();
  private readonly numbers = new Map<string, number>();

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
  if (!withTypo || asked.length < MIN_TYPO) return 0;
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

/** Words that are asked for, and how well each is matched by the words of texts. */
class Reading {
  private readonly byWord = new Map<string, number[]>();

  constructor(
    readonly asked: readonly string[],
    readonly withTypo: boolean,
  ) {}

  /** The quality of each asked word in a word of a text. */
  of(word: string): readonly number[] {
    let found = this.byWord.get(word);
    if (!found) {
      found = this.asked.map((one) => quality(one, word, this.withTypo));
      this.byWord.set(word, found);
    }
    return found;
  }

  /** Take the better of what is known and what a word gives. */
  add(best: number[], word: string): void {
    this.of(word).forEach((value, at) => {
      if (value > best[at]) best[at] = value;
    });
  }

  none(): number[] {
    return new Array<number>(this.asked.length).fill(0);
  }
}

/** The sum of qualities; 0 if a word is not there. */
function total(best: readonly number[]): number {
  return best.every((value) => value > 0) ? best.reduce((sum, value) => sum + value, 0) / best.length : 0;
}

/** Parts of a text that match what is asked; words written together only for what no single word has. */
function rangesIn(text: string, reading: Reading): Range[] {
  const words = wordsOf(text);
  const found: Range[] = [];
  const isMarked = new Set<number>();
  for (const { word, begin, end } of spellings(words)) {
    reading.of(word).forEach((value, at) => {
      const isSingle = words.some((one) => one.begin === begin && one.end === end);
      if (value === 0 || (isMarked.has(at) && !isSingle)) return;
      isMarked.add(at);
      // Of a longer word the part that was asked for.
      const asked = reading.asked[at];
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
  const { codes, begin, vocabulary } = index;
  const n = reading.asked.length;
  const qualities = new Float64Array(vocabulary.length * n);
  const isAny = new Uint8Array(vocabulary.length);
  vocabulary.forEach((word, code) => {
    reading.of(word).forEach((value, at) => {
      qualities[code * n + at] = value;
      if (value > 0) isAny[code] = 1;
    });
  });
  const score = new Float64Array(pack.nNodes);
  const isThere = (_: string, at: number): boolean => vocabulary.some((__, code) => qualities[code * n + at] > 0);
  if (!reading.asked.every(isThere)) return score;
  const best = new Float64Array(pack.nNodes * n);
  const own = new Uint8Array(pack.nNodes);
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
    for (const code of index.described.get(node) ?? []) add(node, code, 0.5);
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
  for (const withTypo of [false, true]) {
    const asked = readings(query).map((words) => new Reading(words, withTypo));
    const scored = asked.map((reading): Scores => ({ reading, node: scoreNodes(pack, reading) }));
    const concepts = conceptsOf(clusters, scored);
    const places = placesOf(pack, scored);
    if (concepts.length + places.length === 0) continue;
    return {
      concepts: concepts.slice(0, most).map((one) => conceptFound(pack, clusters, one)),
      places: places.slice(0, most).map(({ node, reading }) => {
        const place = placeOf(pack, clusters, node);
        return { ...place, ranges: rangesIn(place.text, reading) };
      }),
      nConcepts: concepts.length,
      nPlaces: places.length,
    };
  }
  return nothing;
}

interface Ranked {
  readonly node: number;
  readonly score: number;
  readonly reading: Reading;
}

/** The best of several readings of a node. */
function bestReading(scored: readonly Scores[], node: number): Ranked {
  let best: Ranked = { node, score: 0, reading: scored[0].reading };
  for (const { node: scores, reading } of scored) {
    if (scores[node] > best.score) best = { node, score: scores[node], reading };
  }
  return best;
}

function placesOf(pack: Pack, scored: readonly Scores[]): Ranked[] {
  const found: Ranked[] = [];
  for (let node = 0; node < pack.nNodes; node += 1) {
    const best = bestReading(scored, node);
    if (best.score > 0) found.push(best);
  }
  const { deleted } = pack;
  // Systems come before tables, and these before fields, where they match as well: they are fewer.
  return found.sort(
    (x, y) =>
      y.score - x.score ||
      deleted[x.node] - deleted[y.node] ||
      pack.level(x.node) - pack.level(y.node) ||
      pack.name[x.node].length - pack.name[y.node].length ||
      x.node - y.node,
  );
}

interface RankedConcept extends Ranked {
  readonly cluster: number;
  readonly isNamed: boolean;
}

const named = new WeakMap<Clustering, readonly (readonly string[])[]>();

/** Words of the name and the entity of each cluster. */
function conceptWords(clusters: Clustering): readonly (readonly string[])[] {
  let words = named.get(clusters);
  if (!words) {
    const { identity, sizes } = clusters;
    words = Array.from(sizes, (_, cluster) =>
      spellings(wordsOf(`${identity.name(cluster)} ${identity.entity(cluster)}`)).map(({ word }) => word),
    );
    named.set(clusters, words);
  }
  return words;
}

/** Concepts that are named so, then those with a member that matches; of equal ones the worthiest first. */
function conceptsOf(clusters: Clustering, scored: readonly Scores[]): RankedConcept[] {
  const { identity, sizes } = clusters;
  const words = conceptWords(clusters);
  const found: RankedConcept[] = [];
  const place = new Int32Array(sizes.length);
  identity.byValue.forEach((label, at) => (place[label] = at));
  for (let cluster = 0; cluster < sizes.length; cluster += 1) {
    const members = clusters.members(cluster);
    let best: Ranked = { node: members[0], score: 0, reading: scored[0].reading };
    for (const node of members) {
      const one = bestReading(scored, node);
      if (one.score > best.score) best = one;
    }
    let isNamed = false;
    for (const { reading } of scored) {
      const qualities = reading.none();
      for (const word of words[cluster]) reading.add(qualities, word);
      const score = total(qualities);
      if (score > 0 && (!isNamed || score > best.score)) {
        best = { node: best.node, score, reading };
        isNamed = true;
      }
    }
    if (best.score > 0) found.push({ ...best, cluster, isNamed });
  }
  return found.sort(
    (x, y) =>
      identity.gone[x.cluster] - identity.gone[y.cluster] ||
      Number(y.isNamed) - Number(x.isNamed) ||
      y.score - x.score ||
      place[x.cluster] - place[y.cluster],
  );
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

