// The evidence of a link in a few words, for lists.

import { visible } from "./pack";
import { grouped } from "./words";

const MAX_MATCHER = 40; // characters of a matcher's name

/** What a matcher found, from its counts; empty if it says nothing. */
export function evidenceLine(text: string | null): string {
  const evidence = parsed(text);
  if (!evidence) return "";
  const rows = inner(evidence["rows"]);
  const sample = inner(evidence["sample"]);
  const share = (value: unknown): string => `${Math.floor(100 * (value as number))}%`;
  if (isCount(rows?.["equal"]) && isCount(rows["compared"])) {
    return `copy, ${grouped(rows["equal"])} of ${grouped(rows["compared"])} rows equal`;
  }
  if (isCount(sample?.["shared"]) && isCount(sample["rows"])) {
    return `${grouped(sample["shared"])} of ${grouped(sample["rows"])} sampled rows in both`;
  }
  if (isShare(evidence["match_rate"])) return `declared key, ${share(evidence["match_rate"])} of rows match`;
  if (isShare(evidence["agreement"])) return `format agrees in ${share(evidence["agreement"])}`;
  if (isCount(evidence["shared_columns"]) && isCount(evidence["of"])) {
    return `${grouped(evidence["shared_columns"])} of ${grouped(evidence["of"])} fields alike`;
  }
  if (isShare(evidence["name_similarity"])) {
    return evidence["name_similarity"] === 1 ? "same name" : `names ${share(evidence["name_similarity"])} alike`;
  }
  const matcher = evidence["matcher"] ?? evidence["method"];
  if (typeof matcher !== "string") return "";
  const words = visible(matcher).replace(/_+/g, " ").trim();
  return words.length > MAX_MATCHER ? "" : words;
}

function parsed(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  try {
    return inner(JSON.parse(text));
  } catch {
    return null;
  }
}

function inner(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isShare = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1;
