// The place of a concept in the list that the reader chose: its filters and its order.

import { conceptsOf, filtersInUse, NO_FILTERS } from "./listing";
import { labelsInOrder } from "./names";
import type { View } from "./types";

export interface PlaceInOrder {
  /** Labels in order. */
  readonly labels: Int32Array;
  readonly at: number;
  /** Whether filters keep concepts out. */
  readonly isPart: boolean;
}

/**
 * Labels in order, and the position of one: as they are listed; of all in several systems if the filters
 * keep it out; or of all if it is in one system only.
 */
export function placeInOrder(view: View, cluster: number): PlaceInOrder {
  const { clusters, state } = view;
  const chosen = conceptsOf(view).labels;
  const at = chosen.indexOf(cluster);
  if (at >= 0) return { labels: chosen, at, isPart: filtersInUse(state) > 0 };
  const shared = conceptsOf({ ...view, state: { ...state, ...NO_FILTERS } }).labels;
  const labels = shared.includes(cluster) ? shared : labelsInOrder(clusters, state.order);
  return { labels, at: labels.indexOf(cluster), isPart: false };
}
