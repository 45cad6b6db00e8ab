// What is drawn for a view: items at their places, and lines that stand for links.

import { APPROVED, DETERMINISTIC, PROBABILISTIC, REJECTED, SUGGESTED } from "../generated";
import type { Pack } from "../model/pack";
import { OTHER, shownStatus } from "../model/statuses";
import type { View } from "../model/types";
import { HEAD, ROW } from "./cards";
import { LANE_HEAD, type Box, type Layout } from "./layout";

/** Something that a line can end at and a reader can point at. */
export interface Item extends Box {
  kind: "system" | "table" | "column" | "stub";
  node: number;
  /** Position of its card in the layout; -1 for the head of a lane. */
  card: number;
}

/** All links from one item to another that are either in focus or not. */
export interface Line {
  from: number;
  to: number;
  links: number[];
  /** Status in whose style it is drawn: APPROVED if any link is, REJECTED only if all are. */
  status: number;
  type: number;
  /** Highest score of its links, -1 if none has a score. */
  best: number;
  /** The largest cluster that has one of its links, -1 for none. */
  cluster: number;
  /** Whether a REJECTED link lies inside a cluster. */
  contradicted: boolean;
  /** Whether it is in focus; other lines fade. */
  seen: boolean;
  /** Whether its links are in focus though they fail the filters. */
  fails: boolean;
  /** Kind of the declared relationship that it stands for; null if it stands for links. */
  relation: string | null;
  /** Cubic curves: a point, then three points each; null until it is needed. */
  path: Float64Array | null;
}

export interface Scene {
  layout: Layout;
  items: Item[];
  /** Item that stands for each node, -1 for none. */
  itemOf: Int32Array;
  lines: Line[];
  /** Lines that there would be without a limit; with a focus, those in focus. */
  nLines: number;
  /** Links that the drawn lines stand for. */
  nLinks: number;
  /** Number of links that pass the filters and touch each item. */
  touching: Int32Array;
  /** Items in focus; null without a focus. */
  seen: Uint8Array | null;
  /** Links between each two systems, from row to column, in the matrix. */
  cells: Cell[];
}

export interface Cell {
  from: number;
  to: number;
  links: number[];
}

// As many lines as can be told apart; what is in focus is drawn in full.
const MAX_LINES = 240;
const MAX_FADED_LINES = 160;
const MAX_LINES_IN_SIGHT = 3000;

export function itemsOf(pack: Pack, layout: Layout): { items: Item[]; itemOf: Int32Array } {
  const items: Item[] = [];
  const itemOf = new Int32Array(pack.nNodes).fill(-1);
  const overview = layout.kind === "systems" || layout.kind === "matrix";
  for (const region of layout.regions) {
    if (region.system < 0) continue;
    itemOf[region.system] = items.length;
    const { x, y, width } = region;
    items.push({ kind: "system", node: region.system, card: -1, x, y, width, height: LANE_HEAD - 8 });
  }
  layout.cards.forEach((placed, index) => {
    const { card, x, y, width, height } = placed;
    if (card.stub) {
      items.push({ kind: "stub", node: card.node, card: index, x, y, width, height });
      return;
    }
    const item = items.length;
    if (card.node >= 0) {
      const kind = overview ? "system" : pack.level(card.node) === 1 ? "table" : "column";
      items.push({ kind, node: card.node, card: index, x, y, width, height: card.open ? HEAD : height });
      itemOf[card.node] = item;
    }
    if (overview || card.node < 0) return;
    for (const column of pack.level(card.node) === 1 ? pack.children(card.node) : []) {
      itemOf[column] = item;
    }
    card.rows.forEach((column, row) => {
      itemOf[column] = items.length;
      items.push({ kind: "column", node: column, card: index, x, y: y + HEAD + row * ROW, width, height: ROW });
    });
  });
  if (overview) {
    for (let node = pack.first[1]; node < pack.nNodes; node += 1) {
      if (pack.system[node] >= 0) itemOf[node] = itemOf[pack.system[node]];
    }
  }
  return { items, itemOf };
}

