// Which fields others depend on, and how many depend on each directly.

import type { Unfocused } from "./paths";

export interface Depended {
  readonly node: number;
  /** Number of nodes that a link leads to from it. */
  readonly n: number;
}

/** The nodes, those that most depend on first; links count as they pass the filters and have a weight. */
export function byDependents({ pack, passes, weight }: Unfocused, nodes: readonly number[]): Depended[] {
  const found = nodes.map((node): Depended => {
    const reached = new Set<number>();
    for (const link of pack.linksOf(node)) {
      if (pack.source[link] === node && pack.target[link] !== node && passes[link] && weight[link] > 0) reached.add(pack.target[link]);
    }
    return { node, n: reached.size };
  });
  return found.sort((x, y) => y.n - x.n || x.node - y.node);
}
