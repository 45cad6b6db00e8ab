// All tables as a picture, with filters, details and tables beside it.

import type { JSX } from "preact";
import { Details } from "../app/details";
import { Filters } from "../app/filters";
import type { Props } from "../app/props";
import { Stage } from "../app/stage";
import { Tables } from "../app/tables";
import { PictureBar } from "../app/picture-bar";

export function AllTables({ app, view, ui }: Props): JSX.Element {
  const { state } = view;
  const details = state.focus !== null;
  return (
    <div class={`all-tables${details ? " with-details" : ""}${state.tab ? " with-table" : ""}${ui.filters ? " with-filters" : ""}`} data-sheet={ui.sheet ?? ""}>
      <PictureBar app={app} view={view} ui={ui} />
      {ui.filters && (
        <aside class="filters panel" aria-label="Filters and legend">
          <Filters app={app} view={view} ui={ui} />
        </aside>
      )}
      <div class="stage-area">
        <Stage app={app} view={view} ui={ui} />
        {state.tab && <Tables app={app} view={view} ui={ui} />}
      </div>
      {details && (
        <aside class="details panel" aria-label="Details">
          <Details app={app} view={view} ui={ui} />
        </aside>
      )}
      <nav class="sheets" aria-label="Panels">
        <button type="button" aria-pressed={ui.sheet === "filters"} onClick={() => app.setUi({ filters: ui.sheet !== "filters", sheet: ui.sheet === "filters" ? null : "filters" })}>
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
    </div>
  );
}