export function sceneOf(view: View, layout: Layout): Scene {
  const { pack, state, status, passes, seen } = view;
  const { items, itemOf } = itemsOf(pack, layout);
  const touching = new Int32Array(items.length);
  const byKey = new Map<number, Line>();
  const n = items.length;
  for (let link = 0; link < pack.nLinks; link += 1) {
    if (!passes[link] && !seen?.links.has(link)) continue;
    const from = itemOf[pack.source[link]];
    const to = itemOf[pack.target[link]];
    if (from >= 0) countLink(touching, items, layout, itemOf, from);
    if (to >= 0 && to !== from) countLink(touching, items, layout, itemOf, to);
    if (from < 0 || to < 0 || (from === to && layout.kind !== "matrix")) continue;
    const inSight = !seen || seen.links.has(link);
    const key = (from * n + to) * 4 + Number(inSight) * 2 + passes[link];
    const line = byKey.get(key);
    if (line) line.links.push(link);
    else byKey.set(key, { ...newLine(from, to, [link], inSight), fails: !passes[link] });
  }
  const lines = [...byKey.values()];
  if (layout.kind === "matrix") {
    const cells = lines.map(({ from, to, links }) => ({ from, to, links }));
    const nLinks = cells.reduce((sum, cell) => sum + cell.links.length, 0);
    return { layout, items, itemOf, lines: [], nLines: 0, nLinks, touching, seen: null, cells };
  }
  for (const line of lines) setLook(line, view, status);
  lines.sort(
    (x, y) =>
      Number(y.seen) - Number(x.seen) ||
      Number(y.contradicted) - Number(x.contradicted) ||
      Number(y.status === APPROVED) - Number(x.status === APPROVED) ||
      y.best - x.best ||
      y.links.length - x.links.length ||
      x.from - y.from ||
      x.to - y.to,
  );
  const nSeen = seen ? lines.findIndex((line) => !line.seen) : 0;
  const inSight = nSeen < 0 ? lines.length : nSeen;
  const budget = state.all
    ? lines.length
    : seen
      ? // A layout by steps shows only what is in focus.
        Math.min(inSight, MAX_LINES_IN_SIGHT) + (layout.kind === "layers" ? 0 : MAX_FADED_LINES)
      : MAX_LINES;
  const declared = relationLines(view, itemOf);
  const drawn = [...declared, ...lines.slice(0, budget)];
  let marked: Uint8Array | null = null;
  if (seen) {
    marked = new Uint8Array(n);
    for (const node of seen.nodes) {
      if (itemOf[node] < 0) continue;
      marked[itemOf[node]] = 1;
      const card = items[itemOf[node]].card;
      if (card >= 0 && layout.cards[card].card.node >= 0) marked[itemOf[layout.cards[card].card.node]] = 1;
    }
  }
  const nLinks = drawn.reduce((sum, line) => sum + line.links.length, 0);
  return { layout, items, itemOf, lines: drawn, nLines: declared.length + (seen ? inSight : lines.length), nLinks, touching, seen: marked, cells: [] };
}

/** Lines for the declared relationships that a result uses. */
function relationLines(view: View, itemOf: Int32Array): Line[] {
  const { pack, state } = view;
  if (state.focus?.kind !== "result" || !pack.result) return [];
  return pack.result.relations.flatMap((relation) => {
    const from = itemOf[pack.relationSource[relation]];
    const to = itemOf[pack.relationTarget[relation]];
    if (from < 0 || to < 0 || from === to) return [];
    const kind = pack.header.relation_kinds[pack.relationKind[relation]] ?? "";
    return [{ ...newLine(from, to, [], true), status: OTHER, relation: kind.replace(/_/g, " ") }];
  });
}

/** Count a link at an item and, if that is a row, at its card. */
function countLink(
  touching: Int32Array,
  items: readonly Item[],
  layout: Layout,
  itemOf: Int32Array,
  item: number,
): void {
  touching[item] += 1;
  const { kind, card } = items[item];
  if (kind !== "column" || card < 0) return;
  const head = itemOf[layout.cards[card].card.node];
  if (head !== item) touching[head] += 1;
}

function newLine(from: number, to: number, links: number[], seen: boolean): Line {
  return { from, to, links, status: SUGGESTED, type: DETERMINISTIC, best: -1, cluster: -1, contradicted: false, seen, fails: false, relation: null, path: null };
}

/** Set the style of a line from the links that it stands for. */
function setLook(line: Line, view: View, status: Uint8Array): void {
  const { pack, score, clusters } = view;
  const has = [false, false, false, false];
  let deterministic = false;
  let cluster = -1;
  for (const link of line.links) {
    has[shownStatus(status[link])] = true;
    deterministic ||= pack.type[link] === DETERMINISTIC;
    if (score[link] > line.best) line.best = score[link];
    const label = clusters.labels[pack.source[link]];
    const own = label >= 0 && label === clusters.labels[pack.target[link]] ? label : -1;
    if (own >= 0 && status[link] === REJECTED) line.contradicted = true;
    // Clusters are numbered from the largest.
    if (own >= 0 && (cluster < 0 || own < cluster)) cluster = own;
  }
  line.cluster = cluster;
  line.type = deterministic ? DETERMINISTIC : PROBABILISTIC;
  line.status = has[APPROVED] ? APPROVED : has[SUGGESTED] ? SUGGESTED : has[OTHER] ? OTHER : REJECTED;
}
