// Lines below lanes that stand for their cards are not drawn, and all others are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { uncovered } from "../source/picture/route";

const curve = (...points: number[]): Float64Array => Float64Array.from(points);
const lane = { x: 10, y: 0, width: 10, height: 100 };
const other = { x: 40, y: 0, width: 10, height: 100 };

test("a route that nothing covers is as it was", () => {
  const path = curve(0, 5, 2, 5, 4, 5, 6, 5);
  assert.deepEqual(uncovered(path, [lane, other]), [path]);
  assert.equal(uncovered(path, [])[0], path);
});

test("curves that lie wholly below a lane are left out, and those that cross its edge are not", () => {
  const path = curve(
    12, 5,
    13, 5, 14, 5, 15, 5, // below
    18, 5, 30, 5, 40, 5, // out and in
    42, 5, 44, 5, 46, 5, // below
    48, 5, 55, 5, 60, 5, // out
  );
  assert.deepEqual(uncovered(path, [lane, other]).map((part) => [...part]), [
    [15, 5, 18, 5, 30, 5, 40, 5],
    [46, 5, 48, 5, 55, 5, 60, 5],
  ]);
  assert.deepEqual(uncovered(curve(12, 5, 13, 5, 14, 5, 15, 5), [lane]), []);
  // A curve between two lanes lies in neither, though its ends do.
  assert.equal(uncovered(curve(12, 5, 20, 5, 40, 5, 45, 5), [lane, other]).length, 1);
});

test("every point of what is drawn is a point of the route, in its order", () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 300; round += 1) {
    const n = 1 + Math.floor(random() * 6);
    const path = Float64Array.from({ length: 2 + 6 * n }, () => Math.floor(random() * 60));
    const shown = uncovered(path, [lane, other]).flatMap((part) => Array.from({ length: (part.length - 2) / 6 }, (_, at) => part.subarray(6 * at, 6 * at + 8).join()));
    const all = Array.from({ length: n }, (_, at) => path.subarray(6 * at, 6 * at + 8));
    const isHidden = (piece: Float64Array): boolean =>
      [lane, other].some((box) => [0, 2, 4, 6].every((at) => piece[at] >= box.x && piece[at] <= box.x + box.width && piece[at + 1] >= box.y && piece[at + 1] <= box.y + box.height));
    assert.deepEqual(shown, all.filter((piece) => !isHidden(piece)).map((piece) => piece.join()));
  }
});
