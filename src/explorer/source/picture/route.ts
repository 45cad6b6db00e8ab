// The route of each line: through the gaps between the cards of a stack.

import { AISLE, STACK_GAP, type Box, type Layout, type Stack } from "./layout";
import type { Item, Line, Scene } from "./scene";

const SPREAD = 3.2; // between lines that pass the same gap
const CORNER = 12;

/** The route of a line, computed when it is first needed: many lines are never in sight. */
export function pathOf(line: Line, scene: Pick<Scene, "items" | "layout">): Float64Array {
  return (line.path ??= routeOf(line, scene.items, scene.layout));
}

function routeOf(line: Line, items: readonly Item[], layout: Layout): Float64Array {
  const from = items[line.from];
  const to = items[line.to];
  const a = stackOf(from, layout);
  const b = stackOf(to, layout);
  if (layout.kind === "free" || layout.kind === "systems" || a < 0 || b < 0) return routeStraight(from, to);
  return layout.stacks[a].row === layout.stacks[b].row
    ? routeWithinRow(from, to, a, b, layout, spreadOf(line))
    : routeAcrossRows(from, to, layout.stacks[a], layout.stacks[b], layout, spreadOf(line));
}

/** The parts of a route that boxes over it do not hide; each box is as good as a wall. */
export function uncovered(path: Float64Array, boxes: readonly Box[]): Float64Array[] {
  const parts: Float64Array[] = [];
  let begin = 0;
  let at = 0;
  for (; at + 7 < path.length; at += 6) {
    if (!isCovered(path, at, boxes)) continue;
    if (at > begin) parts.push(path.subarray(begin, at + 2));
    begin = at + 6;
  }
  if (begin === 0) return [path];
  if (at > begin) parts.push(path.subarray(begin, at + 2));
  return parts;
}

/** Whether a curve lies in one of the boxes, with all points that make it. */
function isCovered(path: Float64Array, begin: number, boxes: readonly Box[]): boolean {
  for (const { x, y, width, height } of boxes) {
    let at = begin;
    while (at < begin + 8 && path[at] >= x && path[at] <= x + width && path[at + 1] >= y && path[at + 1] <= y + height) at += 2;
    if (at === begin + 8) return true;
  }
  return false;
}

const stackOf = (item: Item, layout: Layout) => (item.card < 0 ? -1 : layout.cards[item.card].stack);

/** An offset that keeps lines apart, the same every time. */
function spreadOf(line: Line): number {
  return (((line.from * 7 + line.to * 13) % 5) - 2) * SPREAD;
}

const middle = (item: Box) => item.y + item.height / 2;

/** Route a line through the stacks of one row. */
function routeWithinRow(
  from: Item,
  to: Item,
  a: number,
  b: number,
  layout: Layout,
  aside: number,
): Float64Array {
  const { stacks } = layout;
  // Lines there and back do not lie on each other.
  const shift = from.node < to.node ? -2 : 2;
  const y1 = middle(from) + shift;
  const y2 = middle(to) + shift;
  if (a === b) {
    const x = stacks[a].right;
    const bulge = Math.min(STACK_GAP * 0.9, 16 + Math.abs(y2 - y1) * 0.1) + aside / 2;
    return Float64Array.of(x, y1, x + bulge, y1, x + bulge, y2, x, y2);
  }
  const right = b > a;
  const begin = right ? stacks[a].right : stacks[a].left;
  const end = right ? stacks[b].left : stacks[b].right;
  const points: number[] = [begin, y1];
  let x = begin;
  let y = y1;
  const reach = (nextX: number, nextY: number) => {
    const bend = (nextX - x) * 0.5;
    points.push(x + bend, y, nextX - bend, nextY, nextX, nextY);
    [x, y] = [nextX, nextY];
  };
  for (let at = a + (right ? 1 : -1); at !== b; at += right ? 1 : -1) {
    const stack = stacks[at];
    const near = right ? stack.left : stack.right;
    const far = right ? stack.right : stack.left;
    const wanted = y + ((y2 - y) * (near - x)) / (end - x);
    const gap = nearest(stack.gaps, wanted) + aside;
    reach(near, gap);
    points.push(near, gap, far, gap, far, gap);
    x = far;
  }
  reach(end, y2);
  return Float64Array.from(points);
}

