// Parts that the pages of the map share: names, facts about two systems, the bar, lists with arrow keys.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { everyConcept, openConcept, openPage, openPair, type App } from "../app/app";
import { Badge, Icon, Key } from "../app/icons";
import { usePrinted } from "../app/media";
import { breakable, counted, number, systemWords } from "../app/parts";
import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import { crosswalkOf } from "../model/crosswalk";
import { leftOut } from "../model/filters";
import { conceptsInBoth, overlapOf, type SystemPair } from "../model/overlap";
import { clusterName } from "../model/clusters";
import type { Pack } from "../model/pack";
import type { View } from "../model/types";
import { scoreText } from "../model/words";
import { shortened } from "../picture/shorten";

/** Two systems that the reader has chosen, by code. */
export interface Chosen {
  readonly a: number;
  readonly b: number;
}

const chosen = new WeakMap<App, Chosen>();

/** The two systems whose facts are shown: those that were chosen last, else those with most in common. */
export function chosenPair(app: App): Chosen | null {
  const { systems, pairs } = overlapOf(app.view());
  const last = chosen.get(app);
  if (last && systems.includes(last.a) && systems.includes(last.b)) return last;
  return pairs[0] ?? null;
}

export function choosePair(app: App, { a: one, b: other }: Chosen): void {
  const pair = one < other ? { a: one, b: other } : { a: other, b: one };
  const before = chosen.get(app);
  if (before?.a === pair.a && before.b === pair.b) return;
  chosen.set(app, pair);
  app.setUi({});
}

const lengthOf = (text: string): number => [...text].length;

/** Names of systems that have room, with a mark for deleted ones: longer ones lose their middle. */
export function namesOf(pack: Pack, systems: readonly number[], most: number): (system: number) => string {
  const cut = shortened(systems.map((system) => pack.name[system]), most, lengthOf);
  return (system) => (cut.get(pack.name[system]) ?? pack.name[system]) + pack.mark(system);
}

const MOST_OF_WORD = 20; // characters of a word of a system's name

/** Badge and name of a system, which breaks between its words alone: "PostgreSQL" is one. */
export function SystemName({ pack, system, name }: { pack: Pack; system: number; name?: string }): JSX.Element {
  return (
    <span class="map-name" title={pack.marked(system)}>
      <Badge pack={pack} system={system} named />{"\u00a0"}<bdi>{systemWords(name ?? pack.marked(system), MOST_OF_WORD)}</bdi>
    </span>
  );
}

/** How many links are approved, suggested and rejected. */
export function StatusCounts({ byStatus }: { byStatus: readonly number[] }): JSX.Element {
  const known = [APPROVED, SUGGESTED, REJECTED];
  const words = { [APPROVED]: "approved", [SUGGESTED]: "suggested", [REJECTED]: "rejected" } as const;
  const others = byStatus.reduce((sum, n, status) => (known.includes(status) ? sum : sum + n), 0);
  return (
    <p class="map-statuses secondary">
      {known.filter((status) => byStatus[status] > 0).map((status) => (
        <span key={status}><Icon sign={words[status as keyof typeof words]} /> {number(byStatus[status])} {words[status as keyof typeof words]}</span>
      ))}
      {others > 0 && <span><Icon sign="other" /> {number(others)} with another status</span>}
    </p>
  );
}

const MAX_CONCEPTS = 6;

/** What links between two systems, or inside one, are not counted, and why; empty if all are. */
function leftOutWords(view: View, a: number, b: number): string {
  const { source, target, system } = view.pack;
  const { filtered, weaker, unscored } = leftOut(view, (link) => {
    const [one, other] = [system[source[link]], system[target[link]]];
    return (one === a && other === b) || (one === b && other === a);
  });
  const parts = [
    weaker ? `${counted(weaker, "weaker link")}, below ${view.state.threshold}` : "",
    unscored ? `${counted(unscored, "link")} without a score` : "",
    filtered ? `${counted(filtered, "link")} that the filters hide` : "",
  ].filter((part) => part);
  return parts.length ? `Not counted here, but in Review: ${parts.join("; ")}.` : "";
}

/** What two systems have in common, or what is inside one: concepts, links, what they share. */
export function PairFacts({ app, view, pair, open }: { app: App; view: View; pair: SystemPair; open: boolean }): JSX.Element {
  const { pack, clusters } = view;
  const { a, b, concepts, links } = pair;
  const isOne = a === b;
  const labels = concepts ? conceptsInBoth(view, a, b) : [];
  const crosswalk = crosswalkOf(view);
  const others = leftOutWords(view, a, b);
  const all = () => openPage(app, "concepts", { ...everyConcept, having: new Set([a, b]) });
  return (
    <>
      <section class="map-facts">
        {open && (
          <h2 class="section-title map-both">
            <SystemName pack={pack} system={a} />
            {!isOne && <> <span class="secondary">and</span> <SystemName pack={pack} system={b} /></>}
          </h2>
        )}
        <p class="map-figure"><b>{number(concepts)}</b> {concepts === 1 ? "concept" : "concepts"} {isOne ? "with several of its fields" : "in both"}</p>
        <p class="secondary">{links ? `${counted(links, "link")} ${isOne ? "inside it" : "between their tables and fields"}` : isOne ? "No link inside it is shown." : "No link between them is shown."}</p>
        <StatusCounts byStatus={pair.byStatus} />
        {others && <p class="secondary">{others}</p>}
        {open && (
          <button type="button" class="primary map-open" onClick={() => openPair(app, a, b)}>
            {isOne ? "Open its tables" : "Open both side by side"} <Key>Enter</Key>
          </button>
        )}
      </section>
      {labels.length > 0 && (
        <section class="map-shares">
          <h2 class="section-title">{isOne ? "What it has several times, keys first" : "What they share, keys first"}</h2>
          <ul>
            {labels.slice(0, MAX_CONCEPTS).map((label) => (
              <li key={label}>
                <button type="button" class="link" onClick={() => openConcept(app, clusters.members(label)[0])}>
                  <Icon sign={crosswalk.contradictions[label] ? "contradiction" : crosswalk.approved[label] ? "approved" : "suggested"} says={crosswalk.contradictions[label] ? "rejected, yet together" : crosswalk.approved[label] ? "approved" : "suggested"} />
                  <ConceptName view={view} label={label} />
                  <span class="value">{scoreText(clusters.identity.confidence[label])}</span>
                </button>
              </li>
            ))}
          </ul>
          {labels.length > MAX_CONCEPTS && <button type="button" class="text-button" onClick={all}>{number(labels.length - MAX_CONCEPTS)} more</button>}
        </section>
      )}
    </>
  );
}

