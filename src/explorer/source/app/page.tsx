// The page: where its parts are, and what keys do.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Theme } from "../state/state";
import { back, focusNode, lookAt, lookNear, toggle, undo, type App } from "./app";
import { DecisionsBar } from "./decisions";
import { Details } from "./details";
import { Filters } from "./filters";
import { Header } from "./header";
import { Help } from "./help";
import { useKeptFocus } from "./keyboard";
import type { Props } from "./props";
import { Stage } from "./stage";
import { Tables } from "./tables";

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
  const details = state.focus !== null;
  return (
    <div class={`page${details ? " with-details" : ""}${state.tab ? " with-table" : ""}`} data-sheet={ui.sheet ?? ""}>
      <button type="button" class="skip" onClick={() => (document.querySelector("#stage") as HTMLElement).focus()}>To content</button>
      <Header app={app} view={view} ui={ui} />
      <aside class="filters panel" aria-label="Filters and legend">
        <Filters app={app} view={view} ui={ui} />
      </aside>
      <main class="stage-area">
        <Stage app={app} view={view} ui={ui} />
        <DecisionsBar app={app} view={view} ui={ui} />
        {state.tab && <Tables app={app} view={view} ui={ui} />}
      </main>
      {details && (
        <aside class="details panel" aria-label="Details">
          <Details app={app} view={view} ui={ui} />
        </aside>
      )}
      <nav class="sheets" aria-label="Panels">
        <button type="button" aria-pressed={ui.sheet === "filters"} onClick={() => app.setUi({ sheet: ui.sheet === "filters" ? null : "filters" })}>
          Filters
        </button>
        <button type="button" aria-pressed={ui.sheet === null && !state.tab} onClick={() => { app.setUi({ sheet: null }); app.store.set({ tab: null }); }}>
          Picture
        </button>
        <button type="button" disabled={!details} aria-pressed={ui.sheet === "details"} onClick={() => app.setUi({ sheet: ui.sheet === "details" ? null : "details" })}>
          Details
        </button>
        <button type="button" aria-pressed={state.tab !== null} onClick={() => { app.setUi({ sheet: null }); app.store.set({ tab: state.tab ? null : "links" }); }}>
          Table
        </button>
      </nav>
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
    else if (writes) (document.querySelector("#stage") as HTMLElement).focus();
    else if (app.ui.sheet) app.setUi({ sheet: null });
    else back(app);
    event.preventDefault();
    return;
  }
  if (writes) return;
  const { state } = app.store;
  const node = focusNode(state);
  const acts: Record<string, (() => void) | undefined> = {
    "/": () => (document.querySelector("#search") as HTMLElement).focus(),
    "?": () => app.setUi({ help: true }),
    f: () => app.picture?.fit(),
    Backspace: () => back(app),
    t: () => app.store.set({ tab: state.tab ? null : "links" }),
    ...(node >= 0 && {
      n: () => lookNear(app, node, "near", 1),
      u: () => lookNear(app, node, "up", 3),
      d: () => lookNear(app, node, "down", 3),
      b: () => lookNear(app, node, "both", 3),
      p: () => app.setUi({ pathFrom: node, announcement: "Choose the other end of the path." }),
      o: () => {
        const table = app.pack.table[node];
        if (table >= 0) toggle(app, table);
      },
    }),
  };
  if (node >= 0 && state.focus && "hops" in state.focus && /^[1-9]$/.test(event.key)) {
    lookAt(app, { ...state.focus, hops: Number(event.key) });
  } else if (acts[event.key]) acts[event.key]?.();
  else return;
  event.preventDefault();
}
