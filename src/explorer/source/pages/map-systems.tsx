// How systems overlap: a picture of up to eight of them, a matrix of more, and on a phone a list.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { openPage, openPair, type App } from "../app/app";
import { PHONE, useMedia } from "../app/media";
import { counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { filtersInUse } from "../app/shown";
import { extremes, overlapOf, type Overlap } from "../model/overlap";
import type { View } from "../model/types";
import { listed } from "../model/words";
import { initialState } from "../state/hash";
import type { State } from "../state/state";
import { Matrix } from "./map-matrix";
import { Bar, chosenPair, FiltersButton, Forms, PairFacts, PairList } from "./map-parts";
import { SystemsPicture } from "./map-picture";
import { MAX_DRAWN } from "./map-place";

export function Systems({ app, view, ui }: Props): JSX.Element {
  const { state, pack } = view;
  const isPhone = useMedia(PHONE);
  const atFirst = useMemo(() => initialState(pack), [pack]);
  const overlap = overlapOf(view);
  const { systems, pairs } = overlap;
  const at = chosenPair(app);
  const canDraw = systems.length <= MAX_DRAWN;
  const isMatrix = !canDraw || state.layout === "matrix";
  const empty = whyEmpty(view, overlap, atFirst);
  const n = systems.length;
  return (
    <section class="map-page" aria-label="Systems">
      <div class="map-main">
        <Bar title={n === 1 ? "One system" : `How ${number(n)} systems overlap`} note={empty ? "" : extremes(pack, overlap)}>
          {canDraw && !empty && !isPhone && <Forms app={app} second="Matrix" isSecond={isMatrix} />}
          <button type="button" onClick={() => openPage(app, "tables")}>All tables</button>
          <FiltersButton app={app} isOpen={ui.filters} active={filtersInUse(state, atFirst)} />
        </Bar>
        {view.clusters.stale && <p class="warn map-stale">These are the concepts from before your decisions: {view.clusters.method} runs in Python only. Save the decisions, and make the page again with them.</p>}
        {empty && <Empty app={app} {...empty} />}
        {!empty && !isPhone && (isMatrix ? <Matrix app={app} view={view} overlap={overlap} at={at} /> : <SystemsPicture app={app} view={view} overlap={overlap} at={at} />)}
      </div>
      {!empty && (
        <aside class="map-side" aria-label="Pairs of systems">
          {!isPhone && at && <PairFacts app={app} view={view} pair={overlap.between(at.a, at.b)} open />}
          {pairs.length > 0 && <PairList app={app} view={view} pairs={pairs} title="Pairs, largest first" at={at} onPhone={isPhone} />}
        </aside>
      )}
    </section>
  );
}

interface WhyEmpty {
  said: string;
  acts: readonly (readonly [name: string, act: (app: App) => void])[];
}

/** Why there is nothing to compare, and ways out; null if there is. */
function whyEmpty({ pack, state, nPassing }: View, { systems, pairs, between }: Overlap, atFirst: State): WhyEmpty | null {
  const tables: WhyEmpty["acts"][number] = ["See all tables", (app) => openPage(app, "tables")];
  const all: WhyEmpty["acts"][number] = ["Show all systems", (app) => app.store.set({ hiddenSystems: new Set() })];
  if (!pack.first[1]) return { said: "There is nothing here yet: no system came with the links.", acts: pack.nNodes ? [tables] : [] };
  if (!systems.length) return { said: "All systems are hidden.", acts: [all] };
  if (systems.length === 1) {
    const [system] = systems;
    const inside = between(system, system).links;
    const open: WhyEmpty["acts"] = inside ? [[`Its ${counted(inside, "link")} inside`, (app) => openPair(app, system, system)]] : [];
    return state.hiddenSystems.size
      ? { said: `Only ${pack.name[system]} is shown: two systems are needed to compare.`, acts: [all, ...open] }
      : { said: `Only one system is here, ${pack.name[system]}: there is no other to compare it with.`, acts: [...open, tables] };
  }
  if (!pack.nLinks) return { said: "No links here yet: nothing says what these systems have in common.", acts: [tables] };
  if (pairs.length) return null;
  const filters: string[] = [];
  if (state.threshold > atFirst.threshold) filters.push(`a score of at least ${state.threshold}`);
  if (state.hiddenStatuses.size) filters.push("statuses");
  if (state.hiddenTypes.size) filters.push("types of links");
  if (!filters.length && !nPassing && state.threshold > 0) {
    return { said: `No link has a score of ${state.threshold} or more, from which fields are joined: nothing is in common yet.`, acts: [["Join from 0", (app) => app.store.set({ threshold: 0 })], tables] };
  }
  if (filters.length || !nPassing) {
    const clear: Partial<State> = { threshold: atFirst.threshold, hiddenStatuses: new Set(), hiddenTypes: new Set(), hiddenSystems: new Set() };
    return { said: `The filters leave nothing that two systems have in common${filters.length ? `: ${listed(filters)}` : ""}.`, acts: [["Clear the filters", (app) => app.store.set(clear)], tables] };
  }
  return { said: "No two of these systems have a concept or a link in common.", acts: [tables] };
}

function Empty({ app, said, acts }: WhyEmpty & { app: App }): JSX.Element {
  return (
    <div class="map-empty">
      <p>{said}</p>
      <p class="map-acts">{acts.map(([name, act], at) => <button type="button" key={name} class={at ? "" : "primary"} onClick={() => act(app)}>{name}</button>)}</p>
    </div>
  );
}
