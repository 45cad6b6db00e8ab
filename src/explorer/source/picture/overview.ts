// The organisation at its highest level: a card for each system on a ring, or a matrix of systems.

import { boundsOf, type Box, type Layout, type PlacedCard, type Region } from "./layout";
import type { Group } from "./cards";

export const SYSTEM_HEIGHT = 54;
export const CELL = 44;
const MATRIX_ROOM = 170; // to the left of the cells and above them, for names

/** Place systems on an ellipse, in the order of lanes. */
export function systemsLayout(groups: readonly Group[], width: number, height: number): Layout {
  const n = groups.length;
  const widths = groups.map((group) => Math.max(150, group.width));
  const around = widths.reduce((sum, value) => sum + value + 60, 0);
  const ratio = Math.min(2.2, Math.max(0.6, width / height));
  // Neighbours at the sides of the ring stand above each other and need room as well.
  const b = n < 2 ? 0 : Math.max((n * (SYSTEM_HEIGHT + 46)) / 3.6, around / (Math.PI * (1 + ratio)));
  const a = b * ratio;
  const cards: PlacedCard[] = groups.map((group, index) => {
    const angle = (2 * Math.PI * index) / Math.max(n, 1) - Math.PI / 2;
    return {
      card: { node: group.system, open: false, rows: [], more: 0, stub: 0, height: SYSTEM_HEIGHT },
      system: group.system,
      stack: -1,
      x: a * Math.cos(angle) - widths[index] / 2,
      y: b * Math.sin(angle) - SYSTEM_HEIGHT / 2,
      width: widths[index],
      height: SYSTEM_HEIGHT,
    };
  });
  return { kind: "systems", cards, regions: [], stacks: [], rows: [], bounds: boundsOf(cards) };
}

/** Place systems along both sides of a matrix; its cells are links from the row to the column. */
export function matrixLayout(groups: readonly Group[]): Layout {
  const n = groups.length;
  const cards: PlacedCard[] = groups.map((group, index) => ({
    card: { node: group.system, open: false, rows: [], more: 0, stub: 0, height: CELL },
    system: group.system,
    stack: -1,
    x: -MATRIX_ROOM,
    y: index * CELL,
    width: MATRIX_ROOM,
    height: CELL,
  }));
  const regions: Region[] = [];
  const bounds: Box = {
    x: -MATRIX_ROOM,
    y: -MATRIX_ROOM,
    width: n * CELL + MATRIX_ROOM,
    height: n * CELL + MATRIX_ROOM,
  };
  return { kind: "matrix", cards, regions, stacks: [], rows: [], bounds };
}
