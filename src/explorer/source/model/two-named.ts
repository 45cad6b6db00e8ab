// Two fields, tables or concepts that are named in one text, such as "stripe customers email = contact email".

import { wholeNames } from "./exact";
import { wordsOf } from "./folding";
import type { Level, Pack } from "./pack";
import { search } from "./search";
import type { Clustering } from "./types";

/** Marks and words between two names. */
const BETWEEN = /\s*(?:[=,;&+]|\u2260|\u2194|->|\s(?:and|vs\.?|versus|with|to)\s)\s*/i;
/** Most words that are tried apart where nothing stands between the names. */
const MAX_WORDS = 8;

/** Most pairs that are offered where a name is that of several nodes. */
const MAX_PAIRS = 4;

/** Two nodes of one level that one text names, each of them whole. */
export interface Pair {
  /** What can be asked of them: why they are together, or how to join them. */
  readonly kind: "why" | "join";
  readonly nodes: readonly [number, number];
}

/** Return the fields and the tables that one text names two by two; a part of a name is none. */
export function pairsNamed(pack: Pack, text: string): Pair[] {
  const { level } = pack.clustering;
  const kinds: readonly (readonly [kind: Pair["kind"], level: Level])[] = [["why", level], ["join", 1]];
  return kinds.flatMap(([kind, at]) => {
    for (const halves of halvesOf(text)) {
      const [ones, others] = halves.map((half) => wholeNames(pack, half, at));
      const pairs = ones.flatMap((one) => others.filter((other) => other !== one).map((other): Pair => ({ kind, nodes: [one, other] })));
      if (pairs.length) return pairs.slice(0, MAX_PAIRS);
    }
    return [];
  });
}

/** Return the two fields that one text names whole; null unless there are two. */
export const twoNamed = (pack: Pack, text: string): readonly [number, number] | null =>
  pairsNamed(pack, text).find(({ kind }) => kind === "why")?.nodes ?? null;

/** Return the two concepts that one text names whole; none unless there are two. */
export function conceptsNamed(clusters: Clustering, text: string): readonly number[] {
  const called = new Map<string, number>();
  for (const label of clusters.identity.byValue) {
    const name = wordsTogether(clusters.identity.name(label));
    if (name && !called.has(name)) called.set(name, label);
  }
  for (const halves of halvesOf(text)) {
    const labels = halves.map((half) => called.get(wordsTogether(half)) ?? -1);
    if (labels[0] !== labels[1] && labels.every((label) => label >= 0)) return labels;
  }
  return [];
}

const wordsTogether = (text: string): string => wordsOf(text).map(({ word }) => word).join(" ");

/** Both parts of a text: at the mark between them, else at each space, those of about as many words first. */
function halvesOf(text: string): (readonly [string, string])[] {
  const parts = text.split(BETWEEN).filter((part) => wordsOf(part).length > 0);
  if (parts.length === 2) return [[parts[0], parts[1]]];
  const words = text.trim().split(/\s+/);
  if (parts.length > 2 || words.length < 2 || words.length > MAX_WORDS) return [];
  const places = words.slice(1).map((_, at) => at + 1).sort((x, y) => Math.abs(2 * x - words.length) - Math.abs(2 * y - words.length));
  return places.map((at) => [words.slice(0, at).join(" "), words.slice(at).join(" ")]);
}

/** Return the best two tables for two names in one text; null unless both name a table, or one table has the whole name. */
export function twoTables(pack: Pack, clusters: Clustering, text: string): readonly [number, number] | null {
  const isApart = text.split(BETWEEN).filter((part) => wordsOf(part).length > 0).length > 1;
  return isApart || !named(pack, clusters, text, 1).length ? twoOf(pack, clusters, text, 1) : null;
}

export interface TablesFound {
  /** Tables of that name, then tables that hold a field of that name, each in the order of the search. */
  readonly tables: readonly number[];
  /** What was asked, as it is spelled here; null if it is spelled so, or nothing was found. */
  readonly corrected: string | null;
}

/** Find tables by the words of their names, else of their fields, ranked as the search ranks them. */
export function tablesNamed(pack: Pack, clusters: Clustering, text: string, most: number): TablesFound {
  const both = ([1, 2] as const).map((level) => search(pack, clusters, text, most, { descriptions: false, level })).filter(({ nPlaces }) => nPlaces > 0);
  // A typo counts only where nothing is spelled so.
  const spelled = both.filter(({ corrected }) => corrected === null);
  const found = spelled.length ? spelled : both;
  const tables = found.flatMap(({ places }) => places.map(({ node }) => pack.table[node])).filter((table) => table >= 0);
  return { tables: [...new Set(tables)].slice(0, most), corrected: found[0]?.corrected ?? null };
}

function twoOf(pack: Pack, clusters: Clustering, text: string, level: Level): readonly [number, number] | null {
  for (const [one, other] of halvesOf(text)) {
    const found = pairOf(pack, clusters, one, other, level);
    if (found) return found;
  }
  return null;
}

function pairOf(pack: Pack, clusters: Clustering, one: string, other: string, level: Level): readonly [number, number] | null {
  const [a] = named(pack, clusters, one, level);
  if (a === undefined) return null;
  const b = named(pack, clusters, other, level).find((node) => node !== a);
  return b === undefined ? null : [a, b];
}

const MAX_FOUND = 20;

function named(pack: Pack, clusters: Clustering, text: string, level: Level): number[] {
  const { places, corrected } = search(pack, clusters, text, MAX_FOUND, { descriptions: false, level });
  return corrected === null ? places.map(({ node }) => node) : [];
}
