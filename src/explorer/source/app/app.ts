// What every part of the page works with: the pack, the store, and what a reader can do.

import { decidedBy, newDecisions, recalibrated } from "../model/calibrate";
import type { ClusterEngine } from "../model/clusters";
import type { Pack } from "../model/pack";
import { describeRecalibration } from "../model/decide";
import { followed } from "../model/followed";
import { decisionsFile, mergedWith, ownDecision, readDecisionsFile } from "../model/journal";
import { reach } from "../model/paths";
import { statusWord } from "../model/statuses";
import type { View } from "../model/types";
import { counted, grouped as number } from "../model/words";
import { isFramed, saveSurely } from "../out/save";
import type { Drawn, Hover } from "../picture/events";
import type { Picture } from "../picture/picture";
import { initialState, isOfMap, isOfTable } from "../state/hash";
import type { History } from "../state/history";
import type { Focus, PageName, State, Store } from "../state/state";
import { storeDecisions, storeSetting } from "./kept";

export interface App {
  readonly pack: Pack;
  readonly store: Store;
  readonly engine: ClusterEngine;
  readonly history: History;
  view(): View;
  /** What a page in a notebook says to Python; null for all other pages. */
  bridge: Bridge | null;
  /** Set once the stage is there. */
  picture: Picture | null;
  /** What changes often and is not part of the address. */
  readonly ui: Ui;
  setUi(change: Partial<Ui>): void;
}

export interface Bridge {
  /** Open the page in a window of its own. */
  openFull(): void;
}

export interface Ui {
  /** Text that screen readers read out. */
  announcement: string;
  hover: Hover | null;
  drawn: Drawn;
  /** The node at which a path starts while the reader chooses its other end; -1 for none. */
  pathFrom: number;
  /** On narrow screens: which sheet is open. */
  sheet: "filters" | "details" | null;
  help: boolean;
  menu: boolean;
  /** Whether the filters of the map are open. */
  filters: boolean;
  /** Whether the search is open. */
  finding: boolean;
  /** What is done with what is found: it is opened, what depends on it is, or why two are together. */
  purpose: "open" | "depends" | "why";
  /** The node of a lineage to which the way is shown; -1 for none. */
  chosen: number;
  /** Height of the table below the picture, in pixels. */
  tableHeight: number;
  /** What the latest recalibration changed, and the state of which that is true. */
  recalibrated: { readonly said: string; readonly of: State } | null;
  /** Decisions that are in no file yet, as far as is certain. */
  unsaved: number;
  /** Whether the reader is asked if a file came, or has its text to copy. */
  saving: "" | "asked" | "text" | "copied";
  /** What was before each act, the latest at the end, for undoing. */
  past: readonly Pick<State, "decisions" | "names" | "setting" | "calibratedBy">[];
  problem: string;
  /** Where Python is, for a page in a notebook: not heard of yet, in touch, or silent. */
  python: "" | "asked" | "here" | "silent";
  /** Whether the page has the size of a cell of a notebook. */
  compact: boolean;
  /** What was just done, in words that are seen for a while, and whether it can be undone. */
  done: { readonly said: string; readonly undoes: boolean } | null;
}

export const firstUi: Ui = {
  announcement: "",
  hover: null,
  drawn: { nodes: -1, lines: 0, ofLines: 0, links: 0 },
  pathFrom: -1,
  sheet: null,
  help: false,
  menu: false,
  filters: false,
  finding: false,
  purpose: "open",
  chosen: -1,
  tableHeight: 300,
  recalibrated: null,
  unsaved: 0,
  saving: "",
  past: [],
  problem: "",
  python: "",
  compact: false,
  done: null,
};

// --- what a reader does ----------------------------------------------------------------------

/** Set the focus: everything else fades, and a step is added to the browser's history. */
export function lookAt(app: App, focus: Focus | null, reveal = true): void {
  const { state } = app.store;
  const { pathFrom } = app.ui;
  // While the reader chooses the other end of a path, any node they choose is that end.
  if (pathFrom >= 0 && focus?.kind === "near" && focus.node !== pathFrom) {
    focus = { kind: "path", from: pathFrom, to: focus.node };
  }
  app.store.set(changeFor(app.pack, state, focus), "push");
  app.setUi({ pathFrom: -1, sheet: focus && narrow() ? "details" : app.ui.sheet });
  if (reveal && focus) revealFocus(app);
}

