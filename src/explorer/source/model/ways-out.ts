// Ways out of a contradiction: what may be decided so that a rejected link is not in a concept any more.

import { APPROVED, REJECTED } from "../generated";
import { conceptEffect, type ConceptEffect } from "./concept-effect";
import { heldOf } from "./held-of";
import { Approved } from "./review/chains";
import type { View } from "./types";

export interface Way {
  readonly links: readonly number[];
  readonly status: number;
  /** Null where the method does not run in a page. */
  readonly effect: ConceptEffect | null;
}

export interface WaysOut {
  /** The shortest chain of APPROVED links that ties both ends, in its order; empty where none does. */
  readonly chain: readonly number[];
  /** Nodes along the chain, from the source of the rejected link to its target. */
  readonly nodes: readonly number[];
  /** The cheapest cut of all chains first, then approving the rejected link, then each other link of the chain. */
  readonly ways: readonly Way[];
}

export function waysOut(view: View, cluster: number, rejected: number): WaysOut {
  const { pack, status } = view;
  const approved = Approved.around(pack, status, heldOf(view).units().label, rejected);
  const chain = approved?.chain() ?? [];
  const cut = approved?.cut() ?? [];
  const way = (links: readonly number[], code: number): Way => ({
    links,
    status: code,
    effect: conceptEffect(view, cluster, links, code),
  });
  // Where other chains hold the two as well, or rejections do not bind, one link less changes nothing.
  const isWayOut = ({ effect, links }: Way): boolean =>
    effect ? effect.found.resolved.includes(rejected) : links === cut || cut.length === 1;
  const cutting = cut.length ? [way(cut, REJECTED)] : [];
  const others = chain
    .filter((link) => cut.length !== 1 || cut[0] !== link)
    .map((link) => way([link], REJECTED));
  const ways = [...cutting.filter(isWayOut), way([rejected], APPROVED), ...others.filter(isWayOut)];
  const nodes = [pack.source[rejected]];
  for (const link of chain) {
    const [x, y] = [pack.source[link], pack.target[link]];
    nodes.push(x === nodes.at(-1) ? y : x);
  }
  return { chain, nodes, ways };
}
