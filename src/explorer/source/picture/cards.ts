// What stands in the picture: a card for each table, with its columns when it is open.

import type { Pack } from "../model/pack";
import { isOpen, type State } from "../state/state";
import { Measure } from "./measure";
import type { Order } from "./order";

export const HEAD = 30; // height of a closed card, and of the head of an open one
export const ROW = 21;
const FOOT = 6; // below the last row of an open card
const NARROWEST = 112;
const WIDEST = 250;
export const HEAD_SIZE = 13;
export const ROW_SIZE = 12;
const BADGE = 34; // room for the number of links, and for the mark that opens a card
const MARK = 24; // room for the number of a column's cluster
const MOST_ROWS = 60; // of one card; the others are counted

export interface Card {
  /** Table, or a column whose table is unknown; of a stub, its system. */
  readonly node: number;
  readonly open: boolean;
  /** Columns that have a row of their own. */
  readonly rows: readonly number[];
  /** Columns that have none. */
  readonly more: number;
  /** Tables without links that it stands for; 0 if it is a table. */
  readonly stub: number;
  readonly height: number;
}

/** What belongs to one system. */
export interface Group {
  /** System, or -1 if it is unknown. */
  readonly system: number;
  readonly cards: readonly Card[];
  /** Width of its cards. */
  readonly width: number;
}

const labels = new WeakMap<Pack, Map<number, string>>();

/** Name of a table or column on its card, with its schema where a system has two tables so called. */
export function cardLabel(pack: Pack, node: number): string {
  let known = labels.get(pack);
  if (!known) {
    known = new Map();
    const seen = new Map<string, number>();
    const key = (table: number) => `${pack.system[table]}/${pack.name[table]}`;
    for (let table = pack.first[1]; table < pack.first[2]; table += 1) {
      seen.set(key(table), (seen.get(key(table)) ?? 0) + 1);
    }
    for (let table = pack.first[1]; table < pack.first[2]; table += 1) {
      const name = pack.name[table];
      const whole = pack.tableName(table);
      if ((seen.get(key(table)) ?? 0) < 2 || whole === name) continue;
      // The name first: what is cut off at the end is the schema.
      known.set(table, `${name} (${whole.slice(0, -name.length - 1)})`);
    }
    labels.set(pack, known);
  }
  return known.get(node) ?? pack.name[node];
}

/**
 * Make the cards that a state shows, in order.
 *
 * @param size of names on closed cards: what is seen from afar needs more room.
 * @param peek columns that are shown even where their table is closed.
 */
export function groupsOf(
  pack: Pack,
  state: State,
  order: Order,
  measure: Measure,
  size = HEAD_SIZE,
  peek: ReadonlySet<number> | null = null,
): Group[] {
  const groups: Group[] = [];
  for (const system of order.systems) {
    if (state.hiddenSystems.has(system)) continue;
    const blocks = order.blocks.get(system) ?? [];
    const unlinked = blocks.filter((block) => !order.nLinks[block]).length;
    // A single table takes no more room than the stub that would stand for it.
    const fold = unlinked > 1 && system >= 0 && !state.toggled.has(system);
    const cards: Card[] = [];
    const rows: string[] = [];
    let wide = NARROWEST;
    for (const block of blocks) {
      if (fold && !order.nLinks[block]) continue;
      const card = cardOf(pack, state, order, block, peek);
      cards.push(card);
      wide = Math.max(wide, measure.width(cardLabel(pack, block) + pack.mark(block), card.open ? HEAD_SIZE : size, 600) + 24 + (BADGE * size) / HEAD_SIZE);
      for (const row of card.rows) rows.push(pack.name[row] + pack.mark(row));
    }
    for (const name of longest(rows)) {
      wide = Math.max(wide, measure.width(name, ROW_SIZE, 400) + 32 + BADGE);
    }
    if (fold) {
      cards.push({ node: system, open: false, rows: [], more: 0, stub: unlinked, height: HEAD });
    }
    groups.push({ system, cards, width: Math.min(wide, WIDEST) });
  }
  return groups;
}

const MEASURED = 8; // texts of a lane

/** Those of many texts that may be the widest: measuring all would take longer than drawing them. */
function longest(names: readonly string[]): string[] {
  if (names.length <= MEASURED) return [...names];
  const lengths = names.map((name) => name.length).sort((a, b) => b - a);
  return names.filter((name) => name.length >= lengths[MEASURED - 1]).slice(0, 4 * MEASURED);
}

/** Width that a card needs for itself, with some room for text that is seen from afar. */
export function cardWidth(pack: Pack, card: Card, measure: Measure): number {
  let wide = NARROWEST;
  if (!card.stub) wide = Math.max(wide, measure.width(cardLabel(pack, card.node) + pack.mark(card.node), 1.15 * HEAD_SIZE, 600) + 24 + BADGE);
  for (const name of longest(card.rows.map((row) => pack.name[row] + pack.mark(row)))) {
    wide = Math.max(wide, measure.width(name, 1.33 * ROW_SIZE, 400) + 26 + BADGE + MARK);
  }
  return Math.min(wide, WIDEST);
}

function cardOf(
  pack: Pack,
  state: State,
  order: Order,
  block: number,
  peek: ReadonlySet<number> | null,
): Card {
  const isTable = pack.level(block) === 1;
  const columns: readonly number[] = isTable ? [...pack.children(block)] : [];
  if (!isTable || !isOpen(state, block)) {
    const shown = peek ? columns.filter((column) => peek.has(column)) : [];
    const height = HEAD + (shown.length ? shown.length * ROW + FOOT : 0);
    return { node: block, open: shown.length > 0, rows: shown, more: 0, stub: 0, height };
  }
  const linked = columns.filter((column) => order.nLinks[column]);
  // Where everything is open, columns without links would only be in the way.
  const others = state.level === 2 ? [] : columns.filter((column) => !order.nLinks[column]);
  const rows = [...linked, ...others].slice(0, MOST_ROWS);
  const more = columns.length - rows.length;
  const lines = rows.length + (more ? 1 : 0);
  return { node: block, open: true, rows, more, stub: 0, height: HEAD + lines * ROW + FOOT };
}
