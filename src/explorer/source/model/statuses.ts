// Statuses and types of links as the page shows them: the known ones, and all others alike.

import { LINK_TYPES, REJECTED, STATUSES } from "../generated";
import type { Pack } from "./pack";

/** Code that all other statuses are shown under. */
export const OTHER = STATUSES.length;

/** Code that a status is shown under. */
export const shownStatus = (status: number) => Math.min(status, OTHER);

const TYPE_WORDS = ["exact rule", "estimate"];

/** A status in a sentence: "approved"; one that the page does not know stays as it came. */
export const statusWord = (pack: Pack, status: number): string =>
  STATUSES[status]?.toLowerCase() ?? pack.statuses[status] ?? "";

/** The sign between the ends of a link. */
export const signBetween = (status: number): "=" | "\u2260" => (status === REJECTED ? "\u2260" : "=");

/** What a link was found by, in plain words: "exact rule"; an unknown type stays as it came. */
export const typeWord = (pack: Pack, type: number): string =>
  (type < LINK_TYPES.length ? TYPE_WORDS[type] : pack.types[type]) ?? "";