/** The page that shows a focus: the present one if it does, else all tables, which show any. */
export function pageFor(pack: Pack, page: PageName, focus: Focus): PageName {
  if ((page === "lineage" && isLineage(focus)) || (page === "table" && isOfTable(pack, focus))) return page;
  if (focus.kind === "pair" && page !== "links" && page !== "tables") return "map";
  const shows = (page === "concepts" && focus.kind === "cluster") || (page === "review" && focus.kind === "link") || page === "links" || (page === "map" && isOfMap(pack, focus));
  return shows ? page : "tables";
}

/** What has to change for a focus to be drawn at all. */
export function changeFor(pack: Pack, state: State, focus: Focus | null): Partial<State> {
  const change: Partial<State> = { focus };
  if (!focus) return change;
  if (state.layout === "matrix") change.layout = "lanes";
  // Systems alone show no column: go to the level of tables.
  if (state.level === 0 && (focus.kind !== "line" || pack.level(focus.source) > 0)) change.level = 1;
  const ends =
    "node" in focus
      ? [focus.node]
      : focus.kind === "path"
        ? [focus.from, focus.to]
        : focus.kind === "link"
          ? [pack.source[focus.link], pack.target[focus.link]]
          : [];
  const hidden = ends.map((node) => pack.system[node]).filter((system) => state.hiddenSystems.has(system));
  if (hidden.length) {
    change.hiddenSystems = new Set([...state.hiddenSystems].filter((system) => !hidden.includes(system)));
  }
  return change;
}

const noJoin = { joinA: -1, joinB: -1, way: 0, end: -1, keysOnly: false } as const;
const freshListing: Partial<State> = { ...noJoin, query: "", listing: "", only: "", entity: -1, sort: "", least: 0, part: 0, group: "", askedGroup: "", more: new Set(), approvedOnly: false };

const isLineage = ({ kind }: Focus): boolean => kind === "up" || kind === "down" || kind === "both" || kind === "result";

/** Open a page, as it is when one comes from elsewhere; other settings may be given. */
export function openPage(app: App, page: PageName, change: Partial<State> = {}): void {
  // What is listed on another page is of that page.
  const afresh = page === app.store.state.page ? {} : freshListing;
  // All tables open again as they were left; on a phone the rows would cover what is looked at.
  const tab = narrow() ? { tab: null } : {};
  app.store.set({ focus: null, why: null, ...tab, ...afresh, ...change, page }, "push");
  app.setUi({ pathFrom: -1, sheet: null, menu: false, finding: false });
  toContentOnceDrawn(app, true);
}

/** Settings that list all concepts. */
export const everyConcept = { query: "", listing: "", only: "", entity: -1 } as const;

/** Open the concept of a member; it has one address, whichever member leads to it. */
export function openConcept(app: App, member: number): void {
  const { clusters } = app.view();
  const label = clusters.labels[member];
  openPage(app, "concepts", { focus: { kind: "cluster", member: label < 0 ? member : clusters.members(label)[0] } });
}

/** Open the answer to why two nodes are together or not, at the concept of the first, or of the second. */
export function openWhy(app: App, a: number, b: number): void {
  const { labels } = app.view().clusters;
  const member = labels[a] < 0 && labels[b] >= 0 ? b : a;
  const label = labels[member];
  openPage(app, "concepts", { focus: { kind: "cluster", member: label < 0 ? member : app.view().clusters.members(label)[0] }, why: [a, b] });
}

/** Open a link where it is reviewed, whatever its status. */
export function openLink(app: App, link: number): void {
  openPage(app, "review", { focus: { kind: "link", link } });
}

/** Open two systems side by side, or one with itself. */
export function openPair(app: App, left: number, right: number): void {
  openPage(app, "map", { focus: { kind: "pair", left, right } });
}

