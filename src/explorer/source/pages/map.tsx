// The map: how systems overlap, as a picture or a matrix, and two of them side by side.

import type { JSX } from "preact";
import { openPair, type App } from "../app/app";
import { LinkFilters } from "../app/filters";
import type { Props } from "../app/props";
import { chosenPair } from "./map-parts";
import { Systems } from "./map-systems";
import { TwoSystems } from "./map-two";

export function Map(props: Props): JSX.Element {
  const { app, view, ui } = props;
  const { focus } = view.state;
  return (
    <div class={`map${ui.filters ? " with-filters" : ""}`} data-sheet={ui.filters ? "filters" : ""}>
      {ui.filters && (
        <aside class="filters panel" aria-label="Filters">
          <div class="map-close"><button type="button" onClick={() => app.setUi({ filters: false })}>Close the filters</button></div>
          <LinkFilters app={app} view={view} />
        </aside>
      )}
      {focus?.kind === "pair" ? (
        <TwoSystems {...props} key={`${focus.left} ${focus.right}`} left={focus.left} right={focus.right} chosen={null} />
      ) : focus?.kind === "line" ? (
        <TwoSystems
          {...props}
          key={`${view.pack.system[focus.source]} ${view.pack.system[focus.target]}`}
          left={view.pack.system[focus.source]}
          right={view.pack.system[focus.target]}
          chosen={[focus.source, focus.target]}
        />
      ) : (
        <Systems {...props} />
      )}
    </div>
  );
}

/** Keys of the map that act wherever the keyboard is in the page. */
export function keysOfMap(app: App, { key, target }: KeyboardEvent): Record<string, () => void> {
  const press = (name: string): void => document.querySelector<HTMLElement>(`.map [aria-keyshortcuts~=${name}]`)?.click();
  const isIdle = (target as HTMLElement).matches("body, main, h1");
  const { focus } = app.store.state;
  const acts: Record<string, () => void> = { t: () => press("T"), x: () => press("X") };
  if (isIdle && /^Arrow|^[jk]$/.test(key)) acts[key] = () => document.querySelector<HTMLElement>(".map [data-roving] [tabindex='0'], .map-matrix td[tabindex='0']")?.focus();
  if (isIdle && key === "Enter" && !focus) {
    const pair = chosenPair(app);
    if (pair) acts[key] = () => openPair(app, pair.a, pair.b);
  }
  return acts;
}
