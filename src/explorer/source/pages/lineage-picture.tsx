// The picture of a lineage: cards in columns, lines between them, and what is further at its ends.

import { Fragment, type JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { onPaper, usePrinted } from "../app/media";
import { counted, number } from "../app/parts";
import { Sideways } from "../app/sideways";
import type { Lineage } from "../model/lineage";
import type { Card, CardLine, LineageCards } from "../model/lineage-cards";
import { contradictedBy } from "../model/lineage-left";
import type { View } from "../model/types";
import { scoreText } from "../model/words";
import { Measure } from "../picture/measure";
import { fitted, type Room } from "../picture/naming";
import { arranged, CARD, HEAD, STUB, type Arranged, type Curve } from "./lineage-places";
import { nothingWords } from "./lineage-acts";
import type { News } from "./lineage-opened";
import { behindWords, isTwoSided, nodesCounted, stepWords } from "./lineage-parts";

interface PictureProps {
  app: App;
  view: View;
  found: Lineage;
  drawing: LineageCards;
  /** The node to which the way is shown, -1 for none. */
  chosen: number;
  choose: (node: number) => void;
  /** Open nodes in place, and give the keyboard to what is new. */
  open: (nodes: readonly number[], shown?: readonly number[]) => void;
  /** What was opened last and is to be brought into sight. */
  news: News | null;
}

const measure = new Measure();
const OF_EDGES = 24; // pixels of a card that are not for text
const ROOM_OF_SCORE = 44;
const ROOM_OF_BADGE = 28;
const LARGE = 10 / 12; // scale at which no text is below twelve pixels

export function LineagePicture({ app, view, found, drawing, chosen, choose, open: openAndShow, news }: PictureProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 1000, height: 600 });
  const [showsOther, setShowsOther] = useState(false);
  const [pointed, setPointed] = useState(-1);
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
    () => linesOf(drawing, showsOther, onPath, new Set([pointed, drawing.cardOf(chosen)])),
    [drawing, showsOther, onPath, pointed, chosen],
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
  const point = (index: number): object => ({ onPointerEnter: () => setPointed(index), onPointerLeave: () => setPointed(-1), onFocusCapture: () => setPointed(index), onBlurCapture: () => setPointed(-1) });
  const rejected = useMemo(() => contradictedBy(view, found), [view.status, found]);
  const nothing = drawing.cards.length < 2;
  const { isInSight, follow } = useSight(scroller, size, placed);
  useStartInSight(scroller, placed, size.width, found, follow);
  const first = useRef<News | null>(news);
  useLayoutEffect(() => {
    if (!news || news === first.current) return;
    first.current = news;
    const card = drawing.cardOf(news.node);
    if (card < 0) return;
    bringIntoSight(scroller.current!, placed.at[card], placed.card);
    wanted.current = `card ${card}`;
    setAt(`card ${card}`);
    follow();
  }, [news, placed]);
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
          <div class={`lineage-canvas${isForPaper(placed) ? "" : " is-for-screens"}`} style={{ width: `${placed.width}px`, height: `${placed.height}px`, "--zoom-on-paper": String(zoomOnPaper(placed)) }}>
            <div class="lineage-heads">
              {drawing.columns.map(({ step, cards }) => (
                <div class="lineage-column-head" data-beyond="step" key={step} style={{ left: `${placed.left(step)}px`, width: `${placed.card}px` }}>
                  <h2>{stepWords(step, isBoth)}</h2>
                  {step !== 0 && <span class="lineage-quiet">{nodesCounted(found.pack, cards.flatMap((card) => drawing.cards[card].members))}</span>}
                </div>
              ))}
              {placed.furtherAt.map((left) => <span key={left} class="lineage-further lineage-quiet" style={{ left: `${left}px` }}>further</span>)}
            </div>
            <svg class="lineage-lines" width={placed.width} height={placed.height} aria-hidden="true">
              {placed.bundles.map(({ step, path, arrows }) => (
                <g class="lineage-bundle" key={step}>
                  <path class="lineage-trunk" d={path} />
                  <path class="lineage-arrow" d={arrows} />
                </g>
              ))}
              {inOrder(curves, onPath).map((curve) => <Line key={curve.key} curve={curve} isOnPath={curve.links.some((link) => onPath.has(link))} />)}
            </svg>
            {placed.bundles.flatMap(({ step, totals }) =>
              totals.filter(({ card }) => isInSight(placed.at[card])).map(({ card, x, y, links, isApproved }) => (
                <span key={`${step} ${card}`} class="lineage-middle has-count" style={{ left: `${x}px`, top: `${y}px` }}>
                  {isApproved && <Icon sign="approved" says="approved" />}
                  {counted(links, "link")}
                </span>
              )),
            )}
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
                      style={{ left: `${x}px`, top: `${y}px`, width: `${placed.card}px` }}
                      {...point(index)}
                      {...(card.isGroup ? { "aria-expanded": false } : isStart ? {} : { "aria-pressed": chosen === card.node })}
                      title={found.pack.marked(card.node)}
                      onClick={() => (card.isGroup ? openAndShow([card.node], card.members) : choose(isStart ? -1 : card.node))}
                      {...stop(`card ${index}`)}
                    >
                      <Face found={found} card={card} room={placed.card - OF_EDGES} isRejected={rejected.has(card.node)} />
                    </button>
                    {card.further.length > 0 && (
                      <Further found={found} card={card} x={x} y={y} width={placed.card} open={openAndShow} stop={stop(`further ${index}`)} />
                    )}
                    {isStart && found.nBehind > 0 && !found.isBehindOpen && (
                      <Behind found={found} x={x} y={y} width={placed.card} open={openAndShow} stop={stop("behind")} />
                    )}
                  </Fragment>
                );
              }),
            )}
          </div>
          {nothing && <p class="lineage-nothing">{nothingWords(found)}</p>}
        </div>
      </Sideways>
      <Foot app={app} found={found} drawing={drawing} showsOther={showsOther} show={setShowsOther} />
    </>
  );
}

