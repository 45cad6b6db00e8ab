// Where the cards of a lineage stand, and how its lines run.

import type { Lineage } from "../model/lineage";
import type { CardLine, LineageCards } from "../model/lineage-cards";

export const CARD = { width: 232, height: 64, gap: 90 } as const;
const LEAST = { width: 168, gap: 64 } as const; // where no more room is
const BUNDLE_GAP = 128; // pixels between columns where lines run together, with their numbers
/** Height of the heads of columns. */
export const HEAD = 56;

const LEAST_PITCH = 76; // pixels from card to card
const MOST_PITCH = 122;
const MOST_GAP = 150;
const MARGIN = 24;
const OF_STUB = 80; // room for what is further, at either end
const FOOT = 24;
const PORT = 7; // pixels between lines at a card
const MOST_PORTS = 48; // pixels that all ports of a side take
const ARROW = 8;
/** A button for what is further: its width, and how far it is from its card. */
export const STUB = { width: 36, gap: 14, height: 28 } as const;

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Curve extends CardLine {
  readonly key: string;
  readonly path: string;
  readonly arrow: string;
  /** A place on it, from 0 at its begin to 1. */
  along(part: number): Point;
  /** Place of its tick or number, if it has one. */
  readonly middle: Point | null;
}

/** Lines of a gap that run together: from each card on its left to each on its right. */
export interface Bundle {
  readonly step: number;
  readonly path: string;
  readonly arrows: string;
  /** How many links of the gap each card has that is farther from the start. */
  readonly totals: readonly (Point & { readonly card: number; readonly links: number; readonly isApproved: boolean })[];
}

export interface Arranged {
  readonly width: number;
  /** Width of a card. */
  readonly card: number;
  readonly gap: number;
  readonly bundles: readonly Bundle[];
  readonly height: number;
  /** Place of each card. */
  readonly at: readonly Point[];
  readonly start: Point;
  /** Left edge of a step's column. */
  left(step: number): number;
  readonly curves: readonly Curve[];
  /** Where it stands over what is further. */
  readonly furtherAt: readonly number[];
  /** Side on which something lies behind the start and is not open: -1 left, 1 right, 0 for nothing. */
  readonly behind: -1 | 0 | 1;
}

export function arranged(found: Lineage, drawing: LineageCards, size: { width: number; height: number }, lines: readonly CardLine[]): Arranged {
  const { columns, cards } = drawing;
  const behind = found.nBehind > 0 && !found.isBehindOpen ? (found.direction === "down" ? -1 : 1) : 0;
  const hasFurther = (sign: number): boolean => cards.some(({ step, further }) => sign * step > 0 && further.length > 0);
  const room = (sign: -1 | 1): number => (behind === sign || hasFurther(sign) ? MARGIN + OF_STUB : MARGIN);
  const n = columns.length;
  const { card, gap, margin } = fitted(size.width, n, room(-1), room(1), drawing.bundled.size > 0);
  const lefts = new Map(columns.map(({ step }, at) => [step, margin + at * (card + gap)]));
  const left = (step: number): number => lefts.get(step) ?? 0;
  const most = Math.max(1, ...columns.map((column) => column.cards.length));
  const pitch = Math.max(LEAST_PITCH, Math.min(MOST_PITCH, (size.height - HEAD - FOOT) / most));
  const height = Math.max(size.height, HEAD + most * pitch + FOOT);
  const middle = HEAD + (height - HEAD - FOOT) / 2;
  const at = new Array<Point>(cards.length);
  for (const column of columns) {
    const top = middle - (column.cards.length * pitch) / 2 + (pitch - CARD.height) / 2;
    column.cards.forEach((card, row) => {
      at[card] = { x: left(column.step), y: Math.round(top + row * pitch) };
    });
  }
  const ends = [columns[0]?.step ?? 0, columns[n - 1]?.step ?? 0];
  const furtherAt = [
    ...(hasFurther(-1) ? [left(ends[0]) - OF_STUB + 24] : []),
    ...(hasFurther(1) ? [left(ends[1]) + card + 6] : []),
  ];
  return {
    width: Math.max(size.width, margin + n * card + (n - 1) * gap + Math.max(margin, room(1))),
    height, at, left, furtherAt, behind, card, gap,
    bundles: bundlesOf(drawing, at, card, gap),
    start: at[cards.findIndex(({ step }) => step === 0)] ?? { x: 0, y: 0 },
    curves: withMiddles(curvesOf(lines, at, card), stubsOf(cards, at, card)),
  };
}

