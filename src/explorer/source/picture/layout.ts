// Layouts: where each card stands. The places of rows follow from that of their card.

import type { Card, Group } from "./cards";
import { HEAD, ROW } from "./cards";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A card at its place. */
export interface PlacedCard extends Box {
  card: Card;
  system: number;
  /** Its stack, -1 if cards stand freely. */
  stack: number;
}

/** Cards above each other, with gaps through which lines can pass. */
export interface Stack {
  left: number;
  right: number;
  /** Row of lanes that it is part of. */
  row: number;
  /** Heights at which lines can pass it, increasing. */
  gaps: number[];
}

/** The area of a system, drawn behind its cards. */
export interface Region extends Box {
  system: number;
  nTables: number;
}

export interface Layout {
  kind: "lanes" | "layers" | "free" | "systems" | "matrix";
  cards: PlacedCard[];
  regions: Region[];
  stacks: Stack[];
  /** Top and bottom of each row of lanes. */
  rows: { top: number; bottom: number }[];
  bounds: Box;
}

export const STACK_GAP = 46; // between the stacks of one lane, for lines to pass
export const CARD_GAP = 12;
export const AISLE = 72; // between lanes
export const LANE_HEAD = 46; // from the top of a lane to its first card
const PADDING = 14;
const HEIGHTS_TRIED = 24; // heights of stacks, from that of the tallest card to that of the fullest lane
const MAX_ROWS = 3; // of lanes

export function rowTop(card: PlacedCard, row: number): number {
  return card.y + HEAD + row * ROW;
}

export function boundsOf(boxes: readonly Box[]): Box {
  if (!boxes.length) return { x: 0, y: 0, width: 1, height: 1 };
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width, height } of boxes) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The heights at which lines can pass a stack of cards. */
export function gapsOf(cards: readonly PlacedCard[], top: number): number[] {
  if (!cards.length) return [top];
  const sorted = [...cards].sort((a, b) => a.y - b.y);
  const gaps = [sorted[0].y - CARD_GAP / 2];
  for (let index = 1; index < sorted.length; index += 1) {
    const above = sorted[index - 1];
    gaps.push((above.y + above.height + sorted[index].y) / 2);
  }
  const last = sorted[sorted.length - 1];
  gaps.push(last.y + last.height + CARD_GAP);
  return gaps;
}

interface Lane {
  group: Group;
  stacks: Card[][];
}

/** Break cards into about equally tall stacks, none taller than a limit. */
function breakIntoStacks(cards: readonly Card[], limit: number): Card[][] {
  const stacks = fillStacks(cards, limit);
  if (stacks.length < 2) return stacks;
  const total = stackHeight(cards);
  for (let even = total / stacks.length; even < limit; even *= 1.06) {
    const tried = fillStacks(cards, even);
    if (tried.length <= stacks.length) return tried;
  }
  return stacks;
}

function fillStacks(cards: readonly Card[], limit: number): Card[][] {
  const stacks: Card[][] = [[]];
  let at = 0;
  for (const card of cards) {
    const height = card.height + CARD_GAP;
    if (at && at + height > limit) {
      stacks.push([]);
      at = 0;
    }
    stacks[stacks.length - 1].push(card);
    at += height;
  }
  return stacks;
}

const breadth = (lane: Lane) =>
  lane.stacks.length * (lane.group.width + STACK_GAP) - STACK_GAP + 2 * PADDING;

const stackHeight = (cards: readonly Card[]) =>
  cards.reduce((sum, card) => sum + card.height + CARD_GAP, 0);

const depth = (lanes: readonly Lane[]) =>
  LANE_HEAD + Math.max(0, ...lanes.flatMap((lane) => lane.stacks.map(stackHeight))) + 4;

/**
 * How lanes are broken into rows and stacks, as the number of cards in each stack. It is kept when a
 * card is opened, so that the others stay where they are.
 */
export interface Arrangement {
  rows: { system: number; counts: number[] }[][];
}

