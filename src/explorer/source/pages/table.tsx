// One table: its fields and their concepts, the entity that it belongs to, and what it is linked with.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { back, everyConcept, openConcept, openDependents, openLink, openOnMap, openPage, openTable, startJoin, startSearch, type App } from "../app/app";
import { Badge, Key } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { fieldsName } from "../model/sentence";
import { tableFacts, type TableFacts } from "../model/table";
import type { View } from "../model/types";
import { TableFields } from "./table-fields";
import { TableSide } from "./table-side";

/** The page of the table that is in focus, or of the table of a field that is. */
export function TablePage({ app, view }: Props): JSX.Element | null {
  const { pack, state } = view;
  const node = state.focus && "node" in state.focus ? state.focus.node : -1;
  const table = node < 0 ? -1 : pack.table[node];
  const facts = useMemo(() => (table < 0 ? null : tableFacts(view, table)), [view.clusters, view.status, table]);
  if (!facts) return null;
  const description = pack.description(table);
  const system = pack.system[table];
  const openEntity = (): void => openPage(app, "concepts", { ...everyConcept, entity: table });
  return (
    <div class="table-page">
      <header class="table-top">
        <button type="button" class="link table-back" onClick={() => back(app)}>{"\u2039 Back"}</button>
        <h1>
          <Badge pack={pack} system={system} />{"\u00a0"}<bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}
        </h1>
        <p class="secondary">
          {pack.kindName(table) === "saas_object" ? "Object" : "Table"} of <bdi>{system < 0 ? "an unknown system" : breakable(pack.marked(system))}</bdi>{facts.entity && <>, entity <button type="button" class="link table-inline" title="Its concepts" onClick={openEntity}><bdi>{breakable(facts.entity.name)}</bdi></button></>}. {summary(view, facts)}
          {facts.original >= 0 && <> A copy of <button type="button" class="link table-inline" onClick={() => openTable(app, facts.original)}>{breakable(pack.marked(facts.original))}</button>.</>}
        </p>
        {description && <p class="table-told"><bdi>{description}</bdi></p>}
        <div class="actions table-acts">
          {facts.toReview.length > 0 && (
            <button type="button" class="primary" onClick={() => openLink(app, facts.toReview[0])}>Review {counted(facts.toReview.length, "suggestion")}</button>
          )}
          <button type="button" onClick={() => startJoin(app, table)}>{"Join with\u2026"} <Key>J</Key></button>
          <button type="button" onClick={() => openDependents(app, table)}>What depends on it <Key>D</Key></button>
          {facts.links > 0 && (
            <button type="button" onClick={() => openPage(app, "links", { focus: { kind: "near", node: table, hops: 1 } })}>{facts.links === 1 ? "Its link" : `All ${number(facts.links)} links`} <Key>L</Key></button>
          )}
          <button type="button" onClick={() => openOnMap(app, { kind: "near", node: table, hops: 1 })}>Show in All tables</button>
        </div>
      </header>
      <div class="table-body">
        <TableFields app={app} view={view} facts={facts} chosen={node} />
        <TableSide app={app} view={view} facts={facts} openEntity={openEntity} />
      </div>
    </div>
  );
}

/** How many fields are in concepts, in a sentence. */
function summary({ pack, clusters }: View, { fields, inConcepts, shared, links, table }: TableFacts): string {
  if (pack.clustering.level !== 2) {
    const label = clusters.labels[table];
    const its = pack.clustering.level === 1 && label >= 0 ? ` It is in the concept ${clusters.identity.name(label)}.` : "";
    return `${counted(fields.length, "field")}; concepts of this page are of ${fieldsName(pack)}.${its}`;
  }
  if (!fields.length) return "None of its fields is known.";
  if (!links) return `${counted(fields.length, "field")}. No link touches it.`;
  if (!inConcepts) return `${counted(fields.length, "field")}, none in a concept.`;
  const n = counted(fields.length, "field");
  const all =
    inConcepts === fields.length && inConcepts > 1 ? `All ${n} are in concepts`
    : `${number(inConcepts)} of ${n} ${inConcepts === 1 ? "is in a concept" : "are in concepts"}`;
  if (shared === inConcepts) return `${all}, shared with other systems.`;
  return `${all}, ${shared ? number(shared) : "none"} shared with other systems.`;
}

/** Keys of the page: from field to field, and what is asked of the one that has the keyboard. */
export function keysOfTable(app: App): Record<string, (() => void) | undefined> {
  const rows = [...document.querySelectorAll<HTMLElement>(".table-fields tbody tr")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const { focus } = app.store.state;
  const open = focus && "node" in focus ? focus.node : -1;
  const field = at < 0 ? -1 : Number(rows[at].dataset["node"]);
  const go = (to: number) => () => rows[Math.max(0, Math.min(rows.length - 1, to))]?.querySelector<HTMLElement>("button")?.focus();
  const aside = (by: number) => () => {
    const all = [...(rows[at]?.querySelectorAll<HTMLElement>("button.open, button.table-ask") ?? [])];
    all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement as HTMLElement) + by))]?.focus();
  };
  const why = (): void => {
    const { labels } = app.view().clusters;
    if (field >= 0) openConcept(app, field);
    else if (open >= 0 && labels[open] >= 0) openConcept(app, open);
    else startSearch(app, "why");
  };
  return {
    ArrowDown: rows.length ? go(at + 1) : undefined,
    ArrowUp: rows.length ? go(at - 1) : undefined,
    Home: at >= 0 ? go(0) : undefined,
    End: at >= 0 ? go(rows.length - 1) : undefined,
    ArrowRight: at >= 0 ? aside(1) : undefined,
    ArrowLeft: at >= 0 ? aside(-1) : undefined,
    d: () => openDependents(app, field >= 0 ? field : open),
    w: why,
  };
}
