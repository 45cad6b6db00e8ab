// The bar above the picture: filters, levels, layouts, colours, the table, and files to save.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Level } from "../model/pack";
import { initialState } from "../state/hash";
import type { Colour, Layout } from "../state/state";
import { back, narrow, openPage } from "./app";
import { Menu } from "./menu";
import { counted } from "./parts";
import type { Props } from "./props";
import { filtersInUse } from "./shown";

const LEVELS: [Level, string][] = [
  [0, "Systems"],
  [1, "Tables"],
  [2, "Fields"],
];

export function PictureBar({ app, view, ui }: Props): JSX.Element {
  const { state } = view;
  const layouts: [Layout, string][] =
    state.level === 0
      ? [["lanes", "Cards"], ["matrix", "Matrix"]]
      : [["lanes", "Lanes by system"], ["layers", "Left to right"], ["force", "Force"]];
  const layout = layouts.some(([known]) => known === state.layout) ? state.layout : "lanes";
  const atFirst = useMemo(() => initialState(view.pack), [view.pack]);
  const active = filtersInUse(state, atFirst);
  return (
    <div class="picture-bar" role="group" aria-label="Picture">
      <button type="button" class="to-systems" title="How systems overlap" onClick={() => openPage(app, "map")}>{"\u2039"} Systems</button>
      {app.history.canGoBack || state.focus ? (
        <button type="button" class="icon" aria-label="Back" title="Back (Esc)" onClick={() => back(app)}>{"\u2190"}</button>
      ) : null}
      <button
        type="button"
        aria-expanded={ui.filters}
        onClick={() => app.setUi({ filters: !ui.filters, sheet: narrow() && !ui.filters ? "filters" : ui.sheet })}
      >
        Filters{active > 0 && <> <span class="count" title={counted(active, "filter")}>{active}</span></>}
      </button>
      <div class="levels" role="group" aria-label="Shown as">
        {LEVELS.map(([level, name]) => (
          <button
            type="button"
            key={level}
            aria-pressed={state.level === level}
            onClick={() => app.store.set({ level, toggled: new Set(), layout: level === 0 || state.layout !== "matrix" ? state.layout : "lanes" }, "push")}
          >
            {name}
          </button>
        ))}
      </div>
      <label class="choice">
        <span>Layout</span>
        <select aria-label="Layout" value={layout} onChange={(event) => app.store.set({ layout: event.currentTarget.value as Layout }, "push")}>
          {layouts.map(([value, name]) => (
            <option key={value} value={value}>{name}</option>
          ))}
        </select>
      </label>
      <label class="choice">
        <span>Colour</span>
        <select aria-label="Colour by" value={state.colour} onChange={(event) => app.store.set({ colour: event.currentTarget.value as Colour })}>
          <option value="system">by system</option>
          <option value="cluster">by concept</option>
          <option value="status">by status</option>
        </select>
      </label>
      <div class="tools">
        <button type="button" aria-pressed={state.tab !== null} title="Table (T)" onClick={() => app.store.set({ tab: state.tab ? null : "links" })}>Table</button>
        <Menu app={app} view={view} ui={ui} />
      </div>
    </div>
  );
}
