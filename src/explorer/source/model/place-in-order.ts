// The place of a concept among all that are listed: those in several systems, in the order of the list.

import { labelsInOrder } from "./names";
import type { Clustering, View } from "./types";
import type { Order } from "../state/state";

const known = new WeakMap<Clustering, Map<Order, { shared: Int32Array; all: Int32Array }>>();

/** Labels in order, and the position of one: of those in several systems if it is one of these, else of all. */
export function placeInOrder({ pack, clusters, state }: View, cluster: number): { labels: Int32Array; at: number } {
  let byOrder = known.get(clusters);
  if (!byOrder) {
    byOrder = new Map();
    known.set(clusters, byOrder);
  }
  let found = byOrder.get(state.order);
  if (!found) {
    const all = labelsInOrder(clusters, state.order);
    const shared = all.filter((label) => {
      const [first, ...others] = clusters.members(label);
      return others.some((node) => pack.system[node] !== pack.system[first]);
    });
    found = { shared, all };
    byOrder.set(state.order, found);
  }
  const at = found.shared.indexOf(cluster);
  return at >= 0 ? { labels: found.shared, at } : { labels: found.all, at: found.all.indexOf(cluster) };
}
