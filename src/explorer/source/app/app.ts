// What every part of the page works with: the pack, the store, and what a reader can do.

import type { ClusterEngine } from "../model/clusters";
import type { Pack } from "../model/pack";
import { decisionsFile, readDecisionsFile } from "../model/decide";
import type { View } from "../model/types";
import { counted } from "../model/words";
import { saveText } from "../out/save";
import type { Drawn, Hover } from "../picture/events";
import type { Picture } from "../picture/picture";
import type { History } from "../state/history";
import type { Focus, State, Store } from "../state/state";

export interface App {
  readonly pack: Pack;
  readonly store: Store;
  readonly engine: ClusterEngine;
  readonly history: History;
  view(): View;
  /** Set once the stage is there. */
  picture: Picture | null;
  /** What changes often and belongs to no address. */
  readonly ui: Ui;
  setUi(change: Partial<Ui>): void;
}

export interface Ui {
  /** Told to screen readers. */
  said: string;
  hover: Hover | null;
  drawn: Drawn;
  /** A node from which a path is to be drawn to the next one that is clicked. */
  pathFrom: number;
  /** On narrow screens: which sheet is open. */
  sheet: "filters" | "details" | null;
  help: boolean;
  menu: boolean;
  /** Height of the table below the picture, in pixels. */
  tableHeight: number;
  /** Decisions that are in no file yet. */
  unsaved: number;
  problem: string;
}

export const firstUi: Ui = {
  said: "",
  hover: null,
  drawn: { nodes: 0, lines: 0, ofLines: 0, links: 0 },
  pathFrom: -1,
  sheet: null,
  help: false,
  menu: false,
  tableHeight: 300,
  unsaved: 0,
  problem: "",
};

// --- what a reader does ----------------------------------------------------------------------

/** Look at something: everything else fades, and the way back leads here. */
export function lookAt(app: App, focus: Focus | null, reveal = true): void {
  const { state } = app.store;
  const { pathFrom } = app.ui;
  // While the other end of a path is asked for, it is whatever is chosen: here, in a list, by search.
  if (pathFrom >= 0 && focus?.kind === "near" && focus.node !== pathFrom) {
    focus = { kind: "path", from: pathFrom, to: focus.node };
  }
  const change: Partial<State> = { focus };
  if (focus && state.layout === "matrix") change.layout = "lanes";
  // A column is looked at where columns can be seen.
  if (focus && state.level === 0 && focus.kind !== "line") change.level = 1;
  if (focus && state.level === 0 && focus.kind === "line" && app.pack.level(focus.source) > 0) change.level = 1;
  app.store.set(change, "push");
  app.setUi({ pathFrom: -1, sheet: focus && narrow() ? "details" : app.ui.sheet });
  if (reveal && focus) revealFocus(app);
}

export const narrow = () => matchMedia("(max-width: 800px)").matches;

const WIDE = 9; // tables

/** Bring what is looked at into sight, once the page has drawn it and its panels have their place. */
export function revealFocus(app: App): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const { seen, state } = app.view();
      if (!seen || !app.picture) return;
      const { focus } = state;
      // Neighbours all over the organisation would be too small to read: then the node itself.
      const tables = new Set(Array.from(seen.nodes, (node) => app.pack.table[node]));
      const sheet = narrow() && app.ui.sheet ? document.querySelector(`.${app.ui.sheet}`) : null;
      const floor = sheet ? sheet.getBoundingClientRect().top : Infinity;
      if (tables.size > WIDE && focus && "node" in focus) app.picture.reveal([focus.node], -1, floor);
      else app.picture.reveal(seen.nodes, focus?.kind === "near" && state.layout !== "layers" ? focus.node : -1, floor);
    }),
  );
}

/** The node that is looked at, or -1. */
export function focusNode(state: State): number {
  const { focus } = state;
  if (!focus) return -1;
  if ("node" in focus) return focus.node;
  if (focus.kind === "path") return focus.from;
  if (focus.kind === "cluster") return focus.member;
  return -1;
}

