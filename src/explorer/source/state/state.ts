// What the reader has chosen: one value, changed in one place.

import type { ORDERS } from "../generated";
import type { ReviewOrder } from "../model/review/orders";
import type { Level } from "../model/pack";
import type { DecidedBy, Setting } from "../model/setting";

export type Layout = "lanes" | "layers" | "force" | "matrix";
export type Colour = "cluster" | "system" | "status";
export type Tab = "links" | "clusters" | "nodes" | "decisions";
/** What clusters are sorted by. */
export type Order = (typeof ORDERS)[number];
/** What is open: the parts of the page. */
export const PAGES = ["start", "concepts", "map", "table", "tables", "lineage", "join", "review", "links", "changes", "why", "paths"] as const;
export type PageName = (typeof PAGES)[number];
/** Concepts that are listed: all, those of one kind, or those about which something is to be done. */
export type Listing = "" | "identifies" | "describes" | "shared";
export const REVIEW_GROUPS = ["", "contradiction", "exact rule", "scored", "unscored"] as const;
export type ReviewGroup = (typeof REVIEW_GROUPS)[number];
export type Only = "" | "contradiction" | "undecided" | "single" | "decided" | "settled";
/** What links are sorted by; "" is by the worth of their concepts. */
export const LINK_ORDERS = ["", "status", "from", "to", "type", "score", "decided"] as const;
export type LinkOrder = (typeof LINK_ORDERS)[number];
export type Theme = "auto" | "light" | "dark";

/** What the reader looks at; everything else fades. */
export type Focus =
  /** A node's neighbours, or what is up- or downstream of it, within so many steps; Infinity for all. */
  | { kind: "near" | "up" | "down" | "both"; node: number; hops: number }
  /** The strongest path from one node to another. */
  | { kind: "path"; from: number; to: number }
  /** The cluster that a node is in, at the present threshold. */
  | { kind: "cluster"; member: number }
  /** All links from one table or system to another. */
  | { kind: "line"; source: number; target: number }
  /** Two systems side by side, or one with itself. */
  | { kind: "pair"; left: number; right: number }
  | { kind: "link"; link: number }
  /** The result that the page was made for. */
  | { kind: "result" };

export interface State {
  page: PageName;
  /** Which concepts are listed: words that they have, their kind, and what is to be done about them. */
  query: string;
  listing: Listing;
  only: Only;
  /** A table of the entity whose concepts are listed; -1 for all. */
  entity: number;
  /** How links are sorted; "-" before the column for downwards. */
  sort: LinkOrder | `-${LinkOrder}`;
  /** Lowest score of the links that are listed, in [0, 1]. */
  least: number;
  /** Which changes are listed: "links:removed", "concepts:merged:decided"; "" for all of concepts. */
  group: string;
  /** Which part of a long list is open, from 0. */
  part: number;
  /** Systems that a listed concept must have, each of them. */
  having: ReadonlySet<number>;
  /** System by whose fields concepts are sorted; -1 to sort them by `order`. */
  fieldsIn: number;
  /** Tables to join; -1 while one is not chosen. */
  joinA: number;
  joinB: number;
  /** The way that is drawn large, from 0. */
  way: number;
  /** The last field of that way, where several are as good; -1 for the best. */
  end: number;
  /** Whether only ways are listed that identify rows. */
  keysOnly: boolean;
  /** Of a lineage: fields that are opened a step further, and groups that are opened into their fields. */
  more: ReadonlySet<number>;
  /** Whether a lineage follows approved links only, and of ways to join those of approved steps are listed. */
  approvedOnly: boolean;
  /** Two nodes of which it is asked on a concept's page why they are together or not. */
  why: readonly [number, number] | null;
  /** In what order a review asks. */
  ask: ReviewOrder;
  /** The group of questions that a review asks about; "" for all. */
  askedGroup: ReviewGroup;
  level: Level;
  layout: Layout;
  colour: Colour;
  /** Lowest score that counts, in [0, 1], inclusive. */
  threshold: number;
  /** Codes that are hidden. */
  hiddenStatuses: ReadonlySet<number>;
  hiddenTypes: ReadonlySet<number>;
  hiddenSystems: ReadonlySet<number>;
  /** Tables that are opened into their columns; at the level of columns, those that are closed. */
  toggled: ReadonlySet<number>;
  /** Whether every line is drawn, whatever their number. */
  all: boolean;
  /** What clusters are sorted by where they are listed. */
  order: Order;
  focus: Focus | null;
  /** The table below the picture, if it is open. */
  tab: Tab | null;
  theme: Theme;
  search: string;
  /** Decisions about links, by position, in the order in which they were made. */
  decisions: ReadonlyMap<number, Decision>;
  /** Names that people gave to the clusters of nodes, by node id, as a file has them. */
  names: ReadonlyMap<string, GivenName>;
  /** The setting that the reader made of their decisions; null for that of the pack. */
  setting: Setting | null;
  /** The decisions by which it was made; null for those of the pack. */
  calibratedBy: DecidedBy | null;
}

/** The state before an address or a pack says anything. */
export const plainState = (): State => ({
  page: "start",
  query: "",
  listing: "",
  only: "",
  entity: -1,
  sort: "",
  least: 0,
  part: 0,
  group: "",
  having: new Set(),
  fieldsIn: -1,
  ask: "uncertainty",
  joinA: -1,
  joinB: -1,
  way: 0,
  end: -1,
  keysOnly: false,
  more: new Set(),
  approvedOnly: false,
  askedGroup: "",
  why: null,
  level: 1,
  layout: "lanes",
  colour: "system",
  threshold: 0,
  hiddenStatuses: new Set(),
  hiddenTypes: new Set(),
  hiddenSystems: new Set(),
  toggled: new Set(),
  all: false,
  order: "identity",
  focus: null,
  tab: null,
  theme: "auto",
  search: "",
  decisions: new Map(),
  names: new Map(),
  setting: null,
  calibratedBy: null,
});

export interface Decision {
  status: number;
  /** Milliseconds since 1970; 0 if it is not known. */
  at: number;
  note: string;
  who?: string;
  /** How the reviewer was asked, in the words of the journal. */
  asked?: string;
  /** Confidence that the link had then, in [0, 1]. */
  confidence?: number;
}

/** A name that a person gave to the cluster of a node. */
export interface GivenName {
  name: string;
  /** Milliseconds since 1970; 0 if it is not known. */
  at: number;
  who?: string;
  note?: string;
}

/** How a change enters the browser's history. */
export type Entry = "push" | "replace";

export interface Store {
  readonly state: State;
  set(change: Partial<State>, entry?: Entry): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(initial: State): Store & { onEntry: (entry: Entry) => void } {
  let state = initial;
  const listeners = new Set<() => void>();
  const store = {
    get state() {
      return state;
    },
    onEntry: (_: Entry) => {},
    set(change: Partial<State>, entry: Entry = "replace") {
      state = { ...state, ...change };
      store.onEntry(entry);
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return store;
}

/** Take a code out of one of the sets of what is chosen, or put it in: as it is now, not as it was drawn. */
export function flip(store: Store, name: "hiddenStatuses" | "hiddenTypes" | "hiddenSystems" | "having", code: number): Partial<State> {
  const next = new Set(store.state[name]);
  if (!next.delete(code)) next.add(code);
  return { [name]: next };
}

export function isOpen(state: State, table: number): boolean {
  return (state.level === 2) !== state.toggled.has(table);
}
