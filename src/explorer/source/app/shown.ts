// Which links are shown, in words: by the reader's filters, or by the score that joins.

import type { View } from "../model/types";
import { initialState } from "../state/hash";
import type { State } from "../state/state";

/** Number of filters that differ from those that the page began with. */
export const filtersInUse = (state: State, atFirst: Pick<State, "threshold">): number =>
  [state.hiddenStatuses, state.hiddenTypes, state.hiddenSystems].filter(({ size }) => size > 0).length +
  Number(state.threshold !== atFirst.threshold);

/** What the links that count are: shown, where the reader has set a filter, else joined from the score at which the page began. */
export function shownWord({ pack, state }: View): string {
  const { threshold } = initialState(pack);
  return threshold === 0 || filtersInUse(state, { threshold }) > 0 ? "shown" : `joined from ${threshold}`;
}
