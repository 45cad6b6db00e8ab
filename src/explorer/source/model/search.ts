// The search: concepts first, then tables and fields; with the parts of each text that match.
//
// Words may stand in any order. Case, accents, separators, humps, plural and one typo make no difference;
// a typo counts only where nothing is spelled so. A word that holds what was typed comes after those that
// are it or begin so. What was written together is found apart, and the
// reverse: "e-mail" finds "email", "customeremail" finds "customer_email".

import { amountsOf } from "./amounts";
import { exactness, TABLE_AND_NAME, WHOLE_NAME } from "./exact";
import { wordsOf } from "./folding";
import { visible, type Level, type Pack } from "./pack";
import { indexOf, type Index } from "./search-index";
import { bestRanges, EXACT, INSIDE, MAX_WORDS, rangesIn, Reading, readings, TYPO, type Range } from "./search-reading";
import type { Clustering } from "./types";

export type { Range };

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
  /** What is left out because nothing has all the words; null if nothing is. */
  readonly lacking: Lacking | null;
  /** Parts of any text that match. */
  mark(text: string): readonly Range[];
}

/** What was asked and is not in what is found. */
export interface Lacking {
  /** Words that nothing has. */
  readonly words: readonly string[];
  /** Number of words that each of those found has, and of all that were asked. */
  readonly n: number;
  readonly ofAll: number;
}

export interface SearchOptions {
  /** Whether what is only described so is found, too. */
  readonly descriptions?: boolean;
  /** The one level of which nodes are wanted, and no concept; all levels and concepts if undefined. */
  readonly level?: Level | undefined;
  /** Whether what has the most words is found where nothing has all. */
  readonly partial?: boolean;
  /** Whether what lies in a place that is called so is found, too. */
  readonly within?: boolean;
  /** Nodes that come first among those of which the words are typed. */
  readonly first?: ReadonlySet<number>;
}

/** Fewest characters of an id that are looked for. */
const MIN_ID = 8;

/** Share of a score that is left where half of the words are those of the table. */
const NEARLY = 0.875;

interface Scores {
  /** How well each node matches, with its table and system: 0 if not. */
  readonly node: Float64Array;
  readonly reading: Reading;
}

/**
 * How well nodes match, and how many words each has, if it matches: all of them, or as many as are wanted. Some word
 * must be one of their own, unless what lies within a place is wanted.
 */
function scoreNodes(pack: Pack, reading: Reading, descriptions: boolean, within = false, least = reading.asked.length): Float64Array {
  const { codes, begin, described } = indexOf(pack);
  const { qualities, which } = reading;
  const { nNodes, parent } = pack;
  const n = reading.asked.length;
  const score = new Float64Array(nNodes);
  const best = new Float64Array(nNodes * n);
  const hasDescriptions = descriptions && described.size > 0;
  for (let node = 0; node < nNodes; node += 1) {
    const place = node * n;
    let isOwn = false;
    for (let at = begin[node]; at < begin[node + 1]; at += 1) {
      const code = codes[at];
      if (which[code] === 0) continue;
      isOwn = true;
      for (let left = which[code]; left !== 0; left &= left - 1) {
        const one = 31 - Math.clz32(left & -left);
        const value = qualities[code * n + one];
        if (value > best[place + one]) best[place + one] = value;
      }
    }
    // What is only described so is less near.
    for (const code of hasDescriptions ? (described.get(node) ?? []) : []) {
      if (which[code] === 0) continue;
      isOwn = true;
      for (let one = 0; one < n; one += 1) {
        best[place + one] = Math.max(best[place + one], qualities[code * n + one] * 0.5);
      }
    }
    const above = parent[node] * n;
    let sum = 0;
    let has = 0;
    for (let one = 0; one < n; one += 1) {
      // A place that is named so says less than the name itself.
      if (above >= 0 && best[place + one] === 0) best[place + one] = best[above + one] * 0.75;
      if (best[place + one] > 0) has += 1;
      sum += best[place + one];
    }
    if ((isOwn || within) && has >= least && has > 0) score[node] = sum / n;
  }
  return score;
}

/** The best of several readings, by node. */
interface Best {
  readonly score: Float64Array;
  /** Position among the readings: the first of those that are as good. */
  readonly by: Uint8Array;
  readonly scored: readonly Scores[];
}

