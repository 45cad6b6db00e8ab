// Two fields that are named in one text, such as "stripe email = contact email".

import { wordsOf } from "./folding";
import type { Pack } from "./pack";
import { search } from "./search";
import type { Clustering } from "./types";

/** Marks and words between two names. */
const BETWEEN = /\s*(?:[=,;&+]|\u2260|->|\s(?:and|vs\.?|versus|with|to)\s)\s*/i;
/** Most words that are tried apart where nothing stands between the names. */
const MAX_WORDS = 8;

/** Return the best two fields for two names in one text; null unless both name a field of the clusters' level. */
export function twoNamed(pack: Pack, clusters: Clustering, text: string): readonly [number, number] | null {
  const parts = text.split(BETWEEN).filter((part) => wordsOf(part).length > 0);
  if (parts.length === 2) return pairOf(pack, clusters, parts[0], parts[1]);
  if (parts.length > 2) return null;
  const words = text.trim().split(/\s+/);
  if (words.length < 2 || words.length > MAX_WORDS) return null;
  // Names are mostly of about as many words: the middle first.
  const places = words.slice(1).map((_, at) => at + 1).sort((x, y) => Math.abs(2 * x - words.length) - Math.abs(2 * y - words.length));
  for (const at of places) {
    const found = pairOf(pack, clusters, words.slice(0, at).join(" "), words.slice(at).join(" "));
    if (found) return found;
  }
  return null;
}

function pairOf(pack: Pack, clusters: Clustering, one: string, other: string): readonly [number, number] | null {
  const [a] = fieldsOf(pack, clusters, one);
  if (a === undefined) return null;
  const b = fieldsOf(pack, clusters, other).find((node) => node !== a);
  return b === undefined ? null : [a, b];
}

const MAX_FOUND = 20;

function fieldsOf(pack: Pack, clusters: Clustering, text: string): number[] {
  const { places, corrected } = search(pack, clusters, text, MAX_FOUND, { descriptions: false });
  const { level } = pack.clustering;
  return corrected === null ? places.map(({ node }) => node).filter((node) => pack.level(node) === level) : [];
}
