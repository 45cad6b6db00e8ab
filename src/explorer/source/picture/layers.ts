// The layout from left to right, as links run: a layer for each step.

import { CARD_GAP as LANE_CARD_GAP, boundsOf, gapsOf, type Layout, type PlacedCard, type Stack } from "./layout";
import type { Card, Group } from "./cards";

const CARD_GAP = LANE_CARD_GAP + 8; // with room for the name of the system
const LAYER_GAP = 76;
const FOLD_GAP = 40; // between the stacks of one layer
const MAX_STACK = 16; // cards of one stack, on average, before a layer is folded
const MAX_LAYERS = 12; // if no distances are given
const SWEEPS = 6;

/** Which cards are linked: positions among cards, as links run. */
export interface CardPairs {
  from: number[];
  to: number[];
}

interface Placed {
  card: Card;
  system: number;
  width: number;
}

/**
 * Place cards in layers.
 *
 * @param distance steps of each card from the focus, negative upstream; without it, a card stands to
 *   the right of all cards that lead to it, apart from links that close a cycle.
 */
export function layersLayout(
  groups: readonly Group[],
  pairs: CardPairs,
  distance: ((card: number) => number | undefined) | null,
  widthOf: (card: Card) => number,
): Layout {
  const all: Placed[] = groups.flatMap((group) =>
    group.cards.map((card) => ({ card, system: group.system, width: widthOf(card) })),
  );
  const layer = distance
    ? all.map((_, index) => distance(index) ?? 0)
    : gatherLayers(longestWays(all.length, pairs));
  const levels = [...new Set(layer)].sort((a, b) => a - b);
  const members = levels.map((level) => [...all.keys()].filter((card) => layer[card] === level));
  orderLayers(members, pairs, all.length);
  const cards: PlacedCard[] = [];
  const stacks: Stack[] = [];
  let x = 0;
  for (const layerCards of members) {
    const nStacks = Math.max(1, Math.round(layerCards.length / MAX_STACK));
    const size = Math.ceil(layerCards.length / nStacks);
    for (let begin = 0; begin < layerCards.length; begin += size) {
      const stack = layerCards.slice(begin, begin + size);
      const width = Math.max(...stack.map((index) => all[index].width));
      const total = stack.reduce((sum, index) => sum + all[index].card.height + CARD_GAP, -CARD_GAP);
      let y = -total / 2;
      const placed = stack.map((index) => {
        const { card, system } = all[index];
        const at = { card, system, stack: stacks.length, x, y, width, height: card.height };
        y += card.height + CARD_GAP;
        return at;
      });
      cards.push(...placed);
      stacks.push({ left: x, right: x + width, row: 0, gaps: gapsOf(placed, 0) });
      x += width + (begin + size < layerCards.length ? FOLD_GAP : LAYER_GAP);
    }
  }
  const bounds = boundsOf(cards);
  const rows = [{ top: bounds.y, bottom: bounds.y + bounds.height }];
  return { kind: "layers", cards, regions: [], stacks, rows, bounds };
}

/**
 * Merge neighbouring layers if there are too many: in a dense graph the longest way passes nearly
 * every card, and each would have a layer of its own.
 */
function gatherLayers(layer: number[]): number[] {
  // As many as give the whole about the shape of a window.
  const most = Math.max(3, Math.min(MAX_LAYERS, Math.ceil(Math.sqrt(layer.length * 0.35))));
  if (new Set(layer).size <= most) return layer;
  const order = [...layer.keys()].sort((a, b) => layer[a] - layer[b] || a - b);
  const result = new Array<number>(layer.length);
  order.forEach((card, place) => {
    result[card] = Math.floor((place * most) / layer.length);
  });
  return result;
}

/** Compute the length of the longest way to each card, without links that close a cycle. */
function longestWays(n: number, pairs: CardPairs): number[] {
  const next: number[][] = Array.from({ length: n }, () => []);
  pairs.from.forEach((from, index) => next[from].push(pairs.to[index]));
  const state = new Uint8Array(n); // 0 new, 1 on the way, 2 done
  const forward: number[][] = Array.from({ length: n }, () => []);
  const done: number[] = [];
  for (let start = 0; start < n; start += 1) {
    if (state[start]) continue;
    const stack: [card: number, at: number][] = [[start, 0]];
    state[start] = 1;
    while (stack.length) {
      const top = stack[stack.length - 1];
      const to = next[top[0]][top[1]];
      if (to === undefined) {
        state[top[0]] = 2;
        done.push(top[0]);
        stack.pop();
        continue;
      }
      top[1] += 1;
      if (state[to] === 1) continue; // it closes a cycle
      forward[top[0]].push(to);
      if (!state[to]) {
        state[to] = 1;
        stack.push([to, 0]);
      }
    }
  }
  const layer = new Array<number>(n).fill(0);
  for (const card of done.reverse()) {
    for (const to of forward[card]) layer[to] = Math.max(layer[to], layer[card] + 1);
  }
  return layer;
}

/** Order the cards of each layer by where the cards stand that they are linked to. */
function orderLayers(members: number[][], pairs: CardPairs, n: number): void {
  const near: number[][] = Array.from({ length: n }, () => []);
  pairs.from.forEach((from, index) => {
    near[from].push(pairs.to[index]);
    near[pairs.to[index]].push(from);
  });
  const place = new Float64Array(n);
  const set = (layer: number[]) =>
    layer.forEach((card, index) => {
      place[card] = index - (layer.length - 1) / 2;
    });
  members.forEach(set);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const layers = sweep % 2 ? [...members].reverse() : members;
    for (const layer of layers) {
      const inside = new Set(layer);
      const wanted = new Map(
        layer.map((card) => {
          const others = near[card].filter((other) => !inside.has(other));
          const mean = others.reduce((sum, other) => sum + place[other], 0) / others.length;
          return [card, others.length ? mean : place[card]] as const;
        }),
      );
      layer.sort((a, b) => (wanted.get(a) as number) - (wanted.get(b) as number) || a - b);
      set(layer);
    }
  }
}
