// The fields of a table as rows: in which concept each is, what holds it there, and what waits for a decision.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { openConcept, openLink, type App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { usePrinted } from "../app/media";
import { breakable, counted, number } from "../app/parts";
import { quoted } from "../model/words";
import { clusterName } from "../model/clusters";
import type { Mark } from "../model/crosswalk";
import { fieldsWith, type TableFacts, type TableField } from "../model/table";
import type { View } from "../model/types";
import { useLater } from "./concept-parts";

const FILTERED_FROM = 31; // fields
const MAX_FIELDS = 200; // before the others are asked for
const MAX_AT_ONCE = 60; // fields that are drawn with the page; the others follow
const MAX_BADGES = 8; // systems of a concept, before they are counted

const MARKS: Record<Mark, { sign: "contradiction" | "approved" | "suggested"; says: string }> = {
  rejected: { sign: "contradiction", says: "against a rejection" },
  approved: { sign: "approved", says: "approved" },
  suggested: { sign: "suggested", says: "only suggested" },
};

interface FieldsProps {
  app: App;
  view: View;
  facts: TableFacts;
  /** The node in focus: the table, or one of its fields. */
  chosen: number;
}

export function TableFields({ app, view, facts, chosen }: FieldsProps): JSX.Element | null {
  const { fields } = facts;
  const { query } = view.state;
  const [all, setAll] = useState(false);
  const isPrinted = usePrinted();
  const most = useLater() ? MAX_FIELDS : MAX_AT_ONCE;
  // The field that is in focus, again once those before it are drawn.
  useEffect(() => document.querySelector(".table-fields tr[aria-current=true]")?.scrollIntoView({ block: "center" }), [chosen, most]);
  if (!fields.length) return <div class="table-fields card"><p class="table-none secondary">None of its fields is known.</p></div>;
  const isLong = fields.length >= FILTERED_FROM;
  const found = isLong ? fieldsWith(view, fields, query) : fields;
  const first = all || isPrinted || found.length <= most ? found : found.filter(({ node }, at) => at < most || node === chosen);
  const stop = first.some(({ node }) => node === chosen) ? chosen : first[0]?.node;
  return (
    <section class="table-fields card" aria-labelledby="table-fields-title">
      <div class="table-bar">
        <h2 id="table-fields-title" class="section-title">Fields <span class="count">{found.length === fields.length ? number(fields.length) : `${number(found.length)} of ${number(fields.length)}`}</span></h2>
        {isLong && (
          <input type="search" aria-label="Filter by field, type or concept" placeholder="Filter by field, type or concept" value={app.store.state.query} onInput={(event) => app.store.set({ query: event.currentTarget.value })} />
        )}
      </div>
      <p class="visually-hidden" role="status">{query && isLong ? `${counted(found.length, "field")} listed.` : ""}</p>
      {found.length === 0 ? (
        <p class="table-none">No field of it fits {quoted(query)}. <button type="button" class="link table-inline" onClick={() => app.store.set({ query: "" })}>Show all</button></p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col" class="is-field">Field</th>
              <th scope="col" class="is-type">Type</th>
              <th scope="col" class="is-concept">Concept</th>
              <th scope="col" class="is-also">Systems that have it</th>
              <th scope="col" class="is-review">To review</th>
            </tr>
          </thead>
          <tbody>
            {first.map((field) => (
              <FieldRow key={field.node} app={app} view={view} field={field} isChosen={field.node === chosen} isStop={field.node === stop} />
            ))}
          </tbody>
        </table>
      )}
      {most === MAX_FIELDS && first.length < found.length && <p class="table-none"><button type="button" onClick={() => setAll(true)}>Show all {number(found.length)} fields</button></p>}
    </section>
  );
}

function FieldRow({ app, view, field, isChosen, isStop }: { app: App; view: View; field: TableField; isChosen: boolean; isStop: boolean }): JSX.Element {
  const { pack, clusters } = view;
  const { node, cluster, systems, mark, toReview, links } = field;
  const description = pack.description(node);
  const open = (event: Event): void => {
    event.stopPropagation();
    openConcept(app, node);
  };
  const says = cluster >= 0 ? `, in the concept ${clusterName(clusters, cluster)}` : ", in no concept";
  return (
    <tr data-node={node} class={cluster < 0 ? "is-alone" : ""} {...(isChosen ? { "aria-current": "true" } : {})} onClick={open}>
      <td class="is-field">
        <button type="button" class="link open" tabIndex={isStop ? 0 : -1} {...(isChosen ? { "data-first": "" } : {})} onFocus={holdsStop} onClick={open}>
          <bdi>{breakable(pack.name[node])}</bdi>{pack.mark(node)}<span class="visually-hidden">{says}</span>
        </button>
        {description && <span class="table-told secondary"><bdi>{description}</bdi></span>}
      </td>
      <td class="is-type secondary">{breakable(pack.dataTypeName(node))}</td>
      <td class="is-concept">
        {cluster < 0 || mark === null ? (
          <span class="secondary">{links ? "in no concept" : "no links"}</span>
        ) : (
          <span class="table-concept">
            <Icon sign={MARKS[mark].sign} says={MARKS[mark].says} />
            <span><button type="button" class="link" tabIndex={-1} onClick={open}><bdi>{breakable(clusterName(clusters, cluster))}</bdi></button> <span class="secondary">{counted(clusters.sizes[cluster], "field")}</span></span>
          </span>
        )}
      </td>
      <td class="is-also">
        {cluster >= 0 && (
          <span class="table-systems">
            <span class="table-n" title={counted(systems.length, "system")}>{number(systems.length)}<span class="table-phone"> {systems.length === 1 ? "system" : "systems"}</span></span>
            {systems.slice(0, MAX_BADGES).map((system) => <Badge key={system} pack={pack} system={system} />)}
            {systems.length > MAX_BADGES && <span class="secondary">+{number(systems.length - MAX_BADGES)}</span>}
          </span>
        )}
      </td>
      <td class="is-review">
        {toReview.length > 0 && (
          <button type="button" class="table-ask" tabIndex={-1} aria-label={`${number(toReview.length)} to review of ${pack.name[node]}`} title="Review the likeliest of them" onClick={(event) => { event.stopPropagation(); openLink(app, toReview[0]); }}>
            {number(toReview.length)}<span class="table-phone"> to review</span>
          </button>
        )}
      </td>
    </tr>
  );
}

/** One row is a stop of Tab: that which had the keyboard last. */
function holdsStop({ currentTarget }: FocusEvent): void {
  const mine = currentTarget as HTMLElement;
  for (const other of mine.closest("tbody")?.querySelectorAll<HTMLElement>("button.open") ?? []) other.tabIndex = -1;
  mine.tabIndex = 0;
}
