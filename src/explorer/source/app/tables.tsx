// The same content as tables, tied to the picture: a row that is chosen here is in focus there.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { clusterOfLink, clusterName } from "../model/clusters";
import { LINK_TYPES } from "../generated";
import { statusWord, typeWord } from "../model/statuses";
import type { View } from "../model/types";
import type { Focus, Tab } from "../state/state";
import { decide, lookAt, type App } from "./app";
import { Icon, signOf } from "./icons";
import { clusterColour, levelWord, number, Swatch } from "./parts";
import type { Props } from "./props";
import { clusterFacts, COLUMNS, firstSorting, rowsOf, sorted, type ClusterFacts, type Sorting } from "./rows";

const PAGE_SIZE = 100;
const MIN_HEIGHT = 120;
const TABS: [Tab, string][] = [
  ["links", "Links"],
  ["clusters", "Concepts"],
  ["nodes", "Systems, tables, fields"],
  ["decisions", "Decisions"],
];

export function Tables({ app, view, ui }: Props): JSX.Element {
  const tab = view.state.tab as Tab;
  const resize = (height: number) =>
    app.setUi({ tableHeight: Math.max(MIN_HEIGHT, Math.min(window.innerHeight - 160, height)) });
  return (
    <section class="tables" style={{ height: `${ui.tableHeight}px` }} aria-label="Tables">
      <div
        class="handle"
        role="separator"
        aria-orientation="horizontal"
        aria-label="Height of the tables"
        aria-valuenow={Math.round(ui.tableHeight)}
        aria-valuemin={MIN_HEIGHT}
        aria-valuemax={Math.max(MIN_HEIGHT, Math.round(window.innerHeight - 160))}
        tabIndex={0}
        onKeyDown={(event) => {
          const step = { ArrowUp: 40, ArrowDown: -40 }[event.key];
          if (!step) return;
          resize(ui.tableHeight + step);
          event.preventDefault();
        }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) {
            resize((event.currentTarget.parentElement as HTMLElement).getBoundingClientRect().bottom - event.clientY);
          }
        }}
      />
      <div class="tabs">
        <div role="tablist" aria-label="Tables">
          {TABS.map(([name, title]) => (
            <button
              type="button"
              role="tab"
              key={name}
              id={`tab-${name}`}
              aria-selected={tab === name}
              aria-controls="table-panel"
              tabIndex={tab === name ? 0 : -1}
              onClick={() => app.store.set({ tab: name })}
              onKeyDown={(event) => {
                const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
                if (!step) return;
                // Keys may come faster than frames: ask the store which tab is chosen by now.
                const at = TABS.findIndex(([one]) => one === app.store.state.tab);
                const next = TABS[(at + step + TABS.length) % TABS.length][0];
                app.store.set({ tab: next });
                document.getElementById(`tab-${next}`)?.focus();
                event.preventDefault();
              }}
            >
              {title}
              {name === "decisions" && view.state.decisions.size > 0 && <span class="value">{view.state.decisions.size}</span>}
            </button>
          ))}
        </div>
        <button type="button" class="icon close" aria-label="Close the tables" onClick={() => app.store.set({ tab: null })}>{"\u00d7"}</button>
      </div>
      <div id="table-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        <Rows key={`${tab} ${view.state.order}`} app={app} view={view} tab={tab} />
      </div>
    </section>
  );
}

