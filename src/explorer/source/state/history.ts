// Keeps the state in the address of the page and in the browser's history.
//
// A page in a frame without an address of its own may not write one. It then keeps its own history, so
// that its button for going back works as well.

import type { Pack } from "../model/pack";
import { fromHash, toHash } from "./hash";
import type { Entry, State, Store } from "./state";

export interface History {
  /** Go back to where the reader was before; false if there is nothing to go back to. */
  back(): boolean;
  /** Change the state to what is above it; from there no step leads back to what it was. */
  up(change: Partial<State>): void;
  readonly canGoBack: boolean;
  /** The part of the address after # that leads to what is shown. */
  readonly hash: string;
}

type Listening = Store & { onEntry: (entry: Entry) => void };

const WRITE_DELAY = 150; // milliseconds: a slider changes the state often, and browsers refuse addresses that change too often
const BACK_DELAY = 600; // milliseconds in which a browser has certainly gone back

/** How far the content is scrolled. */
export interface Scroll {
  read(): number;
  /** Called after the reader went back or forward to where the content was scrolled so far. */
  restore(top: number): void;
}

const NO_SCROLL: Scroll = { read: () => 0, restore: () => {} };

/** Keep state and address in step; `restored` is called after the reader goes back or forward. */
export function tie(pack: Pack, store: Listening, initial: State, restored: () => void, scroll = NO_SCROLL): History {
  let depth = 0;
  let floor = 0; // depth below which nothing is that the reader came from
  let restoring = false;
  const tops: number[] = []; // how far each place was scrolled when the reader left it
  const trail = [toHash(pack, store.state, initial)]; // addresses where the reader was, up to the present depth
  let hasAddress = tryToWrite(() => history.replaceState({ depth }, "", address(trail[0])));

  const restore = (hash: string) => {
    const { theme, decisions, names, setting, calibratedBy, search } = store.state;
    trail[depth] = hash;
    restoring = true;
    // Going back does not undo decisions.
    store.set({ ...fromHash(pack, hash, initial), theme, decisions, names, setting, calibratedBy, search });
    restoring = false;
    restored();
    scroll.restore(tops[depth] ?? 0);
  };

  let waiting = 0;
  const settle = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (hasAddress) hasAddress = tryToWrite(() => history.replaceState({ depth }, "", address(trail[depth])));
  };

  store.onEntry = (entry) => {
    if (restoring) return;
    const next = toHash(pack, store.state, initial);
    if (next === trail[depth]) return;
    if (entry === "replace") {
      trail[depth] = next;
      clearTimeout(waiting);
      waiting = window.setTimeout(settle, WRITE_DELAY);
      return;
    }
    if (waiting) settle();
    tops[depth] = scroll.read();
    depth += 1;
    tops.length = depth;
    trail.length = depth;
    trail[depth] = next;
    if (hasAddress) hasAddress = tryToWrite(() => history.pushState({ depth }, "", address(next)));
  };

  let going = 0;
  window.addEventListener("popstate", (event) => {
    clearTimeout(waiting);
    clearTimeout(going);
    waiting = going = 0;
    tops[depth] = scroll.read();
    depth = (event.state as { depth?: number } | null)?.depth ?? 0;
    floor = Math.min(floor, depth);
    restore(location.hash.slice(1));
  });

  return {
    back() {
      if (depth <= floor) return false;
      if (!hasAddress) {
        depth -= 1;
        restore(trail[depth] ?? "");
      } else if (!going) {
        // A second step back before the first is complete could leave the page.
        going = window.setTimeout(() => (going = 0), BACK_DELAY);
        history.back();
      }
      return true;
    },
    up(change) {
      store.set(change, "push");
      floor = depth;
    },
    get canGoBack() {
      return depth > floor;
    },
    get hash() {
      return trail[depth];
    },
  };
}

function tryToWrite(write: () => void): boolean {
  // A frame made of text has no address to write to.
  if (location.protocol === "about:" || location.protocol === "data:") return false;
  try {
    write();
    return true;
  } catch {
    return false;
  }
}

/** The address of this page with another part after #. */
export function address(hash: string): string {
  const bare = location.href.replace(/#.*$/s, "");
  return hash ? `${bare}#${hash}` : bare;
}