/** Open a table, or that of a field, which is marked in it; what lies in no table opens in the picture. */
export function openTable(app: App, node: number): void {
  const focus: Focus = { kind: "near", node, hops: 1 };
  if (app.pack.table[node] < 0) {
    openOnMap(app, focus);
    return;
  }
  openPage(app, "table", { focus, query: "" });
  // After the page was scrolled to its top.
  const reveal = (): void => document.querySelector("#content [data-node][aria-current=true]")?.scrollIntoView({ block: "center" });
  requestAnimationFrame(() => requestAnimationFrame(reveal));
}

/** Open the picture on a focus. */
export function openOnMap(app: App, focus: Focus): void {
  openPage(app, "tables", changeFor(app.pack, app.store.state, focus));
  revealFocus(app);
}

/** Open what a field or table links to, or nothing if no node is known: then the search asks for one. */
export function openDependents(app: App, node: number): void {
  if (node >= 0) openLineage(app, node);
  else startSearch(app, "depends");
}

const MOST_AT_FIRST = 60; // nodes in two steps; with more of them one step is shown first

/** Open the lineage of a node: what depends on it, two steps, or one where two are many. */
export function openLineage(app: App, node: number, kind: "down" | "up" | "both" = "down", hops = 0): void {
  const firstHops = (): number => (reach(followed(app.view(), initialState(app.pack).threshold), node, kind, 2).nodes.size > MOST_AT_FIRST ? 1 : 2);
  openPage(app, "lineage", { focus: { kind, node, hops: hops || firstHops() }, more: new Set() });
  app.setUi({ chosen: -1 });
}

/** Go to the search; what is chosen there opens, or what depends on it does. */
export function startSearch(app: App, purpose: Ui["purpose"] = "open"): void {
  app.setUi({ purpose, finding: true, help: false, menu: false });
  // At once, so that no key goes elsewhere: on narrow screens the field is hidden until the head says so.
  document.querySelector(".head")?.classList.add("finding");
  const take = () => {
    const box = document.querySelector<HTMLInputElement>("#search");
    if (!app.ui.finding || !box || document.activeElement === box) return;
    box.focus();
    box.select();
  };
  take();
  requestAnimationFrame(take); // where it was disabled or not yet drawn
}

/** Close the search, as it is after something was chosen. */
export function endSearch(app: App): void {
  app.setUi({ finding: false, purpose: "open" });
}

/** Join the table of a node with another one, which the page asks for; without a node with two. */
export function startJoin(app: App, node: number): void {
  openJoin(app, node >= 0 ? app.pack.table[node] : -1);
}

/** Open the ways to join two tables; -1 for one that is still to be chosen. */
export function openJoin(app: App, joinA: number, joinB = -1): void {
  openPage(app, "join", { joinA, joinB, way: 0, end: -1 });
}

/** Give the keyboard to the page that opened, once it is drawn, unless the reader searches again by then. */
export function toContentOnceDrawn(app: App, top = false): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (top) document.querySelector("#content")?.scrollTo(0, 0);
      if (!app.ui.finding) toContent();
    }),
  );
}

/** Give the keyboard to the content of the page: to its title, or to the picture. */
export function toContent(): void {
  const content = document.querySelector<HTMLElement>("#content");
  const first = content?.querySelector<HTMLElement>("[data-first]") ?? content?.querySelector<HTMLElement>("h1, #stage") ?? content;
  if (!first) return;
  if (first.tabIndex < 0) first.tabIndex = -1; // a title can have the keyboard, but is no stop of it
  first.focus({ preventScroll: true });
}

export const narrow = () => matchMedia("(max-width: 800px)").matches;

const MAX_TABLES_IN_SIGHT = 9; // tables

/** Bring the focus into sight, once it is drawn and the panels have their size. */
export function revealFocus(app: App): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const { seen, state } = app.view();
      if (!seen || !app.picture) return;
      const { focus } = state;
      // Neighbours all over the organisation would be too small to read: show the node itself.
      const tables = new Set(Array.from(seen.nodes, (node) => app.pack.table[node]));
      const sheet = narrow() && app.ui.sheet ? document.querySelector(`.${app.ui.sheet}`) : null;
      const floor = sheet ? sheet.getBoundingClientRect().top : Infinity;
      if (tables.size > MAX_TABLES_IN_SIGHT && focus && "node" in focus) app.picture.reveal([focus.node], -1, floor);
      else app.picture.reveal(seen.nodes, focus?.kind === "near" && state.layout !== "layers" ? focus.node : -1, floor);
    }),
  );
}