const inOrder = (curves: readonly Curve[], onPath: ReadonlySet<number>): Curve[] => {
  const isOn = ({ links }: Curve): number => Number(links.some((link) => onPath.has(link)));
  return [...curves].sort((x, y) => isOn(x) - isOn(y));
};

/** A name on a card: on two lines before it is small, and small before it is cut. */
function Name({ of, class: kind, ...room }: Room & { of: string; class: string }): JSX.Element {
  const large = fitted({ measure, scale: LARGE }, of, room);
  const { lines, size, step } = large.isWhole ? large : fitted({ measure, scale: 1 }, of, room);
  return (
    <bdi class={kind} {...(size < room.size || lines.length > 1 ? { style: { fontSize: `${size}px`, ...(step ? { lineHeight: `${step}px` } : {}) } } : {})}>
      {lines.map((line, at) => <Fragment key={at}>{at > 0 && <br />}{line}</Fragment>)}
    </bdi>
  );
}

/** What is written on a card. */
function Face({ found, card, room, isRejected }: { found: Lineage; card: Card; room: number; isRejected: boolean }): JSX.Element {
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
  const roomAbove = room - ROOM_OF_BADGE - (isRejected ? 20 : 0) - (count ? measure.width(count, 12, 400) + 8 : 0);
  return (
    <>
      <span class="lineage-card-line">
        <Badge pack={pack} system={pack.system[node]} />
        <Name class="lineage-table" of={above} width={roomAbove} height={24} size={12} weight={400} />
        {count && <span class="lineage-count">{count}</span>}
        {isRejected && <Icon sign="contradiction" says="Rejected as being the same as the start" />}
      </span>
      <span class="lineage-card-line">
        <Name class="lineage-own" of={own} width={room - (isStart ? 0 : ROOM_OF_SCORE)} height={30} size={15} weight={600} />
        {!isStart && <span class="lineage-score">{scoreText(card.confidence)}</span>}
      </span>
    </>
  );
}

/** Lines that are drawn one by one: those of crowded gaps only for cards that are pointed at or chosen. */
function linesOf({ lines, bundled, cards }: LineageCards, showsOther: boolean, onPath: ReadonlySet<number>, near: ReadonlySet<number>): CardLine[] {
  return lines.filter(({ from, to, isForward, links }) => {
    const isApart = isForward ? !bundled.has(cards[from].step) : showsOther && bundled.size === 0;
    return isApart || ((isForward || showsOther) && (near.has(from) || near.has(to))) || links.some((link) => onPath.has(link));
  });
}

interface StubProps {
  found: Lineage;
  x: number;
  y: number;
  width: number;
  /** Open nodes, and bring what is new into sight: some of these, or whatever it is. */
  open: (nodes: readonly number[], shown?: readonly number[]) => void;
  stop: object;
}

/** What is a step further: how much, and a button that opens it in place. */
function Further({ found, card, x, y, width, open, stop }: StubProps & { card: Card }): JSX.Element {
  const n = card.further.length;
  const left = card.step < 0 ? x - STUB.gap : x + width + STUB.gap;
  const what = `${nodesCounted(found.pack, card.further)} further`;
  return (
    <button type="button" class={`lineage-stub${card.step < 0 ? " is-left" : ""}`} style={{ left: `${left}px`, top: `${y + CARD.height / 2 - 14}px` }} title={`Open ${what}`} onClick={() => openFurther(found, card, open)} {...stop}>
      <span aria-hidden="true">+{number(n)}</span><span class="visually-hidden">Open {what} from {found.pack.marked(card.node)}</span>
    </button>
  );
}

