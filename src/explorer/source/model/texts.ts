// Texts as they are compared: paths in lower case, and ranks, since numbers are quicker to compare.

import { compareText, type Pack } from "./pack";

const lower = new WeakMap<Pack, string[]>();
const ranked = new WeakMap<Pack, Int32Array>();

/** Rank texts; equal texts have equal ranks. */
export function ranksOf(texts: readonly string[]): number[] {
  const order = [...new Set(texts)].sort(compareText);
  const ranks = new Map(order.map((text, rank) => [text, rank]));
  return texts.map((text) => ranks.get(text) as number);
}

/** Paths in lower case, as a filter compares them. */
export function lowerPaths(pack: Pack): string[] {
  let paths = lower.get(pack);
  if (!paths) {
    paths = Array.from({ length: pack.nNodes }, (_, node) => pack.path(node).toLowerCase());
    lower.set(pack, paths);
  }
  return paths;
}

/** Rank nodes by path. */
export function pathRanks(pack: Pack): Int32Array {
  let ranks = ranked.get(pack);
  if (!ranks) {
    const paths = lowerPaths(pack);
    const order = Array.from(paths.keys()).sort((a, b) => compareText(paths[a], paths[b]) || a - b);
    ranks = new Int32Array(pack.nNodes);
    order.forEach((node, rank) => {
      (ranks as Int32Array)[node] = rank;
    });
    ranked.set(pack, ranks);
  }
  return ranks;
}
