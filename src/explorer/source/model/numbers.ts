// Arithmetic with numpy's rounding.

import { SCORE_UNIT } from "../generated";

/** Round to a whole number, halves to even. */
export function rint(value: number): number {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}

/** Round a score to whole billionths, as it is compared with a threshold; NaN stays NaN. */
export function rounded(score: number): number {
  return rint(score * SCORE_UNIT) / SCORE_UNIT;
}

/** Write a number with so many decimals, halves to even, as Python does. */
export function fixed(value: number, decimals: number): string {
  // Half of the last decimal can be exact only in so many binary places.
  const isHalf = Math.abs((value * 2 ** (decimals + 1)) % 2) === 1;
  const unit = 10 ** decimals;
  return (isHalf ? rint(value * unit) / unit : value).toFixed(decimals);
}

/** Write a number of moderate size as Python's `repr` writes a float. */
export function pythonFloat(value: number): string {
  const [digits, exponent] = value.toExponential().split("e");
  if (value !== 0 && Number(exponent) < -4) return `${digits}e-${String(-Number(exponent)).padStart(2, "0")}`;
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Yield the numbers from 0 to `n - 1` in an order: the first in O(n), each further one in O(log n). */
export function* inOrder(n: number, compare: (x: number, y: number) => number): Generator<number> {
  const heap = new Int32Array(n);
  for (let at = 0; at < n; at += 1) heap[at] = at;
  const sink = (start: number, size: number): void => {
    const item = heap[start];
    let at = start;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && compare(heap[below + 1], heap[below]) < 0) below += 1;
      if (compare(heap[below], item) >= 0) break;
      heap[at] = heap[below];
      at = below;
    }
    heap[at] = item;
  };
  for (let at = (n >> 1) - 1; at >= 0; at -= 1) sink(at, n);
  for (let size = n - 1; size >= 0; size -= 1) {
    yield heap[0];
    heap[0] = heap[size];
    sink(0, size);
  }
}
