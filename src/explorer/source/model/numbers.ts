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
