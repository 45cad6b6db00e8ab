// The cards of the picture: one for each table, with its columns when it is open.

import type { Pack } from "../model/pack";
import { isOpen, type State } from "../state/state";
import { Measure } from "./measure";
import type { Order } from "./order";

export const HEAD = 30; // height of a closed card, and of the head of an open one
export const ROW = 21;
const FOOT = 6; // below the last row of an open card
const MIN_WIDTH = 112;
const MAX_WIDTH = 250;
export const HEAD_SIZE = 13;
export const ROW_SIZE = 12;
const BADGE = 34; // room for the number of links, and for the mark that opens a card
const MARK = 24; // room for the number of a column's cluster
const MAX_ROWS = 60; // of one card; the others are counted

export interface Card {
  /** Table, or a column whose table is unknown; the system of a stub. */
  readonly node: number;
  readonly open: boolean;
  /** Columns that are shown as rows. */
  readonly rows: readonly number[];
  /** Number of columns that are not shown. */
  readonly more: number;
  /** Number of tables without links that a stub stands for; 0 for a table. */
  readonly stub: number;
  readonly height: number;
}

/** The cards of one system. */
export interface Group {
  /** System, or -1 if it is unknown. */
  readonly system: number;
  readonly cards: readonly Card[];
  /** Width of its cards. */
  readonly width: number;
}

const labels = new WeakMap<Pack, Map<number, string>>();

/** Name of a table or column on its card, with the schema if its system has two tables of that name. */
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
      // The name comes first, so that the schema is cut off if room is short.
      known.set(table, `${name} (${whole.slice(0, -name.length - 1)})`);
    }
    labels.set(pack, known);
  }
  return known.get(node) ?? pack.name[node];
}

const besides = new WeakMap<Pack, Map<number, readonly string[]>>();

/** Names that stand beside that of a node: the columns of a table, the tables of a system, the systems. */
export function namesBeside(pack: Pack, node: number): readonly string[] {
  let known = besides.get(pack);
  if (!known) besides.set(pack, (known = new Map()));
  const level = pack.level(node);
  const above = level === 2 ? pack.table[node] : level === 1 ? pack.system[node] : -2;
  let names = known.get(above);
  if (!names) {
    const every =
      above === -2
        ? Array.from({ length: pack.first[1] }, (_, system) => system)
        : above < 0
          ? [node]
          : [...pack.children(above)];
    names = every.map((other) => cardLabel(pack, other));
    if (above !== -1) known.set(above, names);
  }
  return names;
}

/**
 * Make the cards that a state shows, in order.
 *
 * @param size of names on closed cards; larger if the picture is seen from afar.
 * @param peek columns that are shown even if their table is closed.
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
    // A single table takes no more room than a stub.
    const fold = unlinked > 1 && system >= 0 && !state.toggled.has(system);
    const cards: Card[] = [];
    const rows: string[] = [];
    let wide = MIN_WIDTH;
    for (const block of blocks) {
      if (fold && !order.nLinks[block]) continue;
      const card = cardOf(pack, state, order, block, peek);
      cards.push(card);
      wide = Math.max(wide, measure.width(cardLabel(pack, block) + pack.mark(block), card.open ? HEAD_SIZE : size, 600) + 24 + (BADGE * size) / HEAD_SIZE);
      for (const row of card.rows) rows.push(pack.name[row] + pack.mark(row));
    }
    for (const name of longestNames(rows)) {
      wide = Math.max(wide, measure.width(name, ROW_SIZE, 400) + 32 + BADGE);
    }
    if (fold) {
      cards.push({ node: system, open: false, rows: [], more: 0, stub: unlinked, height: HEAD });
    }
    groups.push({ system, cards, width: Math.min(wide, MAX_WIDTH) });
  }
  return groups;
}

const MAX_MEASURED = 8; // texts of a lane

/** The names that may be the widest: measuring all of them would take longer than drawing them. */
function longestNames(names: readonly string[]): string[] {
  if (names.length <= MAX_MEASURED) return [...names];
  const lengths = names.map((name) => name.length).sort((a, b) => b - a);
  return names.filter((name) => name.length >= lengths[MAX_MEASURED - 1]).slice(0, 4 * MAX_MEASURED);
}

/** Width that a card needs for itself, with some room for text that is seen from afar. */
export function cardWidth(pack: Pack, card: Card, measure: Measure): number {
  let wide = MIN_WIDTH;
  if (!card.stub) wide = Math.max(wide, measure.width(cardLabel(pack, card.node) + pack.mark(card.node), 1.15 * HEAD_SIZE, 600) + 24 + BADGE);
  for (const name of longestNames(card.rows.map((row) => pack.name[row] + pack.mark(row)))) {
    wide = Math.max(wide, measure.width(name, 1.33 * ROW_SIZE, 400) + 26 + BADGE + MARK);
  }
  return Math.min(wide, MAX_WIDTH);
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
  // At the level of columns every table is open, and columns without links are not shown.
  const others = state.level === 2 ? [] : columns.filter((column) => !order.nLinks[column]);
  const rows = [...linked, ...others].slice(0, MAX_ROWS);
  const more = columns.length - rows.length;
  const lines = rows.length + (more ? 1 : 0);
  return { node: block, open: true, rows, more, stub: 0, height: HEAD + lines * ROW + FOOT };
}
