// The tables of two systems as two columns, and lines between them: a line is their linked fields.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Badge } from "../app/icons";
import { onPaper } from "../app/media";
import { breakable, BREAKS, counted, number, systemWords } from "../app/parts";
import type { Side, TablePair, TwoSystems } from "../model/table-pairs";
import type { View } from "../model/types";
import { Measure } from "../picture/measure";
import { shortened } from "../picture/shorten";
import { labelPlaces, type Curve } from "./map-place";
import { namesOf, onArrows } from "./map-parts";

const ROW = 44;
const PITCH: readonly [least: number, most: number] = [52, 100];
const HEAD = 48;
const WIDTH: readonly [least: number, most: number] = [148, 240];
const MAX_WIDTH = 1180;
const LEAST_BETWEEN = 72; // pixels between the columns
const MARGIN = 24;
const MAX_LINES = 400; // drawn at once; a table's own are drawn when it is chosen
const NUMBERED = 3; // links
const MAX_FEW = 3; // tables without links that are shown without asking
const MAX_NAME = 34; // characters of a system's name
const MAX_WORD = 12; // characters of a word of it
const ROOM_BESIDE = 92; // pixels of a box beside the name: around it, and for its number of links
const FONT = 13; // pixels

interface PictureProps {
  view: View;
  two: TwoSystems;
  pair: TablePair | null;
  /** The table that is chosen, -1 for none. */
  table: number;
  choose: (pair: TablePair | null) => void;
  chooseTable: (table: number) => void;
}

const measure = new Measure();

const widthOf = (n: number): number => (n < NUMBERED ? 1.2 : Math.min(12, 2 + 1.1 * n));

