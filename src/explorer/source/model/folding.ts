// Words of names, as a search compares them: in lower case and in the singular, without accents.

/** A word, and where it stands in the text. */
export interface Word {
  readonly word: string;
  readonly begin: number;
  readonly end: number;
}

// Humps of a name, runs of capitals, digits, and letters of alphabets without cases.
const WORDS = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|\p{N}+|[\p{L}\p{M}]+/gu;

/** The ending of an English possessive: "customer's" is about a customer. */
const POSSESSIVE = /(?<=\p{L})['\u2019]s(?![\p{L}\p{N}_])/giu;

/** Put spaces for the endings of possessives, so that all else stays where it is. */
export const withoutPossessives = (text: string): string => (/['\u2019]/.test(text) ? text.replace(POSSESSIVE, "  ") : text);

/** Split a text at spaces, marks, digits, humps and endings of possessives. */
export function wordsOf(text: string): Word[] {
  return Array.from(withoutPossessives(text).matchAll(WORDS), ({ 0: found, index }) => ({
    word: folded(found),
    begin: index,
    end: index + found.length,
  }));
}

export function folded(word: string): string {
  return singular(word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase());
}

/** Take the ending of an English plural off a word, as Python does with names. */
function singular(word: string): string {
  if (word.length < 4) return word === "ids" ? "id" : word;
  if (!word.endsWith("s") || /(?:ss|us|is|ias|gas)$/.test(word)) return word;
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  return word.slice(0, /(?:sses|xes|ches|shes|zzes|tuses)$/.test(word) ? -2 : -1);
}

/** Whether one letter added, left out, replaced, or swapped with the next makes a word of the other. */
export function isOneTypo(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (at === short.length) return false;
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
}
