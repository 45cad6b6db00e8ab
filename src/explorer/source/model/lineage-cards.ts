// What of a lineage is drawn: cards in a column for each step, and the lines between them.

import { APPROVED } from "../generated";
import type { Lineage } from "./lineage";
import type { Pack } from "./pack";

/** Above so many fields a step is grouped by table, and if that is not enough by system. */
export const MOST_IN_STEP = 12;

/** A field, or a table or system that stands for several fields of a step. */
export interface Card {
  readonly node: number;
  /** Steps from the start, below 0 on its left. */
  readonly step: number;
  /** Fields for which it stands, in the order of the lineage. */
  readonly members: readonly number[];
  readonly isGroup: boolean;
  /** The largest product of its members. */
  readonly confidence: number;
  /** What is a step further than its members, and not shown yet. */
  readonly further: readonly number[];
}

/** Links between two cards, as one line. */
export interface CardLine {
  /** Positions among the cards: from left to right if the line goes forward. */
  readonly from: number;
  readonly to: number;
  readonly links: readonly number[];
  readonly isApproved: boolean;
  /** Whether it leads one step on; others lead back, or stay within a step. */
  readonly isForward: boolean;
  /** Whether its links lead from `to` to `from`, as those that were followed either way may. */
  readonly isReversed: boolean;
}

export interface LineageCards {
  readonly cards: readonly Card[];
  /** Cards of each step by position, from left to right and from top to bottom. */
  readonly columns: readonly { readonly step: number; readonly nFields: number; readonly cards: readonly number[] }[];
  readonly lines: readonly CardLine[];
  /** Gaps in which too many lines run to follow one, by the step on their left: there they run together. */
  readonly bundled: ReadonlySet<number>;
  /** Number of links that lead back or stay within a step. */
  readonly nOther: number;
  /** The card of a node that is shown. */
  cardOf(node: number): number;
}

/** Return the cards of a lineage; tables and systems in `more` are opened where they stand for their fields. */
export function cardsOf(lineage: Lineage, more: ReadonlySet<number>, status: Uint8Array): LineageCards {
  const { pack } = lineage;
  const bySteps = new Map<number, number[]>();
  for (const node of [...lineage.nodes, ...lineage.opened]) {
    const step = lineage.depth.get(node)!;
    const list = bySteps.get(step);
    if (list) list.push(node);
    else bySteps.set(step, [node]);
  }
  const cards: Card[] = [];
  const columns = [...bySteps.keys()]
    .sort((x, y) => x - y)
    .map((step) => {
      const nodes = bySteps.get(step)!;
      const groups = step === 0 ? [{ node: lineage.node, members: nodes }] : grouped(pack, nodes, more);
      const own = groups.map(({ node, members }) => {
        const further = new Set(members.flatMap((member) => lineage.stubs.get(member) ?? []));
        const isGroup = step !== 0 && members[0] !== node;
        return cards.push({ node, step, members, isGroup, confidence: best(lineage, members), further: [...further] }) - 1;
      });
      return { step, nFields: nodes.length, cards: own };
    });
  const place = new Map<number, number>();
  cards.forEach(({ members }, at) => members.forEach((member) => place.set(member, at)));
  const { lines, nOther } = linesOf(lineage, cards, place, status);
  return { cards, columns: untangled(columns, lines), lines, bundled: bundledOf(cards, lines), nOther, cardOf: (node) => place.get(node) ?? -1 };
}

function best(lineage: Lineage, members: readonly number[]): number {
  return members.reduce((most, member) => Math.max(most, lineage.confidence.get(member) ?? 0), 0);
}

interface Group {
  node: number;
  members: number[];
}

function grouped(pack: Pack, nodes: readonly number[], more: ReadonlySet<number>): Group[] {
  const alone = nodes.map((node): Group => ({ node, members: [node] }));
  if (alone.length <= MOST_IN_STEP) return alone;
  const byTable = together(alone, (node) => pack.table[node], more);
  if (byTable.closed <= MOST_IN_STEP) return byTable.groups;
  return together(byTable.groups, (node) => pack.system[node], more).groups;
}

/** Put groups of one place together unless it is open; `closed` is how many there would be with all closed. */
function together(groups: readonly Group[], placeOf: (node: number) => number, more: ReadonlySet<number>): { groups: Group[]; closed: number } {
  const byPlace = new Map<number, Group[]>();
  let nowhere = -1;
  for (const group of groups) {
    const own = placeOf(group.node);
    const place = own >= 0 ? own : nowhere--;
    const list = byPlace.get(place);
    if (list) list.push(group);
    else byPlace.set(place, [group]);
  }
  const found: Group[] = [];
  for (const [node, list] of byPlace) {
    if (list.length === 1 || more.has(node)) found.push(...list);
    else found.push({ node, members: list.flatMap(({ members }) => members) });
  }
  return { groups: found, closed: byPlace.size };
}

