// The rows of the table of links.

import type { JSX } from "preact";
import { openConcept, openLink, type App } from "../app/app";
import { Badge, Icon, signOf } from "../app/icons";
import { breakable, shortConfidence } from "../app/parts";
import { evidenceInShort } from "../model/evidence-sentences";
import { conceptsOf, decidedAt } from "../model/links";
import { statusWord, typeWord } from "../model/statuses";
import type { View } from "../model/types";
import type { LinkOrder } from "../state/state";

interface Column {
  key: string;
  name: string;
  /** What it is sorted by; null if it is not. */
  sort: LinkOrder | null;
  /** Whether the first click sorts downwards. */
  down?: boolean;
}

const COLUMNS: readonly Column[] = [
  { key: "status", name: "Status", sort: "status" },
  { key: "from", name: "From", sort: "from" },
  { key: "to", name: "To", sort: "to" },
  { key: "score", name: "Score", sort: "score", down: true },
  { key: "type", name: "Found by", sort: "type" },
  { key: "concept", name: "Concept", sort: "" },
  { key: "evidence", name: "Evidence", sort: null },
  { key: "decided", name: "Decided", sort: "decided", down: true },
];

interface RowsProps {
  app: App;
  view: View;
  links: readonly number[];
  /** Position of the first in the whole list. */
  first: number;
  n: number;
}

export function LinkRows({ app, view, links, first, n }: RowsProps): JSX.Element {
  const { sort } = view.state;
  const by = sort.replace("-", "");
  const sortBy = ({ sort: key, down }: Column) => {
    const same = by === key;
    const downwards = same ? !sort.startsWith("-") : down === true;
    app.store.set({ sort: `${downwards ? "-" : ""}${key ?? ""}` as typeof sort, part: 0 });
  };
  const contradicts = new Set(view.contradictions.map(({ link }) => link));
  return (
    <div class="links-scroll">
      <table class="links-table" aria-rowcount={n + 1} onKeyDown={walk}>
        <thead>
          <tr>
            {COLUMNS.map((column) => {
              const isSorted = column.sort !== null && by === column.sort;
              const order = sort.startsWith("-") ? "descending" : "ascending";
              return (
                <th key={column.key} scope="col" class={`is-${column.key}`} aria-sort={isSorted ? order : undefined}>
                  {column.sort === null ? (
                    column.name
                  ) : (
                    <button type="button" onClick={() => sortBy(column)}>
                      {column.name}
                      <span class="sort" aria-hidden="true">{isSorted ? (order === "descending" ? "\u25be" : "\u25b4") : ""}</span>
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {links.map((link, index) => (
            <LinkLine key={link} app={app} view={view} link={link} row={first + index + 2} isFirst={index === 0} isContradiction={contradicts.has(link)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Arrow keys, J and K go from row to row. */
function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const line = (event.target as HTMLElement).closest("tbody tr");
  if (!step || !line || event.ctrlKey || event.altKey || event.metaKey) return;
  const next = step > 0 ? line.nextElementSibling : line.previousElementSibling;
  next?.querySelector<HTMLElement>("button.open")?.focus();
  event.preventDefault();
  event.stopPropagation();
}

interface LineProps {
  app: App;
  view: View;
  link: number;
  row: number;
  isFirst: boolean;
  isContradiction: boolean;
}

function LinkLine({ app, view, link, row, isFirst, isContradiction }: LineProps): JSX.Element {
  const { pack, status } = view;
  const word = statusWord(pack, status[link]);
  const concepts = conceptsOf(view, link);
  const one = pack.source[link] >= 0 && concepts.length === 1 && isWhole(view, link);
  const stop = (event: Event) => event.stopPropagation();
  return (
    <tr aria-rowindex={row} onClick={() => openLink(app, link)}>
      <td class="is-status">
        <Icon sign={isContradiction ? "contradiction" : signOf(status[link])} /> {isContradiction ? `${word}, yet together` : word}
      </td>
      <td class="is-from">
        <button type="button" class="link open" tabIndex={isFirst ? 0 : -1} onFocus={holdsStop} onClick={(event) => { stop(event); openLink(app, link); }}>
          <End view={view} node={pack.source[link]} />
          <span class="visually-hidden"> to {pack.marked(pack.target[link])}: open this link</span>
        </button>
      </td>
      <td class="is-to"><End view={view} node={pack.target[link]} /></td>
      <td class="is-score">{Number.isNaN(pack.confidence[link]) ? <span class="secondary">no score</span> : shortConfidence(pack.confidence[link])}</td>
      <td class="is-type" title={pack.types[pack.type[link]]}>{typeWord(pack, pack.type[link])}</td>
      <td class="is-concept">
        {concepts.map(({ member, name, cluster }, index) => (
          <span key={cluster}>
            {index > 0 && <span class="secondary"> and </span>}
            <button type="button" class="link" tabIndex={-1} onClick={(event) => { stop(event); openConcept(app, member); }}>{breakable(name)}</button>
          </span>
        ))}
        {concepts.length === 1 && !one && <span class="secondary"> and a field in none</span>}
      </td>
      <td class="is-evidence secondary">{evidenceInShort(pack.evidence(link))}</td>
      <td class="is-decided secondary"><Decided view={view} link={link} /></td>
    </tr>
  );
}

/** Whether the one concept that a link touches holds both its ends. */
function isWhole({ pack, clusters }: View, link: number): boolean {
  return clusters.labels[pack.source[link]] === clusters.labels[pack.target[link]];
}

/** One row of the table is a stop of Tab: that which had the keyboard last. */
function holdsStop({ currentTarget }: FocusEvent): void {
  const mine = currentTarget as HTMLElement;
  for (const other of mine.closest("tbody")?.querySelectorAll<HTMLElement>("button.open") ?? []) other.tabIndex = -1;
  mine.tabIndex = 0;
}

function End({ view, node }: { view: View; node: number }): JSX.Element {
  const { pack } = view;
  const level = pack.level(node);
  const above = level === 2 ? `${pack.tableName(node)} ` : "";
  const own = (level === 1 ? pack.tableName(node) : pack.name[node]) + pack.mark(node);
  return (
    <span class="link-end">
      <Badge pack={pack} system={pack.system[node]} />
      <span class="link-place">
        {above && <span class="above">{breakable(above)}</span>}
        <span class="own">{breakable(own)}</span>
      </span>
    </span>
  );
}

const HOUR: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };
const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };

/** When and by whom; what was decided in the page says so. */
function Decided({ view, link }: { view: View; link: number }): JSX.Element | null {
  const own = view.state.decisions.get(link);
  const at = decidedAt(view, link);
  const day = at ? new Date(at).toLocaleDateString("en-GB", DAY) : "";
  if (!own) return day ? <span title="When the link was last changed in Humm">{day}</span> : null;
  const isToday = at > 0 && new Date(at).toDateString() === new Date().toDateString();
  const when = isToday ? new Date(at).toLocaleTimeString("en-GB", HOUR) : day;
  return (
    <>
      <b>here</b>{when && `, ${when}`}{own.who && ` by ${own.who}`}
      {own.note && <span class="decided-note">{own.note}</span>}
    </>
  );
}
