// A name in the room that it has: first smaller, then on several lines, and cut only if that is not enough.

import { MIN_TEXT } from "./legible";
import type { Measure, Weight } from "./measure";

const MAX_LINES = 3;
const STEP = 1.15; // from line to line, if there is room, in sizes of the text
const SMALLER = 0.94;
const LEAST_ON_FILE = 7; // units; below it a name of a file goes on to a second line first
const PLACES = /(?<=[_.\-/ ])(?=[^_.\-/ ])|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?=\()/u;

/** Room for a name, and how it would be written if it had enough. */
export interface Room {
  width: number;
  /** Height for all lines; without it the name has one line. */
  height?: number;
  size: number;
  weight: Weight;
  /** What is written after the name, and never cut. */
  mark?: string;
  /** Names that it must be told apart from. */
  beside?: readonly string[] | undefined;
  /** Whether a word may be broken before it is cut. */
  breaks?: boolean;
}

export interface Fitted {
  lines: string[];
  size: number;
  /** From the middle of a line to that of the next. */
  step: number;
  isWhole: boolean;
}

/** What a name is measured by: on a file it is never cut. */
export interface Scale {
  measure: Measure;
  /** Pixels to a unit. */
  scale: number;
  isFile?: boolean;
}

/** Fit a name into its room. */
export function fitted({ measure, scale, isFile = false }: Scale, name: string, room: Room): Fitted {
  const { width, size, weight, mark = "", beside } = room;
  const text = name + mark;
  const wide = measure.width(text, 1, weight);
  const least = Math.min(size, isFile ? LEAST_ON_FILE : MIN_TEXT / scale);
  if (wide * least <= width) {
    const shown = wide * size <= width ? size : width / wide;
    return { lines: [text], size: shown, step: 0, isWhole: true };
  }
  const most = Math.min(MAX_LINES, Math.floor((room.height ?? 0) / least + 1e-6));
  for (const pieces of most > 1 ? [text.split(PLACES), ...(room.breaks ? [[...text]] : [])] : []) {
    for (let n = 2; n <= most; n += 1) {
      for (let tried = Math.min(size, (room.height as number) / n); tried >= least * 0.999; tried = tried > least && tried * SMALLER < least ? least : tried * SMALLER) {
        const lines = filled(pieces, width / tried, n, (piece) => measure.width(piece, 1, weight));
        if (lines) return { lines, size: tried, step: Math.min(STEP * tried, (room.height as number) / lines.length), isWhole: true };
      }
    }
  }
  if (isFile) return { lines: [text], size: width / wide, step: 0, isWhole: true };
  return { lines: [measure.clip(name, width, least, weight, mark, beside)], size: least, step: 0, isWhole: false };
}

/** Put pieces on at most so many lines; null if they do not fit. */
function filled(pieces: readonly string[], room: number, most: number, width: (text: string) => number): string[] | null {
  const lines = [""];
  for (const piece of pieces) {
    const longer = lines[lines.length - 1] + piece;
    if (width(longer.trimEnd()) <= room) lines[lines.length - 1] = longer;
    else if (lines.length < most && lines[0] && width(piece.trimEnd()) <= room) lines.push(piece);
    else return null;
  }
  return lines.map((line) => line.trim());
}
