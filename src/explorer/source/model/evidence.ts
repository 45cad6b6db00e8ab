// Evidence of any shape, flattened into names and values.

import { visible } from "./pack";

export interface Fact {
  /** Its path in the evidence, in words: "value overlap, sampled rows". */
  name: string;
  value: string | number | boolean | null;
}

const MAX_FACTS = 200; // facts of one link; the whole text is shown below them

export function flattenEvidence(text: string): Fact[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return [{ name: "evidence", value: visible(text) }];
  }
  const facts: Fact[] = [];
  const walk = (value: unknown, names: string[]) => {
    if (facts.length >= MAX_FACTS) return;
    if (Array.isArray(value)) {
      if (value.every((item) => item === null || typeof item !== "object")) {
        facts.push({ name: names.join(", "), value: visible(value.map(String).join(", ")) });
      } else value.forEach((item, index) => walk(item, [...names, String(index + 1)]));
    } else if (value !== null && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...names, readableName(key)]);
    } else {
      const plain = value as string | number | boolean | null;
      facts.push({ name: names.join(", "), value: typeof plain === "string" ? visible(plain) : plain });
    }
  };
  walk(content, []);
  return facts;
}

/** Write "valueOverlap" and "value_overlap" as words. */
export function readableName(key: string): string {
  return visible(key).replace(/_+/g, " ").replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`).trim() || "\u2013";
}
