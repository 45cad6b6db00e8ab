// Rows and systems as a table: with names, with counts, or on narrow screens as a list.

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { breakable, counted, number, systemWords } from "../app/parts";
import { Sideways } from "../app/sideways";
import { saidStatus } from "../app/review";
import { keyLinks, tableParts, type HeldRow } from "../model/holdings";
import type { Pack } from "../model/pack";
import type { View } from "../model/types";
import type { Shown } from "./start-dialogs";
import type { openers } from "./start-openers";

interface GridProps {
  app: App;
  view: View;
  rows: readonly HeldRow[];
  systems: readonly number[];
  open: ReturnType<typeof openers>;
  show: (shown: Shown) => void;
}

/** Characters of a word of a system's name, above which it loses its middle. */
const MAX_WORD = 18;
/** Names in a cell before the rest is counted. */
const MAX_IN_CELL = 6;
/** Badges of a row on a narrow screen; of more systems some are counted. */
const MAX_BADGES = 7;
const BADGES_OF_MORE = 5;

const noteOf = ({ kind, n, cells }: HeldRow): string => `${counted(n, kind === "entity" ? "table" : "field")}, ${counted(cells.size, "system")}`;

const firstOf = (row: HeldRow): number => [...row.cells.values()][0][0];

/** Open a row: the concepts of an entity, or a concept. */
const openRow = (row: HeldRow, open: GridProps["open"]): void => (row.kind === "entity" ? open.entity : open.concept)(firstOf(row));

