// The links that lineages follow: all with a weight, unless the reader leaves some out.

import { passing } from "./filters";
import type { Pack } from "./pack";
import type { View } from "./types";

const every = new WeakMap<Pack, Uint8Array>();
const unjoined = new WeakMap<Uint8Array, Uint8Array>();

/**
 * Return the view with the links that lineages follow among those that pass.
 *
 * The score from which fields are joined limits concepts, not lineages: it leaves links out only
 * where the reader has raised it above the one that the page began with.
 */
export function followed(view: View, atFirst: number): View {
  const { pack, state, passes, status, score } = view;
  if (state.threshold > atFirst) return view;
  const { hiddenStatuses, hiddenTypes, hiddenSystems } = state;
  const isFiltered = hiddenStatuses.size + hiddenTypes.size + hiddenSystems.size > 0;
  const make = (): Uint8Array => passing(pack, { ...state, threshold: 0 }, status, score);
  return { ...view, passes: isFiltered ? kept(unjoined, passes, make) : kept(every, pack, make) };
}

/** Searches are kept by their links: the same links are the same array. */
function kept<K extends object>(known: WeakMap<K, Uint8Array>, key: K, make: () => Uint8Array): Uint8Array {
  let found = known.get(key);
  if (!found) known.set(key, (found = make()));
  return found;
}