function Rows({ app, view, tab }: { app: App; view: View; tab: Tab }): JSX.Element {
  const [sorting, setSorting] = useState<Sorting>(firstSorting(tab, view.state.order));
  const [text, setText] = useState("");
  const [onlySeen, setOnlySeen] = useState(false);
  const [page, setPage] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const facts = useMemo(() => (tab === "clusters" ? clusterFacts(view) : null), [view.clusters, view.status, tab]);
  const rows = useMemo(
    () => sorted(view, tab, rowsOf(view, tab, text, onlySeen), sorting, facts),
    [view.passes, view.status, view.clusters, view.state.decisions, onlySeen ? view.seen : null, tab, text, onlySeen, sorting],
  );
  const chosen = chosenRow(view, tab);
  // Show the page of rows with what is in focus.
  useEffect(() => {
    const index = chosen < 0 ? -1 : rows.indexOf(chosen);
    if (index >= 0) setPage(Math.floor(index / PAGE_SIZE));
  }, [chosen, rows]);
  const nPages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE));
  const at = Math.min(page, nPages - 1);
  const shown = rows.slice(at * PAGE_SIZE, (at + 1) * PAGE_SIZE);
  useEffect(() => {
    body.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen, at]);
  const choose = (row: number) => lookAt(app, focusOf(view, tab, row));
  const key = (event: KeyboardEvent, row: number) => {
    const line = event.currentTarget as HTMLElement;
    const next = event.key === "ArrowDown" ? line.nextElementSibling : event.key === "ArrowUp" ? line.previousElementSibling : null;
    if (next) (next as HTMLElement).focus();
    else if (event.key === "Enter") choose(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div class="table-tools">
        <input type="search" aria-label="Filter rows" placeholder="Filter rows" value={text} onInput={(event) => { setText(event.currentTarget.value); setPage(0); }} />
        {tab !== "decisions" && (
          <label class={view.seen ? "" : "disabled"}>
            <input type="checkbox" checked={onlySeen} disabled={!view.seen} onChange={(event) => { setOnlySeen(event.currentTarget.checked); setPage(0); }} /> only what is looked at
          </label>
        )}
        <span class="note" role="status">
          {rows.length ? `rows ${number(at * PAGE_SIZE + 1)}\u2013${number(at * PAGE_SIZE + shown.length)} of ${number(rows.length)}` : "no rows"}
        </span>
        <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>Previous</button>
        <button type="button" disabled={at >= nPages - 1} onClick={() => setPage(at + 1)}>Next</button>
      </div>
      <div class="scroll" tabIndex={-1}>
        <table aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {COLUMNS[tab].map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  class={column.numeric ? "numeric" : ""}
                  aria-sort={sorting.key === column.key ? (sorting.down ? "descending" : "ascending") : "none"}
                >
                  <button type="button" onClick={() => setSorting({ key: column.key, down: sorting.key === column.key ? !sorting.down : column.numeric })}>
                    {column.name}
                    <span class="sort" aria-hidden="true">{sorting.key === column.key ? (sorting.down ? "\u25be" : "\u25b4") : ""}</span>
                  </button>
                </th>
              ))}
              {tab === "decisions" && <th scope="col"><span class="visually-hidden">Undo</span></th>}
            </tr>
          </thead>
          <tbody ref={body}>
            {shown.map((row, index) => (
              <tr
                key={row}
                tabIndex={row === chosen || (index === 0 && !shown.includes(chosen)) ? 0 : -1}
                aria-rowindex={at * PAGE_SIZE + index + 2}
                aria-current={row === chosen ? "true" : undefined}
                onClick={() => choose(row)}
                onKeyDown={(event) => key(event, row)}
              >
                <Cells view={view} tab={tab} row={row} facts={facts} />
                {tab === "decisions" && (
                  <td>
                    <button type="button" class="small" onClick={(event) => { event.stopPropagation(); decide(app, row, null); }}>Undo</button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
        {!rows.length && <p class="note empty">{tab === "decisions" ? "No decisions yet: choose a link, and approve or reject it." : "The filters leave nothing here."}</p>}
      </div>
    </>
  );
}

function focusOf(view: View, tab: Tab, row: number): Focus {
  if (tab === "clusters") return { kind: "cluster", member: view.clusters.members(row)[0] };
  if (tab === "nodes") return { kind: "near", node: row, hops: 1 };
  return { kind: "link", link: row };
}

function chosenRow(view: View, tab: Tab): number {
  const { focus } = view.state;
  if (!focus) return -1;
  if (tab === "clusters") return focus.kind === "cluster" ? view.clusters.labels[focus.member] : -1;
  if (tab === "nodes") return "node" in focus ? focus.node : -1;
  return focus.kind === "link" ? focus.link : -1;
}

/** A count; nothing where there is none. */
const blank = (n: number): string => (n ? number(n) : "");

function Cells({ view, tab, row, facts }: { view: View; tab: Tab; row: number; facts: ClusterFacts | null }): JSX.Element {
  const { pack, clusters } = view;
  const conceptCell = (cluster: number) => (
    <td class="concept">
      {cluster >= 0 && view.state.colour === "cluster" && <Swatch colour={clusterColour(cluster)} />} {cluster >= 0 && clusterName(clusters, cluster)}
    </td>
  );
  const status = (
    <td><Icon sign={signOf(view.status[row])} /> {statusWord(pack, view.status[row])}</td>
  );
  if (tab === "links") {
    return (
      <>
        {status}
        <PathCell text={pack.marked(pack.source[row])} />
        <PathCell text={pack.marked(pack.target[row])} />
        <td {...(pack.type[row] < LINK_TYPES.length && { title: pack.types[pack.type[row]] })}>{typeWord(pack, pack.type[row])}</td>
        <td class="numeric">{Number.isNaN(pack.confidence[row]) ? "" : String(pack.confidence[row])}</td>
        {conceptCell(clusterOfLink(pack, clusters, row))}
      </>
    );
  }
  if (tab === "decisions") {
    const decision = view.state.decisions.get(row);
    return (
      <>
        <td class="numeric">{decision ? new Date(decision.at).toLocaleTimeString("en", { hour12: false }) : ""}</td>
        {status}
        <PathCell text={pack.marked(pack.source[row])} />
        <PathCell text={pack.marked(pack.target[row])} />
        <td>{decision?.note}</td>
      </>
    );
  }
  if (tab === "clusters") {
    return (
      <>
        {conceptCell(row)}
        <td class="numeric">{clusters.identity.value[row].toFixed(2)}</td>
        <td class="numeric">{number(clusters.sizes[row])}</td>
        <td class="numeric">{number(facts?.systems[row] ?? 0)}</td>
        <td class="numeric">{blank(facts?.links[row] ?? 0)}</td>
        <td class="numeric">{facts?.contradictions[row] ? <b class="bad">{number(facts.contradictions[row])}</b> : ""}</td>
      </>
    );
  }
  const links = pack.linksOf(row);
  return (
    <>
      <PathCell text={pack.marked(row)} />
      <td>{levelWord(pack.level(row))}</td>
      <td>{pack.dataTypeName(row)}</td>
      <td class="numeric">{blank(links.length)}</td>
      <td class="numeric">{blank(links.reduce((n, link) => n + view.passes[link], 0))}</td>
      {conceptCell(clusters.labels[row])}
    </>
  );
}

const MIN_CUT = 20; // characters: a shorter path is not cut

/** A cell with a path: where room is short its middle goes, for the end tells columns apart. */
function PathCell({ text }: { text: string }): JSX.Element {
  const at = Math.max(text.lastIndexOf("."), text.lastIndexOf("/")) + 1;
  if (text.length < MIN_CUT || !at) return <td class="path" title={text}>{text}</td>;
  const room = `min(65%, ${text.length - at + 1}ch)`;
  return (
    <td class="path" title={text}>
      <span class="part" style={{ maxWidth: `calc(100% - ${room})` }}>{text.slice(0, at)}</span>
      <span class="part" style={{ maxWidth: room }}>{text.slice(at)}</span>
    </td>
  );
}
