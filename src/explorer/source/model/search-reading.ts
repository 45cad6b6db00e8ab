// What is asked of the search: words, and how well each word that there is is one of them.

import { systemsCalled } from "./badges";
import { isOneTypo, wordsOf } from "./folding";
import type { Pack } from "./pack";
import { spellings, type Index } from "./search-index";

/** Part of a text, from one character to before another. */
export type Range = readonly [begin: number, end: number];

/** More words than these are not looked for. */
export const MAX_WORDS = 12;
/** Fewest letters of a word that may have a typo. */
const MIN_TYPO = 4;
/** Fewest letters that are looked for inside of words. */
const MIN_INSIDE = 3;
export const EXACT = 4;
const BEGINS = 3;
export const INSIDE = 2;
export const TYPO = 1;

/** How well a word of a text is what was asked for: 0 if it is not. */
function quality(asked: string, word: string, withTypo: boolean, isSingle: boolean): number {
  if (word === asked) return EXACT;
  if (word.startsWith(asked)) return BEGINS;
  if (isSingle && asked.length >= MIN_INSIDE && word.includes(asked)) return INSIDE;
  if (!withTypo || asked.length < MIN_TYPO || word.length + 1 < asked.length) return 0;
  return isOneTypo(asked, word) || isOneTypo(asked, word.slice(0, asked.length)) ? TYPO : 0;
}

/** Whether one typo can be all that differs, by the first three letters: where they do, it is there. */
function mayBeTypo(asked: string, word: string): boolean {
  const [a, b, c] = [asked.charCodeAt(0), asked.charCodeAt(1), asked.charCodeAt(2)];
  const [x, y] = [word.charCodeAt(0), word.charCodeAt(1)];
  if (x !== a) return y === b || y === a || x === b;
  if (y === b) return true;
  const z = word.charCodeAt(2);
  return z === c || z === b || y === c;
}

/** What is asked: alternatives, each of which is a list of words that must all be there. */
export function readings(pack: Pack, query: string): string[][] {
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
export class Reading {
  /** Whether each word that is asked for is there at all. */
  readonly isThere: boolean;
  /** Words that are asked for and not there. */
  readonly absent: readonly string[];
  /** By code, then by what is asked. */
  readonly qualities: Uint8Array;
  /** Which of them a word is: a bit for each. */
  readonly which: Uint16Array;

  constructor(
    readonly asked: readonly string[],
    readonly withTypo: boolean,
    index: Index,
  ) {
    const { vocabulary } = index;
    const n = asked.length;
    this.qualities = new Uint8Array(vocabulary.length * n);
    this.which = new Uint16Array(vocabulary.length);
    this.absent = asked.filter((one, at) => {
      const isNear = withTypo && this.withTypos(one, at, index);
      const isInside = this.insideOf(one, at, index);
      const { sorted } = index;
      const [begin, end] = index.beginningWith(one);
      for (let place = begin; place < end; place += 1) {
        const code = sorted[place];
        this.qualities[code * n + at] = vocabulary[code].length === one.length ? EXACT : BEGINS;
        this.which[code] |= 1 << at;
      }
      return !(isNear || isInside || end > begin);
    });
    this.isThere = this.absent.length === 0;
  }

  /** Note the words that hold what is asked; returns whether there are any. */
  private insideOf(asked: string, at: number, { vocabulary, isSingle }: Index): boolean {
    if (asked.length < MIN_INSIDE) return false;
    const n = this.asked.length;
    let isFound = false;
    for (let code = 0; code < vocabulary.length; code += 1) {
      if (!isSingle[code] || !vocabulary[code].includes(asked)) continue;
      this.qualities[code * n + at] = INSIDE;
      this.which[code] |= 1 << at;
      isFound = true;
    }
    return isFound;
  }

  /** Note the words that are one typo away, or begin so; returns whether there are any. */
  private withTypos(asked: string, at: number, { vocabulary }: Index): boolean {
    if (asked.length < MIN_TYPO) return false;
    const n = this.asked.length;
    let isFound = false;
    for (let code = 0; code < vocabulary.length; code += 1) {
      const word = vocabulary[code];
      if (word.length + 1 < asked.length || !mayBeTypo(asked, word)) continue;
      if (!isOneTypo(asked, word) && !isOneTypo(asked, word.slice(0, asked.length))) continue;
      this.qualities[code * n + at] = TYPO;
      this.which[code] |= 1 << at;
      isFound = true;
    }
    return isFound;
  }

  /** How well some words are what is asked; 0 if too few of those that are asked for are among them. */
  scoreOf(codes: readonly number[], least = this.asked.length): number {
    const n = this.asked.length;
    const { qualities } = this;
    let sum = 0;
    let has = 0;
    for (let at = 0; at < n; at += 1) {
      let best = 0;
      for (const code of codes) if (qualities[code * n + at] > best) best = qualities[code * n + at];
      if (best > 0) has += 1;
      else if (n - at - 1 + has < least) return 0;
      sum += best;
    }
    return has >= least ? sum / n : 0;
  }
}

/** Parts of a text that match what is asked; words written together only for what no single word has. */
export function rangesIn(text: string, reading: Reading): Range[] {
  return matchesIn(text, reading).ranges;
}

/** The same by the reading of which most is there; of several that with the fewest words. */
export function bestRanges(text: string, readings: readonly Reading[]): Range[] {
  let best: { ranges: Range[]; share: number; n: number } = { ranges: [], share: 0, n: 0 };
  for (const reading of readings) {
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
      if (quality(asked, word, reading.withTypo, isSingle) === 0 || (isMarked.has(at) && !isSingle)) return;
      isMarked.add(at);
      // Of a longer word the part that was asked for.
      const part = text.slice(begin, end).toLowerCase().indexOf(asked);
      found.push(part < 0 ? [begin, end] : [begin + part, begin + part + asked.length]);
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
