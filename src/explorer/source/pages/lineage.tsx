// What depends on a field or table, and what links to it, step by step.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { back, openPage, startSearch, type App } from "../app/app";
import { Key } from "../app/icons";
import { PHONE, useMedia } from "../app/media";
import { breakable, counted } from "../app/parts";
import type { Props } from "../app/props";
import type { Direction, Lineage as Found } from "../model/lineage";
import { cardsOf } from "../model/lineage-cards";
import { ASKS, placeWords } from "../model/titles";
import type { View } from "../model/types";
import { followApproved, foundBy, go, showHidden, turn } from "./lineage-acts";
import { useOpening } from "./lineage-opened";
import { CAVEAT } from "./lineage-parts";
import { LineagePicture } from "./lineage-picture";
import { LineageSide } from "./lineage-side";

export function Lineage({ app, view, ui }: Props): JSX.Element {
  const { passes, weight, status } = view;
  const { focus, more, approvedOnly } = view.state;
  const found = useMemo(() => foundBy(view), [passes, weight, status, focus, more, approvedOnly]);
  const drawing = useMemo(() => found && cardsOf(found, more, status), [found, more, status]);
  const isPhone = useMedia(PHONE);
  const { open, news } = useOpening(app, found);
  if (!found || !drawing) return <NothingAsked app={app} />;
  const chosen = found.depth.has(ui.chosen) && found.depth.get(ui.chosen) !== 0 ? ui.chosen : -1;
  const choose = (node: number): void => {
    app.setUi({ chosen: node === chosen ? -1 : node });
    // On a phone the way stands above the list.
    if (isPhone) requestAnimationFrame(() => document.querySelector(".lineage-way")?.scrollIntoView({ block: "nearest" }));
  };
  return (
    <div class="lineage-page">
      <div class="lineage-main">
        <Head app={app} view={view} found={found} />
        {!isPhone && (
          <LineagePicture
            key={`${found.node} ${found.direction}`}
            app={app} view={view} found={found} drawing={drawing} chosen={chosen} choose={choose} open={open} news={news}
          />
        )}
      </div>
      <LineageSide app={app} view={view} found={found} chosen={chosen} choose={choose} open={open} news={isPhone ? news : null} />
    </div>
  );
}

const DIRECTIONS: [direction: Direction, name: string, key: string][] = [
  ["up", "Links to it", "U"],
  ["down", "Depends on it", "D"],
  ["both", "Both", "B"],
];
const USUAL_HOPS: readonly number[] = [1, 2, 3, Infinity];

function Head({ app, view, found }: { app: App; view: View; found: Found }): JSX.Element {
  const { pack } = view;
  const { node, direction, hops, notFollowed: { hidden } } = found;
  const { hiddenStatuses, hiddenTypes, hiddenSystems } = view.state;
  const isFiltered = hiddenStatuses.size + hiddenTypes.size + hiddenSystems.size > 0;
  const steps = USUAL_HOPS.includes(hops) ? USUAL_HOPS : [...USUAL_HOPS, hops].sort((x, y) => x - y);
  return (
    <header class="lineage-head">
      <button type="button" class="link act" onClick={() => back(app)}>
        {"\u2039"} {app.history.canGoBack ? "Back" : "Start"}
      </button>
      <h1>{ASKS[direction]} <bdi>{breakable(placeWords(pack, node))}</bdi></h1>
      <p class="lineage-caveat lineage-quiet">{CAVEAT}</p>
      <div class="lineage-switches">
        <div class="lineage-switch" role="group" aria-label="Direction">
          {DIRECTIONS.map(([way, name, key]) => (
            <button type="button" key={way} aria-pressed={way === direction} aria-keyshortcuts={key} title={`${name} (${key})`} onClick={() => turn(app, found, way)}>
              {name}
            </button>
          ))}
        </div>
        <div class="lineage-switch" role="group" aria-label="Steps">
          {steps.map((n) => (
            <button
              type="button"
              key={n}
              aria-pressed={n === hops}
              aria-label={n === Infinity ? "All steps" : counted(n, "step")}
              title={`${n === Infinity ? "All steps" : counted(n, "step")} (${n === Infinity ? 0 : n})`}
              onClick={() => go(app, found, n)}
            >
              {n === Infinity ? "all" : n === hops ? counted(n, "step") : n}
            </button>
          ))}
        </div>
        {!found.asked && (
          <button type="button" class="lineage-approved" aria-pressed={view.state.approvedOnly} title="Follow approved links only" onClick={() => followApproved(app, !view.state.approvedOnly)}>
            <span class="lineage-box" aria-hidden="true">{view.state.approvedOnly ? "\u2713" : ""}</span> Approved only
          </button>
        )}
        {hidden > 0 && (
          <p class="lineage-hidden" role="note">
            {counted(hidden, isFiltered ? "link" : "weaker link")} hidden <button type="button" onClick={() => showHidden(app)}>Show {hidden === 1 ? "it" : "them"}</button>
          </p>
        )}
      </div>
    </header>
  );
}

function NothingAsked({ app }: { app: App }): JSX.Element {
  return (
    <div class="lineage-none card">
      <h1>What depends on{"\u2026"}</h1>
      <p>Choose a field, a table or a system: the page shows what it links to and what links to it, step by step.</p>
      <div class="actions">
        <button type="button" class="primary" onClick={() => startSearch(app, "depends")}>Choose one <Key>D</Key></button>
        <button type="button" onClick={() => openPage(app, "map")}>See the tables</button>
      </div>
    </div>
  );
}
