// Numbers and counts for sentences.

/** Write a whole number with commas between thousands. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Write a number of things: "1 link", "1,200 links". */
export function counted(n: number, what: string): string {
  return `${grouped(n)} ${what}${n === 1 ? "" : "s"}`;
}

/** Write a confidence to three digits, but never as 1 or 0 unless it is that. */
export function shown(confidence: number): string {
  const rounded = Number(confidence.toPrecision(3));
  if (rounded > 0 && rounded < 1e-4) {
    const [digits, exponent] = rounded.toExponential().split("e-");
    return `${digits}e-${exponent.padStart(2, "0")}`;
  }
  const text = String(rounded);
  return text === "1" && confidence < 1 ? ">0.999" : text;
}

/** Write a score to six places, rounded down, so that the score passes what is written as a threshold. */
export function floored(score: number): string {
  if (score < 1e-6) return "0";
  const text = String(score);
  const point = text.indexOf(".");
  return point < 0 ? text : text.slice(0, point + 7).replace(/\.?0+$/, "");
}

/** Write a score with two decimals, but never as 1 or 0 unless it is that. */
export function scoreText(score: number): string {
  const text = score.toFixed(2);
  if (text === "1.00" && score < 1) return ">0.99";
  return text === "0.00" && score > 0 ? "<0.01" : text;
}

/** Write a score for reading, rounded down to two decimals, or to two digits where it is small: it passes what is written. */
export function lowered(score: number): string {
  if (score < 1e-6) return "0";
  const digits = score >= 0.1 ? 2 : 1 - Math.floor(Math.log10(score));
  const text = score.toFixed(12);
  return text.slice(0, text.indexOf(".") + 1 + digits).replace(/\.?0+$/, "");
}

/** Write a score from which fields are joined: with two or three decimals if they say it all. */
export const thresholdText = (score: number): string => (Number(score.toFixed(2)) === score ? score.toFixed(2) : Number(score.toFixed(3)) === score ? String(score) : lowered(score));

/** A score in a sentence: rounded down for reading, and as exact as it is known. */
export const loweredPart = (score: number): { readonly strong: string; readonly exact: string } => ({ strong: lowered(score), exact: floored(score) });

/** Join names in a sentence: "a", "a and b", "a, b and c". */
export function listed(names: readonly string[]): string {
  return names.length < 2
    ? names.join("")
    : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** A piece of a sentence; what is strong is what the eye should find: the name of a node, or a number that is known more exactly. */
export type Part = string | { readonly strong: string; readonly node?: number; readonly exact?: string };

/** A sentence without emphasis. */
export function plainText(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === "string" ? part : part.strong)).join("");
}

/** Write a share as a percentage with one decimal near its ends, but never as 100% or 0% unless it is that. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share > 0.999 && share < 1) return ">99.9%";
  const decimals = share < 0.0995 || share > 0.99 ? 1 : 0;
  return `${String(Number((100 * share).toFixed(decimals)))}%`;
}

/** A percentage in a sentence, and as exact as it is known. */
export const percentPart = (share: number): { readonly strong: string; readonly exact: string } => ({ strong: percent(share), exact: `${String(Number((100 * share).toPrecision(12)))}%` });

/** Write words as a title: "contact id" is "Contact ID". */
export function titled(words: string): string {
  const [first = "", ...others] = words.replace(/\bid\b/g, "ID");
  return first.toUpperCase() + others.join("");
}

const LEAST = 5; // characters that any name has

/** Cut a long name in its middle: what tells names apart is mostly at their ends. */
export function middle(text: string, most: number): string {
  const characters = [...text];
  most = Math.max(LEAST, most);
  if (characters.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${characters.slice(0, head).join("")}\u2026${characters.slice(characters.length - (most - 1 - head)).join("")}`;
}

const MOST_PARTS = 4; // of which the sizes are named

/** What a concept falls into, the largest part first: "12, 2 and 1", or "5 parts, the largest of 11". */
export const partsListed = (sizes: readonly number[]): string =>
  sizes.length > MOST_PARTS ? `${grouped(sizes.length)} parts, the largest of ${grouped(sizes[0])}` : listed(sizes.map(grouped));

const MOST_TYPED = 60; // characters of what was typed that are said again

/** What was typed, in quotation marks: a long text is cut in its middle. */
export const quoted = (text: string): string => `\u201c${middle(text.trim(), MOST_TYPED)}\u201d`;