function bestOf(pack: Pack, scored: readonly Scores[]): Best {
  const score = new Float64Array(pack.nNodes);
  const by = new Uint8Array(pack.nNodes);
  scored.forEach(({ node: scores }, at) => {
    for (let node = 0; node < score.length; node += 1) {
      if (scores[node] <= score[node]) continue;
      score[node] = scores[node];
      by[node] = at;
    }
  });
  return { score, by, scored };
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
  const index = indexOf(pack);
  index.conceptCodes(clusters);
  void index.sorted;
  amountsOf(pack);
  exactness(pack, "");
}

/** Find concepts, systems, tables and fields; at most so many of each of the two lists. */
export function search(pack: Pack, clusters: Clustering, query: string, most: number, options: SearchOptions = {}): SearchResult {
  const nothing: SearchResult = {
    concepts: [],
    places: [],
    nConcepts: 0,
    nPlaces: 0,
    corrected: null,
    lacking: null,
    mark: () => [],
  };
  const isWanted = (node: number): boolean => options.level === undefined || pack.level(node) === options.level;
  const byId = withId(pack, query);
  if (byId >= 0 && isWanted(byId)) {
    const place: Found = { ...placeOf(pack, clusters, byId), ranges: [] };
    return { ...nothing, places: [place], nPlaces: 1 };
  }
  const words = wordsOf(query).map(({ word }) => word).slice(0, MAX_WORDS);
  if (!words.length) return nothing;
  const index = indexOf(pack);
  for (const withTypo of [false, true]) {
    const asked = readings(pack, query).map((one) => new Reading(one, withTypo, index)).filter(({ isThere }) => isThere);
    if (asked.length === 0) {
      const squeezed = withTypo ? [] : wholly(pack, query).filter(isWanted);
      if (squeezed.length === 0) continue;
      const found = squeezed.slice(0, most).map((node): Found => ({ ...placeOf(pack, clusters, node), ranges: [] }));
      return { ...nothing, places: found, nPlaces: squeezed.length };
    }
    const found = foundBy(pack, clusters, query, asked, most, options);
    if (found) return { ...nothing, ...found, corrected: withTypo ? corrected(index, asked[0]) : null };
  }
  const reading = options.partial && words.length > 1 ? new Reading(words, true, index) : null;
  for (let n = words.length - 1; reading && n > 0; n -= 1) {
    const found = foundBy(pack, clusters, query, [reading], most, options, n);
    if (found) return { ...nothing, ...found, lacking: { words: reading.absent, n, ofAll: words.length } };
  }
  return nothing;
}

/** What has all words of a reading, or at least so many of them; null if nothing has. */
function foundBy(
  pack: Pack,
  clusters: Clustering,
  query: string,
  asked: readonly Reading[],
  most: number,
  { descriptions = true, level, within = false, first: before }: SearchOptions,
  least?: number,
): Omit<SearchResult, "corrected" | "lacking"> | null {
  const scored = asked.map((reading): Scores => ({ reading, node: scoreNodes(pack, reading, descriptions, within, least) }));
  const best = bestOf(pack, scored);
  const codes = indexOf(pack).conceptCodes(clusters);
  const concepts = level === undefined ? conceptsOf(clusters, codes, best, exactness(pack, query), least) : [];
  const all = matchesOf(best.score);
  const places = level === undefined ? all : all.filter((node) => pack.level(node) === level);
  if (concepts.length + places.length === 0) return null;
  return {
    concepts: first(concepts, most, compareConcepts(clusters)).map((one) => conceptFound(pack, clusters, one)),
    places: first(places, most, comparePlaces(pack, best, query, before)).map((node) => {
      const place = placeOf(pack, clusters, node);
      return { ...place, ranges: rangesIn(place.text, scored[best.by[node]].reading) };
    }),
    nConcepts: concepts.length,
    nPlaces: places.length,
    mark: (text) => bestRanges(text, asked),
  };
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
    for (const one of conceptsOf(clusters, codes, bestOf(pack, scored), exactness(pack, query))) matches.set(one.cluster, () => conceptFound(pack, clusters, one));
    if (matches.size) break;
  }
  return matches;
}

/** Take the first in an order, in O(n log most): few are kept while all are looked at. */
function first<T>(all: ArrayLike<T>, most: number, compare: (x: T, y: T) => number): T[] {
  const found: T[] = [];
  for (let at = 0; at < all.length; at += 1) {
    const one = all[at];
    if (found.length === most && (most === 0 || compare(one, found[most - 1]) >= 0)) continue;
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(found[middle], one) <= 0) low = middle + 1;
      else high = middle;
    }
    found.splice(low, 0, one);
    if (found.length > most) found.pop();
  }
  return found;
}

