// What changed from one graph to another: the finding, then what happened to concepts, fields and links.

import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { MAX_PRINTED, usePrinted } from "../app/media";
import { tellAsked } from "../app/menu";
import { counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { changesOf, listChanges, readGroup, type Changes as Found, type Section } from "../model/changes";
import { factsOf, sectionName, titleOfChanges } from "../model/changes-words";
import { changesCsv } from "../out/changes-csv";
import { fileName, saveText } from "../out/save";
import { ChangeCard, NoChanges } from "./changes-cards";
import { ChangeFilters } from "./changes-filters";
import { ChangeRows } from "./changes-rows";

/** Changes of concepts that are drawn at once, and rows of other lists. */
export const CARDS = 20;
export const ROWS = 100;

export function Changes(props: Props): JSX.Element {
  const changes = changesOf(props.view.pack);
  if (!changes || changes.isEmpty) {
    return (
      <div class="changes-page">
        <header class="changes-top"><h1>{changes ? titleOfChanges(changes) : "No changes in this page"}</h1></header>
        <NoChanges app={props.app} changes={changes} />
      </div>
    );
  }
  return <List {...props} changes={changes} />;
}

function List({ app, view, changes }: Props & { changes: Found }): JSX.Element {
  const { group: text, query } = view.state;
  const group = useMemo(() => readGroup(changes, text), [changes, text]);
  const found = useMemo(() => listChanges(changes, group, query), [changes, group, query]);
  const top = useRef<HTMLDivElement>(null);
  const size = group.section === "concepts" ? CARDS : ROWS;
  const nParts = Math.max(1, Math.ceil(found.rows.length / size));
  const part = Math.min(view.state.part, nParts - 1);
  // Paper has no next part: all are printed, whatever part is shown.
  const printed = usePrinted();
  const first = printed ? 0 : part * size;
  const shown = found.rows.slice(first, first + (printed ? MAX_PRINTED : size));
  const turn = (to: number): void => {
    app.store.set({ part: to });
    document.querySelector("#content")?.scrollTo(0, 0);
    requestAnimationFrame(() => requestAnimationFrame(() => top.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true })));
  };
  const { section } = group;
  const clear = { query: "", group: section, part: 0 };
  return (
    <div class="changes-page" ref={top}>
      <header class="changes-top">
        <div>
          <h1 tabIndex={-1}>{titleOfChanges(changes)}</h1>
          <p class="secondary">{factsOf(changes).join(" ")}</p>
        </div>
        <div class="actions">
          <button type="button" disabled={!found.rows.length} onClick={() => save(view.pack.header.title, changes, section, found.rows, (name) => tellAsked(app, name))}>Save as CSV</button>
        </div>
      </header>
      <ChangeFilters app={app} view={view} changes={changes} group={group} found={found} />
      <p class="visually-hidden" role="status">{`${number(found.rows.length)} listed: ${sectionName(view.pack, section)}.`}</p>
      {shown.length === 0 ? (
        <div class="card changes-none">
          <p class="section-title">Nothing passes these filters</p>
          <p>{query ? `Nothing in this list has \u201c${query}\u201d.` : "No change is of this kind and cause."}</p>
          <div class="actions"><button type="button" class="primary" onClick={() => app.store.set(clear)}>Clear the filters</button></div>
        </div>
      ) : section === "concepts" ? (
        <div class="changes-cards">
          {shown.map((at, index) => <ChangeCard key={at} app={app} changes={changes} change={changes.changes[at]} row={first + index} />)}
        </div>
      ) : (
        <ChangeRows app={app} changes={changes} section={section} rows={shown} first={first} n={found.rows.length} />
      )}
      {shown.length > 0 && (
        <div class="changes-pager">
          <span class="secondary">{`${number(first + 1)}\u2013${number(first + shown.length)} of ${counted(found.rows.length, section === "concepts" ? "change" : "row")}`}</span>
          {nParts > 1 && (
            <>
              <button type="button" disabled={part === 0} onClick={() => turn(part - 1)}>Previous</button>
              <button type="button" disabled={part >= nParts - 1} onClick={() => turn(part + 1)}>Next</button>
            </>
          )}
        </div>
      )}
    </div>
  );
}

function save(title: string, changes: Found, section: Section, rows: readonly number[], tell: (name: string) => void): void {
  const name = fileName(`${title} ${section === "concepts" ? "changes" : section}`, "csv");
  saveText(name, "text/csv", changesCsv(changes, section, rows));
  tell(name);
}

/** J and K go from change to change, and from row to row. */
export function keysOfChanges(event: KeyboardEvent): Record<string, () => void> {
  const step = (by: number) => () => {
    const rows = Array.from(document.querySelectorAll<HTMLElement>(".changes-page [data-row]"));
    const at = rows.findIndex((row) => row.contains(event.target as Node));
    const row = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))];
    const stop = row?.querySelector<HTMLElement>("h2, button") ?? row;
    if (!stop) return;
    if (stop === row) stop.tabIndex = -1;
    stop.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  return { j: step(1), k: step(-1) };
}
