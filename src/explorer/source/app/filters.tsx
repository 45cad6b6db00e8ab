// The panel of filters: threshold with histogram, statuses, types, systems; and the list of concepts.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { APPROVED, LINK_TYPES, ORDERS, REJECTED, SUGGESTED } from "../generated";
import { clusterName, whyContradicted } from "../model/clusters";
import { histogram } from "../model/filters";
import { labelsInOrder } from "../model/names";
import { statusWord, typeWord } from "../model/statuses";
import type { View } from "../model/types";
import { lowered } from "../model/words";
import { flip, type Order } from "../state/state";
import { lookAt, type App } from "./app";
import { Icon } from "./icons";
import { breakable, clusterColour, counted, HeadSample, LineSample, number, Passing, Sign, statusClass, Swatch, systemColour } from "./parts";
import type { Props } from "./props";
import { ScoreBox } from "./score-box";

const BINS = 40;
const SCALES: Record<string, string> = {
  confidence: "score as it came with the link",
  competition: "score, lower where other links compete",
  probability: "probability that both ends are the same",
};
const ORDER_WORDS: Record<Order, string> = {
  identity: "identity value",
  size: "size",
  systems: "number of systems",
  confidence: "score",
  name: "name",
};
const MAX_CLUSTERS = 12;
const MAX_CONTRADICTIONS = 5;

export function Filters({ app, view }: Props): JSX.Element {
  return (
    <>
      <OpenedOn app={app} view={view} />
      <LinkFilters app={app} view={view} />
      <Concepts app={app} view={view} />
      <About view={view} />
    </>
  );
}

/** What links and systems are shown. */
export function LinkFilters({ app, view }: Shown): JSX.Element {
  return (
    <>
      <Threshold app={app} view={view} />
      <Statuses app={app} view={view} />
      <Types app={app} view={view} />
      <Systems app={app} view={view} />
    </>
  );
}

interface Shown {
  app: App;
  view: View;
}

/** A button that leads back to the result that the page was made for. */
function OpenedOn({ app, view }: Shown): JSX.Element | null {
  const { result } = view.pack;
  if (!result || view.state.focus?.kind === "result") return null;
  return (
    <section>
      <p class="note">This page was made for a {result.kind}:</p>
      <button type="button" class="wide" onClick={() => lookAt(app, { kind: "result" })}>{result.title}</button>
    </section>
  );
}

function Threshold({ app, view }: Shown): JSX.Element {
  const { state, pack } = view;
  const { threshold } = state;
  const bars = useMemo(
    () => histogram(view, BINS),
    [view.score, view.status, state.hiddenStatuses, state.hiddenTypes, state.hiddenSystems],
  );
  const most = Math.max(1, ...bars.count);
  const set = (score: number) => app.store.set({ threshold: score });
  const scale = SCALES[pack.clustering.scale] ?? pack.clustering.scale;
  return (
    <section class="threshold">
      <h2>
        <label for="threshold">Joined from</label>
        <ScoreBox label="Least score that joins" value={String(threshold)} onTake={set} />
      </h2>
      <svg class="histogram" viewBox={`0 0 ${BINS} 40`} preserveAspectRatio="none" role="img" aria-label={`How scores are spread: ${counted(view.nPassing, "link")} shown`}>
        {bars.count.map((_, bin) => {
          let top = 40;
          const below = (bin + 1) / BINS <= threshold;
          return [APPROVED, SUGGESTED, REJECTED].map((status) => {
            const height = ((bars.byStatus[status]?.[bin] ?? 0) / most) * 38;
            top -= height;
            return height ? (
              <rect key={`${bin}-${status}`} x={bin + 0.08} y={top} width={0.84} height={height} fill={`var(--${statusClass(status)})`} opacity={below ? 0.25 : 1} />
            ) : null;
          });
        })}
      </svg>
      <input id="threshold" type="range" min="0" max="1" step="0.005" value={String(threshold)} aria-valuetext={`from ${threshold}`} onInput={(event) => set(Number(event.currentTarget.value))} />
      <p class="note">
        {counted(view.clusters.sizes.length, "concept")}
        {view.clusters.sizes.length ? `, the largest of ${number(view.clusters.sizes[0])}` : ""}
        {bars.none ? `; ${counted(bars.none, "link")} without a score` : ""}
      </p>
      <p class="note">By {scale}.</p>
      {view.clusters.note && <p class="note warn">{view.clusters.note}</p>}
    </section>
  );
}

