// Ties the state to the address of the page, and to the browser's way back.
//
// A page in a frame without an address of its own may not write one: then it remembers by itself
// where it was, and its own way back works as well.

import type { Data } from "../model/data";
import { fromHash, toHash } from "./hash";
import type { Entry, State, Store } from "./state";

export interface History {
  /** Go back to where the reader was before; false if there is nothing to go back to. */
  back(): boolean;
  readonly canGoBack: boolean;
}

type Listening = Store & { onEntry: (entry: Entry) => void };

export function tie(data: Data, store: Listening, initial: State): History {
  let depth = 0;
  let own: string[] = [];
  let current = toHash(data, store.state, initial);
  let hasAddress = writes(() => history.replaceState({ depth }, "", address(current)));

  const restore = (hash: string) => {
    const { theme, decisions, search } = store.state;
    current = hash;
    // Decisions are not taken back by going back.
    const before = fromHash(data, hash, initial);
    restoring = true;
    store.set({ ...before, theme, decisions, search });
    restoring = false;
  };

  let restoring = false;
  store.onEntry = (entry) => {
    if (restoring) return;
    const next = toHash(data, store.state, initial);
    if (next === current) return;
    if (entry === "push") {
      depth += 1;
      if (hasAddress) hasAddress = writes(() => history.pushState({ depth }, "", address(next)));
      if (!hasAddress) own.push(current);
    } else if (hasAddress) later(next);
    current = next;
  };

  // Sliding writes often, and browsers refuse what is too often.
  let waiting = 0;
  const later = (next: string) => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      if (current === next) writes(() => history.replaceState({ depth }, "", address(next)));
    }, 150);
  };

  window.addEventListener("popstate", (event) => {
    clearTimeout(waiting);
    const state = event.state as { depth?: number } | null;
    depth = state?.depth ?? 0;
    restore(location.hash.slice(1));
  });

  return {
    back() {
      if (depth <= 0) return false;
      if (hasAddress) history.back();
      else {
        depth -= 1;
        restore(own.pop() as string);
      }
      return true;
    },
    get canGoBack() {
      return depth > 0;
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

function address(hash: string): string {
  return hash ? `#${hash}` : location.pathname + location.search;
}
