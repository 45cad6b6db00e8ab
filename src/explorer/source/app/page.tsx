// The page: where its parts are, and what keys do.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Theme } from "../state/state";
import { Concept } from "../pages/concept";
import { Concepts } from "../pages/concepts";
import { Links } from "../pages/links";
import { Map } from "../pages/map";
import { Review } from "../pages/review";
import { Start } from "../pages/start";
import { back, everyConcept, focusNode, lookAt, lookNear, openDependents, openPage, startSearch, toggle, undo, type App } from "./app";
import { DecisionsBar } from "./decisions";
import { Header, Tabs } from "./header";
import { Help } from "./help";
import { useKeptFocus } from "./keyboard";
import type { Props } from "./props";

export function Page({ app, view, ui }: Props): JSX.Element {
  const { state } = view;
  useKeptFocus();
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
    <div class={`page on-${state.page}`}>
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>("#content")?.focus()}>To content</button>
      <Header app={app} view={view} ui={ui} />
      <DecisionsBar app={app} view={view} ui={ui} />
      <main id="content" class="content" tabIndex={-1}>
        <Content app={app} view={view} ui={ui} />
      </main>
      <Tabs app={app} view={view} ui={ui} place="below" />
      {ui.help && <Help app={app} />}
      <div class="visually-hidden" role="status">
        {ui.announcement}
      </div>
      {ui.problem && (
        <div class="problem" role="alert">
          {ui.problem}
          <button type="button" aria-label="Close" onClick={() => app.setUi({ problem: "" })}>
            {"\u00d7"}
          </button>
        </div>
      )}
    </div>
  );
}

function Content(props: Props): JSX.Element {
  const { page, focus } = props.view.state;
  switch (page) {
    case "start":
      return <Start {...props} />;
    case "concepts":
      return focus?.kind === "cluster" ? <Concept {...props} /> : <Concepts {...props} />;
    case "review":
      return <Review {...props} />;
    case "links":
      return <Links {...props} />;
    case "map":
      return <Map {...props} />;
  }
}

/** Handle keys that mean the same everywhere except in text fields. */
function pressKey(app: App, event: KeyboardEvent): void {
  if (event.altKey || event.defaultPrevented || app.ui.help) return;
  const at = event.target as HTMLElement;
  const writes = at.matches("input:not([type=range]):not([type=checkbox]), textarea, select");
  if (event.ctrlKey || event.metaKey) {
    const undoes = event.key.toLowerCase() === "z" && !event.shiftKey && !writes;
    if (!undoes || !(app.ui.past.length || app.store.state.decisions.size)) return;
    undo(app);
    event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    if (app.ui.menu) app.setUi({ menu: false });
    else if (writes) document.querySelector<HTMLElement>("#content")?.focus();
    else if (app.ui.sheet) app.setUi({ sheet: null });
    else back(app);
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
    d: () => openDependents(app, node),
    Backspace: () => back(app),
  };
  const acts: Acts = state.page === "map" ? { ...everywhere, ...keysOfMap(app, node) } : everywhere;
  if (node >= 0 && state.focus && "hops" in state.focus && /^[1-9]$/.test(event.key)) {
    lookAt(app, { ...state.focus, hops: Number(event.key) });
  } else if (acts[event.key]) acts[event.key]?.();
  else return;
  event.preventDefault();
}

type Acts = Record<string, (() => void) | undefined>;

function keysOfMap(app: App, node: number): Acts {
  const { state } = app.store;
  const ofAll: Acts = {
    f: () => app.picture?.fit(),
    t: () => app.store.set({ tab: state.tab ? null : "links" }),
  };
  if (node < 0) return ofAll;
  return {
    ...ofAll,
    u: () => lookNear(app, node, "up", 3),
    d: () => lookNear(app, node, "down", 3),
    b: () => lookNear(app, node, "both", 3),
    p: () => app.setUi({ pathFrom: node, announcement: "Choose the other end of the path." }),
    o: () => {
      const table = app.pack.table[node];
      if (table >= 0) toggle(app, table);
    },
  };
}