export function TablesPicture({ view, two, pair, table, choose, chooseTable }: PictureProps): JSX.Element {
  const { pack } = view;
  const room = useRef<HTMLDivElement>(null);
  const size = useRoom(room);
  // Where two columns have no room, the picture scrolls.
  const width = size.width > 0 ? Math.max(2 * WIDTH[0] + LEAST_BETWEEN, Math.min(MAX_WIDTH, size.width - 2 * MARGIN)) : 0;
  const column = Math.max(WIDTH[0], Math.min(WIDTH[1], width * 0.34));
  const most = Math.max(two.left.linked.length, two.right.linked.length);
  const height = Math.max(most * PITCH[0], Math.min(size.height - HEAD - 2 * MARGIN, most * PITCH[1]));
  const placesOf = (side: Side): Map<number, number> => {
    const n = side.linked.length;
    return new Map(side.linked.map((one, at) => [one, n === 1 ? height / 2 : ROW / 2 + (at * (height - ROW)) / (n - 1)]));
  };
  const own = table < 0 ? [] : two.pairs.filter(({ left, right }) => left === table || right === table);
  const shown = [...new Set([...two.pairs.slice(0, MAX_LINES), ...own, ...(pair ? [pair] : [])])];
  const drawn = useMemo(() => {
    const [left, right] = [placesOf(two.left), placesOf(two.right)];
    const lines = shown.map((one) => ({ one, from: left.get(one.left)!, to: right.get(one.right)! }));
    const numbered = lines.filter(({ one }) => one.links.length >= NUMBERED);
    const curveOf = ({ from, to }: { from: number; to: number }): Curve => ({ from: { x: column, y: from }, bend: { x: width / 2, y: (from + to) / 2 }, to: { x: width - column, y: to } });
    const places = numbered.length <= MAX_LINES / 4 ? labelPlaces(numbered.map(curveOf), [], { width: 0, height: 0 }) : [];
    // A number lies on the line as it is drawn, which swings where the straight one does not.
    const labels = new Map(numbered.map(({ one, from, to }, at) => {
      const x = places[at]?.x ?? width / 2;
      return [one, { x, y: swing(from, to, (x - column) / (width - 2 * column)) }];
    }));
    return { left, right, lines, labels };
  }, [two, width, column, height, shown.length, table]);
  const isAt = (one: TablePair): boolean => one === pair || (table >= 0 && (one.left === table || one.right === table));
  const lines = [...drawn.lines].sort((x, y) => Number(isAt(x.one)) - Number(isAt(y.one)));
  const d = ({ from, to }: { from: number; to: number }): string => `M${column} ${from}C${width / 2} ${from} ${width / 2} ${to} ${width - column} ${to}`;
  const nameOf = namesOf(pack, [two.left.system, two.right.system], MAX_NAME);
  const isOne = two.left.system === two.right.system;
  return (
    <>
      <div class="map-two" ref={room}>
        {width > 0 && (
          <div class="map-two-inner" style={{ width: `${width}px`, "--wide": width, "--tall": height + HEAD }}>
            <div class="map-two-heads">
              {[two.left, two.right].map((side, at) => (
                <div key={at} class="map-two-head" style={{ width: `${column}px`, "--own": `var(--b${side.system < 7 ? side.system : 7})` }}>
                  <Badge pack={pack} system={side.system} named />{"\u00a0"}<b title={pack.marked(side.system)}><bdi>{systemWords(nameOf(side.system), MAX_WORD)}</bdi></b>
                  <span class="secondary">{counted(side.linked.length + side.others.length, "table")}</span>
                </div>
              ))}
            </div>
            <div class="map-two-area" style={{ height: `${height}px` }}>
              <svg width={width} height={height} aria-hidden="true">
                {lines.map((line) => (
                  <g key={`${line.one.left} ${line.one.right}`} class={`map-line is-${line.one.standing}${isAt(line.one) ? " is-at" : ""}`} data-tables={`${line.one.left} ${line.one.right}`} onClick={() => choose(line.one)}>
                    <path class="map-hit" d={d(line)} />
                    <path class="map-stroke" d={d(line)} stroke-width={widthOf(line.one.links.length)} stroke-dasharray={dashOf(line.one)} />
                  </g>
                ))}
              </svg>
              {lines.map(({ one }) => {
                const label = drawn.labels.get(one);
                return label && <span key={`${one.left} ${one.right}`} class={`map-number${isAt(one) ? " is-at" : ""}`} style={{ left: `${label.x}px`, top: `${label.y}px` }} aria-hidden="true" onClick={() => choose(one)}>{number(one.links.length)}</span>;
              })}
              {([[two.left, drawn.left], [two.right, drawn.right]] as const).map(([side, places], at) => (
                <TableBoxes
                  key={at}
                  view={view}
                  side={side}
                  width={column}
                  places={places}
                  style={at ? { right: "0", width: `${column}px` } : { left: "0", width: `${column}px` }}
                  isAt={(one) => one === table || (pair !== null && (at ? pair.right : pair.left) === one)}
                  choose={(one) => {
                    const lone = two.pairs.filter(({ left, right }) => (at ? right : left) === one);
                    if (lone.length === 1 && !isOne) choose(lone[0]);
                    else chooseTable(one);
                  }}
                />
              ))}
            </div>
            <div class="map-two-others">
              {[two.left, two.right].map((side, at) => <Others key={at} view={view} side={side} width={column} isHidden={isOne && at > 0} />)}
            </div>
          </div>
        )}
      </div>
      <footer class="map-foot secondary">
        <Legend two={two} />
        {two.pairs.length > shown.length && <span>the {number(shown.length)} pairs with most links of {number(two.pairs.length)} are drawn; a table that is chosen shows its own, the table all</span>}
      </footer>
    </>
  );
}

/** The height of a line at a share of its way. */
function swing(from: number, to: number, share: number): number {
  // The curve of a line by its parameter, which is found for the share by halving.
  let [low, high] = [0, 1];
  for (let step = 0; step < 24; step += 1) {
    const t = (low + high) / 2;
    const x = 1.5 * t * (1 - t) + t ** 3;
    if (x < share) low = t;
    else high = t;
  }
  return from + (to - from) * (3 * low ** 2 - 2 * low ** 3);
}

function dashOf({ standing, links }: TablePair): string | undefined {
  if (standing === "approved") return undefined;
  if (standing === "rejected") return "1.5 3.5";
  return links.length < NUMBERED ? "5 4" : "7 4";
}