/**
 * Width of cards and of the gaps between them: all columns in sight if they are not too narrow then, else
 * as many whole ones as have room. `margin` is what is left of the first.
 */
function fitted(width: number, n: number, before: number, after: number, hasBundles: boolean): { card: number; gap: number; margin: number } {
  const gaps = hasBundles ? [BUNDLE_GAP, BUNDLE_GAP] : [CARD.gap, LEAST.gap];
  const of = (gap: number): number => Math.floor((width - before - after - (n - 1) * gap) / n);
  if (of(gaps[0]) >= CARD.width) {
    const free = (width - before - after - n * CARD.width) / Math.max(1, n - 1);
    return { card: CARD.width, gap: Math.max(gaps[0], Math.min(MOST_GAP, free)), margin: before };
  }
  const gap = gaps[1];
  if (of(gap) >= LEAST.width) return { card: Math.min(CARD.width, of(gap)), gap, margin: before };
  // Half a gap is left on either side, so that what is not in sight does not show its edge.
  const pitch = Math.floor(width / Math.max(1, Math.min(n, Math.floor(width / (LEAST.width + gap)))));
  const card = Math.max(LEAST.width, Math.min(CARD.width, pitch - gap));
  return { card, gap: Math.max(gap, pitch - card), margin: before };
}

const TOTAL = 44; // pixels from the side of a card to the middle of its number of links

/** Run the lines of crowded gaps along one trunk each. */
function bundlesOf({ bundled, cards, lines }: LineageCards, at: readonly Point[], width: number, gap: number): Bundle[] {
  return [...bundled].map((step): Bundle => {
    const own = lines.filter((line) => line.isForward && cards[line.from].step === step);
    const isBefore = step < 0; // the cards farther from the start are on its left
    const links = new Map<number, { links: number; isApproved: boolean }>();
    for (const line of own) {
      const outer = isBefore ? line.from : line.to;
      const known = links.get(outer) ?? { links: 0, isApproved: false };
      links.set(outer, { links: known.links + line.links.length, isApproved: known.isApproved || line.isApproved });
    }
    const middle = (card: number): number => at[card].y + CARD.height / 2;
    const [froms, tos] = [new Set(own.map(({ from }) => from)), new Set(own.map(({ to }) => to))];
    const begin = at[own[0].from].x + width;
    const end = begin + gap;
    const trunk = isBefore ? end - (gap - 2 * TOTAL + ARROW) / 2 - ARROW : begin + (gap - 2 * TOTAL + ARROW) / 2;
    const heights = [...froms, ...tos].map(middle);
    const [top, bottom] = [Math.min(...heights), Math.max(...heights)];
    const isTurned = own.some(({ isReversed }) => isReversed);
    return {
      step,
      path:
        `M${trunk} ${top}V${bottom}` +
        [...froms].map((card) => `M${begin} ${middle(card)}H${trunk}`).join("") +
        [...tos].map((card) => `M${trunk} ${middle(card)}H${end - (isTurned ? 0 : ARROW)}`).join(""),
      arrows: isTurned ? "" : [...tos].map((card) => `M${end} ${middle(card)}L${end - ARROW} ${middle(card) - 4}V${middle(card) + 4}Z`).join(""),
      totals: [...links].map(([card, told]) => ({ ...told, card, x: isBefore ? begin + TOTAL : end - TOTAL, y: middle(card) })),
    };
  });
}

