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

/** Return two letters for each name, by the order of names. */
export function badgesOf(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const choices = choicesOf(visible(name));
    const badge = choices.find((choice) => !taken.has(choice.toLowerCase())) ?? choices[0];
    taken.add(badge.toLowerCase());
    return badge;
  });
}

/** Pairs of letters, the best first: the first two of one word, then the first with any later one. */
function choicesOf(name: string): string[] {
  const letters = [...name.replace(/[^\p{L}\p{N}]/gu, "")];
  if (!letters.length) return ["?"];
  const [first, ...others] = letters;
  const initials = name.split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u).filter(Boolean).slice(1).map((word) => [...word][0]);
  const digits = letters.slice(-2).join("");
  const seconds = [others[0], ...initials, ...others].filter(Boolean).map((letter) => letter.toLowerCase());
  const pairs = seconds.map((letter) => first.toUpperCase() + letter);
  if (/^\p{N}{2}$/u.test(digits)) pairs.unshift(digits);
  return pairs.length ? pairs : [first.toUpperCase()];
}
