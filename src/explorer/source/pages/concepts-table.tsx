// The crosswalk as a table: its head and first column stay, and only rows in sight are drawn.

import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { crosswalkOf, type Cell, type CrosswalkRow } from "../model/crosswalk";
import { cellMembers } from "../model/listing";
import { visible } from "../model/pack";
import { middle } from "../model/words";
import type { View } from "../model/types";
import { openConcept, type App } from "../app/app";
import { Badge, Key } from "../app/icons";
import { usePrinted } from "../app/media";
import { number, systemWords } from "../app/parts";
import { Sideways } from "../app/sideways";
import { Approved, ConceptName, fieldName, Legend, MARK_WORDS, MarkSign, partsOf, Strength, tellCell, wrapping } from "./concepts-cells";
import { ORDER_NAMES, toggleSystem, type Listing } from "./concepts-filters";
import { useVirtual } from "./virtual";

const ROW_HEIGHT = 52; // pixels; rows of longer names are higher
const DENSE_HEIGHT = 44;
const WIDTHS = { concept: 216, system: 94, dense: 44, strength: 124, approved: 96 }; // pixels, the least
const FEW_SYSTEMS = 7;
const WIDE = 1500; // pixels
const MARGIN = 25; // pixels beside the table
const HEAD_ROW = -1;

/** Where a reader was in the list of an address, to be there again when they come back. */
interface Place {
  readonly hash: string;
  readonly top: number;
  readonly left: number;
  readonly active: Active;
}

export interface Active {
  readonly row: number;
  readonly column: number;
}

const places = new WeakMap<App, Place>();

/** Where the reader left the list that the address names; null if it is another. */
function placeOf(app: App): Place | null {
  const place = places.get(app);
  places.delete(app);
  return place?.hash === app.history.hash ? place : null;
}

