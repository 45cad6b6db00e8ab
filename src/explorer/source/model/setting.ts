// The setting of the clusters, as Python holds it: how confidences become scores, and which count.

/** What the page needs of a setting; see the Python class of that name. */
export interface Setting {
  calibrate: "competition" | "decisions" | "both" | null;
  /** Offset and slope of the curve that makes scores probabilities. */
  weights: readonly [number, number] | null;
  /** Confidence at which a lone candidate is as likely to match as not; null takes the weakest. */
  no_match: number | null;
  /** Links below it count as absent; null for no floor. */
  floor: number | null;
  /** Decided links by which it was calibrated. */
  n_approved: number;
  n_rejected: number;
}

/** What a setting was made by: the status of each decided link that calibrates. */
export type DecidedBy = ReadonlyMap<number, number>;

/** Whether scores depend on rivals, and so on decisions about other links. */
export function hasRivals(setting: Setting): boolean {
  return setting.calibrate === "competition" || setting.calibrate === "both";
}
