// What the picture reports to the page.

export interface PictureEvents {
  /** A node was clicked; with shift, the reader asks for a path to it. */
  onNode(node: number, shift: boolean): void;
  /** A node was double-clicked: the reader asks for its lineage. */
  onNodeTwice(node: number): void;
  /** A line was clicked: all drawn links from one node to another. */
  onLine(source: number, target: number, links: readonly number[]): void;
  onBackground(): void;
  /** A table is to be opened into its columns, or closed. */
  onToggle(table: number): void;
  /** What the pointer is over, and where in the window; null when over nothing. */
  onHover(at: Hover | null): void;
  /** How much is drawn, whenever that changes. */
  onDrawn(drawn: Drawn): void;
  /** A layout that was computed in the background is shown now. */
  onLate(): void;
}

export type Hover = { x: number; y: number } & (
  | { node: number }
  | { source: number; target: number; links: readonly number[] }
);

export interface Drawn {
  nodes: number;
  lines: number;
  /** Lines that there would be without a budget. */
  ofLines: number;
  links: number;
}
