// What the systems hold: entities, or where none is found the first concepts, as a table.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { everyConcept, openPage, startJoin, type App } from "../app/app";
import { Badge } from "../app/icons";
import { MAX_PRINTED, PHONE, useMedia, usePrinted } from "../app/media";
import { breakable, counted, number } from "../app/parts";
import { quoted } from "../model/words";
import { conceptRows, entityRow, findEntities, firstColumns, shortNames, systemsIn, type HeldRow } from "../model/holdings";
import type { Pack } from "../model/pack";
import { holdsLittle, namelessTables, namelessText, type Start } from "../model/start";
import type { View } from "../model/types";
import { shortened } from "../picture/shorten";
import type { Shown } from "./start-dialogs";
import { CountsTable, NamesTable, RowList } from "./start-grid";
import { openers } from "./start-openers";

/** Characters of a system's name above a column of counts. */
const MAX_HEAD = 20;

/** Rows at once. */
const PAGE = 40;

/** How the table is looked at: kept while other pages are open. */
interface Look {
  form: "names" | "counts";
  query: string;
  /** Systems that were chosen; empty for all. */
  systems: ReadonlySet<number>;
  allColumns: boolean;
  begin: number;
}

const looks = new WeakMap<Pack, Look>();

export interface HoldingsProps {
  app: App;
  view: View;
  told: Start;
  show: (shown: Shown) => void;
}