/** Route a line from one row of lanes to another, along the aisles between them. */
function routeAcrossRows(
  from: Item,
  to: Item,
  a: Stack,
  b: Stack,
  layout: Layout,
  aside: number,
): Float64Array {
  const down = b.row > a.row;
  const right = b.left >= a.left;
  const y1 = middle(from);
  const y2 = middle(to);
  const x1 = right ? a.right : a.left;
  const leave = x1 + (right ? 1 : -1) * (STACK_GAP / 2 + aside);
  const corners: number[] = [x1, y1, leave, y1];
  let x = leave;
  for (let row = a.row; row !== b.row; row += down ? 1 : -1) {
    const edge = down ? layout.rows[row].bottom : layout.rows[row].top;
    const aisle = edge + (down ? 1 : -1) * (AISLE / 2) + aside * 2;
    const next = row + (down ? 1 : -1);
    const last = next === b.row;
    const nextX = last
      ? (right ? b.left : b.right) + (right ? -1 : 1) * (STACK_GAP / 2 + aside)
      : nearestCorridor(layout, next, x) + aside;
    corners.push(x, aisle, nextX, aisle);
    x = nextX;
  }
  corners.push(x, y2, right ? b.left : b.right, y2);
  return roundCorners(corners);
}

/** The nearest gap in a row through which a line can pass: between two stacks or next to one. */
function nearestCorridor(layout: Layout, row: number, x: number): number {
  let best = Infinity;
  for (const stack of layout.stacks) {
    if (stack.row !== row) continue;
    for (const way of [stack.left - STACK_GAP / 2, stack.right + STACK_GAP / 2]) {
      if (Math.abs(way - x) < Math.abs(best - x)) best = way;
    }
  }
  return best;
}

/** Join corners by straight lines with rounded bends. */
function roundCorners(corners: readonly number[]): Float64Array {
  const points: number[] = [corners[0], corners[1]];
  let [x, y] = corners;
  const n = corners.length / 2;
  for (let index = 1; index < n; index += 1) {
    const cx = corners[2 * index];
    const cy = corners[2 * index + 1];
    if (index === n - 1) {
      points.push(x, y, cx, cy, cx, cy);
      break;
    }
    const nx = corners[2 * index + 2];
    const ny = corners[2 * index + 3];
    const before = Math.hypot(cx - x, cy - y);
    const after = Math.hypot(nx - cx, ny - cy);
    const bend = Math.min(CORNER, before / 2, after / 2);
    const bx = before ? cx - ((cx - x) / before) * bend : cx;
    const by = before ? cy - ((cy - y) / before) * bend : cy;
    const ax = after ? cx + ((nx - cx) / after) * bend : cx;
    const ay = after ? cy + ((ny - cy) / after) * bend : cy;
    points.push(x, y, bx, by, bx, by, (bx + 2 * cx) / 3, (by + 2 * cy) / 3, (ax + 2 * cx) / 3, (ay + 2 * cy) / 3, ax, ay);
    [x, y] = [ax, ay];
  }
  return Float64Array.from(points);
}

/** Route a line from edge to edge, bent a little so that there and back are two lines. */
function routeStraight(from: Box, to: Box): Float64Array {
  const x1 = from.x + from.width / 2;
  const y1 = middle(from);
  const x2 = to.x + to.width / 2;
  const y2 = middle(to);
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const bend = Math.min(60, length * 0.12);
  const mx = (x1 + x2) / 2 - ((y2 - y1) / length) * bend;
  const my = (y1 + y2) / 2 + ((x2 - x1) / length) * bend;
  const [ax, ay] = pointOnEdge(from, mx, my);
  const [bx, by] = pointOnEdge(to, mx, my);
  return Float64Array.of(ax, ay, (ax + 2 * mx) / 3, (ay + 2 * my) / 3, (bx + 2 * mx) / 3, (by + 2 * my) / 3, bx, by);
}

/** The point at which a line from the middle of a box to another point leaves the box. */
function pointOnEdge(box: Box, x: number, y: number): [number, number] {
  const cx = box.x + box.width / 2;
  const cy = box.y + box.height / 2;
  const dx = x - cx || 1e-9;
  const dy = y - cy || 1e-9;
  const part = Math.min(box.width / 2 / Math.abs(dx), box.height / 2 / Math.abs(dy));
  return [cx + dx * part, cy + dy * part];
}

/** Find the nearest of increasing numbers. */
export function nearest(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const at = (low + high) >> 1;
    if (numbers[at] < wanted) low = at + 1;
    else high = at;
  }
  return low && wanted - numbers[low - 1] < numbers[low] - wanted ? numbers[low - 1] : numbers[low];
}

/** A point on a path of cubic curves; `part` in [0, 1] counts curves, not lengths. */
export function pointAt(path: Float64Array, part: number): [x: number, y: number] {
  const n = (path.length - 2) / 6;
  const at = Math.min(part * n, n - 1e-9);
  const curve = Math.floor(at);
  const t = at - curve;
  const k = 6 * curve;
  const u = 1 - t;
  const mix = (o: number) =>
    u * u * u * path[k + o] + 3 * u * u * t * path[k + 2 + o] + 3 * u * t * t * path[k + 4 + o] + t * t * t * path[k + 6 + o];
  return [mix(0), mix(1)];
}
