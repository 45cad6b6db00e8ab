// What is at a point of the picture.

import { HEAD } from "./cards";
import type { Box } from "./layout";
import { CELL } from "./overview";
import { pathOf } from "./route";
import type { Cell, Line, Scene } from "./scene";

export type Hit =
  | { kind: "item"; item: number; opener: boolean }
  | { kind: "line"; line: Line }
  | { kind: "cell"; cell: Cell };

/** What is at a point; `lanesOnly` means that lanes stand for their cards. */
export function hitAt(scene: Scene, x: number, y: number, tolerance: number, lanesOnly = false): Hit | null {
  if (scene.layout.kind === "matrix") return cellAt(scene, x, y);
  if (lanesOnly) {
    const lane = scene.layout.regions.find((region) => isWithin(region, x, y));
    const item = lane && lane.system >= 0 ? scene.itemOf[lane.system] : -1;
    if (item >= 0) return { kind: "item", item, opener: false };
    const line = lineAt(scene, x, y, tolerance);
    return line && { kind: "line", line };
  }
  // Rows come after their card: the last item that contains the point is the smallest.
  for (let item = scene.items.length - 1; item >= 0; item -= 1) {
    const box = scene.items[item];
    if (!isWithin(box, x, y)) continue;
    const opener = box.kind === "table" && x > box.x + box.width - 22 && y < box.y + HEAD;
    return { kind: "item", item, opener };
  }
  // The body of an open card hides the lines below it.
  for (const card of scene.layout.cards) {
    if (card.card.open && isWithin(card, x, y)) return null;
  }
  const line = lineAt(scene, x, y, tolerance);
  return line && { kind: "line", line };
}

const isWithin = ({ x, y, width, height }: Box, px: number, py: number): boolean =>
  px >= x && px <= x + width && py >= y && py <= y + height;

function cellAt(scene: Scene, x: number, y: number): Hit | null {
  const { cards } = scene.layout;
  const row = Math.floor(y / CELL);
  const column = Math.floor(x / CELL);
  const n = cards.length;
  if (row >= 0 && row < n && column < 0) {
    const item = scene.itemOf[cards[row].system] ?? -1;
    return item < 0 ? null : { kind: "item", item, opener: false };
  }
  if (column >= 0 && column < n && row < 0) {
    const item = scene.itemOf[cards[column].system] ?? -1;
    return item < 0 ? null : { kind: "item", item, opener: false };
  }
  if (row < 0 || column < 0 || row >= n || column >= n) return null;
  const cell = scene.cells.find(
    ({ from, to }) =>
      scene.items[from].node === cards[row].system && scene.items[to].node === cards[column].system,
  );
  return cell ? { kind: "cell", cell } : null;
}

const PIECES = 10; // straight pieces by which a curve is approximated

function lineAt(scene: Scene, x: number, y: number, tolerance: number): Line | null {
  let best = tolerance * tolerance;
  let found: Line | null = null;
  for (const line of scene.lines) {
    const path = pathOf(line, scene);
    let [ax, ay] = path;
    for (let at = 2; at < path.length; at += 6) {
      const [bx, by, cx, cy, dx, dy] = [path[at], path[at + 1], path[at + 2], path[at + 3], path[at + 4], path[at + 5]];
      const near =
        x > Math.min(ax, bx, cx, dx) - tolerance && x < Math.max(ax, bx, cx, dx) + tolerance &&
        y > Math.min(ay, by, cy, dy) - tolerance && y < Math.max(ay, by, cy, dy) + tolerance;
      if (near) {
        let [px, py] = [ax, ay];
        for (let piece = 1; piece <= PIECES; piece += 1) {
          const t = piece / PIECES;
          const u = 1 - t;
          const qx = u * u * u * ax + 3 * u * u * t * bx + 3 * u * t * t * cx + t * t * t * dx;
          const qy = u * u * u * ay + 3 * u * u * t * by + 3 * u * t * t * cy + t * t * t * dy;
          const distance = distanceToPiece(x, y, px, py, qx, qy);
          // Of two lines, the one in focus.
          if (distance < best || (distance === best && line.seen && found && !found.seen)) {
            best = distance;
            found = line;
          }
          [px, py] = [qx, qy];
        }
      }
      [ax, ay] = [dx, dy];
    }
  }
  return found;
}

function distanceToPiece(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2;
}

/** Find the nearest item in a direction from another, for the arrow keys; -1 if there is none. */
export function itemTowards(scene: Scene, from: number, dx: number, dy: number): number {
  const start = scene.items[from];
  const sx = start.x + start.width / 2;
  const sy = start.y + start.height / 2;
  let best = Infinity;
  let found = -1;
  scene.items.forEach((item, index) => {
    if (index === from) return;
    const x = item.x + item.width / 2 - sx;
    const y = item.y + item.height / 2 - sy;
    const ahead = x * dx + y * dy;
    if (ahead <= 1) return;
    // Distance to the side counts double.
    const cost = ahead + 2 * Math.abs(x * dy - y * dx);
    if (cost < best) [best, found] = [cost, index];
  });
  return found;
}