/** Run each line from the side of a card to that of another; lines at one side keep apart. */
function curvesOf(lines: readonly CardLine[], at: readonly Point[], width: number): Curve[] {
  const sides = new Map<string, { line: CardLine; toward: number }[]>();
  const sideOf = ({ from, to }: CardLine, end: "from" | "to"): string => {
    const ahead = at[to].x - at[from].x;
    const isRight = ahead > 0 ? end === "from" : ahead === 0 || end === "to";
    return `${end === "from" ? from : to} ${isRight ? "right" : "left"}`;
  };
  for (const line of lines) {
    for (const end of ["from", "to"] as const) {
      const key = sideOf(line, end);
      const list = sides.get(key) ?? [];
      sides.set(key, list);
      list.push({ line, toward: at[end === "from" ? line.to : line.from].y });
    }
  }
  const port = new Map<string, number>();
  for (const [key, list] of sides) {
    list.sort((x, y) => x.toward - y.toward);
    const pitch = Math.min(PORT, MOST_PORTS / list.length);
    list.forEach(({ line }, place) => port.set(`${key} ${keyOf(line)}`, (place - (list.length - 1) / 2) * pitch));
  }
  return lines.map((line): Curve => {
    const [one, other] = (["from", "to"] as const).map((end): Point & { isRight: boolean } => {
      const key = sideOf(line, end);
      const card = at[line[end]];
      const isRight = key.endsWith("right");
      return { isRight, x: card.x + (isRight ? width : 0), y: card.y + CARD.height / 2 + (port.get(`${key} ${keyOf(line)}`) ?? 0) };
    });
    const [begin, end] = line.isReversed ? [other, one] : [one, other];
    const into = end.isRight ? 1 : -1;
    const tip = { x: end.x + into * ARROW, y: end.y };
    const reach = Math.max(36, Math.abs(tip.x - begin.x) / 2);
    const [near, far] = [begin.x + (begin.isRight ? reach : -reach), tip.x + into * reach];
    return {
      ...line,
      key: keyOf(line),
      path: `M${begin.x} ${begin.y}C${near} ${begin.y} ${far} ${end.y} ${tip.x} ${tip.y}`,
      arrow: `M${end.x} ${end.y}L${tip.x} ${tip.y - 4}V${tip.y + 4}Z`,
      along: (part) => ({
        x: between(part, begin.x, near, far, tip.x),
        y: between(part, begin.y, begin.y, end.y, end.y),
      }),
      middle: null,
    };
  });
}

/** A place on a cubic curve, from 0 to 1. */
function between(part: number, a: number, b: number, c: number, d: number): number {
  const rest = 1 - part;
  return rest ** 3 * a + 3 * rest ** 2 * part * b + 3 * rest * part ** 2 * c + part ** 3 * d;
}

const MOST_MIDDLES = 400;
const PARTS = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74];
const MIDDLE = { width: 74, alone: 20, height: 19 } as const;

/** Where the buttons for what is further stand. */
function stubsOf(cards: LineageCards["cards"], at: readonly Point[], width: number): Taken[] {
  return cards.flatMap(({ step, further }, index) => {
    if (!further.length) return [];
    const aside = STUB.gap + STUB.width / 2;
    return [{ x: step < 0 ? at[index].x - aside : at[index].x + width + aside, y: at[index].y + CARD.height / 2, width: STUB.width, height: STUB.height }];
  });
}

interface Taken extends Point {
  readonly width: number;
  readonly height: number;
}

/** Place what stands in the middle of lines so that it covers nothing; where there is no room it is left out. */
function withMiddles(curves: readonly Curve[], stubs: readonly Taken[]): Curve[] {
  const taken: Taken[] = [...stubs];
  return curves.map((curve) => {
    const hasCount = curve.links.length > 1;
    if ((!hasCount && !curve.isApproved) || taken.length - stubs.length > MOST_MIDDLES) return curve;
    const width = hasCount ? MIDDLE.width : MIDDLE.alone;
    const isFree = ({ x, y }: Point): boolean =>
      taken.every((other) => Math.abs(other.x - x) >= (other.width + width) / 2 || Math.abs(other.y - y) >= (other.height + MIDDLE.height) / 2);
    const middle = PARTS.map(curve.along).find(isFree);
    if (!middle) return curve;
    taken.push({ ...middle, width, height: MIDDLE.height });
    return { ...curve, middle };
  });
}

const keyOf = ({ from, to, isReversed }: CardLine): string => `${from}>${to}${isReversed ? "r" : ""}`;