export function lookNear(app: App, node: number, kind: "near" | "up" | "down" | "both" = "near", hops = 1): void {
  lookAt(app, { kind, node, hops });
}

export function back(app: App): void {
  if (app.ui.pathFrom >= 0) {
    app.setUi({ pathFrom: -1 });
    return;
  }
  if (app.history.back()) return;
  if (app.store.state.focus) app.store.set({ focus: null }, "push");
}

export function toggle(app: App, table: number): void {
  const toggled = new Set(app.store.state.toggled);
  if (toggled.has(table)) toggled.delete(table);
  else toggled.add(table);
  app.store.set({ toggled });
}

/** Draw the strongest path between two nodes. */
export function lookAtPath(app: App, from: number, to: number): void {
  if (from === to) {
    app.setUi({ pathFrom: -1 });
    return;
  }
  lookAt(app, { kind: "path", from, to });
}

/** Decide about a link; `null` takes the page's own decision back. */
export function decide(app: App, link: number, status: number | null, note = ""): void {
  const decisions = new Map(app.store.state.decisions);
  decisions.delete(link);
  if (status !== null) decisions.set(link, { status, at: Date.now(), note });
  setDecisions(app, decisions);
  const told = status === null ? "Decision taken back." : `Link is ${app.pack.statuses[status]} now.`;
  app.setUi({ said: told });
}

export function undo(app: App): void {
  const last = [...app.store.state.decisions.keys()].pop();
  if (last !== undefined) decide(app, last, null);
}

/** Hand the decisions to the reader, as the Python package reads them. */
export function exportDecisions(app: App): void {
  saveText("decisions.json", "application/json", decisionsFile(app.pack, app.store.state.decisions));
  app.setUi({ unsaved: 0, said: "Decisions are in the file decisions.json." });
}

/** Add those of a file to the decisions; its own count where both decide about a link. */
export async function readDecisions(app: App, file: File): Promise<void> {
  const found = readDecisionsFile(app.pack, await file.text());
  const decisions = new Map(app.store.state.decisions);
  for (const [link, decision] of found) {
    decisions.delete(link);
    decisions.set(link, decision);
  }
  setDecisions(app, decisions);
  app.setUi({ said: `${counted(found.size, "decision")} read.` });
}

export function setDecisions(app: App, decisions: State["decisions"]): void {
  app.store.set({ decisions });
  app.setUi({ unsaved: decisions.size ? app.ui.unsaved + 1 : 0 });
  keep(app.pack, decisions);
}

// --- decisions outlive a reload --------------------------------------------------------------

const key = (pack: Pack) =>
  `hummgraph:${pack.header.title}:${pack.nLinks}:${pack.nLinks ? pack.linkId(0) + pack.linkId(pack.nLinks - 1) : ""}`;

function keep(pack: Pack, decisions: State["decisions"]): void {
  try {
    const rows = [...decisions].map(([link, { status, at, note }]) => [pack.linkId(link), status, at, note]);
    sessionStorage.setItem(key(pack), JSON.stringify(rows));
  } catch {
    // A frame may have no storage: then decisions last as long as the page.
  }
}

export function kept(pack: Pack): State["decisions"] {
  const decisions = new Map<number, { status: number; at: number; note: string }>();
  try {
    const rows = JSON.parse(sessionStorage.getItem(key(pack)) ?? "[]") as [unknown, unknown, unknown, unknown][];
    for (const [id, status, at, note] of rows) {
      const link = typeof id === "string" ? pack.linkOfId(id) : -1;
      // Other pages may write here too: what no decision of this one can be is passed over.
      const known = typeof status === "number" && pack.statuses[status] !== undefined;
      if (link < 0 || !known || !Number.isFinite(at) || typeof note !== "string") continue;
      decisions.set(link, { status, at: at as number, note });
    }
  } catch {
    // No storage, or not ours: begin without.
  }
  return decisions;
}
