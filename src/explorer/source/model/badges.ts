// Two letters for each system, no two alike where that can be: what tells systems apart without colours.

import { visible, type Pack } from "./pack";

const known = new WeakMap<Pack, readonly string[]>();

/** The letters of a system; "?" for an unknown one. */
export function badgeOf(pack: Pack, system: number): string {
  let badges = known.get(pack);
  if (!badges) {
    badges = badgesOf(pack.name.slice(0, pack.first[1]));
    known.set(pack, badges);
  }
  return badges[system] ?? "?";
}

/** Systems that two letters stand for: that with this badge, else those with both letters in their order. */
export function systemsCalled(pack: Pack, letters: string): number[] {
  const [first, second, ...more] = letters.toLowerCase();
  if (!second || more.length) return [];
  const systems = Array.from({ length: pack.first[1] }, (_, system) => system);
  const own = systems.filter((system) => badgeOf(pack, system).toLowerCase() === first + second);
  if (own.length) return own;
  return systems.filter((system) => {
    const name = pack.name[system].toLowerCase();
    return name.startsWith(first) && name.includes(second, first.length);
  });
}

/** Return two letters for each name, by the order of names. */
export function badgesOf(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const stems = new Map<string, number>();
  for (const name of names) stems.set(stemOf(name), (stems.get(stemOf(name)) ?? 0) + 1);
  return names.map((name) => {
    const isNumbered = (stems.get(stemOf(name)) ?? 0) > 1;
    const choices = choicesOf(visible(name), isNumbered);
    const isFree = (choice: string): boolean => !taken.has(choice.toLowerCase());
    const badge = choices.find(isFree) ?? spare(choices[0], isFree);
    taken.add(badge.toLowerCase());
    return badge;
  });
}

/** A name without the number at its end. */
const stemOf = (name: string): string => name.replace(/\p{N}+$/u, "");

/** Pairs of letters, the best first: the first two of one word, then the first with any later one. */
function choicesOf(name: string, isNumbered: boolean): string[] {
  const letters = [...name.replace(/[^\p{L}\p{N}]/gu, "")];
  if (!letters.length) return ["?"];
  const [first, ...others] = letters;
  const initials = name.split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u).filter(Boolean).slice(1).map((word) => [...word][0]);
  const seconds = [others[0], ...initials, ...others].filter(Boolean).map((letter) => letter.toLowerCase());
  const pairs = seconds.map((letter) => first.toUpperCase() + letter);
  // Names that differ in their number alone are told apart by it.
  const number = isNumbered ? (/\p{N}{1,2}$/u.exec(name)?.[0] ?? "") : "";
  if (number) pairs.unshift([...number].length > 1 ? number : first.toUpperCase() + number);
  return pairs.length ? pairs : [first.toUpperCase()];
}

const SPARE = [..."0123456789abcdefghijklmnopqrstuvwxyz"];

/** Any other pair of letters: those that begin alike first; the best again if there is none. */
function spare(best: string, isFree: (choice: string) => boolean): string {
  for (const begin of [[...best][0], ...SPARE]) {
    for (const end of SPARE) if (isFree(begin + end)) return begin.toUpperCase() + end;
  }
  return best;
}
