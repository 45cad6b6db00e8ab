// How wide text is, and how much of it fits; results are cached.

import { FACE } from "./theme";

export type Weight = 400 | 600 | 700;

const BASE = 100; // text is measured large, so that widths scale without rounding

export class Measure {
  #context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  #widths = new Map<string, number>();
  #clipped = new Map<string, string>();

  /** Width of a text at a size, in the same unit. */
  width(text: string, size: number, weight: Weight): number {
    const key = `${weight}${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      this.#context.font = font(BASE, weight);
      width = this.#context.measureText(text).width;
      this.#widths.set(key, width);
    }
    return (width * size) / BASE;
  }

  /** As much of a text as fits, with an ellipsis if it is cut; a mark after it is never cut. */
  clip(text: string, room: number, size: number, weight: Weight, mark = ""): string {
    if (mark) return this.clip(text, room - this.width(mark, size, weight), size, weight) + mark;
    const steps = Math.floor((room * 2) / size); // half a character's size is close enough
    if (this.width(text, size, weight) <= (steps * size) / 2) return text;
    const key = `${steps}/${weight}${text}`;
    let shown = this.#clipped.get(key);
    if (shown === undefined) {
      // Cut between characters, not between the halves of a surrogate pair.
      const characters = [...text];
      let low = 0;
      let high = characters.length;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        const tried = `${characters.slice(0, middle).join("")}\u2026`;
        if (this.width(tried, size, weight) <= (steps * size) / 2) low = middle;
        else high = middle - 1;
      }
      shown = low ? `${characters.slice(0, low).join("")}\u2026` : "";
      this.#clipped.set(key, shown);
    }
    return shown;
  }
}

export function font(size: number, weight: Weight): string {
  return `${weight} ${size}px ${FACE}`;
}