function TableBoxes({ view: { pack }, side, width, places, style, isAt, choose }: { view: View; side: Side; width: number; places: ReadonlyMap<number, number>; style: JSX.CSSProperties; isAt: (table: number) => boolean; choose: (table: number) => void }): JSX.Element {
  const cut = useMemo(() => onTwoLines(side.linked.map((table) => pack.tableName(table)), width - ROOM_BESIDE), [side, width]);
  const stop = side.linked.find(isAt) ?? side.linked[0];
  return (
    <ul class="map-tables" style={style} aria-label={`Tables of ${pack.marked(side.system)}`} data-roving onKeyDown={onArrows}>
      {side.linked.map((table) => {
        const name = pack.tableName(table);
        return (
          <li key={table} style={{ top: `${places.get(table)! - ROW / 2}px` }}>
            <button type="button" data-stop data-table={table} tabIndex={table === stop ? 0 : -1} class={isAt(table) ? "is-at" : ""} aria-pressed={isAt(table)} title={pack.marked(table)} onClick={() => choose(table)}>
              <bdi>{breakable(cut.get(name) ?? name)}{pack.mark(table)}</bdi>
              <span class="value">{counted(side.nLinks.get(table)!, "link")}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Names as they stand on two lines of a width: longer ones lose as much of their middle as they must. */
function onTwoLines(names: readonly string[], width: number): Map<string, string> {
  const found = new Map<string, string>();
  let left = [...new Set(names)];
  for (let most = Math.max(...left.map((name) => [...name].length), MIN_NAME); most >= MIN_NAME && left.length; most -= 1) {
    const cut = shortened(names, most, (text) => [...text].length);
    left = left.filter((name) => {
      const text = cut.get(name) ?? name;
      if (most > MIN_NAME && linesOf(text, width) > 2) return true;
      found.set(name, text);
      return false;
    });
  }
  return found;
}

const MIN_NAME = 8; // characters

/** Number of lines that a name needs, which breaks between its words, and within one that is too long. */
function linesOf(name: string, width: number): number {
  let [lines, used] = [1, 0];
  for (const part of name.split(BREAKS)) {
    const own = measure.width(part, FONT, 600);
    if (used > 0 && used + own > width) [lines, used] = [lines + 1, 0];
    lines += Math.floor((used + own) / (width + 1));
    used = used + own > width ? (used + own) % width : used + own;
  }
  return lines;
}

/** Tables without a link to the other side: named if they are few, else behind a button. */
function Others({ view: { pack }, side, width, isHidden }: { view: View; side: Side; width: number; isHidden: boolean }): JSX.Element {
  const { others } = side;
  const list = (
    <ul>
      {others.map((table) => <li key={table} title={pack.marked(table)}><bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}</li>)}
    </ul>
  );
  if (!others.length || isHidden) return <div style={{ width: `${width}px` }} />;
  return (
    <details class="map-others" style={{ width: `${width}px` }} open={others.length <= MAX_FEW}>
      <summary>{counted(others.length, "table")} without links</summary>
      {list}
    </details>
  );
}

function Legend({ two }: { two: TwoSystems }): JSX.Element {
  const has = (fits: (pair: TablePair) => boolean): boolean => two.pairs.some(fits);
  const many = ({ links }: TablePair): boolean => links.length >= NUMBERED;
  const entries: [standing: string, words: string, width: number, dash: string | undefined, shown: boolean][] = [
    ["approved", "some approved", 7, undefined, has(({ standing }) => standing === "approved")],
    ["suggested", "only suggested", 7, "7 4", has((pair) => pair.standing === "suggested" && many(pair))],
    ["suggested", "1 or 2 links", 1.2, "5 4", has((pair) => pair.standing === "suggested" && !many(pair))],
    ["rejected", "only rejected", 1.5, "1.5 3.5", has(({ standing }) => standing === "rejected")],
  ];
  return (
    <>
      {entries.filter(([, , , , isShown]) => isShown).map(([standing, words, width, dash]) => (
        <span key={words}><svg width="34" height="10" aria-hidden="true" class={`map-line is-${standing}`}><path class="map-stroke" d="M0 5H34" stroke-width={width} stroke-dasharray={dash} /></svg> {words}</span>
      ))}
    </>
  );
}

/** The room of an element, as it is now. */
function useRoom(element: { current: HTMLElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const look = () => {
      // On paper it keeps the shape that it has on the screen.
      if (onPaper()) return;
      const { clientWidth: width, clientHeight: height } = element.current as HTMLElement;
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element.current as HTMLElement);
    look();
    return () => observer.disconnect();
  }, []);
  return size;
}
