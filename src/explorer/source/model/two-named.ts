// Two fields or two tables that are named in one text, such as "stripe email = contact email".

import { wordsOf } from "./folding";
import type { Level, Pack } from "./pack";
import { search } from "./search";
import type { Clustering } from "./types";

/** Marks and words between two names. */
const BETWEEN = /\s*(?:[=,;&+]|\u2260|\u2194|->|\s(?:and|vs\.?|versus|with|to)\s)\s*/i;
/** Most words that are tried apart where nothing stands between the names. */
const MAX_WORDS = 8;

/** Return the best two fields for two names in one text; null unless both name a field of the clusters' level. */
export const twoNamed = (pack: Pack, clusters: Clustering, text: string): readonly [number, number] | null =>
  twoOf(pack, clusters, text, pack.clustering.level);

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
  const parts = text.split(BETWEEN).filter((part) => wordsOf(part).length > 0);
  if (parts.length === 2) return pairOf(pack, clusters, parts[0], parts[1], level);
  if (parts.length > 2) return null;
  const words = text.trim().split(/\s+/);
  if (words.length < 2 || words.length > MAX_WORDS) return null;
  // Names are mostly of about as many words: the middle first.
  const places = words.slice(1).map((_, at) => at + 1).sort((x, y) => Math.abs(2 * x - words.length) - Math.abs(2 * y - words.length));
  for (const at of places) {
    const found = pairOf(pack, clusters, words.slice(0, at).join(" "), words.slice(at).join(" "), level);
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
