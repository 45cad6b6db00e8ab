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