/** The node in focus, -1 for none. */
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
  const { page, focus } = app.store.state;
  // There is nothing above these pages but Start.
  const isOfOne = page === "table" || page === "lineage" || page === "join";
  if (!isOfOne && !focus) return;
  app.history.up({ focus: null, why: null, ...(isOfOne ? { page: "start" } : {}) });
  if (isOfOne) toContentOnceDrawn(app, true);
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

/** Say what was done, to the eye and to screen readers. */
export function tell(app: App, said: string, undoes: boolean): void {
  app.setUi({ announcement: said, done: { said, undoes } });
}

/** Decide about a link; `null` takes the reader's decision back. */
export function decide(app: App, link: number, status: number | null, note = "", asked = "chosen"): void {
  const decisions = new Map(app.store.state.decisions);
  const before = decisions.get(link);
  decisions.delete(link);
  const made = status === null ? null : { ...ownDecision(app.pack, link, status, Date.now(), note), asked };
  // Another note to the same decision does not change how it was asked.
  if (made) decisions.set(link, before?.status === status ? { ...before, at: made.at, note } : made);
  const { past } = app.ui;
  setDecisions(app, decisions);
  // A note belongs to its decision: both are undone at once.
  if (made && before?.status === status) app.setUi({ past });
  tell(app, status === null ? "Decision taken back." : `Link is ${statusWord(app.pack, status)} now.`, true);
}

/** Undo the last act of deciding, naming, recalibrating or reading a file: all is as it was before it. */
export function undo(app: App): void {
  const before = app.ui.past.at(-1);
  const { state } = app.store;
  if (before && before.decisions === state.decisions && before.names === state.names) {
    const { setting, calibratedBy } = before;
    takeSettingBack(app, { setting, calibratedBy });
    app.setUi({ past: app.ui.past.slice(0, -1) });
    return;
  }
  if (before) {
    setDecisions(app, before.decisions, before.names);
    app.setUi({ past: app.ui.past.slice(0, -2) });
    tell(app, "The last decision is undone.", false);
    return;
  }
  // From before the page was loaded again: a setting was made last if it knows all decisions.
  if (state.setting && (state.decisions.size === 0 || !freshDecisions(app.view()))) {
    takeSettingBack(app, { setting: null, calibratedBy: null });
    return;
  }
  // Of decisions only their order is known.
  const last = [...app.store.state.decisions.keys()].pop();
  if (last === undefined) return;
  decide(app, last, null);
  app.setUi({ past: [] });
  tell(app, "The last decision is undone.", false);
}

function takeSettingBack(app: App, before: Pick<State, "setting" | "calibratedBy">): void {
  app.store.set(before);
  app.setUi({ recalibrated: null });
  storeSetting(app.pack, before);
  tell(app, "The recalibration is undone.", false);
}

/** Return how many decisions the setting does not know, in words; empty if it knows all. */
export function freshDecisions(view: View): string {
  const { pack, state } = view;
  const known = state.calibratedBy ?? decidedBy(pack, pack.status);
  const { n, areNew } = newDecisions(known, decidedBy(pack, view.status, state.decisions));
  return n ? counted(n, areNew ? "new decision" : "changed decision") : "";
}

/** Make a new setting by the present decisions, and say what that alone changes. */
export function recalibrate(app: App): void {
  const { pack, engine, store } = app;
  const view = app.view();
  const setting = recalibrated(pack, view.status, store.state.decisions);
  const { threshold } = store.state;
  const after = engine.at(threshold, view.status, view.status !== pack.status, setting);
  const before = engine.isOwn
    ? view.clusters
    : engine.at(threshold, view.status, true, view.setting);
  const said = describeRecalibration(view.setting, setting, before, after, freshDecisions(view));
  const past = withPast(app);
  store.set({ setting, calibratedBy: decidedBy(pack, view.status, store.state.decisions) });
  storeSetting(pack, store.state);
  app.setUi({ announcement: said, recalibrated: { said, of: store.state }, past });
}