/** A concept by its name, as on every page. */
function ConceptName({ view: { clusters }, label }: { view: View; label: number }): JSX.Element {
  return <span class="map-concept"><b><bdi>{breakable(clusterName(clusters, label))}</bdi></b></span>;
}

/** The bar above: title, what is to be known, and tools. */
export function Bar({ back, title, note, children }: { back?: ComponentChildren; title: ComponentChildren; note: string; children?: ComponentChildren }): JSX.Element {
  return (
    <header class="map-bar">
      {back}
      <h1>{title}</h1>
      <p class="secondary">{note}</p>
      <div class="map-tools">{children}</div>
    </header>
  );
}

/** One of two forms. */
export function Forms({ app, second, isSecond }: { app: App; second: string; isSecond: boolean }): JSX.Element {
  const choose = (layout: "lanes" | "matrix") => () => app.store.set({ layout });
  return (
    <div class="map-forms" role="group" aria-label="Shown as">
      <button type="button" aria-pressed={!isSecond} {...(isSecond && { "aria-keyshortcuts": "T" })} onClick={choose("lanes")}>Picture</button>
      <button type="button" aria-pressed={isSecond} {...(!isSecond && { "aria-keyshortcuts": "T" })} onClick={choose("matrix")}>{second}</button>
    </div>
  );
}

/** The button of the filters, with the number of those in use. */
export function FiltersButton({ app, isOpen, active }: { app: App; isOpen: boolean; active: number }): JSX.Element {
  return (
    <button type="button" aria-expanded={isOpen} onClick={() => app.setUi({ filters: !isOpen })}>
      Filters{active > 0 && <> <span class="count" title={counted(active, "filter")}>{active}</span></>}
    </button>
  );
}

/** Go from one to the next in a list of which one has the keyboard. */
export function onArrows(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowRight: 1, j: 1, ArrowUp: -1, ArrowLeft: -1, k: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("[data-stop]")];
  const at = all.findIndex((one) => one === document.activeElement);
  if (at < 0) return;
  all[Math.max(0, Math.min(all.length - 1, at + step))].focus();
  event.preventDefault();
}

const PAGE = 40;

/** Pairs of systems, most in common first. */
export function PairList({ app, view, pairs, title, at, onPhone }: { app: App; view: View; pairs: readonly SystemPair[]; title: string; at: Chosen | null; onPhone: boolean }): JSX.Element {
  const { pack } = view;
  const [most, setMost] = useState(PAGE);
  const greatest = Math.max(1, ...pairs.slice(0, 1).map(({ concepts }) => concepts));
  const isAt = ({ a, b }: Chosen): boolean => at?.a === a && at.b === b;
  const isPrinted = usePrinted();
  const listed = isPrinted ? pairs : pairs.slice(0, most);
  const stop = listed.some(isAt) ? at : listed[0];
  return (
    <section class="map-pairs">
      <h2 class="section-title">{title}</h2>
      <ul data-roving onKeyDown={onArrows}>
        {listed.map((pair) => (
          <li key={`${pair.a} ${pair.b}`}>
            <button
              type="button"
              data-stop
              tabIndex={onPhone || (stop?.a === pair.a && stop.b === pair.b) ? 0 : -1}
              {...(onPhone ? {} : { "aria-pressed": isAt(pair) })}
              onFocus={() => { if (!onPhone) choosePair(app, pair); }}
              onClick={() => (onPhone ? openPair(app, pair.a, pair.b) : choosePair(app, pair))}
              onDblClick={() => openPair(app, pair.a, pair.b)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                openPair(app, pair.a, pair.b);
                event.preventDefault();
              }}
            >
              <Badge pack={pack} system={pair.a} named /> <Badge pack={pack} system={pair.b} named />
              <span class="map-names"><bdi>{breakable(pack.marked(pair.a))}</bdi> {"\u2013"} <bdi>{breakable(pack.marked(pair.b))}</bdi></span>
              <span class="map-share" aria-hidden="true"><span style={{ width: `${(100 * pair.concepts) / greatest}%` }} /></span>
              {pair.concepts ? <b class="map-n">{number(pair.concepts)}<span class="visually-hidden"> {pair.concepts === 1 ? "concept" : "concepts"}</span></b> : <span class="map-n value">{counted(pair.links, "link")}</span>}
            </button>
          </li>
        ))}
      </ul>
      {pairs.length > listed.length && <button type="button" class="text-button" onClick={() => setMost(most + PAGE)}>Show {number(Math.min(PAGE, pairs.length - most))} more of {number(pairs.length)}</button>}
    </section>
  );
}
