// Arithmetic as numpy does it.

/** Round to a whole number, halves to the even one. */
export function rint(value: number): number {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}

/** Parts of one: scores are whole billionths. */
export const UNIT = 1e9;

/** Round a score to whole billionths, as it is compared with a threshold; NaN stays NaN. */
export function rounded(score: number): number {
  return rint(score * UNIT) / UNIT;
}
