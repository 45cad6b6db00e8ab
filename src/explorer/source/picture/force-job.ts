// The force layout: cards repel each other, links and systems hold them together.

import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from "d3-force";

export interface ForceJob {
  width: number[];
  height: number[];
  /** Position of each card's system. */
  group: number[];
  nGroups: number;
  from: number[];
  to: number[];
  weight: number[];
  /** Width of the window over its height. */
  ratio: number;
}

export interface ForceResult {
  x: number[];
  y: number[];
}

interface Body extends SimulationNodeDatum {
  radius: number;
  group: number;
}

const STEPS = 260;
const STEPS_LARGE = 120; // from a thousand cards on

/** Place cards. Nothing is random: the same job gives the same places. */
export function simulate(job: ForceJob): ForceResult {
  const n = job.width.length;
  const ring = 90 * Math.sqrt(n + 1);
  const centre = Array.from({ length: job.nGroups }, (_, group) => {
    const angle = (2 * Math.PI * group) / job.nGroups - Math.PI / 2;
    return [ring * job.ratio * Math.cos(angle), ring * Math.sin(angle)] as const;
  });
  const seen = new Array<number>(job.nGroups).fill(0);
  const bodies: Body[] = job.width.map((width, index) => {
    const group = job.group[index];
    // A spiral around the place of the system, so that no two cards start at one point.
    const step = seen[group]++;
    return {
      radius: Math.hypot(width, job.height[index]) / 2 + 6,
      group,
      x: centre[group][0] + 40 * Math.sqrt(step) * Math.cos(step * 2.4),
      y: centre[group][1] + 40 * Math.sqrt(step) * Math.sin(step * 2.4),
    };
  });
  const links: SimulationLinkDatum<Body>[] = job.from.map((from, index) => ({
    source: from,
    target: job.to[index],
  }));
  const most = Math.max(1, ...job.weight);
  const simulation = forceSimulation(bodies)
    .force("repel", forceManyBody<Body>().strength(-420).distanceMax(1200))
    .force(
      "link",
      forceLink<Body, SimulationLinkDatum<Body>>(links)
        .distance(170)
        .strength((_, index) => 0.05 + 0.25 * (Math.log1p(job.weight[index]) / Math.log1p(most))),
    )
    .force("x", forceX<Body>((body) => centre[body.group][0] * 0.8).strength(0.09))
    .force("y", forceY<Body>((body) => centre[body.group][1] * 0.8).strength(0.09))
    .force("apart", forceCollide<Body>((body) => body.radius * 0.82).iterations(2))
    .stop();
  simulation.tick(n > 1000 ? STEPS_LARGE : STEPS);
  const x = bodies.map((body) => body.x ?? 0);
  const y = bodies.map((body) => body.y ?? 0);
  pushApart(x, y, job.width, job.height);
  return { x: x.map(Math.round), y: y.map(Math.round) };
}

const BESIDE = 14; // pixels between cards that would overlap
const ROUNDS = 400;

/** Push cards apart until none overlaps another: the forces treat them as circles. */
function pushApart(x: number[], y: number[], width: readonly number[], height: readonly number[]): void {
  const order = x.map((_, index) => index);
  const widest = Math.max(0, ...width) + BESIDE;
  for (let round = 0; round < ROUNDS; round += 1) {
    let moved = false;
    order.sort((a, b) => x[a] - x[b] || a - b);
    for (let i = 0; i < order.length; i += 1) {
      for (let j = i + 1; j < order.length && x[order[j]] - x[order[i]] < widest; j += 1) {
        const a = order[i];
        const b = order[j];
        const across = (width[a] + width[b]) / 2 + BESIDE - Math.abs(x[b] - x[a]);
        const down = (height[a] + height[b]) / 2 + BESIDE - Math.abs(y[b] - y[a]);
        if (across <= 0 || down <= 0) continue;
        moved = true;
        // Along the axis with the smaller overlap; each card moves half of it.
        if (down <= across) {
          const step = ((y[b] > y[a] || (y[b] === y[a] && b > a) ? 1 : -1) * (down + 0.5)) / 2;
          y[a] -= step;
          y[b] += step;
        } else {
          const step = ((x[b] >= x[a] ? 1 : -1) * (across + 0.5)) / 2;
          x[a] -= step;
          x[b] += step;
        }
      }
    }
    if (!moved) return;
  }
}
