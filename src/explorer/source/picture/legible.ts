// What can be read at a scale, and what stands for things that are too small to be named.
//
// Nothing is drawn without its name: text is never smaller than ten pixels, and where that has no room,
// a table stands for its columns, and a system for its tables.

import type { Layout } from "./layout";

/** Size on the screen, in pixels, below which no text is painted. */
export const MIN_TEXT = 10;
/** Scale from which every card has room for its name. */
export const CARDS_FROM = 0.36;
/** Scale from which every row of a card has room for its name. */
export const ROWS_FROM = 0.5;

const MATRIX_FROM = 0.3;
const MIN_NAME = 40; // pixels along which a name can be read
const MIN_LINE = 13; // pixels across

/** The size of text in units of the picture: its own, or larger so that it can be read. */
export const sizeAt = (scale: number, own: number): number => Math.max(own, MIN_TEXT / scale);

/** Whether lanes stand for their cards. */
export const showsLanesOnly = (layout: Layout, scale: number): boolean =>
  layout.kind === "lanes" && scale < CARDS_FROM;

/** The scale below which something would have no name: nobody needs to go farther. */
export function leastScale(layout: Layout): number {
  if (layout.kind === "matrix") return MATRIX_FROM;
  if (layout.kind !== "lanes") return CARDS_FROM;
  const needed = layout.regions.map(({ width, height }) =>
    Math.min(
      Math.max(MIN_NAME / width, MIN_LINE / height),
      Math.max(MIN_NAME / height, MIN_LINE / width),
    ),
  );
  return Math.min(CARDS_FROM, Math.max(0, ...needed));
}