/** Nodes that match. */
function matchesOf(score: Float64Array): Int32Array {
  const found = new Int32Array(score.length);
  let n = 0;
  for (let node = 0; node < score.length; node += 1) if (score[node] > 0) found[n++] = node;
  return found.subarray(0, n);
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

/** How much of a path was typed as it is written: for a name that ends otherwise that is known at once. */
function literals(pack: Pack, query: string): (node: number) => number {
  const typed = dotted(query.trim());
  const folded = typed.toLowerCase();
  const end = folded.slice(-1);
  const known = new Map<number, number>();
  return (node) => {
    const name = pack.name[node];
    const last = name.slice(-1);
    if (/^[a-z0-9_]$/i.test(last) ? last.toLowerCase() !== end : false) return 0;
    let found = known.get(node);
    if (found === undefined) {
      found = folded.endsWith(dotted(name).toLowerCase()) ? literalness(dotted(pack.path(node)), typed) : 0;
      known.set(node, found);
    }
    return found;
  };
}

/**
 * A path that was typed as it is comes first, then what was named with its table and its system. What is
 * linked comes before what is not; systems before tables, and these before fields, where they match as well:
 * they are fewer.
 */
function comparePlaces(pack: Pack, { score }: Best, query: string, before?: ReadonlySet<number>): (x: number, y: number) => number {
  const { deleted, name } = pack;
  const { links } = amountsOf(pack);
  const literal = literals(pack, query);
  const exact = exactness(pack, query);
  const isAlone = (node: number): number => Number(links[node] === 0);
  const isBefore = (node: number): number => Number(before?.has(node) && score[node] > INSIDE);
  return (x, y) =>
    Number(literal(y) === WHOLE) - Number(literal(x) === WHOLE) ||
    exact(y) - exact(x) ||
    isBefore(y) - isBefore(x) ||
    score[y] - score[x] ||
    deleted[x] - deleted[y] ||
    literal(y) - literal(x) ||
    isAlone(x) - isAlone(y) ||
    pack.level(x) - pack.level(y) ||
    name[x].length - name[y].length ||
    x - y;
}

interface RankedConcept {
  readonly cluster: number;
  /** The member that matches best. */
  readonly node: number;
  readonly score: number;
  readonly reading: Reading;
  readonly isNamed: boolean;
  /** Whether a member is of a table that was typed with it, and nothing else was: its concept is meant. */
  readonly isMeant: boolean;
}

function conceptsOf(
  clusters: Clustering,
  codes: readonly (readonly number[])[],
  { score, by, scored }: Best,
  exact: (node: number) => number,
  least?: number,
): RankedConcept[] {
  const found: RankedConcept[] = [];
  for (let cluster = 0; cluster < clusters.sizes.length; cluster += 1) {
    const members = clusters.members(cluster);
    let node = -1;
    let most = 0;
    let isMeant = false;
    for (const member of members) {
      if (score[member] > 0 && exact(member) >= TABLE_AND_NAME) isMeant = true;
      if (score[member] <= most) continue;
      most = score[member];
      node = member;
    }
    let reading = node < 0 ? null : scored[by[node]].reading;
    let isNamed = false;
    for (const one of scored) {
      const named = one.reading.scoreOf(codes[cluster], least);
      // A name that only holds what was typed says less than a member that is called so.
      if (named === 0 || (isNamed ? named <= most : named <= INSIDE && named < most)) continue;
      if (node < 0) node = members[0];
      [most, reading, isNamed] = [named, one.reading, true];
    }
    if (reading) found.push({ cluster, node, score: most, reading, isNamed, isMeant });
  }
  return found;
}

/**
 * Concepts with a field of which the table and the name were typed, and no others, those in most systems first:
 * the email of a table "customers" is what "customer email" means. Then those that are named so, then those
 * with a member that matches; of equal ones the worthiest first.
 */
function compareConcepts({ identity, sizes }: Clustering): (x: RankedConcept, y: RankedConcept) => number {
  const place = new Int32Array(sizes.length);
  identity.byValue.forEach((label, at) => (place[label] = at));
  const isCalled = ({ score }: RankedConcept): number => Number(score > INSIDE);
  const grade = ({ score }: RankedConcept): number => (score >= NEARLY * EXACT ? EXACT : score);
  return (x, y) =>
    identity.gone[x.cluster] - identity.gone[y.cluster] ||
    Number(y.isMeant) - Number(x.isMeant) ||
    (x.isMeant ? identity.systems[y.cluster] - identity.systems[x.cluster] : 0) ||
    isCalled(y) - isCalled(x) ||
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

