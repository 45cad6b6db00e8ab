// The picture of a lineage: cards in columns, lines between them, and what is further at its ends.

import { Fragment, type JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { onPaper, usePrinted } from "../app/media";
import { counted, number } from "../app/parts";
import { Sideways } from "../app/sideways";
import type { Lineage } from "../model/lineage";
import type { Card, LineageCards } from "../model/lineage-cards";
import { contradictedBy } from "../model/lineage-left";
import type { View } from "../model/types";
import { scoreText } from "../model/words";
import { Measure } from "../picture/measure";
import { arranged, CARD, HEAD, type Arranged, type Curve } from "./lineage-places";
import { nothingWords, open } from "./lineage-acts";
import { isTwoSided, nodesCounted, stepWords } from "./lineage-parts";

interface PictureProps {
  app: App;
  view: View;
  found: Lineage;
  drawing: LineageCards;
  /** The node to which the way is shown, -1 for none. */
  chosen: number;
  choose: (node: number) => void;
}

const measure = new Measure();
const ROOM = CARD.width - 24; // pixels of a card for text
const ROOM_OF_SCORE = 44;
const ROOM_OF_BADGE = 28;

export function LineagePicture({ app, view, found, drawing, chosen, choose }: PictureProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 1000, height: 600 });
  const [showsOther, setShowsOther] = useState(false);
  const [showsAll, setShowsAll] = useState(false);
  const [at, setAt] = useState("");
  const wanted = useRef("");
  useLayoutEffect(() => {
    const box = scroller.current!;
    const look = (): void => {
      // On paper it keeps the shape that it has on the screen.
      if (!onPaper()) setSize({ width: box.clientWidth, height: box.clientHeight });
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(box);
    return () => watch.disconnect();
  }, []);
  const path = useMemo(() => (chosen < 0 ? [] : found.pathTo(chosen)), [found, chosen]);
  const onPath = useMemo(() => new Set(path.map(({ link }) => link)), [path]);
  const lines = useMemo(
    () => drawing.lines.filter(({ isForward, isMain, links }) => (isForward ? isMain || showsAll : showsOther) || links.some((link) => onPath.has(link))),
    [drawing, showsOther, showsAll, onPath],
  );
  const placed = useMemo(() => arranged(found, drawing, size, lines), [found, drawing, size, lines]);
  const cardsOnPath = new Set(path.flatMap(({ from, to }) => [drawing.cardOf(from), drawing.cardOf(to)]));
  const stops = stopsOf(placed, drawing);
  const current = stops.some(({ id }) => id === at) ? at : startOf(drawing, found);
  const press = (event: KeyboardEvent): void => {
    const next = movedBy(event.key, stops, current);
    if (!next || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    setAt(next.id);
    wanted.current = next.id;
    const box = scroller.current!;
    // Only what is in sight is drawn in large pictures.
    if (Math.abs(next.y + CARD.height / 2 - box.scrollTop - box.clientHeight / 2) > box.clientHeight / 2 - CARD.height) {
      box.scrollTop = next.y + CARD.height / 2 - box.clientHeight / 2;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const isBoth = isTwoSided(found);
  const stop = (id: string): object => ({ "data-stop": id, tabIndex: id === current ? 0 : -1, onFocus: () => setAt(id) });
  const rejected = useMemo(() => contradictedBy(view, found), [view.status, found]);
  const nothing = drawing.cards.length < 2;
  const { isInSight, follow } = useSight(scroller, size, placed);
  useStartInSight(scroller, placed, found, follow);
  const curves = placed.curves.filter(({ from, to }) => isInSight(placed.at[from]) || isInSight(placed.at[to]));
  useLayoutEffect(() => {
    if (wanted.current === "") return;
    const element = scroller.current?.querySelector<HTMLElement>(`[data-stop="${wanted.current}"]`);
    if (!element) return;
    wanted.current = "";
    element.focus();
  });
  return (
    <>
      <Sideways scroller={scroller} class="lineage-sideways">
        <div class="lineage-scroll" ref={scroller} onKeyDown={press} onScroll={follow} role="group" aria-label="Cards by step; arrow keys go from one to the next">
          <div class="lineage-canvas" style={{ width: `${placed.width}px`, height: `${placed.height}px`, "--wide": placed.width, "--tall": placed.height }}>
            <div class="lineage-heads">
              {drawing.columns.map(({ step, cards }) => (
                <div class="lineage-column-head" data-beyond="step" key={step} style={{ left: `${placed.left(step)}px` }}>
                  <h2>{stepWords(step, isBoth)}</h2>
                  {step !== 0 && <span class="lineage-quiet">{nodesCounted(found.pack, cards.flatMap((card) => drawing.cards[card].members))}</span>}
                </div>
              ))}
              {placed.furtherAt.map((left) => <span key={left} class="lineage-further lineage-quiet" style={{ left: `${left}px` }}>further</span>)}
            </div>
            <svg class="lineage-lines" width={placed.width} height={placed.height} aria-hidden="true">
              {inOrder(curves, onPath).map((curve) => <Line key={curve.key} curve={curve} isOnPath={curve.links.some((link) => onPath.has(link))} />)}
            </svg>
            {curves.map((curve) => <Middle key={curve.key} curve={curve} isOnPath={curve.links.some((link) => onPath.has(link))} />)}
            {drawing.columns.flatMap(({ cards }) =>
              cards.filter((index) => isInSight(placed.at[index]) || current.endsWith(` ${index}`)).map((index) => {
                const card = drawing.cards[index];
                const { x, y } = placed.at[index];
                const isStart = card.step === 0;
                return (
                  <Fragment key={`${card.node}/${card.step}`}>
                    <button
                      type="button"
                      class={`lineage-card${isStart || cardsOnPath.has(index) ? " is-path" : ""}${card.isGroup ? " is-group" : ""}`}
                      style={{ left: `${x}px`, top: `${y}px` }}
                      {...(card.isGroup ? { "aria-expanded": false } : isStart ? {} : { "aria-pressed": chosen === card.node })}
                      title={found.pack.marked(card.node)}
                      onClick={() => (card.isGroup ? open(app, [card.node]) : choose(isStart ? -1 : card.node))}
                      {...stop(`card ${index}`)}
                    >
                      <Face found={found} card={card} isRejected={rejected.has(card.node)} />
                    </button>
                    {card.further.length > 0 && (
                      <Further app={app} found={found} card={card} x={x} y={y} stop={stop(`further ${index}`)} />
                    )}
                    {isStart && found.nBehind > 0 && !found.isBehindOpen && (
                      <Behind app={app} found={found} x={x} y={y} stop={stop("behind")} />
                    )}
                  </Fragment>
                );
              }),
            )}
          </div>
          {nothing && <p class="lineage-nothing">{nothingWords(found)}</p>}
        </div>
      </Sideways>
      <Foot app={app} found={found} drawing={drawing} showsOther={showsOther} show={setShowsOther} showsAll={showsAll} showAll={setShowsAll} />
    </>
  );
}

const inOrder = (curves: readonly Curve[], onPath: ReadonlySet<number>): Curve[] => {
  const isOn = ({ links }: Curve): number => Number(links.some((link) => onPath.has(link)));
  return [...curves].sort((x, y) => isOn(x) - isOn(y));
};

/** What is written on a card; names that have no room are cut in the middle. */
function Face({ found, card, isRejected }: { found: Lineage; card: Card; isRejected: boolean }): JSX.Element {
  const { pack } = found;
  const { node, step, members } = card;
  const level = pack.level(node);
  const isStart = step === 0;
  const system = pack.system[node] < 0 ? "?" : pack.name[pack.system[node]];
  const inside = isStart ? members.filter((member) => pack.level(member) === 2).length : members.length;
  const count = level === 2 ? "" : card.isGroup || isStart ? counted(inside, "field") : "";
  const tables = new Set(members.map((member) => pack.table[member]));
  const above = level === 2 ? pack.tableName(node) : level === 1 ? system : isStart ? "" : counted(tables.size, "table");
  const own = (level === 1 ? pack.tableName(node) : pack.name[node]) + pack.mark(node);
  const roomAbove = ROOM - ROOM_OF_BADGE - (isRejected ? 20 : 0) - (count ? measure.width(count, 12, 400) + 8 : 0);
  return (
    <>
      <span class="lineage-card-line">
        <Badge pack={pack} system={pack.system[node]} />
        <bdi class="lineage-table">{measure.clip(above, roomAbove, 12, 400)}</bdi>
        {count && <span class="lineage-count">{count}</span>}
        {isRejected && <Icon sign="contradiction" says="Rejected as being the same as the start" />}
      </span>
      <span class="lineage-card-line">
        <bdi class="lineage-own">{measure.clip(own, ROOM - (isStart ? 0 : ROOM_OF_SCORE), 15, 600)}</bdi>
        {!isStart && <span class="lineage-score">{scoreText(card.confidence)}</span>}
      </span>
    </>
  );
}

interface StubProps {
  app: App;
  found: Lineage;
  x: number;
  y: number;
  stop: object;
}

const STUB = { width: 36, gap: 14 };

/** What is a step further: how much, and a button that opens it in place. */
function Further({ app, found, card, x, y, stop }: StubProps & { card: Card }): JSX.Element {
  const n = card.further.length;
  const left = card.step < 0 ? x - STUB.gap : x + CARD.width + STUB.gap;
  const what = `${nodesCounted(found.pack, card.further)} further`;
  return (
    <button type="button" class={`lineage-stub${card.step < 0 ? " is-left" : ""}`} style={{ left: `${left}px`, top: `${y + CARD.height / 2 - 14}px` }} title={`Open ${what}`} onClick={() => openFurther(app, found, card)} {...stop}>
      <span aria-hidden="true">+{number(n)}</span><span class="visually-hidden">Open {what} from {found.pack.marked(card.node)}</span>
    </button>
  );
}

const MOST_OPENED = 20; // members of a group that are opened a step further at once

function openFurther(app: App, found: Lineage, card: Card): void {
  if (card.members.length > MOST_OPENED) open(app, [card.node]);
  else open(app, card.members.filter((member) => found.stubs.has(member)));
}

/** What lies behind the start: what feeds it, or what depends on it. */
function Behind({ app, found, x, y, stop }: StubProps): JSX.Element {
  const isLeft = found.direction === "down";
  const left = isLeft ? x - STUB.gap : x + CARD.width + STUB.gap;
  const one = found.nBehind === 1 ? "s" : "";
  const words = `${found.nBehind < found.nOfBehind ? "more " : ""}${found.direction === "down" ? `feed${one} it` : `depend${one} on it`}`;
  return (
    <>
      <button type="button" class={`lineage-stub${isLeft ? " is-left" : ""}`} style={{ left: `${left}px`, top: `${y + CARD.height / 2 - 14}px` }} title={`Open ${number(found.nBehind)} that ${words}`} onClick={() => open(app, [found.node])} {...stop}>
        <span aria-hidden="true">+{number(found.nBehind)}</span><span class="visually-hidden">Open {number(found.nBehind)} that {words}</span>
      </button>
      <span class="lineage-stub-note lineage-quiet" aria-hidden="true" style={{ left: `${isLeft ? left - STUB.width - 14 : left - 14}px`, top: `${y + CARD.height / 2 + 16}px` }}>{words}</span>
    </>
  );
}

function Line({ curve, isOnPath }: { curve: Curve; isOnPath: boolean }): JSX.Element {
  return (
    <g class={`lineage-line${curve.isApproved ? " is-approved" : ""}${isOnPath ? " is-path" : ""}${curve.isForward ? "" : " is-other"}`}>
      <path class="lineage-stroke" d={curve.path} />
      <path class="lineage-arrow" d={curve.arrow} />
    </g>
  );
}

/** In the middle of a line: a tick where a link is approved, and of several links their number. */
function Middle({ curve, isOnPath }: { curve: Curve; isOnPath: boolean }): JSX.Element | null {
  const n = curve.links.length;
  if (!curve.middle) return null;
  return (
    <span class={`lineage-middle${isOnPath ? " is-path" : ""}${n > 1 ? " has-count" : ""}`} style={{ left: `${curve.middle.x}px`, top: `${curve.middle.y}px` }}>
      {curve.isApproved && <Icon sign="approved" says="approved" />}
      {n > 1 && counted(n, "link")}
    </span>
  );
}

interface FootProps {
  app: App;
  found: Lineage;
  drawing: LineageCards;
  showsOther: boolean;
  show: (shows: boolean) => void;
  showsAll: boolean;
  showAll: (shows: boolean) => void;
}

function Foot({ app, found, drawing, showsOther, show, showsAll, showAll }: FootProps): JSX.Element {
  const further = Math.max(0, ...drawing.cards.map((card) => card.further.length));
  const hasGroups = drawing.cards.some(({ isGroup }) => isGroup);
  const { nOther } = drawing;
  const nHidden = drawing.lines.filter(({ isForward, isMain }) => isForward && !isMain).length;
  const { more } = app.store.state;
  return (
    <footer class="lineage-foot">
      <span><Sample isApproved /> approved</span>
      <span><Sample /> suggested</span>
      {further > 0 && <span><b>+{number(further)}</b> opens {nodesCounted(found.pack, new Array<number>(further).fill(found.pack.first[2]))} more</span>}
      {hasGroups && <span>a pile opens into its fields</span>}
      <span class="lineage-gap" />
      {more.size > 0 && <button type="button" onClick={() => app.store.set({ more: new Set() }, "push")}>Close what is opened</button>}
      {nHidden > 0 && (
        <button type="button" aria-pressed={showsAll} onClick={() => showAll(!showsAll)}>
          {counted(nHidden, "thinner line")}: {showsAll ? "hide" : "show"}
        </button>
      )}
      {nOther > 0 && (
        <button type="button" aria-pressed={showsOther} onClick={() => show(!showsOther)}>
          {counted(nOther, "link")} inside or back: {showsOther ? "hide" : "show"}
        </button>
      )}
    </footer>
  );
}

function Sample({ isApproved = false }: { isApproved?: boolean }): JSX.Element {
  return (
    <svg class={`lineage-line${isApproved ? " is-approved" : ""}`} width="34" height="12" viewBox="0 0 34 12" aria-hidden="true">
      <path class="lineage-stroke" d="M0 6H27" />
      <path class="lineage-arrow" d="M34 6 26 2V10Z" />
    </svg>
  );
}

const MOST_DRAWN = 400; // cards or lines; of more only those in sight are drawn
const BESIDE = 600; // pixels around what is in sight

/** What is in sight of a large picture; of others everything. */
function useSight(
  scroller: { current: HTMLDivElement | null },
  size: { width: number; height: number },
  { at, curves }: Arranged,
): { isInSight: (place: { x: number; y: number }) => boolean; follow: () => void } {
  const [, setScrolled] = useState(0);
  const waiting = useRef(false);
  const isPrinted = usePrinted();
  const isLarge = at.length > MOST_DRAWN || curves.length > 2 * MOST_DRAWN;
  const box = scroller.current;
  const [left, top] = [box?.scrollLeft ?? 0, box?.scrollTop ?? 0];
  return {
    isInSight: ({ x, y }) =>
      !isLarge || isPrinted ||
      (x > left - CARD.width - BESIDE && x < left + size.width + BESIDE && y > top - CARD.height - BESIDE && y < top + size.height + BESIDE),
    follow: () => {
      if (!isLarge || waiting.current) return;
      waiting.current = true;
      requestAnimationFrame(() => {
        waiting.current = false;
        setScrolled((n) => n + 1);
      });
    },
  };
}

/** When a lineage is opened its start is in sight, wherever it stands. */
function useStartInSight(scroller: { current: HTMLDivElement | null }, placed: Arranged, found: Lineage, follow: () => void): void {
  const before = useRef<{ hops: number; x: number; y: number } | null>(null);
  useLayoutEffect(() => {
    const box = scroller.current;
    // Once the place of the window is known.
    if (!box || box.clientWidth === 0) return;
    const { x, y } = placed.start;
    const last = before.current;
    before.current = { hops: found.hops, x, y };
    if (last?.hops === found.hops) {
      // What is opened on its left does not move it.
      box.scrollLeft += x - last.x;
      box.scrollTop += y - last.y;
      return;
    }
    const start = placed.left(0);
    if (found.direction === "up") box.scrollLeft = start + CARD.width + CARD.gap - box.clientWidth;
    else if (found.direction === "both") box.scrollLeft = start + CARD.width / 2 - box.clientWidth / 2;
    box.scrollTop = placed.start.y + CARD.height / 2 - HEAD / 2 - box.clientHeight / 2;
    follow();
  }, [placed]);
}

// --- keyboard ----------------------------------------------------------------------------------

interface Stop {
  readonly id: string;
  readonly column: number;
  readonly y: number;
}

/** What the keyboard stops at: cards, and what opens more beside them, in columns of their own. */
function stopsOf(placed: Arranged, drawing: LineageCards): Stop[] {
  return drawing.columns.flatMap(({ step, cards }) =>
    cards.flatMap((index): Stop[] => {
      const { y } = placed.at[index];
      const own = [{ id: `card ${index}`, column: step, y }];
      if (drawing.cards[index].further.length > 0) own.push({ id: `further ${index}`, column: step + (step < 0 ? -0.5 : 0.5), y });
      if (step === 0 && placed.behind !== 0) own.push({ id: "behind", column: 0.5 * placed.behind, y });
      return own;
    }),
  );
}

const startOf = (drawing: LineageCards, { node }: Lineage): string => `card ${drawing.cards.findIndex((card) => card.step === 0 && card.node === node)}`;

const ALONG: Record<string, [along: "column" | "y", sign: 1 | -1]> = {
  ArrowRight: ["column", 1],
  ArrowLeft: ["column", -1],
  ArrowDown: ["y", 1],
  ArrowUp: ["y", -1],
};

/** Where an arrow key leads: the next in the column, or the nearest in the next column. */
function movedBy(key: string, stops: readonly Stop[], from: string): Stop | null {
  const here = stops.find(({ id }) => id === from);
  const [along, sign] = ALONG[key] ?? [];
  if (!here || !along || !sign) return null;
  const distance = (stop: Stop): number => Math.abs(stop.y - here.y) + 1e5 * Math.abs(stop.column - here.column);
  return stops
    .filter((stop) => (along === "y" ? stop.column === here.column && sign * (stop.y - here.y) > 0 : sign * (stop.column - here.column) > 0))
    .reduce<Stop | null>((nearest, stop) => (nearest && distance(nearest) <= distance(stop) ? nearest : stop), null);
}