function countByCode(view: View, codes: Uint8Array, n: number): { passing: number[]; all: number[] } {
  const passing = new Array<number>(n).fill(0);
  const all = new Array<number>(n).fill(0);
  for (let link = 0; link < view.pack.nLinks; link += 1) {
    all[codes[link]] += 1;
    passing[codes[link]] += view.passes[link];
  }
  return { passing, all };
}

/** Said where a filter hides links: the concepts are made of all of them. */
function ConceptsStay({ hides }: { hides: boolean }): JSX.Element | null {
  return hides ? <p class="note stays">Hidden links still hold concepts together: a filter takes nothing out of them.</p> : null;
}

function Statuses({ app, view }: Shown): JSX.Element {
  const { pack, state } = view;
  const n = useMemo(() => countByCode(view, view.status, pack.statuses.length), [view.passes, view.status]);
  return (
    <section>
      <h2>Status</h2>
      {pack.statuses.map((_, code) => (
        <label class="row" key={code}>
          <input type="checkbox" checked={!state.hiddenStatuses.has(code)} onChange={() => app.store.set(flip(app.store, "hiddenStatuses", code))} />
          <LineSample status={code} />
          <span class="name">{statusWord(pack, code)}</span>
          <Passing n={n.passing[code]} all={n.all[code]} />
        </label>
      ))}
      <ConceptsStay hides={state.hiddenStatuses.size > 0} />
    </section>
  );
}

function Types({ app, view }: Shown): JSX.Element {
  const { pack, state } = view;
  const n = useMemo(() => countByCode(view, pack.type, pack.types.length), [view.passes]);
  return (
    <section>
      <h2>Link type</h2>
      {pack.types.map((name, code) => (
        <label class="row" key={code}>
          <input type="checkbox" checked={!state.hiddenTypes.has(code)} onChange={() => app.store.set(flip(app.store, "hiddenTypes", code))} />
          <HeadSample type={code} />
          <span class="name" {...(code < LINK_TYPES.length && { title: name })}>{typeWord(pack, code)}</span>
          <Passing n={n.passing[code]} all={n.all[code]} />
        </label>
      ))}
      <ConceptsStay hides={state.hiddenTypes.size > 0} />
    </section>
  );
}

function Systems({ app, view }: Shown): JSX.Element {
  const { pack, state } = view;
  const systems = Array.from({ length: pack.first[1] }, (_, index) => index);
  const passing = useMemo(() => {
    const found = new Array<number>(systems.length).fill(0);
    for (let link = 0; link < pack.nLinks; link += 1) {
      if (!view.passes[link]) continue;
      const a = pack.system[pack.source[link]];
      const b = pack.system[pack.target[link]];
      if (a >= 0) found[a] += 1;
      if (b >= 0 && b !== a) found[b] += 1;
    }
    return found;
  }, [view.passes]);
  if (!systems.length) return <></>;
  return (
    <section>
      <h2>
        Systems
        <button type="button" class="small" aria-label="Systems: all" disabled={!state.hiddenSystems.size} onClick={() => app.store.set({ hiddenSystems: new Set() })}>all</button>
        <button type="button" class="small" aria-label="Systems: none" disabled={state.hiddenSystems.size === systems.length} onClick={() => app.store.set({ hiddenSystems: new Set(systems) })}>none</button>
      </h2>
      <div class="systems">
        {systems.map((system) => (
          <div class="row" key={system}>
            <label class="row">
              <input type="checkbox" checked={!state.hiddenSystems.has(system)} onChange={() => app.store.set(flip(app.store, "hiddenSystems", system))} />
              <Swatch colour={systemColour(system)} />
              <span class="name">{pack.name[system]}{pack.mark(system)}</span>
            </label>
            <button
              type="button"
              class="small only"
              aria-label={`Only ${pack.name[system]}`}
              onClick={() => app.store.set({ hiddenSystems: new Set(systems.filter((other) => other !== system)) })}
            >
              only
            </button>
            <span class="value">{passing[system] ? number(passing[system]) : ""}</span>
          </div>
        ))}
      </div>
      <ConceptsStay hides={state.hiddenSystems.size > 0} />
    </section>
  );
}

