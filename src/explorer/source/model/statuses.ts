// Statuses as the page shows them: the known ones, and all others alike.

import { STATUSES } from "../generated";

/** Code that all other statuses are shown under. */
export const OTHER = STATUSES.length;

/** Code that a status is shown under. */
export const shownStatus = (status: number) => Math.min(status, OTHER);
