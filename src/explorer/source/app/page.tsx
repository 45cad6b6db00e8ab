// The page: where its parts are, and what keys do.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { documentTitle, pageTitle } from "../model/titles";
import type { Theme } from "../state/state";
import { AllTables } from "../pages/all-tables";
import { Changes, keysOfChanges } from "../pages/changes";
import { Concept } from "../pages/concept";
import { Concepts, keysOfConcepts } from "../pages/concepts";
import { Join, keysOfJoin } from "../pages/join";
import { Lineage } from "../pages/lineage";
import { keysOfLineage } from "../pages/lineage-acts";
import { ConceptsCell } from "../pages/concepts-cell";
import { Links } from "../pages/links";
import { keysOfMap, Map as Overview } from "../pages/map";
import { keysOfReview, Review } from "../pages/review";
import { PathsPage } from "../pages/paths";
import { Start } from "../pages/start";
import { keysOfTable, TablePage } from "../pages/table";
import { WhyPage } from "../pages/why";
import { back, endSearch, everyConcept, focusNode, lookAt, lookNear, openConcept, openDependents, openLink, openPage, startJoin, startSearch, toContent, toggle, undo, type App } from "./app";
import { Done } from "./done";
import { DecisionsBar } from "./decisions";
import { Header, Tabs } from "./header";
import { Help } from "./help";
import { JoinedFromLine } from "./joined-from";
import { useKeptFocus } from "./keyboard";
import type { Props } from "./props";
import { NotebookLine } from "./notebook-line";
import { reviewOf } from "./review";

export function Page({ app, view, ui }: Props): JSX.Element {
  const { state } = view;
  useKeptFocus();
  useTitle(app, view);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => pressKey(app, event);
    const leave = (event: BeforeUnloadEvent) => {
      if (app.ui.unsaved) event.preventDefault();
    };
    // Paper is light, whatever the theme of the screen.
    const paper = () => {
      inTheme("light");
      app.picture?.print();
    };
    const screen = () => {
      inTheme(app.store.state.theme);
      app.picture?.refresh();
    };
    const inTheme = (theme: Theme) => {
      document.documentElement.dataset["theme"] = theme;
    };
    document.addEventListener("keydown", keys);
    window.addEventListener("beforeunload", leave);
    window.addEventListener("beforeprint", paper);
    window.addEventListener("afterprint", screen);
    return () => {
      document.removeEventListener("keydown", keys);
      window.removeEventListener("beforeunload", leave);
      window.removeEventListener("beforeprint", paper);
      window.removeEventListener("afterprint", screen);
    };
  }, [app]);
  return (
    <div class={`page on-${state.page}${ui.compact ? " compact" : ""}`}>
      <button type="button" class="skip" onClick={toContent}>To content</button>
      <Header app={app} view={view} ui={ui} />
      <DecisionsBar app={app} view={view} ui={ui} />
      <JoinedFromLine app={app} view={view} ui={ui} />
      {ui.problem && (
        <div class="problem" role="alert">
          {ui.problem}
          <button type="button" aria-label="Close" onClick={() => app.setUi({ problem: "" })}>
            {"\u00d7"}
          </button>
        </div>
      )}
      <main id="content" class="content" tabIndex={-1}>
        <Content app={app} view={view} ui={ui} />
      </main>
      <Done app={app} ui={ui} />
      <Tabs app={app} view={view} ui={ui} place="below" />
      {app.bridge && <NotebookLine app={app} view={view} ui={ui} />}
      {ui.help && <Help app={app} page={state.page} />}
      <div class="visually-hidden" role="status">
        {ui.announcement}
      </div>
    </div>
  );
}

function Content(props: Props): JSX.Element {
  const { page, focus } = props.view.state;
  switch (page) {
    case "start":
      return <Start {...props} />;
    case "concepts":
      if (props.ui.compact) return <ConceptsCell {...props} />;
      return focus?.kind === "cluster" ? <Concept {...props} /> : <Concepts {...props} />;
    case "review":
      return <Review {...props} />;
    case "links":
      return <Links {...props} />;
    case "join":
      return <Join {...props} />;
    case "map":
      return <Overview {...props} />;
    case "table":
      return <TablePage {...props} />;
    case "tables":
      return <AllTables {...props} />;
    case "why":
      return <WhyPage {...props} />;
    case "paths":
      return <PathsPage {...props} />;
    case "changes":
      return <Changes {...props} />;
    case "lineage":
      return <Lineage {...props} />;
  }
}