function linesOf(
  lineage: Lineage,
  cards: readonly Card[],
  place: ReadonlyMap<number, number>,
  status: Uint8Array,
): { lines: CardLine[]; nOther: number } {
  const isDirected = lineage.asked?.asked.directed !== false;
  const byPair = new Map<string, { -readonly [name in keyof CardLine]: CardLine[name] } & { links: number[] }>();
  let nOther = 0;
  for (const link of lineage.drawn) {
    const [one, other] = lineage.ends(link).map((end) => place.get(end) ?? -1);
    if (one < 0 || other < 0) continue;
    const ahead = cards[other].step - cards[one].step;
    const isReversed = !isDirected && ahead === -1;
    const isForward = ahead === 1 || isReversed;
    if (!isForward) nOther += 1;
    if (one === other) continue;
    const [from, to] = isReversed ? [other, one] : [one, other];
    const key = `${from} ${to} ${isReversed}`;
    const line = byPair.get(key) ?? { from, to, links: [], isApproved: false, isForward, isReversed };
    byPair.set(key, line);
    line.links.push(link);
    line.isApproved ||= link >= 0 && status[link] === APPROVED;
  }
  return { lines: [...byPair.values()], nOther };
}

/** Above so many lines between two steps they run together. */
export const MOST_IN_GAP = 16;

function bundledOf(cards: readonly Card[], lines: readonly CardLine[]): Set<number> {
  const inGap = new Map<number, number>();
  for (const { from, isForward } of lines) if (isForward) inGap.set(cards[from].step, (inGap.get(cards[from].step) ?? 0) + 1);
  return new Set([...inGap].filter(([, n]) => n > MOST_IN_GAP).map(([step]) => step));
}

const MAX_SWEEPS = 8;
const MANY_LINES = 5000; // of which none can be followed by eye anyway

type Columns = LineageCards["columns"];

/** Order the cards of each step by the middle of their neighbours, so that lines cross little. */
function untangled(columns: Columns, lines: readonly CardLine[]): Columns {
  const forward = lines.filter(({ isForward }) => isForward);
  const neighbours = new Map<number, [before: number[], after: number[]]>();
  const of = (card: number): [number[], number[]] => {
    let own = neighbours.get(card);
    if (!own) neighbours.set(card, (own = [[], []]));
    return own;
  };
  for (const { from, to } of forward) {
    of(from)[1].push(to);
    of(to)[0].push(from);
  }
  let order = columns.map(({ cards }) => [...cards]);
  let least = { order, crossings: crossings(order, forward) };
  const most = forward.length > MANY_LINES ? 2 : MAX_SWEEPS;
  for (let sweep = 0; sweep < most && least.crossings > 0; sweep += 1) {
    const right = sweep % 2 === 0;
    order = order.map((cards) => [...cards]);
    const steps = [...order.keys()];
    for (const at of right ? steps.slice(1) : steps.slice(0, -1).reverse()) {
      const beside = new Map(order[at + (right ? -1 : 1)].map((card, place) => [card, place]));
      const size = order[at].length;
      // Without a neighbour a card stays where it is.
      const middle = new Map(
        order[at].map((card, place) => {
          const found = of(card)[right ? 0 : 1].map((other) => beside.get(other)!).filter((other) => other !== undefined);
          const scale = Math.max(1, beside.size - 1) / Math.max(1, size - 1);
          return [card, found.length ? found.reduce((x, y) => x + y, 0) / found.length : place * scale];
        }),
      );
      const before = new Map(order[at].map((card, place) => [card, place]));
      order[at].sort((x, y) => middle.get(x)! - middle.get(y)! || before.get(x)! - before.get(y)!);
    }
    const found = crossings(order, forward);
    if (found < least.crossings) least = { order, crossings: found };
  }
  return columns.map((column, at) => ({ ...column, cards: least.order[at] }));
}

/** Number of pairs of lines that cross, in O(k log k) for k lines. */
function crossings(order: readonly (readonly number[])[], lines: readonly CardLine[]): number {
  const place = new Map(order.flatMap((cards, column) => cards.map((card, row) => [card, { column, row }] as const)));
  const byColumn = order.map((): [number, number][] => []);
  for (const { from, to } of lines) {
    const one = place.get(from)!;
    byColumn[one.column].push([one.row, place.get(to)!.row]);
  }
  return byColumn.reduce((sum, pairs, column) => sum + inversions(pairs, order[column + 1]?.length ?? 0), 0);
}

function inversions(pairs: [number, number][], size: number): number {
  pairs.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  const tree = new Int32Array(size + 1);
  let found = 0;
  pairs.forEach(([, row], seen) => {
    let before = 0;
    for (let at = row + 1; at > 0; at -= at & -at) before += tree[at];
    found += seen - before;
    for (let at = row + 1; at <= size; at += at & -at) tree[at] += 1;
  });
  return found;
}
