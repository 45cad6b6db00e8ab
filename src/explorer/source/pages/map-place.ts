// Where the systems of the picture stand, how their lines run, and where the numbers are.

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The most systems that are drawn as a picture. */
export const MAX_DRAWN = 8;

/** Places in the unit square, by the number of systems: on a round, and with seven one in the middle. */
const PLACES: readonly (readonly (readonly [x: number, y: number])[])[] = [
  [],
  [[0.5, 0.5]],
  [[0, 0.5], [1, 0.5]],
  [[0.2, 0], [0.8, 0], [0.5, 1]],
  [[0.1, 0], [0.9, 0], [0.1, 1], [0.9, 1]],
  [[0.2, 0], [0.8, 0], [0, 0.55], [1, 0.55], [0.5, 1]],
  [[0.2, 0], [0.8, 0], [0, 0.5], [1, 0.5], [0.2, 1], [0.8, 1]],
  [[0.2, 0], [0.8, 0], [0, 0.5], [0.5, 0.5], [1, 0.5], [0.2, 1], [0.8, 1]],
  [[0.24, 0], [0.76, 0], [0, 0.33], [1, 0.33], [0, 0.67], [1, 0.67], [0.24, 1], [0.76, 1]],
];

/**
 * Give each system a place so that those with much in common are near each other.
 *
 * All orders are tried, which are at most 8!; the first of the best is taken.
 */
export function arranged(n: number, weight: (one: number, other: number) => number): number[] {
  const places = PLACES[n];
  const distance = places.map(([x, y]) => places.map(([u, v]) => Math.hypot((x - u) * 1.4, y - v)));
  const weights = places.map((_, one) => places.map((__, other) => weight(one, other)));
  const order: number[] = [];
  const used = new Array<boolean>(n).fill(false);
  let best: number[] = [];
  let least = Infinity;
  const extend = (length: number): void => {
    if (length >= least) return;
    if (order.length === n) {
      best = [...order];
      least = length - 1e-9;
      return;
    }
    const place = order.length;
    for (let one = 0; one < n; one += 1) {
      if (used[one]) continue;
      let more = 0;
      for (let at = 0; at < place; at += 1) more += weights[one][order[at]] * distance[place][at];
      used[one] = true;
      order.push(one);
      extend(length + more);
      order.pop();
      used[one] = false;
    }
  };
  extend(0);
  return best;
}

/** Middles of the boxes of a picture, by place. */
export function middles(n: number, picture: Size, box: Size): Point[] {
  const room = { width: picture.width - box.width, height: picture.height - box.height };
  return PLACES[n].map(([x, y]) => ({ x: box.width / 2 + x * room.width, y: box.height / 2 + y * room.height }));
}

export interface Curve {
  readonly from: Point;
  /** Point that the line bends towards; in the middle of a straight one. */
  readonly bend: Point;
  readonly to: Point;
}

const BENDS = [0, 0.08, -0.08, 0.12, -0.12, 0.16, -0.16, 0.2, -0.2, 0.25, -0.25, 0.3, -0.3, 0.36, -0.36, 0.42, -0.42];
const CLEARANCE = 8; // pixels between a line and a box that it passes

/**
 * A line between two boxes that passes the others: straight where it can be, else bent a little, away from
 * the straight lines from its ends to the others.
 */
export function curveBetween(from: Point, to: Point, others: readonly Point[], box: Size): Curve {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const bent = (bend: number): Curve => ({ from, to, bend: { x: middle.x + 2 * bend * (from.y - to.y), y: middle.y + 2 * bend * (to.x - from.x) } });
  const clear = BENDS.filter((bend) => !others.some((other) => touches(bent(bend), other, box)));
  if (!clear.length || clear[0] === 0) return bent(0);
  const cost = (bend: number): number => Math.abs(bend) + NEAR * nearness(bent(bend), from, to, others);
  return bent(clear.reduce((best, bend) => (cost(bend) < cost(best) ? bend : best)));
}

const NEAR = 0.4;
const BESIDE = 14; // pixels from a line that seem to be on it

/** Share of a curve that is beside a straight line from one of its ends to another box. */
function nearness(curve: Curve, from: Point, to: Point, others: readonly Point[]): number {
  let near = 0;
  for (let step = 1; step < STEPS; step += 1) {
    const point = pointOn(curve, step / STEPS);
    if (others.some((other) => [from, to].some((end) => distanceTo(point, end, other) < BESIDE))) near += 1;
  }
  return near / STEPS;
}

/** Distance of a point from the line between two others. */
function distanceTo({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const share = Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(from.x + share * dx - x, from.y + share * dy - y);
}

const STEPS = 48;

function touches(curve: Curve, middle: Point, box: Size): boolean {
  for (let step = 0; step <= STEPS; step += 1) {
    const { x, y } = pointOn(curve, step / STEPS);
    if (Math.abs(x - middle.x) < box.width / 2 + CLEARANCE && Math.abs(y - middle.y) < box.height / 2 + CLEARANCE) return true;
  }
  return false;
}

/** A point on a line, by its share of the way. */
export function pointOn({ from, bend, to }: Curve, share: number): Point {
  const [a, b, c] = [(1 - share) ** 2, 2 * share * (1 - share), share ** 2];
  return { x: a * from.x + b * bend.x + c * to.x, y: a * from.y + b * bend.y + c * to.y };
}

export const pathOf = ({ from, bend, to }: Curve): string => `M${round(from.x)} ${round(from.y)}Q${round(bend.x)} ${round(bend.y)} ${round(to.x)} ${round(to.y)}`;

const round = (x: number): number => Math.round(x * 10) / 10;

/** Room of a number on a line, and between two of them. */
const LABEL: Size = { width: 44, height: 26 };
/** Shares of the way, from the middle to both ends. */
const SHARES = Array.from({ length: 23 }, (_, at) => 0.5 + (at % 2 ? 1 : -1) * Math.ceil(at / 2) * 0.03);

/**
 * Places for the numbers of lines, the first line first: in the middle where that is free of boxes, of
 * other numbers, and of crossings with other lines, if any place is.
 */
export function labelPlaces(lines: readonly Curve[], boxes: readonly Point[], box: Size, others: readonly Curve[] = []): Point[] {
  const taken: Point[] = [];
  for (const line of lines) {
    const options = SHARES.map((share) => pointOn(line, share));
    const isFree = ({ x, y }: Point): boolean =>
      !taken.some((other) => Math.abs(other.x - x) < LABEL.width && Math.abs(other.y - y) < LABEL.height) &&
      !boxes.some((other) => Math.abs(other.x - x) < (box.width + LABEL.width) / 2 && Math.abs(other.y - y) < (box.height + LABEL.height) / 2);
    const free = options.filter(isFree);
    const isAlone = (point: Point): boolean => ![...lines, ...others].some((other) => other !== line && isNear(other, point));
    taken.push(free.find(isAlone) ?? free[0] ?? options[0]);
  }
  return taken;
}

function isNear(curve: Curve, { x, y }: Point): boolean {
  for (let step = 0; step <= STEPS; step += 1) {
    const point = pointOn(curve, step / STEPS);
    if (Math.abs(point.x - x) < LABEL.width / 2 && Math.abs(point.y - y) < LABEL.height / 2) return true;
  }
  return false;
}