/** Name of the file of decisions. */
export const FILE_NAME = "decisions.jsonl";

/** The decisions as the text of a file that the Python package reads. */
export function textOfDecisions(app: App): string {
  const { decisions, names } = app.store.state;
  return decisionsFile(app.pack, decisions, names);
}

/** Save the decisions as a file; they count as saved only if that is certain. */
export async function exportDecisions(app: App): Promise<void> {
  const { decisions, names } = app.store.state;
  const saved = await saveSurely(FILE_NAME, "application/jsonl", textOfDecisions(app));
  const { state } = app.store;
  if (saved === "cancelled") tell(app, "Nothing was saved.", false);
  else if (saved === "asked") app.setUi({ saving: isFramed() ? "text" : "asked", announcement: `The browser was asked to save ${FILE_NAME}. Is it there?` });
  else if (state.decisions === decisions && state.names === names) confirmSaved(app);
}

/** Take the decisions as saved: the file is certainly there. */
export function confirmSaved(app: App): void {
  app.setUi({ unsaved: 0, saving: "" });
  // A file has decisions alone: who reads it calibrates by them, or does not.
  const setting = app.store.state.setting ? " The recalibration is in this page only: recalibrate again where you load them." : "";
  tell(app, `Decisions are in the file ${FILE_NAME}.${setting}`, false);
  storeDecisions(app.pack, app.store.state, true);
}

export async function copyDecisions(app: App): Promise<void> {
  try {
    await navigator.clipboard.writeText(textOfDecisions(app));
    app.setUi({ saving: "copied", announcement: "The decisions are in the clipboard." });
  } catch {
    const box = document.querySelector<HTMLTextAreaElement>(".decided textarea");
    box?.focus();
    box?.select();
    app.setUi({ announcement: "This page may not use the clipboard: the text is selected, copy it by key." });
  }
}

/** Add the decisions and names of a file: of several about one link or node the latest holds, wherever it is. */
export async function readDecisions(app: App, file: File): Promise<void> {
  app.setUi({ problem: "", done: null });
  const found = readDecisionsFile(app.pack, await file.text());
  const nFound = found.decisions.size + found.names.size;
  if (!nFound) throw new Error("The file holds no decisions.");
  const { decisions, names, nOlder } = mergedWith(app.store.state, found, (link) => app.pack.linkId(link));
  const nKept = nOlder.decisions + nOlder.names;
  // All that there is now is in the file, or was in one before: nothing waits to be saved.
  const isSaved = app.ui.unsaved === 0 || (nKept === 0 && decisions.size + names.size === nFound);
  setDecisions(app, decisions, names);
  if (isSaved) {
    app.setUi({ unsaved: 0 });
    storeDecisions(app.pack, app.store.state, true);
  }
  const kept = nKept ? `; ${number(nKept)} of yours ${nKept === 1 ? "is newer and stays" : "are newer and stay"}` : "";
  const named = found.names.size ? ` and ${counted(found.names.size - nOlder.names, "name")}` : "";
  tell(app, `${counted(found.decisions.size - nOlder.decisions, "decision")}${named} loaded from ${file.name}${kept}.`, true);
}

const MAX_PAST = 1000; // acts that can be undone

/** The acts so far, and what is now, before another one. */
function withPast(app: App): Ui["past"] {
  const { decisions, names, setting, calibratedBy } = app.store.state;
  return [...app.ui.past.slice(-MAX_PAST), { decisions, names, setting, calibratedBy }];
}

export function setDecisions(
  app: App,
  decisions: State["decisions"],
  names = app.store.state.names,
): void {
  const past = withPast(app);
  app.store.set({ decisions, names });
  app.setUi({
    unsaved: decisions.size || names.size ? app.ui.unsaved + 1 : 0,
    saving: "",
    past,
  });
  storeDecisions(app.pack, app.store.state, false);
}

/** Let the reader choose a file of decisions, which the head reads. */
export function loadDecisions(app: App): void {
  app.setUi({ help: false });
  document.querySelector<HTMLElement>("#file-of-decisions")?.click();
}
