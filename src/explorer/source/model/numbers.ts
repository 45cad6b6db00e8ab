// Arithmetic as numpy does it.

/** Round to a whole number, halves to the even one. */
export function rint(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