/** Arrange lanes so that the whole is as large as possible in a window of this shape. */
export function arrange(groups: readonly Group[], width: number, height: number): Arrangement {
  let best = Infinity;
  let chosen: Lane[][] = [];
  const tallest = Math.max(1, ...groups.flatMap((g) => g.cards.map((c) => c.height))) + CARD_GAP;
  const fullest = Math.max(tallest, ...groups.map((group) => stackHeight(group.cards)));
  for (let step = 0; step < HEIGHTS_TRIED; step += 1) {
    const limit = tallest * (fullest / tallest) ** (step / (HEIGHTS_TRIED - 1)) + 1e-6;
    const lanes = groups.map((group) => ({ group, stacks: breakIntoStacks(group.cards, limit) }));
    const breadths = lanes.map((lane) => breadth(lane) + AISLE);
    const total = breadths.reduce((sum, value) => sum + value, 0);
    for (let nRows = 1; nRows <= Math.min(MAX_ROWS, lanes.length); nRows += 1) {
      // Lanes go to the row in which their middle falls when all rows are equally long.
      const rows: Lane[][] = Array.from({ length: nRows }, () => []);
      let at = 0;
      lanes.forEach((lane, index) => {
        const middle = at + breadths[index] / 2;
        rows[Math.min(nRows - 1, Math.floor((middle * nRows) / total))].push(lane);
        at += breadths[index];
      });
      const inUse = rows.filter((row) => row.length);
      const across = Math.max(
        ...inUse.map((row) => row.reduce((sum, lane) => sum + breadth(lane) + AISLE, -AISLE)),
      );
      const down = inUse.reduce((sum, row) => sum + depth(row) + AISLE, -AISLE);
      const shrink = Math.max(across / width, down / height);
      // Several rows make long lines: they must be worth it.
      const cost = shrink * (1 + 0.3 * (inUse.length - 1));
      if (cost < best) [best, chosen] = [cost, inUse];
    }
  }
  return {
    rows: chosen.map((row) =>
      row.map((lane) => ({
        system: lane.group.system,
        counts: lane.stacks.map((cards) => cards.length),
      })),
    ),
  };
}

/** Place cards in lanes, a lane for each system. */
export function lanesLayout(groups: readonly Group[], arrangement: Arrangement): Layout {
  const bySystem = new Map(groups.map((group) => [group.system, group]));
  const cards: PlacedCard[] = [];
  const regions: Region[] = [];
  const stacks: Stack[] = [];
  const rows: { top: number; bottom: number }[] = [];
  let top = 0;
  for (const row of arrangement.rows) {
    let left = 0;
    const lanes: Lane[] = row.map(({ system, counts }) => {
      const group = bySystem.get(system) as Group;
      let begin = 0;
      const parts = counts.map((count) => group.cards.slice(begin, (begin += count)));
      return { group, stacks: parts };
    });
    const bottom = top + depth(lanes);
    for (const lane of lanes) {
      const { group } = lane;
      const right = left + breadth(lane);
      lane.stacks.forEach((stack, index) => {
        const x = left + PADDING + index * (group.width + STACK_GAP);
        let y = top + LANE_HEAD;
        const placed = stack.map((card) => {
          const at = { card, system: group.system, stack: stacks.length, x, y, width: group.width, height: card.height };
          y += card.height + CARD_GAP;
          return at;
        });
        cards.push(...placed);
        stacks.push({ left: x, right: x + group.width, row: rows.length, gaps: gapsOf(placed, top + LANE_HEAD) });
      });
      const nTables = group.cards.reduce((sum, card) => sum + (card.stub || 1), 0);
      regions.push({ system: group.system, nTables, x: left, y: top, width: right - left, height: bottom - top });
      left = right + AISLE;
    }
    rows.push({ top, bottom });
    top = bottom + AISLE;
  }
  return { kind: "lanes", cards, regions, stacks, rows, bounds: boundsOf(regions) };
}