const MOST_OPENED = 20; // members of a group that are opened a step further at once

function openFurther(found: Lineage, card: Card, open: StubProps["open"]): void {
  if (card.members.length > MOST_OPENED) open([card.node], card.members);
  else open(card.members.filter((member) => found.stubs.has(member)), card.further);
}

/** What lies behind the start: what links to it, or what depends on it. */
function Behind({ found, x, y, width, open, stop }: StubProps): JSX.Element {
  const isLeft = found.direction === "down";
  const left = isLeft ? x - STUB.gap : x + width + STUB.gap;
  const words = behindWords(found);
  return (
    <>
      <button type="button" class={`lineage-stub${isLeft ? " is-left" : ""}`} style={{ left: `${left}px`, top: `${y + CARD.height / 2 - 14}px` }} title={`Open ${number(found.nBehind)} that ${words}`} onClick={() => open([found.node])} {...stop}>
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
}

function Foot({ app, found, drawing, showsOther, show }: FootProps): JSX.Element {
  const further = Math.max(0, ...drawing.cards.map((card) => card.further.length));
  const hasGroups = drawing.cards.some(({ isGroup }) => isGroup);
  const { nOther } = drawing;
  const { more } = app.store.state;
  return (
    <footer class="lineage-foot">
      <span><Sample isApproved /> approved</span>
      <span><Sample /> suggested</span>
      {further > 0 && <span><b>+{number(further)}</b> opens {nodesCounted(found.pack, new Array<number>(further).fill(found.pack.first[2]))} more</span>}
      {hasGroups && <span>a pile opens into its fields</span>}
      {drawing.bundled.size > 0 && <span>point at a card for its lines</span>}
      <span class="lineage-gap" />
      {more.size > 0 && <button type="button" onClick={() => app.store.set({ more: new Set() }, "push")}>Close what is opened</button>}
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

const PAPER = { width: 680, height: 3000 } as const; // pixels of an upright sheet, and of three of them
const LEAST_ON_PAPER = 0.6; // of its size, so that its texts are read

const zoomOnPaper = ({ width }: Arranged): number => Math.min(1, Math.round((100 * PAPER.width) / width) / 100);

/** Whether a picture can be read on paper; of others the list is printed. */
const isForPaper = (placed: Arranged): boolean => zoomOnPaper(placed) >= LEAST_ON_PAPER && placed.height * zoomOnPaper(placed) <= PAPER.height;

/** Scroll as little as shows a whole card. */
function bringIntoSight(box: HTMLElement, { x, y }: { x: number; y: number }, width: number): void {
  const beside = 24; // pixels left beside it
  const along = (now: number, from: number, to: number, room: number): number => (from < now ? from : to > now + room ? to - room : now);
  box.scrollLeft = along(box.scrollLeft, x - beside, x + width + beside, box.clientWidth);
  box.scrollTop = along(box.scrollTop, y - HEAD - 8, y + CARD.height + beside, box.clientHeight);
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
function useStartInSight(scroller: { current: HTMLDivElement | null }, placed: Arranged, room: number, found: Lineage, follow: () => void): void {
  const before = useRef<{ hops: number; room: number; x: number; y: number } | null>(null);
  useLayoutEffect(() => {
    const box = scroller.current;
    // Once the place of the window is known.
    if (!box || box.clientWidth === 0) return;
    const { x, y } = placed.start;
    const last = before.current;
    before.current = { hops: found.hops, room, x, y };
    // Columns have other places in another window.
    if (last?.hops === found.hops && last.room === room) {
      // What is opened on its left does not move it.
      box.scrollLeft += x - last.x;
      box.scrollTop += y - last.y;
      return;
    }
    const start = placed.left(0);
    if (found.direction === "up") box.scrollLeft = start + placed.card + placed.gap - box.clientWidth;
    else if (found.direction === "both") box.scrollLeft = wholeBefore(placed, start, box.clientWidth);
    box.scrollTop = placed.start.y + CARD.height / 2 - HEAD / 2 - box.clientHeight / 2;
    follow();
  }, [placed]);
}

/** Where a picture begins so that the start is in the middle, or beside it, and no column is cut on the left. */
function wholeBefore({ card, gap, width }: Arranged, start: number, room: number): number {
  if (width <= room) return 0;
  const inSight = Math.max(1, Math.round(room / (card + gap)));
  return start - Math.floor((inSight - 1) / 2) * (card + gap) - gap / 2;
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

