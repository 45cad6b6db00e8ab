// The organisation at its highest level: a card for each system on a ring, or a matrix of systems.

import { boundsOf, type Box, type Layout, type PlacedCard, type Region } from "./layout";
import type { Group } from "./cards";

export const SYSTEM_HEIGHT = 54;
export const CELL = 44;
const MATRIX_ROOM = 170; // to the left of the cells and above them, for names
const LARGE_MATRIX = 24; // systems from which a matrix is seen from afar, and names are larger
const RING_FROM = 0.6; // scale below which a ring leaves too much of the window empty

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
  const bounds = boundsOf(cards);
  if (Math.min(width / bounds.width, height / bounds.height) < RING_FROM) placeInRows(cards, width, height);
  return { kind: "systems", cards, regions: [], stacks: [], rows: [], bounds: boundsOf(cards) };
}

/** Place cards in rows, every second one to the side, so that lines between them pass beside others. */
function placeInRows(cards: PlacedCard[], width: number, height: number): void {
  const across = Math.max(...cards.map((card) => card.width)) + 60;
  const down = SYSTEM_HEIGHT + 56;
  let best = 0;
  let nColumns = 1;
  for (let columns = 1; columns <= cards.length; columns += 1) {
    const rows = Math.ceil(cards.length / columns);
    const scale = Math.min(width / ((columns + 0.5) * across), height / (rows * down));
    if (scale > best) [best, nColumns] = [scale, columns];
  }
  cards.forEach((card, index) => {
    const row = Math.floor(index / nColumns);
    // Back and forth, so that neighbours in the order stay neighbours.
    const column = row % 2 ? nColumns - 1 - (index % nColumns) : index % nColumns;
    card.x = (column + (row % 2) / 2) * across;
    card.y = row * down;
  });
}

/** Place systems along both sides of a matrix; its cells are links from the row to the column. */
export function matrixLayout(groups: readonly Group[]): Layout {
  const n = groups.length;
  const room = n > LARGE_MATRIX ? 2 * MATRIX_ROOM : MATRIX_ROOM;
  const cards: PlacedCard[] = groups.map((group, index) => ({
    card: { node: group.system, open: false, rows: [], more: 0, stub: 0, height: CELL },
    system: group.system,
    stack: -1,
    x: -room,
    y: index * CELL,
    width: room,
    height: CELL,
  }));
  const regions: Region[] = [];
  const bounds: Box = {
    x: -room,
    y: -room,
    width: n * CELL + room,
    height: n * CELL + room,
  };
  return { kind: "matrix", cards, regions, stacks: [], rows: [], bounds };
}
