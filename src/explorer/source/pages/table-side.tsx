// Beside the fields of a table: its entity with the other tables of it, and the tables that it is linked with.

import type { JSX } from "preact";
import { openPage, openTable, type App } from "../app/app";
import { Badge } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import { tableParts } from "../model/holdings";
import type { TableFacts } from "../model/table";
import type { View } from "../model/types";
import { isOfMap } from "../state/hash";
import type { Focus } from "../state/state";
import { First } from "./concept-parts";

const MAX_OF_ENTITY = 14;
const MAX_LINKED = 10;

export function TableSide({ app, view, facts, openEntity }: { app: App; view: View; facts: TableFacts; openEntity: () => void }): JSX.Element {
  const { entity, linked, table } = facts;
  return (
    <aside class="table-side" aria-label="Other tables">
      <section class="card" aria-labelledby="table-entity">
        <h2 id="table-entity" class="section-title">
          {entity ? <>Entity <button type="button" class="link" title="Its concepts" onClick={openEntity}><bdi>{breakable(entity.name)}</bdi></button></> : "In no entity"}
        </h2>
        {!entity && <p class="secondary">No table of another system was found to hold rows of the same thing.</p>}
        {entity && !entity.others.length && <p class="secondary">It is the only table of it.</p>}
        {entity && entity.others.length > 0 && (
          <>
            <p class="secondary">{counted(entity.others.length, "other table")} of it</p>
            <ul onKeyDown={onArrows}>
              <First items={entity.others} most={MAX_OF_ENTITY} what="tables">
                {(other) => <TableLine key={other} view={view} table={other} isFirst={other === entity.others[0]} open={() => openTable(app, other)} />}
              </First>
            </ul>
          </>
        )}
      </section>
      {linked.length > 0 && (
        <section class="card" aria-labelledby="table-linked">
          <h2 id="table-linked" class="section-title">Linked tables <span class="count">{number(linked.length)}</span></h2>
          <p class="secondary">Each opens what the two have in common.</p>
          <ul onKeyDown={onArrows}>
            <First items={linked} most={MAX_LINKED} what="tables">
              {({ table: other, links }) => (
                <TableLine key={other} view={view} table={other} isFirst={other === linked[0].table} open={() => openTwo(app, table, other)}>{counted(links, "link")}</TableLine>
              )}
            </First>
          </ul>
        </section>
      )}
    </aside>
  );
}

/** Open two tables side by side on the map, or where one is of no known system their links. */
function openTwo(app: App, source: number, target: number): void {
  const focus: Focus = { kind: "line", source, target };
  openPage(app, isOfMap(app.pack, focus) ? "map" : "links", { focus });
}

function TableLine({ view: { pack }, table, isFirst, open, children }: { view: View; table: number; isFirst: boolean; open: () => void; children?: string }): JSX.Element {
  const { name, schema } = tableParts(pack, table);
  return (
    <li>
      <button type="button" class="table-line" tabIndex={isFirst ? 0 : -1} title={pack.marked(table)} onClick={open}>
        <Badge pack={pack} system={pack.system[table]} />
        <span class="own"><bdi>{breakable(name)}</bdi>{pack.mark(table)}{schema && <> <span class="secondary"><bdi>{breakable(schema)}</bdi></span></>}</span>
        {children && <span class="value">{children}</span>}
      </button>
    </li>
  );
}

/** Arrows go from table to table of a list. */
function onArrows(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("button")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  all[Math.max(0, Math.min(all.length - 1, at + step))].focus();
  event.preventDefault();
  event.stopPropagation();
}
