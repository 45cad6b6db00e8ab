// Which concepts are listed and in which order: all of it is in the address.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ROLE_KINDS, type RoleKind } from "../model/crosswalk";
import { conceptOnly, filtersInUse, NO_FILTERS, timesOf, type ConceptOnly, type Concepts } from "../model/listing";
import { visible } from "../model/pack";
import { matchingConcepts } from "../model/search";
import type { View } from "../model/types";
import { listed, quoted, thresholdText } from "../model/words";
import { flip, type Order, type State } from "../state/state";
import type { App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { number } from "../app/parts";
import { Popover } from "../app/popover";
import { ScoreBox } from "../app/score-box";

export interface Listing {
  readonly app: App;
  readonly view: View;
  readonly concepts: Concepts;
}

const KINDS: Record<RoleKind, string> = { identifies: "Identifies", describes: "Describes", shared: "Shared values" };
const KIND_HELP: Record<RoleKind, string> = {
  identifies: "Fields that tell rows apart or refer to them: keys, e-mail addresses, references",
  describes: "Fields with a text about their row, such as names",
  shared: "Fields whose values many rows share: categories, times, numbers",
};
export const ORDER_NAMES: Record<Order, string> = {
  identity: "identity value",
  confidence: "strength",
  size: "number of fields",
  systems: "number of systems",
  name: "name",
};

/** The filters; on a phone behind a button, with what else there is to choose. */
export function FilterBar({ app, view, concepts, isPhone, children }: Listing & { isPhone: boolean; children: ComponentChildren }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const { state } = app.store;
  const n = filtersInUse({ ...state, query: "", entity: -1 });
  const set = (change: Partial<State>): void => app.store.set(change);
  const what = concepts.entity ? "Filter these concepts" : `Filter ${number(concepts.nAll)} concepts`;
  const entity = concepts.entity && visible(concepts.entity.name);
  return (
    <div class="concepts-bar" role="group" aria-label="Filters">
      {entity && (
        <button type="button" title={`Not only those of ${entity}`} onClick={() => set({ entity: -1 })}>
          <span aria-hidden="true">{"\u2039"}</span> All concepts
        </button>
      )}
      <div class="concepts-text">
        <Icon sign="search" />
        <input
          type="search"
          aria-label={what}
          placeholder={what}
          autocomplete="off"
          // The text in the store, not in the view: the view lacks what was typed since it was drawn.
          value={app.store.state.query}
          // The words of a large organisation take a moment: they are read before the first letter is typed.
          onFocus={() => setTimeout(() => matchingConcepts(view.pack, view.clusters, "id"))}
          onInput={(event) => set({ query: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || !app.store.state.query) return;
            set({ query: "" });
            event.preventDefault();
          }}
        />
      </div>
      {isPhone && (
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Filters {n > 0 && <span class="count">{n}</span>}
        </button>
      )}
      {(!isPhone || isOpen) && (
        <>
          <Kinds app={app} view={view} concepts={concepts} />
          <Toggles app={app} view={view} concepts={concepts} />
          <Systems app={app} view={view} concepts={concepts} />
          {isPhone && children}
        </>
      )}
      {filtersInUse(state) > 1 && <button type="button" class="link concepts-clear" onClick={() => set(NO_FILTERS)}>Clear all</button>}
    </div>
  );
}

function Kinds({ app, view, concepts }: Listing): JSX.Element {
  const { listing } = view.state;
  const { kinds } = concepts.counts;
  return (
    <div class="segments" role="group" aria-label="What the fields do">
      <button type="button" aria-pressed={listing === ""} onClick={() => app.store.set({ listing: "" })}>All {number(kinds.all)}</button>
      {ROLE_KINDS.map((kind) => (
        <button type="button" key={kind} aria-pressed={listing === kind} title={KIND_HELP[kind]} onClick={() => app.store.set({ listing: kind })}>
          {kind === "identifies" && <Icon sign="key" />} {KINDS[kind]} {number(kinds[kind])}
        </button>
      ))}
    </div>
  );
}

function Toggles({ app, view, concepts }: Listing): JSX.Element {
  const only = conceptOnly(view.state);
  const toggle = (which: Exclude<ConceptOnly, "">, name: string, sign: "contradiction" | "suggested" | null, help: string): JSX.Element => {
    const n = concepts.counts.only[which];
    return (
      <button type="button" aria-pressed={only === which} disabled={n === 0 && only !== which} title={help} onClick={() => app.store.set({ only: only === which ? "" : which })}>
        {sign && <Icon sign={sign} />} {name} {number(n)}
      </button>
    );
  };
  return (
    <div class="segments" role="group" aria-label="What is to be looked at">
      {toggle("contradiction", "Contradictions", "contradiction", "Concepts with a rejected link inside")}
      {toggle("undecided", "Nothing approved", "suggested", "Concepts that only suggestions hold")}
      {concepts.nShared > 0 && concepts.nSingle > 0 && toggle("single", "In one system", null, "Concepts whose fields are all in one system: they are not among the others")}
    </div>
  );
}

const MANY = 12; // systems from which on one looks for them by their names

function Systems({ app, view, concepts }: Listing): JSX.Element | null {
  const { pack, clusters } = view;
  const { having } = view.state;
  const [text, setText] = useState("");
  const known = concepts.crosswalk.systems.filter((system) => system >= 0);
  if (known.length < 2) return null;
  const names = [...having].map((system) => visible(pack.name[system]));
  const label = names.length === 0 ? `Systems: all ${number(known.length)}` : names.length === 1 ? `In ${names[0]}` : `In ${names.length} of ${known.length} systems`;
  const inside = (): JSX.Element => {
    const times = timesOf(pack, clusters, concepts.labels);
    const wanted = text.trim().toLowerCase();
    const shown = known.filter((system) => pack.name[system].toLowerCase().includes(wanted));
    return (
      <>
        <p class="secondary">Only concepts that each of these systems has:</p>
        {known.length > MANY && <input type="search" aria-label="Find a system" placeholder="Find a system" value={text} onInput={(event) => setText(event.currentTarget.value)} />}
        <ul class="concepts-choices">
          {shown.map((system) => (
            <li key={system}>
              <label>
                <input type="checkbox" checked={having.has(system)} onChange={() => toggleSystem(app, system)} />
                <Badge pack={pack} system={system} named />
                <bdi>{pack.name[system]}</bdi>
                <span class="value">{times.has(system) ? number(times.get(system)!) : ""}</span>
              </label>
            </li>
          ))}
        </ul>
        {shown.length === 0 && <p class="secondary">No system is called so.</p>}
        {having.size > 0 && <button type="button" onClick={() => app.store.set({ having: new Set() })}>All systems again</button>}
      </>
    );
  };
  return <Popover label={label} title="Systems" isActive={having.size > 0}>{inside}</Popover>;
}

/** List only concepts that a system has, or leave that condition out again. */
export function toggleSystem(app: App, system: number): void {
  app.store.set(flip(app.store, "having", system));
}

export function JoinedFrom({ app, view }: Omit<Listing, "concepts">): JSX.Element {
  const { pack, clusters } = view;
  const { threshold } = view.state;
  const given = pack.clustering.threshold;
  const set = (score: number): void => app.store.set({ threshold: score });
  if (pack.labels) {
    return (
      <Popover label={`Joined by ${visible(clusters.method)}`} title="How fields were joined" isActive={false}>
        {() => <p>These concepts came from {visible(clusters.method)}. They are the same at every score.</p>}
      </Popover>
    );
  }
  return (
    <Popover label={`Joined from ${thresholdText(threshold)}`} title="Joined from" isActive={threshold !== given}>
      {() => (
        <>
          <p>Fields become one concept from this score on, on every page here. Approved links always join.</p>
          <div class="slider">
            <input type="range" min="0" max="1" step="0.005" aria-label="Joined from" aria-valuetext={`from ${thresholdText(threshold)}`} value={String(app.store.state.threshold)} onInput={(event) => set(Number(event.currentTarget.value))} />
            <ScoreBox label="Joined from, as a number" value={String(threshold)} onTake={set} />
          </div>
          {threshold === given ? (
            <p class="secondary">Python joined them from {thresholdText(given)}, too.</p>
          ) : (
            <button type="button" onClick={() => app.store.set({ threshold: given })}>Back to {thresholdText(given)}, as in Python</button>
          )}
        </>
      )}
    </Popover>
  );
}

/** The choice of an order. */
export function OrderChoice({ app, view, concepts }: Listing): JSX.Element {
  const { pack, state } = view;
  const value = state.fieldsIn >= 0 ? `in:${state.fieldsIn}` : state.order;
  const choose = (text: string): void => {
    const [order, system] = text.split(":");
    app.store.set(system ? { fieldsIn: Number(system) } : { fieldsIn: -1, order: order as Order });
  };
  return (
    <label class="choice">
      <span class="secondary">Order</span>
      <select aria-label="Order" value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {Object.entries(ORDER_NAMES).map(([order, name]) => <option key={order} value={order}>{name}</option>)}
        <optgroup label="name of the field in">
          {concepts.crosswalk.systems.filter((system) => system >= 0).map((system) => (
            <option key={system} value={`in:${system}`}>{pack.name[system]}</option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

const KIND_SENTENCES: Record<RoleKind, string> = {
  identifies: "identifies rows",
  describes: "describes rows",
  shared: "has values that many rows share",
};
const ONLY_SENTENCES: Record<Exclude<ConceptOnly, "">, string> = {
  contradiction: "is held against a rejection",
  undecided: "has nothing approved",
  single: "is in one system only",
};

const ONLY_WAYS: Record<Exclude<ConceptOnly, "">, string> = {
  contradiction: "Without contradictions, too",
  undecided: "Approved, too",
  single: "In several systems",
};

/** The filters in use, each as what a concept must do, what takes it away, and a name for that. */
export function filterSentences({ pack, state }: View, { entity }: Concepts): { says: string; without: Partial<State>; way: string }[] {
  const found: { says: string; without: Partial<State>; way: string }[] = [];
  const text = quoted(visible(state.query));
  if (state.query.trim()) found.push({ says: `has ${text} in its name or fields`, without: { query: "" }, way: `Without ${text}` });
  if (state.listing) found.push({ says: KIND_SENTENCES[state.listing], without: { listing: "" }, way: "Of all kinds" });
  const only = conceptOnly(state);
  if (only) found.push({ says: ONLY_SENTENCES[only], without: { only: "" }, way: ONLY_WAYS[only] });
  const systems = [...state.having].map((system) => visible(pack.name[system]));
  if (systems.length) found.push({ says: `is in ${listed(systems)}`, without: { having: new Set() }, way: "In any system" });
  if (entity) found.push({ says: `has a field of ${visible(entity.name)}`, without: { entity: -1 }, way: "Of all tables" });
  return found;
}