/** Handle keys that mean the same everywhere except in text fields. */
function pressKey(app: App, event: KeyboardEvent): void {
  if (event.altKey || event.defaultPrevented || app.ui.help) return;
  const at = event.target as HTMLElement;
  const writes = at.matches("input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select");
  if (event.ctrlKey || event.metaKey) {
    const undoes = event.key.toLowerCase() === "z" && !event.shiftKey && !writes;
    if (undoes && app.store.state.page === "review") {
      reviewOf(app).undo();
      event.preventDefault();
      return;
    }
    if (undoes && undoLast(app)) event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    if (app.ui.finding) endSearch(app);
    else if (app.ui.menu) app.setUi({ menu: false });
    else if (writes) toContent();
    else if (app.ui.sheet) app.setUi({ sheet: null, filters: app.ui.filters && app.ui.sheet !== "filters" });
    else if (app.ui.filters && (app.store.state.page === "tables" || app.store.state.page === "map")) app.setUi({ filters: false });
    else if (!pressOwn("Escape")) back(app);
    event.preventDefault();
    return;
  }
  if (writes) return;
  const { state } = app.store;
  const node = focusNode(state);
  const everywhere: Acts = {
    "/": () => startSearch(app),
    "?": () => app.setUi({ help: true }),
    c: () => openPage(app, "concepts", state.page === "start" ? everyConcept : {}),
    n: () => openPage(app, "review"),
    d: () => pressOwn("D") || openDependents(app, node),
    j: () => startJoin(app, node),
    l: () => openPage(app, "links", { focus: state.focus?.kind === "link" ? null : state.focus }),
    w: () => sayWhy(app),
    z: () => undoLast(app),
    Backspace: () => back(app),
  };
  const ofPage = keysOfPage(app, event, node);
  const acts: Acts = { ...everywhere, ...ofPage };
  if (state.page !== "lineage" && state.page !== "table" && node >= 0 && state.focus && "hops" in state.focus && /^[1-9]$/.test(event.key)) {
    lookAt(app, { ...state.focus, hops: Number(event.key) });
  } else if (acts[event.key]) acts[event.key]?.();
  else return;
  event.preventDefault();
}

function keysOfPage(app: App, event: KeyboardEvent, node: number): Acts {
  const { page, focus } = app.store.state;
  if (page === "tables") return keysOfPicture(app, node);
  if (page === "map") return keysOfMap(app, event);
  if (page === "table") return keysOfTable(app);
  if (page === "review") return keysOfReview(app, event);
  if (page === "changes") return keysOfChanges(event);
  if (page === "join") return keysOfJoin(app);
  if (page === "lineage") return keysOfLineage(app);
  return page === "concepts" && focus?.kind !== "cluster" ? keysOfConcepts(event) : {};
}

/** Undo the last decision or name; returns whether there was one. */
function undoLast(app: App): boolean {
  const { decisions, setting } = app.store.state;
  if (app.ui.past.length === 0 && decisions.size === 0 && setting === null) return false;
  undo(app);
  return true;
}

/** Press the button of the open page that has a key, if there is one. */
function pressOwn(key: string): boolean {
  const own = document.querySelector<HTMLElement>(`#content [aria-keyshortcuts~=${key}]`);
  own?.focus();
  own?.click();
  return own !== null;
}

/** Say why: where the page has no answer of its own, the concept or the link has it. */
function sayWhy(app: App): void {
  const { focus, page } = app.store.state;
  if (pressOwn("W")) return;
  if (focus?.kind === "link") {
    if (page !== "review") openLink(app, focus.link);
  } else if (focus && focusNode(app.store.state) >= 0 && page !== "concepts") {
    openConcept(app, focusNode(app.store.state));
  } else startSearch(app, "why");
}

/** Say what is open, in the browser's tab and to screen readers. */
function useTitle(app: App, view: Props["view"]): void {
  const title = useMemo(() => pageTitle(view), [view.clusters, view.state.page, view.state.focus, view.state.joinA, view.state.joinB]);
  const before = useRef(title);
  useEffect(() => {
    document.title = documentTitle(view);
    if (before.current !== title) app.setUi({ announcement: title });
    before.current = title;
  }, [title]);
}

type Acts = Record<string, (() => void) | undefined>;

function keysOfPicture(app: App, node: number): Acts {
  const { state } = app.store;
  const ofAll: Acts = {
    f: () => app.picture?.fit(),
    t: () => app.store.set({ tab: state.tab ? null : "links" }),
  };
  if (node < 0) return ofAll;
  return {
    ...ofAll,
    u: () => lookNear(app, node, "up", 3),
    b: () => lookNear(app, node, "both", 3),
    p: () => app.setUi({ pathFrom: node, announcement: "Choose the other end of the path." }),
    o: () => {
      const table = app.pack.table[node];
      if (table >= 0) toggle(app, table);
    },
  };
}
