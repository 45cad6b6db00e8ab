// In what order a review asks about suggestions.

export const REVIEW_ORDERS = ["uncertainty", "flips", "random"] as const;
export type ReviewOrder = (typeof REVIEW_ORDERS)[number];