/** How the concepts are made, with the floor in force. */
function aboutConcepts({ pack, setting }: View): string {
  const { floor } = setting;
  const { about } = pack.clustering;
  return floor === null ? about : `${about}; links below ${lowered(floor)} are left out`;
}

function Concepts({ app, view }: Shown): JSX.Element {
  const { pack, clusters, contradictions } = view;
  const n = clusters.sizes.length;
  const contradicted = new Set(contradictions.map(({ cluster }) => cluster));
  const { order } = view.state;
  const listed = useMemo(() => labelsInOrder(clusters, order).slice(0, MAX_CLUSTERS), [clusters, order]);
  return (
    <section>
      <h2>
        Concepts <span class="value">{n ? number(n) : ""}</span>
      </h2>
      <p class="note">{aboutConcepts(view)}</p>
      {contradictions.length > 0 && (
        <div class="contradictions">
          <b>{counted(contradictions.length, "contradiction")}</b>
          <p>{whyContradicted(pack, clusters)}</p>
          <ul class="list">
            {contradictions.slice(0, MAX_CONTRADICTIONS).map(({ link, cluster }) => (
              <li key={link}>
                <button type="button" class="link" onClick={() => lookAt(app, { kind: "link", link })}>
                  {clusterName(clusters, cluster)}: {breakable(pack.marked(pack.source[link]))} <Sign sign={"\u2260"} says="is not" /> {breakable(pack.marked(pack.target[link]))}
                </button>
              </li>
            ))}
            {contradictions.length > MAX_CONTRADICTIONS && (
              <li class="note">
                shown {MAX_CONTRADICTIONS} of {number(contradictions.length)}; the{" "}
                <button type="button" class="link" onClick={() => app.store.set({ tab: "clusters" })}>table of concepts</button> counts them all
              </li>
            )}
          </ul>
        </div>
      )}
      {n > 1 && (
        <label class="order">
          Order by{" "}
          <select value={order} onChange={(event) => app.store.set({ order: event.currentTarget.value as Order })}>
            {ORDERS.map((by) => <option key={by} value={by}>{ORDER_WORDS[by]}</option>)}
          </select>
        </label>
      )}
      <ul class="list clusters">
        {Array.from(listed, (cluster) => (
          <li key={cluster}>
            <button type="button" class="link" onClick={() => lookAt(app, { kind: "cluster", member: clusters.members(cluster)[0] })}>
              {view.state.colour === "cluster" && <Swatch colour={clusterColour(cluster)} />}
              <span class="name">{clusterName(clusters, cluster)}</span>
              {contradicted.has(cluster) && <Icon sign="contradiction" says="has a contradiction" />}
              <span class="value">{number(clusters.sizes[cluster])}</span>
            </button>
          </li>
        ))}
      </ul>
      {n > MAX_CLUSTERS && (
        <button type="button" class="small" onClick={() => app.store.set({ tab: "clusters" })}>all {number(n)} in the table</button>
      )}
      {n === 0 && <p class="note">No link joins anything from here on.</p>}
    </section>
  );
}

function About({ view }: { view: View }): JSX.Element {
  const { pack, state } = view;
  const by = {
    system: "A line has the colour of the system that it leaves.",
    status: "A line has the colour of its status; below a table's name are the shares of its links.",
    cluster: "A line has the colour of the largest concept that it lies in, and is grey in none. Colours come round again after eight: point at a field to read its concept.",
  }[state.colour];
  return (
    <section class="about">
      <h2>Legend</h2>
      <p class="note">{by} The thicker, the more links. A table's number counts its links that are shown.</p>
      {pack.header.notes.map((note, index) => (
        <p class="note" key={index}>{note}</p>
      ))}
    </section>
  );
}
