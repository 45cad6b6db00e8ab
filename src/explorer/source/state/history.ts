// Ties the state to the address of the page, and to the browser's way back.
//
// A page in a frame without an address of its own may not write one: then it remembers by itself
// where it was, and its own way back works as well.

import type { Pack } from "../model/pack";
import { fromHash, toHash } from "./hash";
import type { Entry, State, Store } from "./state";

export interface History {
  /** Go back to where the reader was before; false if there is nothing to go back to. */
  back(): boolean;
  readonly canGoBack: boolean;
  /** The end of the address that leads to what is shown. */
  readonly hash: string;
}

type Listening = Store & { onEntry: (entry: Entry) => void };

const SETTLED = 150; // milliseconds: sliding writes often, and browsers refuse what is too often
const PATIENCE = 600; // milliseconds in which a browser surely went back

/** Keep state and address alike; `restored` is told when the reader came back to somewhere. */
export function tie(pack: Pack, store: Listening, initial: State, restored: () => void): History {
  let depth = 0;
  let restoring = false;
  const trail = [toHash(pack, store.state, initial)]; // where the reader was, up to the present depth
  let hasAddress = writes(() => history.replaceState({ depth }, "", address(trail[0])));

  const restore = (hash: string) => {
    const { theme, decisions, search } = store.state;
    trail[depth] = hash;
    restoring = true;
    // Decisions are not taken back by going back.
    store.set({ ...fromHash(pack, hash, initial), theme, decisions, search });
    restoring = false;
    restored();
  };

  let waiting = 0;
  const settle = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (hasAddress) hasAddress = writes(() => history.replaceState({ depth }, "", address(trail[depth])));
  };

  store.onEntry = (entry) => {
    if (restoring) return;
    const next = toHash(pack, store.state, initial);
    if (next === trail[depth]) return;
    if (entry === "replace") {
      trail[depth] = next;
      clearTimeout(waiting);
      waiting = window.setTimeout(settle, SETTLED);
      return;
    }
    if (waiting) settle();
    depth += 1;
    trail.length = depth;
    trail[depth] = next;
    if (hasAddress) hasAddress = writes(() => history.pushState({ depth }, "", address(next)));
  };

  let going = 0;
  window.addEventListener("popstate", (event) => {
    clearTimeout(waiting);
    clearTimeout(going);
    waiting = going = 0;
    depth = (event.state as { depth?: number } | null)?.depth ?? 0;
    restore(location.hash.slice(1));
  });

  return {
    back() {
      if (depth <= 0) return false;
      if (!hasAddress) {
        depth -= 1;
        restore(trail[depth] ?? "");
      } else if (!going) {
        // A second step before the first is done could lead out of the page.
        going = window.setTimeout(() => (going = 0), PATIENCE);
        history.back();
      }
      return true;
    },
    get canGoBack() {
      return depth > 0;
    },
    get hash() {
      return trail[depth];
    },
  };
}

function writes(write: () => void): boolean {
  // The address of a frame made of text is no place for anything.
  if (location.protocol === "about:" || location.protocol === "data:") return false;
  try {
    write();
    return true;
  } catch {
    return false;
  }
}

/** The address of this page with another end, whatever kind of address it is. */
export function address(hash: string): string {
  const bare = location.href.replace(/#.*$/s, "");
  return hash ? `${bare}#${hash}` : bare;
}
