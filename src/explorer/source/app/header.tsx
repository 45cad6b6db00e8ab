// The head of the page: title, search, levels, layouts and the menu.

import type { JSX } from "preact";
import type { Level } from "../model/pack";
import type { Colour, Layout, Theme } from "../state/state";
import { back } from "./app";
import { Menu } from "./menu";
import type { Props } from "./props";
import { Search } from "./search";

const LEVELS: [Level, string][] = [
  [0, "Systems"],
  [1, "Tables"],
  [2, "Columns"],
];
const THEMES: Theme[] = ["auto", "light", "dark"];
const THEME_SIGNS: Record<Theme, string> = { auto: "\u25d0", light: "\u2600", dark: "\u263e" };

export function Header({ app, view, ui }: Props): JSX.Element {
  const { state, pack } = view;
  const layouts: [Layout, string][] =
    state.level === 0
      ? [["lanes", "Ring"], ["matrix", "Matrix"]]
      : [["lanes", "Lanes by system"], ["layers", "Left to right"], ["force", "Force"]];
  const layout = layouts.some(([known]) => known === state.layout) ? state.layout : "lanes";
  return (
    <header class="head">
      {app.history.canGoBack || state.focus ? (
        <button type="button" class="icon" aria-label="Back" title="Back (Esc)" onClick={() => back(app)}>{"\u2190"}</button>
      ) : null}
      <h1 title={pack.header.title}>{pack.header.title}</h1>
      <Search app={app} view={view} ui={ui} />
      <div class="levels" role="group" aria-label="Level">
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
          <option value="cluster">by cluster</option>
          <option value="status">by status</option>
        </select>
      </label>
      <div class="tools">
        <button type="button" aria-pressed={state.tab !== null} title="Table (T)" onClick={() => app.store.set({ tab: state.tab ? null : "links" })}>Table</button>
        <Menu app={app} view={view} ui={ui} />
        <button
          type="button"
          class="icon"
          aria-label={`Theme: ${state.theme}`}
          title={`Theme: ${state.theme}`}
          onClick={() => app.store.set({ theme: THEMES[(THEMES.indexOf(state.theme) + 1) % 3] })}
        >
          {THEME_SIGNS[state.theme]}
        </button>
        <button type="button" class="icon" aria-label="Help" title="Help (?)" onClick={() => app.setUi({ help: true })}>?</button>
      </div>
    </header>
  );
}