export function Holdings({ app, view, told, show }: HoldingsProps): JSX.Element | null {
  const { pack } = view;
  const first: Look = { form: told.many ? "counts" : "names", query: "", systems: new Set(), allColumns: false, begin: 0 };
  const [look, setLook] = useState<Look>(looks.get(pack) ?? first);
  const change = (part: Partial<Look>) => {
    const next = { ...look, begin: 0, ...part };
    looks.set(pack, next);
    setLook(next);
  };
  const isNarrow = useMedia(PHONE);
  const isPrinted = usePrinted();
  const { entities, alone } = told.entities;
  const hasConcepts = view.clusters.sizes.length > 0;
  const kind = entities.length && !(hasConcepts && holdsLittle(told)) ? "entity" : "concept";
  if (kind === "concept" && !hasConcepts) return <Nothing told={told} show={show} view={view} />;

  const found = kind === "entity" ? findEntities(pack, look.query).filter((at) => hasAny(view, at, look.systems)) : [];
  const [begin, page] = isPrinted ? [0, MAX_PRINTED] : [look.begin, PAGE];
  const rows = kind === "entity" ? found.slice(begin, begin + page).map((at) => entityRow(view, at)) : conceptRows(view);
  const n = kind === "entity" ? found.length : rows.length;
  const systems = kind === "entity" ? told.systems : systemsIn(pack, rows);
  const chosen = look.systems.size ? systems.filter((system) => look.systems.has(system)) : systems;
  const nFirst = kind === "entity" && !look.systems.size && !look.allColumns ? firstColumns(told, pack) : chosen.length;
  const columns = chosen.slice(0, nFirst);
  const nMore = chosen.length - columns.length;
  const short = shortNames(systems.map((system) => pack.name[system] ?? "?"));
  const cut = shortened(short.names, MAX_HEAD, (text) => [...text].length);
  const nameOf = (system: number): string => {
    const name = short.names[systems.indexOf(system)];
    return cut.get(name) ?? name;
  };
  const table = { app, view, rows, systems: columns, open: openers(app), show };
  const tools = (
    <div class="holdings-tools">
      {told.many && !isNarrow && (
        <div class="forms" role="group" aria-label="What the table shows">
          {(["names", "counts"] as const).map((form) => (
            <button type="button" key={form} aria-pressed={look.form === form} onClick={() => change({ form, begin: look.begin })}>
              {form === "names" ? "Names" : "Counts"}
            </button>
          ))}
        </div>
      )}
      {kind === "entity" && entities.length > PAGE / 2 && (
        <input type="search" aria-label="Find an entity" placeholder="Find an entity" value={look.query} onInput={(event) => change({ query: event.currentTarget.value })} />
      )}
      {told.many && kind === "entity" && !isNarrow && <ChooseSystems pack={pack} systems={told.systems} chosen={look.systems} change={(systems) => change({ systems })} />}
      {entities.length > 0 && alone.length > 0 && (
        <button type="button" class="strong" onClick={() => show({ kind: "tables", title: `${counted(alone.length, "table")} in no entity`, note: aloneNote(told), tables: alone })}>
          {counted(alone.length, "table")} in no entity
        </button>
      )}
      {told.totals[1].n > 1 && <button type="button" class="strong" aria-keyshortcuts="J" onClick={() => startJoin(app, -1)}>{"Join two tables\u2026"}</button>}
    </div>
  );
  return (
    <section class="holdings" aria-labelledby="holdings-title">
      <div class="holdings-head">
        <h2 id="holdings-title" class="section-title">What the systems hold</h2>
        <p class="secondary">{noteOf(told, kind, rows, isNarrow) + (kind === "entity" && app.store.state.decisions.size > 0 ? BEFORE : "")}</p>
        {!isNarrow && tools}
      </div>
      {kind === "concept" && entities.length > 0 && <FewEntities rows={entities.map((_, at) => entityRow(view, at))} open={table.open} />}
      {!n ? (
        <div class="card nothing-held">
          <p>{look.query ? <>No entity and no table of one is called {quoted(look.query)}.</> : "None of the chosen systems has an entity."}</p>
          <button type="button" onClick={() => change({ query: "", systems: new Set() })}>Show all entities</button>
        </div>
      ) : isNarrow ? (
        <RowList {...table} systems={systems} />
      ) : told.many && look.form === "counts" ? (
        <CountsTable {...table} nameOf={nameOf} isShort={short.prefix !== ""} more={nMore} showMore={() => change({ allColumns: true, begin: look.begin })} />
      ) : (
        <NamesTable {...table} />
      )}
      <div class="holdings-foot secondary">
        {told.many && look.form === "counts" && !isNarrow && n > 0 && (
          <p>
            {short.prefix && <>All systems are called <code>{short.prefix}{"\u2026"}</code>, {short.digits ? `shown by their last ${short.digits} digits` : "shown by the rest"}. </>}
            <span class="shades" aria-hidden="true">
              {["1", "2", "3", "4+"].map((text, at) => <span key={text} class={`shade s${at + 1}`}>{text}</span>)}
            </span>{" "}
            {kind === "entity" ? "tables" : "fields"} of that system
          </p>
        )}
        {kind === "concept" && (
          <button type="button" class="strong" onClick={() => openPage(app, "concepts", everyConcept)}>All concepts</button>
        )}
        {n > page && (
          <div class="pager">
            <span role="status">{number(look.begin + 1)}{"\u2013"}{number(Math.min(n, look.begin + PAGE))} of {number(n)}</span>
            <button type="button" disabled={!look.begin} onClick={() => change({ begin: Math.max(0, look.begin - PAGE) })}>Back<span class="visually-hidden"> to the rows before</span></button>
            <button type="button" disabled={look.begin + PAGE >= n} onClick={() => change({ begin: look.begin + PAGE })}>Next<span class="visually-hidden"> rows</span></button>
          </div>
        )}
      </div>
      {isNarrow && tools}
      <Nameless view={view} show={show} />
    </section>
  );
}

/** Entities in a line, where they hold so little that concepts are listed. */
function FewEntities({ rows, open }: { rows: readonly HeldRow[]; open: ReturnType<typeof openers> }): JSX.Element {
  return (
    <ul class="few-entities" aria-label="Entities">
      {rows.map((row) => (
        <li key={row.at}>
          <button type="button" class="link" onClick={() => open.entity([...row.cells.values()][0][0])}><b><bdi>{breakable(row.name)}</bdi></b></button>{" "}
          <span class="secondary">entity of {counted(row.n, "table")} in {counted(row.cells.size, "system")}</span>
        </li>
      ))}
    </ul>
  );
}

function hasAny(view: View, at: number, systems: ReadonlySet<number>): boolean {
  return !systems.size || [...entityRow(view, at).cells.keys()].some((system) => systems.has(system));
}

/** Entities are found when a page is written: decisions since then may make one of two. */
const BEFORE = "; found before your decisions";