export function NamesTable({ app: { pack }, view, rows, systems, open }: GridProps): JSX.Element {
  const ofEntities = rows[0].kind === "entity";
  return (
    <Scroll label="What the systems hold: names">
      <table class={`held names is-${rows[0].kind}`} style={{ "--wide": 330 + 116 * systems.length }}>
        <thead>
          <tr>
            <th scope="col">{ofEntities ? "Entity" : "Concept"}</th>
            {systems.map((system) => (
              <th scope="col" key={system} data-beyond="system">
                <span class="system"><Badge pack={pack} system={system} named />{"\u00a0"}<bdi>{systemWords(pack.name[system] ?? "unknown", MAX_WORD)}</bdi></span>
              </th>
            ))}
            {ofEntities && <th scope="col" class="keys" data-beyond="column">Identified by</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at} onClick={(event) => onRow(event, () => openRow(row, open))}>
              <RowHead row={row} open={open} />
              {systems.map((system) => (
                <td key={system}><Places pack={pack} row={row} system={system} open={open} /></td>
              ))}
              {ofEntities && <td class="keys"><Keys row={row} view={view} open={open} /></td>}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A click on a row beside its buttons. */
function onRow(event: MouseEvent, act: () => void): void {
  const at = event.target as Element;
  if (!at.closest("button") && !getSelection()?.toString()) act();
}

function RowHead({ row, open, plain = false }: { row: HeldRow; open: GridProps["open"]; plain?: boolean }): JSX.Element {
  return (
    <th scope="row">
      <button type="button" class="link row-name" onClick={() => openRow(row, open)}>
        <b><bdi>{breakable(row.name)}</bdi></b>
        {row.others > 0 && <span class="others"> and {number(row.others)} more</span>}
      </button>
      {!plain && <span class="row-note">{noteOf(row)}</span>}
    </th>
  );
}

/** The table of a field, as it is shown beside it. */
function fieldTable(pack: Pack, field: number): string {
  const table = pack.table[field];
  if (table < 0) return "";
  const { name, schema } = tableParts(pack, table);
  return schema ? `${schema}.${name}` : name;
}

/** The tables or fields of a row in a system. */
function Places({ pack, row, system, open }: { pack: Pack; row: HeldRow; system: number; open: GridProps["open"] }): JSX.Element | null {
  const places = row.cells.get(system);
  if (!places) return null;
  const isConcept = row.kind === "concept";
  const shown = places.slice(0, isConcept && row.cells.size > 1 ? 1 : MAX_IN_CELL);
  return (
    <ul>
      {shown.map((node) => {
        const { name, schema } = isConcept && pack.level(node) === 2 ? { name: pack.name[node], schema: fieldTable(pack, node) } : tableParts(pack, node);
        const original = row.originals.get(node);
        const title = original === undefined ? pack.marked(node) : `${pack.marked(node)}, a copy of ${pack.path(original)}`;
        return (
          <li key={node}>
            <button type="button" class="link" title={title} onClick={() => open.place(node)}>
              <bdi>{breakable(name)}</bdi>{pack.mark(node)}
              {schema && <> <span class="schema"><bdi>{breakable(schema)}</bdi></span></>}
            </button>
          </li>
        );
      })}
      {places.length > shown.length && (
        <li>
          <button type="button" class="link schema" onClick={() => openRow(row, open)}>
            +{number(places.length - shown.length)}<span class="visually-hidden"> more</span>
          </button>
        </li>
      )}
    </ul>
  );
}

/** What identifies an entity. */
function Keys({ row, view, open }: { row: HeldRow; view: View; open: GridProps["open"] }): JSX.Element {
  if (!row.keys.length) return <span class="row-note">no shared key found</span>;
  return (
    <ul>
      {row.keys.map(({ key, cluster, contradictions, name }) => {
        const member = key.columns.find((column) => view.clusters.labels[column] === cluster && cluster >= 0);
        const links = member === undefined ? keyLinks(view, key.columns) : [];
        const act = (): void => {
          if (member !== undefined) open.concept(member);
          else if (links.length > 0) open.link(links[0]);
          else open.place(key.columns[0]);
        };
        return (
          <li key={key.name}>
            <button type="button" class="link key-name" title={member === undefined ? "In no concept: opens what joins it" : undefined} onClick={act}>
              <Icon sign="key" /> <span><bdi>{breakable(name)}</bdi> <span class="row-note">{counted(key.systems, "system")}{links.length > 0 && ","}</span>{links.length > 0 && <> <span class="row-note">{saidStatus(view.status[links[0]])}</span></>}</span>
              {contradictions > 0 && <> <Icon sign="contradiction" says={counted(contradictions, "contradiction")} /></>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Counts: from so many systems, one column each has room for a number only. */
export function CountsTable({ app: { pack }, rows, systems, open, show, nameOf, isShort, more, showMore }: GridProps & {
  nameOf: (system: number) => string;
  /** Whether names are numbers or the like, which fit above their columns. */
  isShort: boolean;
  /** Number of systems that are not shown. */
  more: number;
  showMore: () => void;
}): JSX.Element {
  const kind = rows[0].kind;
  const openCell = (row: HeldRow, system: number, places: readonly number[]) => {
    if (places.length === 1) open.place(places[0]);
    else if (kind === "concept") openRow(row, open);
    else {
      const others = row.others ? ` and ${number(row.others)} more` : "";
      show({ kind: "tables", title: `${row.name}${others}: ${counted(places.length, "table")} of ${pack.name[system] ?? "unknown"}`, note: "", tables: places });
    }
  };
  return (
    <Scroll label="What the systems hold: numbers">
      <table class={`held counts-of ${isShort ? "is-short" : "is-long"}`} style={{ "--wide": 330 + 28 * systems.length }}>
        <thead>
          <tr>
            <th scope="col">{kind === "entity" ? "Entity" : "Concept"}</th>
            <th scope="col" class="n">systems</th>
            {systems.map((system) => (
              <th scope="col" key={system} data-beyond="system" title={pack.name[system] ?? "unknown"}>
                <span class="visually-hidden">{pack.name[system] ?? "unknown"}</span>
                <span class="head-name" aria-hidden="true"><bdi>{nameOf(system)}</bdi></span>
              </th>
            ))}
            <th scope="col" class="rest">
              {more > 0 && <button type="button" class="small" onClick={showMore}>{number(more)} more</button>}
              {!more && <span class="visually-hidden">no more systems</span>}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at} onClick={(event) => onRow(event, () => openRow(row, open))}>
              <RowHead row={row} open={open} plain />
              <td class="n">{number(row.cells.size)}</td>
              {systems.map((system) => {
                const places = row.cells.get(system);
                return (
                  <td key={system}>
                    {places && (
                      <button type="button" class={`shade s${Math.min(places.length, 4)}`} title={titleOf(pack, places)} onClick={() => openCell(row, system, places)}>
                        {number(places.length)}
                      </button>
                    )}
                  </td>
                );
              })}
              <td class="rest" />
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const MAX_TITLE = 8;

function titleOf(pack: Pack, places: readonly number[]): string {
  const more = places.length - MAX_TITLE;
  return [...places.slice(0, MAX_TITLE).map((node) => pack.marked(node)), ...(more > 0 ? [`and ${number(more)} more`] : [])].join("\n");
}

/** Rows for narrow screens. */
export function RowList({ app: { pack }, rows, systems, open }: GridProps): JSX.Element {
  return (
    <ul class="held-list card">
      {rows.map((row) => {
        const badges = systems.filter((system) => row.cells.has(system));
        const [best] = row.keys;
        const key = row.kind === "concept" ? "" : best ? `, key ${best.name}` : ", no shared key";
        return (
          <li key={row.at}>
            <button type="button" onClick={() => openRow(row, open)}>
              <span class="row-text">
                <b><bdi>{breakable(row.name)}</bdi></b>
                {row.others > 0 && <span class="others"> and {number(row.others)} more</span>}
                <span class="row-note">
                  {counted(row.n, row.kind === "entity" ? "table" : "field")}{key}
                  {best && best.contradictions > 0 && <> <Icon sign="contradiction" says={counted(best.contradictions, "contradiction")} /></>}
                </span>
              </span>
              <span class="badges">
                {badges.slice(0, badges.length > MAX_BADGES ? BADGES_OF_MORE : MAX_BADGES).map((system) => <Badge key={system} pack={pack} system={system} />)}
                {badges.length > MAX_BADGES && <span class="row-note">+{badges.length - BADGES_OF_MORE}</span>}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** What scrolls sideways; inside, one stop for the Tab key, and arrows that go from name to name. */
function Scroll({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const all = [...(box.current?.querySelectorAll<HTMLElement>("tbody button") ?? [])];
    const stop = all.find((one) => one === document.activeElement) ?? all[0];
    for (const one of all) one.tabIndex = one === stop ? 0 : -1;
  });
  return (
    <Sideways scroller={box}>
      <div class="held-scroll card" ref={box} role="group" aria-label={`${label}. Arrow keys go from one to the next.`} onKeyDown={(event) => box.current && move(box.current, event)}>
        {children}
      </div>
    </Sideways>
  );
}

/** Move the focus by an arrow: within a row, or to the nearest name of another row. */
function move(box: HTMLElement, event: KeyboardEvent): void {
  const from = event.target as HTMLElement;
  const row = from.closest("tbody tr");
  if (!row) return;
  const inRow = [...row.querySelectorAll<HTMLElement>("button")];
  const rows = [...box.querySelectorAll<HTMLElement>("tbody tr")];
  const { left } = from.getBoundingClientRect();
  const nearest = (list: HTMLElement[]): HTMLElement | undefined =>
    list.map((one) => ({ one, far: Math.abs(one.getBoundingClientRect().left - left) })).sort((x, y) => x.far - y.far)[0]?.one;
  const upDown = (step: 1 | -1): HTMLElement | undefined => {
    const cell = [...(from.closest("td, th")?.querySelectorAll<HTMLElement>("button") ?? [])];
    const inCell = cell[cell.indexOf(from) + step];
    if (inCell) return inCell;
    const next = rows[rows.indexOf(row as HTMLElement) + step];
    if (!next) return undefined;
    const cells = [...next.querySelectorAll<HTMLElement>("td, th")].map((one) => [...one.querySelectorAll<HTMLElement>("button")]);
    return nearest(cells.flatMap((buttons) => buttons.slice(step > 0 ? 0 : -1).slice(0, 1)));
  };
  const at = inRow.indexOf(from);
  const targets: Record<string, () => HTMLElement | undefined> = {
    ArrowRight: () => inRow[at + 1],
    ArrowLeft: () => inRow[at - 1],
    ArrowDown: () => upDown(1),
    ArrowUp: () => upDown(-1),
    Home: () => inRow[0],
    End: () => inRow.at(-1),
  };
  const act = targets[event.key];
  if (!act) return;
  event.preventDefault();
  const next = act();
  if (!next) return;
  from.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
