// What the page of links says where it lists none.

import type { JSX } from "preact";
import { openPage, type App } from "../app/app";
import { whyNone, filtersSet, type Listed, type Scope } from "../model/links";
import type { View } from "../model/types";
import { NO_FILTERS } from "./links-filters";

export function NoLinks({ app, view, scope, listed }: { app: App; view: View; scope: Scope; listed: Listed }): JSX.Element {
  const { state, pack } = view;
  const n = filtersSet(state);
  if (!pack.nLinks) {
    return (
      <div class="card links-none">
        <p class="section-title">There are no links yet</p>
        <p>This page was made of a graph without entity links: {pack.nNodes ? "only names are in it." : "nothing is in it."} Fetch them from Humm and write the page again.</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => openPage(app, "start")}>Go to Start</button>
        </div>
      </div>
    );
  }
  if (!listed.all) {
    return (
      <div class="card links-none">
        <p class="section-title">No link {scope.of}</p>
        <p>{scope.reason || "Nothing joins them directly. They may be joined over others: the map has paths."}</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => openPage(app, "links")}>See all links</button>
        </div>
      </div>
    );
  }
  return (
    <div class="card links-none">
      <p class="links-zero" aria-hidden="true">0</p>
      <p class="section-title">No link passes these filters</p>
      <p>{whyNone(view, scope)}</p>
      <div class="actions">
        <button type="button" class="primary" onClick={() => app.store.set(NO_FILTERS)}>Clear {n === 1 ? "the filter" : n === 2 ? "both filters" : `all ${n} filters`}</button>
        {state.least > 0 && n > 1 && <button type="button" onClick={() => app.store.set({ least: 0, part: 0 })}>Score from 0</button>}
      </div>
    </div>
  );
}