function noteOf({ entities: { entities, alone }, totals, many, counts }: Start, kind: HeldRow["kind"], rows: readonly HeldRow[], isShort: boolean): string {
  const all = totals[1].n;
  const n = entities.length;
  const some = `${number(all - alone.length)} of ${counted(all, "table")} in ${number(n)} ${n === 1 ? "entity" : "entities"}`;
  if (kind === "concept") {
    const what = counts.shared ? "concepts in several systems" : "concepts";
    const first = `the first ${number(rows.length)} ${what}`;
    return entities.length ? `${some}; below ${first}` : `no tables look like one thing; here are ${first}`;
  }
  if (isShort) return some;
  return many ? `${some}, most systems first` : `${some}, grouped by the fields and keys they share`;
}

/** Why tables are in no entity. */
function aloneNote({ entities: { notes } }: Start): string {
  const little = notes.find((note) => note.startsWith("Names say little"));
  return little ?? "No table of another system was found to hold rows of the same thing.";
}

/** A page with tables, but nothing that they have in common. */
function Nothing({ view, told, show }: { view: View; told: Start; show: (shown: Shown) => void }): JSX.Element | null {
  const { pack } = view;
  const tables = Array.from({ length: pack.first[2] - pack.first[1] }, (_, at) => at + pack.first[1]);
  if (!tables.length) return null;
  return (
    <section class="holdings" aria-labelledby="holdings-title">
      <div class="holdings-head">
        <h2 id="holdings-title" class="section-title">What the systems hold</h2>
      </div>
      <div class="card nothing-held">
        <p>{told.finding === "unlinked" ? "Without links no table is known to hold the same as another." : "No link joins two fields, so there is no concept and no entity."}</p>
        <button type="button" onClick={() => show({ kind: "tables", title: `All ${counted(tables.length, "table")}`, note: "By system and name.", tables })}>
          Show {tables.length === 1 ? "the table" : `all ${number(tables.length)} tables`}
        </button>
      </div>
      <Nameless view={view} show={show} />
    </section>
  );
}

/** Whether a field of some tables has a name. */
function hasNamedFields({ table, resolved, first, nNodes }: Pack, tables: readonly number[]): boolean {
  const wanted = new Set(tables);
  for (let node = first[2]; node < nNodes; node += 1) if (resolved[node] && wanted.has(table[node])) return true;
  return false;
}

/** Tables of which the catalogue has no name. */
function Nameless({ view: { pack }, show }: { view: View; show: (shown: Shown) => void }): JSX.Element | null {
  const tables = namelessTables(pack);
  if (!tables.length) return null;
  return (
    <p class="nameless secondary">
      <span>{namelessText(pack, tables)}</span>
      <button
        type="button"
        onClick={() => show({ kind: "tables", title: `${counted(tables.length, "table")} without a name`, note: `Humm sent links to them, but no name. ${hasNamedFields(pack, tables) ? "\u201chummgraph names\u201d finds names by their columns." : "Their fields have none either: --catalogue or --names adds names."}`, tables })}
      >
        Show {tables.length === 1 ? "it" : "them"}
      </button>
    </p>
  );
}

function ChooseSystems({ pack, systems, chosen, change }: {
  pack: Pack;
  systems: readonly number[];
  chosen: ReadonlySet<number>;
  change: (systems: ReadonlySet<number>) => void;
}): JSX.Element {
  const toggled = (system: number): ReadonlySet<number> => {
    const next = new Set(chosen);
    if (!next.delete(system)) next.add(system);
    return next;
  };
  return (
    <details class="start-choose">
      <summary>Choose systems{chosen.size > 0 && <span class="count">{chosen.size}</span>}</summary>
      <div class="start-choices">
        <button type="button" disabled={!chosen.size} onClick={() => change(new Set())}>All systems</button>
        {systems.map((system) => (
          <label key={system}>
            <input type="checkbox" checked={chosen.has(system)} onChange={() => change(toggled(system))} />
            <Badge pack={pack} system={system} named />{"\u00a0"}<bdi>{pack.name[system] ?? "unknown"}</bdi>
          </label>
        ))}
      </div>
    </details>
  );
}