export function ConceptTable({ app, view, concepts }: Listing): JSX.Element {
  const { systems, isDense, labels } = concepts;
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLTableSectionElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const rows = useVirtual(scroller, body, labels, isDense ? DENSE_HEIGHT : ROW_HEIGHT, () => head.current?.offsetHeight ?? 0);
  const [place] = useState(() => placeOf(app));
  const [active, setActive] = useState<Active>(place?.active ?? { row: 0, column: 0 });
  const [tip, setTip] = useState<Tip | null>(null);
  const moves = useRef(place !== null);
  const last = labels.length - 1;
  const nColumns = systems.length + 3;
  const kept = { row: Math.min(active.row, last), column: Math.min(active.column, nColumns - 1) };

  const open = (row: number, column: number): void => {
    const at = { row, column };
    const { scrollTop: top = 0, scrollLeft: left = 0 } = scroller.current ?? {};
    places.set(app, { hash: app.history.hash, top, left, active: at });
    openConcept(app, view.clusters.members(labels[row])[0]);
  };
  useLayoutEffect(() => {
    if (!place || !scroller.current) return;
    scroller.current.scrollTop = place.top;
    scroller.current.scrollLeft = place.left;
    rows.reveal(kept.row);
  }, []);
  // Another list begins at its top.
  const listed = useRef(labels);
  useLayoutEffect(() => {
    if (listed.current === labels) return;
    listed.current = labels;
    if (scroller.current) scroller.current.scrollTop = 0;
    setTip(null);
    if (active.row > 0) setActive({ row: 0, column: active.column });
  }, [labels]);
  useLayoutEffect(() => {
    if (!moves.current) return;
    const target = scroller.current?.querySelector<HTMLElement>(`[data-at="${kept.row} ${kept.column}"]`);
    if (!target) return;
    moves.current = false;
    target.focus({ preventScroll: true });
    if (scroller.current) showColumn(scroller.current, target);
  });

  const go = (row: number, column: number): void => {
    const to = { row: Math.max(HEAD_ROW, Math.min(last, row)), column: Math.max(0, Math.min(nColumns - 1, column)) };
    moves.current = true;
    if (to.row >= 0) rows.reveal(to.row);
    setActive(to);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return;
    const { row, column } = kept;
    const jumps: Record<string, [row: number, column: number]> = {
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      PageDown: [row + rows.perPage, column],
      PageUp: [Math.max(0, row - rows.perPage), column],
      Home: event.ctrlKey ? [0, 0] : [row, 0],
      End: event.ctrlKey ? [last, nColumns - 1] : [row, nColumns - 1],
      j: [row + 1, column],
      k: [row - 1, column],
    };
    const jump = jumps[event.key];
    if (jump && !(event.ctrlKey && /^[jk]$/.test(event.key))) go(...jump);
    else if (event.key === "Enter" && row >= 0) open(row, column);
    else if (event.key === "Escape" && tip) setTip(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  // The keyboard comes to the row where it was, or to the first in sight.
  const isDrawn = kept.row === HEAD_ROW || (kept.row >= rows.begin && kept.row < rows.end);
  const stop = isDrawn ? kept : { row: rows.firstSeen, column: kept.column };
  const tabOf = (row: number, column: number): { tabIndex: number; "data-at": string } => ({
    tabIndex: row === stop.row && column === stop.column ? 0 : -1,
    "data-at": `${row} ${column}`,
  });
  const wanted = useMemo(() => wantedWidths(view, concepts), [concepts.crosswalk, systems]);
  const all = scroller.current?.clientWidth ?? innerWidth - 2 * MARGIN;
  const first = systems.length > FEW_SYSTEMS ? WIDTHS.concept : all > WIDE ? WIDTHS.concept + 64 : WIDTHS.concept + 24;
  const others = first + WIDTHS.strength + WIDTHS.approved;
  const widths = fitted(wanted, all - others);
  const least = others + widths.reduce((sum, width) => sum + width, 0);
  return (
    <>
      <Sideways scroller={scroller} class="concepts-sideways">
        <div
          class="concepts-table card"
          ref={scroller}
          onKeyDown={key}
          onFocusIn={(event) => {
            const [row, column] = (event.target as HTMLElement).dataset["at"]?.split(" ").map(Number) ?? [];
            if (row === undefined || (row === active.row && column === active.column)) return;
            setActive({ row, column });
          }}
          onFocusOut={() => setTip(null)}
          onMouseLeave={() => setTip(null)}
          onScroll={() => tip && setTip(null)}
        >
          <table role="grid" aria-label="Concepts by system" aria-rowcount={labels.length + 1} aria-colcount={nColumns} style={{ minWidth: `${least}px`, "--wide": isDense ? least : 300 + 96 * systems.length }}>
            <colgroup>
              <col style={{ width: `${first}px` }} />
              {systems.map((each, at) => <col key={each} style={{ width: `${widths[at]}px` }} />)}
              <col style={{ width: `${WIDTHS.strength}px` }} />
              <col style={isDense ? {} : { width: `${WIDTHS.approved}px` }} />
            </colgroup>
            <Head app={app} view={view} concepts={concepts} tabOf={tabOf} parts={head} widths={widths} />
            <tbody ref={body}>
              {rows.above > 0 && <tr class="spacer" aria-hidden="true"><td colSpan={nColumns} style={{ height: `${rows.above}px` }} /></tr>}
              {Array.from({ length: rows.end - rows.begin }, (_, at) => {
                const row = rows.begin + at;
                const found = concepts.crosswalk.row(labels[row]);
                return (
                  <tr
                    key={labels[row]}
                    data-row={row}
                    aria-rowindex={row + 2}
                    onClick={() => {
                      // A text that is being copied opens nothing.
                      if (!getSelection()?.toString()) open(row, kept.row === row ? kept.column : 0);
                    }}
                  >
                    <th scope="row">
                      <button type="button" class="link" {...tabOf(row, 0)}>
                        <ConceptName view={view} row={found} found={concepts.matches?.get(labels[row])?.()} />
                      </button>
                    </th>
                    <Cells view={view} concepts={concepts} app={app} row={found} at={row} tabOf={tabOf} tell={setTip} widths={widths} />
                    <td {...tabOf(row, systems.length + 1)}><Strength view={view} row={found} /></td>
                    <td {...tabOf(row, systems.length + 2)}><Approved row={found} /></td>
                  </tr>
                );
              })}
              {rows.below > 0 && <tr class="spacer" aria-hidden="true"><td colSpan={nColumns} style={{ height: `${rows.below}px` }} /></tr>}
            </tbody>
          </table>
        </div>
      </Sideways>
      {tip && <div class="cell-tip card" aria-hidden="true" style={{ left: `${tip.x}px`, top: `${tip.y}px` }}>{tip.text}</div>}
      <footer class="concepts-foot">
        <Legend />
        {!isDense && <span class="legend-more"><span class="count">+3</span> more fields of that system</span>}
        <span class="concepts-gap" />
        <span class="key-hint"><Key>{"\u2191"}</Key> <Key>{"\u2193"}</Key> move</span>
        <span class="key-hint"><Key>Enter</Key> open</span>
        <span class="range">{number(rows.firstSeen + 1)}{"\u2013"}{number(rows.lastSeen + 1)} of {number(labels.length)}</span>
      </footer>
    </>
  );
}

const MEASURED = 200; // concepts, the first in the order of worth
const LENGTHS = [9, 20]; // characters: no column is as narrow or as wide as for fewer or more

/** Room that each system would have: for the longest part of a name that does not wrap. */
function wantedWidths({ pack, clusters }: View, { crosswalk, systems, isDense }: Listing["concepts"]): number[] {
  if (isDense) return systems.map(() => WIDTHS.dense);
  const longest = new Map<number, number>();
  for (const label of clusters.identity.byValue.subarray(0, MEASURED)) {
    for (const { system, members } of crosswalk.row(label).cells) {
      const length = Math.max(...partsOf(pack.name[members[0]]).map((part) => part.length));
      longest.set(system, Math.max(longest.get(system) ?? 0, length));
    }
  }
  return systems.map((system) => {
    const own = system < 0 ? 0 : pack.name[system].length + 4;
    const length = Math.max(LENGTHS[0], Math.min(LENGTHS[1], Math.max(own, longest.get(system) ?? 0)));
    return Math.round(length * LETTER) + PADDING;
  });
}

/** Make columns fill the room, or fit into it unless they would be too narrow. */
function fitted(wanted: readonly number[], room: number): readonly number[] {
  const sum = wanted.reduce((all, width) => all + width, 0);
  const isNarrow = wanted.length * WIDTHS.system > room;
  if (sum === 0 || (isNarrow && sum > room) || wanted[0] === WIDTHS.dense) return wanted;
  if (sum <= room) return wanted.map((width) => Math.floor((width * room) / sum));
  // What is above the least is shared.
  const left = room - wanted.length * WIDTHS.system;
  const over = wanted.map((width) => Math.max(0, width - WIDTHS.system));
  const all = over.reduce((total, width) => total + width, 0) || 1;
  return over.map((width) => WIDTHS.system + Math.floor((width * left) / all));
}

/** What the cell under the pointer or with the focus has, where there is no room for it. */
interface Tip {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

type TabOf = (row: number, column: number) => { tabIndex: number; "data-at": string };

/** Bring a column into sight that is under the first one or outside. */
function showColumn(scroller: HTMLElement, target: HTMLElement): void {
  const cell = target.closest("td");
  if (!cell) {
    if (target.closest("th")?.cellIndex === 0) scroller.scrollLeft = 0;
    return;
  }
  const own = cell.getBoundingClientRect();
  const all = scroller.getBoundingClientRect();
  const covered = scroller.querySelector("tbody th")?.getBoundingClientRect().width ?? 0;
  if (own.left < all.left + covered) scroller.scrollLeft -= all.left + covered - own.left;
  else if (own.right > all.left + scroller.clientWidth) scroller.scrollLeft += own.right - all.left - scroller.clientWidth;
}

const MAX_SYSTEM = 20; // characters of a system's name above a narrow column
const MAX_TABLES = 2;

/** Characters of a system's name that fit above a column. */
const headRoom = (width: number): number => Math.floor((width - PADDING) / HEAD_LETTER);

/** What sorts and filters; on paper a name, because browsers print no buttons on the sheets after the first. */
function Act({ children, ...act }: JSX.IntrinsicElements["button"]): JSX.Element {
  return usePrinted() ? <span class="printed-head">{children}</span> : <button type="button" {...act}>{children}</button>;
}

function Head({ app, view, concepts, tabOf, parts, widths }: Listing & {
  tabOf: TabOf;
  parts: RefObject<HTMLTableSectionElement>;
  widths: readonly number[];
}): JSX.Element {
  const { pack, state } = view;
  const { systems, isDense, tables } = concepts;
  const bySystem = state.fieldsIn >= 0;
  const isOn = (order: string): boolean => !bySystem && state.order === order;
  const sorted = isOn("name") ? "ascending" : bySystem || isOn("confidence") ? "none" : "descending";
  return (
    <thead ref={parts}>
      <tr aria-rowindex={1}>
        <th scope="col" aria-sort={sorted}>
          <Act class="link" title="Sort by identity value, or by name" {...tabOf(HEAD_ROW, 0)} onClick={() => app.store.set({ fieldsIn: -1, order: isOn("identity") ? "name" : "identity" })}>
            Concept {sorted !== "none" && <span class="sorted"><span aria-hidden="true">{isOn("name") ? "\u25b4" : "\u25be"}</span> {ORDER_NAMES[state.order]}</span>}
          </Act>
        </th>
        {systems.map((system, at) => {
          const name = system < 0 ? "unknown system" : pack.name[system];
          const own = tables.get(system) ?? [];
          const isHere = state.fieldsIn === system && system >= 0;
          return (
            <th scope="col" key={system} class="system" data-beyond="system" aria-sort={isHere ? "ascending" : "none"}>
              {system < 0 ? (
                <span {...tabOf(HEAD_ROW, at + 1)}><Badge pack={pack} system={system} named />{"\u00a0"}{name}</span>
              ) : (
                <Act
                  class="link"
                  aria-pressed={state.having.has(system)}
                  aria-label={`Only concepts in ${name}`}
                  title={state.having.has(system) ? `${name}: show concepts without it, too` : `${name}: only concepts that it has`}
                  {...tabOf(HEAD_ROW, at + 1)}
                  onClick={() => toggleSystem(app, system)}
                >
                  <Badge pack={pack} system={system} named />
                  <span class="system-name"><bdi>{isDense ? middle(name, MAX_SYSTEM) : systemWords(name, headRoom(widths[at]))}</bdi></span>
                  {isHere && <span class="sorted" aria-hidden="true">{"\u25b4"}</span>}
                </Act>
              )}
              {own.length > 0 && !isDense && (
                <span class="secondary line" title={own.map((table) => pack.tableName(table)).join("\n")}>
                  <bdi>{own.slice(0, MAX_TABLES).map((table) => middle(pack.tableName(table), MAX_SYSTEM)).join(", ")}</bdi>
                  {own.length > MAX_TABLES && ` +${own.length - MAX_TABLES}`}
                </span>
              )}
            </th>
          );
        })}
        <th scope="col" data-beyond="column" aria-sort={isOn("confidence") ? "descending" : "none"}>
          <Act class="link" title="Sort by strength" {...tabOf(HEAD_ROW, systems.length + 1)} onClick={() => app.store.set({ fieldsIn: -1, order: isOn("confidence") ? "identity" : "confidence" })}>
            Strength {isOn("confidence") && <span class="sorted" aria-hidden="true">{"\u25be"}</span>}
          </Act>
        </th>
        <th scope="col" data-beyond="column"><span {...tabOf(HEAD_ROW, systems.length + 2)}>Approved</span></th>
      </tr>
    </thead>
  );
}

/** Room in a cell, in pixels: what is around the text, and the width of most letters. */
const PADDING = 13;
const SIGN = 18;
const COUNT = 32;
const LETTER = 7.2;
const HEAD_LETTER = 8;
const SMALL_LETTER = 6.6;
/** How much wider than others a name of capitals is. */
const capitals = (text: string): number => (text === text.toUpperCase() ? 1.15 : 1);

function Cells({ view, concepts, row, at, tabOf, tell, widths }: Listing & {
  widths: readonly number[];
  row: CrosswalkRow;
  at: number;
  tabOf: TabOf;
  tell: (tip: Tip | null) => void;
}): JSX.Element {
  const bySystem = new Map<number, Cell>(row.cells.map((cell) => [cell.system, cell]));
  return (
    <>
      {concepts.systems.map((system, column) => {
        const cell = bySystem.get(system);
        const place = tabOf(at, column + 1);
        if (!cell) return <td key={system} {...place} onMouseEnter={() => tell(null)} />;
        const members = cellMembers(view, concepts, cell.members);
        if (!concepts.isDense) return <td key={system} {...place}><Field view={view} cell={cell} members={members} width={widths[column]} /></td>;
        const name = system < 0 ? "unknown system" : visible(view.pack.name[system]);
        const text = `${name}: ${MARK_WORDS[cell.mark]}\n${tellCell(view, cell, members)}`;
        const show = (event: Event): void => {
          const { left, bottom } = (event.currentTarget as HTMLElement).getBoundingClientRect();
          tell({ x: Math.max(8, Math.min(left, innerWidth - 328)), y: bottom < innerHeight - 200 ? bottom + 2 : bottom - 200, text });
        };
        return (
          <td key={system} class="dense" {...place} onMouseEnter={show} onFocus={show}>
            <MarkSign mark={cell.mark} /> {number(members.length)}
            <span class="visually-hidden"> {text}</span>
          </td>
        );
      })}
    </>
  );
}

/** The best field of a cell with its table, and how many more there are. */
function Field({ view, cell, members, width }: { view: View; cell: Cell; members: Int32Array; width: number }): JSX.Element {
  // The mark is that of the field beside it: of several the best that the mark is about.
  const crosswalk = crosswalkOf(view);
  const node = members.find((one) => crosswalk.markOf(one) === cell.mark) ?? members[0];
  const { own, above: place } = fieldName(view, node);
  // The schema, where there is one, is in what the pointer and a screen reader are told.
  const above = place && view.pack.name[view.pack.table[node]];
  const all = tellCell(view, cell, members);
  const room = width - PADDING - SIGN;
  const more = members.length > 1 && (
    <span class="count" title={all}>
      <span aria-hidden="true">+{number(members.length - 1)}</span>
      <span class="visually-hidden"> and {number(members.length - 1)} more</span>
    </span>
  );
  const small = SMALL_LETTER * capitals(above);
  const fits = above.length * small <= room - COUNT;
  return (
    <>
      <span class="field" title={`${place ? `${place}.` : ""}${own}`}>
        <bdi>{wrapping(middle(own, 2 * Math.floor((width - PADDING) / (LETTER * capitals(own)))))}</bdi>{view.pack.mark(node)}
        {!fits && more && <> {more}</>}
      </span>
      <span class="secondary line">
        <MarkSign mark={cell.mark} /> <bdi>{middle(above, Math.floor(room / small))}</bdi>
        {fits && more && <> {more}</>}
      </span>
    </>
  );
}
