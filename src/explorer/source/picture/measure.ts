// How wide text is, and how much of it fits; results are cached.

import { shortened } from "./shorten";
import { FACE } from "./theme";

export type Weight = 400 | 600 | 700;

const BASE = 100; // text is measured large, so that widths scale without rounding

export class Measure {
  #context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  #widths = new Map<string, number>();
  #clipped = new WeakMap<readonly string[], Map<string, Map<string, string>>>();

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

  /**
   * A name as far as it fits, cut in the middle; a mark after it is never cut.
   *
   * Of names that stand beside each other, what is left still tells each one apart.
   */
  clip(
    name: string,
    room: number,
    size: number,
    weight: Weight,
    mark = "",
    beside?: readonly string[],
  ): string {
    if (mark) return this.clip(name, room - this.width(mark, size, weight), size, weight, "", beside) + mark;
    const steps = Math.max(0, Math.floor((room * 2) / size)); // half a character's size is close enough
    if (this.width(name, size, weight) <= (steps * size) / 2) return name;
    const group = beside ?? NONE;
    let known = this.#clipped.get(group);
    if (!known) this.#clipped.set(group, (known = new Map()));
    const key = `${steps}/${weight}${beside ? "" : name}`;
    let shown = known.get(key);
    if (!shown) {
      // The widths of characters are added up: there are many texts to try.
      const width = (text: string) => {
        let sum = 0;
        for (const character of text) sum += this.width(character, 1, weight);
        return sum;
      };
      shown = shortened(beside ?? [name], steps / 2, width);
      known.set(key, shown);
    }
    return shown.get(name) ?? name;
  }
}

const NONE: readonly string[] = [];

export function font(size: number, weight: Weight): string {
  return `${weight} ${size}px ${FACE}`;
}
