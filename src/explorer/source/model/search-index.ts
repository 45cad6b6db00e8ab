// The words that names, descriptions and concepts are made of, each with a code.

import { wordsOf, type Word } from "./folding";
import type { Pack } from "./pack";
import type { Clustering } from "./types";

/** Words of names, of nodes and of clusters; built when it is first needed, in O(n). */
export class Index {
  readonly vocabulary: string[] = [];
  /** Whether each is a word by itself, not only several written together. */
  readonly isSingle: boolean[] = [];
  /** Codes of each node's own words, and of two and three of them written together. */
  readonly codes: Int32Array;
  readonly begin: Int32Array;
  /** The same of descriptions. */
  readonly described = new Map<number, readonly number[]>();
  private times: Int32Array | null = null;
  private order: Int32Array | null = null;
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

  /** Number of names that each word is in. */
  get frequencies(): Int32Array {
    if (this.times?.length !== this.vocabulary.length) {
      this.times = new Int32Array(this.vocabulary.length);
      for (const code of this.codes) this.times[code] += 1;
    }
    return this.times;
  }

  /** Codes by their words, by halves of characters: those that begin alike are neighbours. */
  get sorted(): Int32Array {
    const { vocabulary } = this;
    if (this.order?.length !== vocabulary.length) {
      const words = vocabulary.slice().sort();
      this.order = Int32Array.from(words, (word) => this.numbers.get(word)!);
    }
    return this.order;
  }

  /** The part of `sorted` of which the words begin with a text: O(log n). */
  beginningWith(text: string): readonly [begin: number, end: number] {
    const { sorted, vocabulary } = this;
    const first = (isBefore: (word: string) => boolean): number => {
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (isBefore(vocabulary[sorted[middle]])) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    return [first((word) => word < text), first((word) => word < text || word.startsWith(text))];
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
    const words = wordsOf(text);
    return spellings(words).map(({ word }, at) => {
      let code = this.numbers.get(word);
      if (code === undefined) {
        code = this.vocabulary.length;
        this.numbers.set(word, code);
        this.vocabulary.push(word);
        this.isSingle.push(false);
      }
      if (at < words.length) this.isSingle[code] = true;
      return code;
    });
  }
}

/** Words, and two and three of them written together. */
export function spellings(words: readonly Word[]): Word[] {
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

export function indexOf(pack: Pack): Index {
  let index = indices.get(pack);
  if (!index) {
    index = new Index(pack);
    indices.set(pack, index);
  }
  return index;
}
