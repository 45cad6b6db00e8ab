// What holds a concept together: its joins as a tree, with the handle that moves the threshold.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { openLink, type App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { holdingWords, joinsCounted, regionWords } from "../model/holding-words";
import { historyOf, holdingOf, type History } from "../model/history-of";
import type { Pack } from "../model/pack";
import { fieldsCounted, plain } from "../model/sentence";
import { treeOf, type Tree, type TreeRow } from "../model/tree-rows";
import type { Members, View } from "../model/types";
import { counted, floored, scoreText } from "../model/words";
import { Measure } from "../picture/measure";
import { Said } from "./concept-parts";

const ROW = 28;
const PHONE_ROW = 44;
const TOP = 34; // room for the marks of the axis
const BOTTOM = 34; // room for the words of the handle
const NARROW = 520; // pixels, below which there are fewer marks
const SIZE = 12; // pixels of a letter
const MAX_BRACKETS = 3;
const SETTLED = 150; // milliseconds after which a moved handle counts

interface Shown {
  app: App;
  view: View;
  /** The clusters at the lowest setting since the concept was opened, and the one that is drawn. */
  drawn: Members;
  cluster: number;
  leaf: number;
  setLeaf: (node: number) => void;
}

const measure = new Measure();

/** The tree, and the answer in words; null where the method has no tree. */
export function ConceptTree(shown: Shown): JSX.Element | null {
  const { app, view, drawn, cluster } = shown;
  const { pack } = view;
  const { threshold } = view.state;
  const history = useMemo(() => historyOf(view, drawn, cluster), [drawn, view.status, view.setting, cluster]);
  const [moving, setMoving] = useState<number | null>(null);
  const waiting = useRef(0);
  useEffect(() => () => clearTimeout(waiting.current), []);
  useEffect(() => setMoving(null), [threshold]);
  if (!history) return null;
  const at = moving ?? threshold;
  const commit = (value: number) => {
    clearTimeout(waiting.current);
    app.store.set({ threshold: value });
    setMoving(null);
  };
  const move = (value: number) => {
    const next = Math.round(100 * Math.max(0, Math.min(1, value))) / 100;
    setMoving(next);
    clearTimeout(waiting.current);
    waiting.current = window.setTimeout(() => commit(next), SETTLED);
  };
  const answer = holdingWords(pack, history, at);
  return (
    <section class="concept-tree" aria-label="What holds it together">
      <div class="row">
        <h2 class="section-title">What holds it together</h2>
        <span class="secondary">further left = held more firmly</span>
      </div>
      <Picture {...shown} history={history} at={at} move={move} said={plain(pack, answer)} />
      <p class="answer" aria-live="polite"><Said pack={pack} sentence={answer} /></p>
    </section>
  );
}

interface Moved {
  history: History;
  at: number;
  move: (value: number) => void;
  said: string;
}

function Picture({ app, view, drawn, cluster, leaf, setLeaf, history, at, move, said }: Shown & Moved): JSX.Element {
  const { pack } = view;
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => setWidth(Math.max(280, element.clientWidth));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const rejected = useMemo(
    () => view.contradictions.filter(({ link }) => drawn.labels[pack.source[link]] === cluster && drawn.labels[pack.target[link]] === cluster).map(({ link }) => link),
    [view.contradictions, drawn, cluster],
  );
  const first = rejected.flatMap((link) => [pack.source[link], pack.target[link]]);
  const tree = useMemo(() => treeOf(pack, history, opened, first), [history, opened, rejected]);
  const narrow = width < NARROW;
  const row = matchMedia("(max-width: 800px)").matches ? PHONE_ROW : ROW;
  const gutter = rejected.length ? 22 : 0;
  const labels = gutter + Math.round(Math.min(304, (width - gutter) * (narrow ? 0.46 : 0.42)));
  const approvedAt = labels + (narrow ? 18 : 40);
  const [left, right] = [approvedAt + (narrow ? 30 : 52), width - 22];
  const x = (value: number) => left + (right - left) * (1 - value);
  const y = (place: number) => TOP + row * (place + 0.5);
  const bottom = TOP + row * tree.rows.length;
  const height = bottom + BOTTOM;
  const holding = holdingOf(history);
  const marks = narrow ? [1, 0.5, 0] : [1, 0.8, 0.6, 0.4, 0.2, 0];
  const rowOf = useMemo(() => {
    const found = new Map<number, number>();
    tree.rows.forEach(({ nodes }, index) => nodes.forEach((node) => found.set(node, index)));
    return found;
  }, [tree]);
  const here = view.clusters.labels[view.state.focus?.kind === "cluster" ? view.state.focus.member : -1] ?? -1;
  return (
    <div class="tree-picture" ref={box} style={{ height: `${height}px` }}>
      <svg width={width} height={height} aria-hidden="true">
        {holding.lowest !== null && at <= holding.lowest && (
          <rect class="region" x={x(holding.lowest)} y={TOP} width={Math.max(0, x(at) - x(holding.lowest))} height={bottom - TOP}><title>{regionWords(history)}</title></rect>
        )}
        {marks.map((mark) => (
          <g key={mark}>
            <line class="mark-line" x1={x(mark)} x2={x(mark)} y1={TOP} y2={bottom} />
            <text class="mark-text" x={x(mark)} y={TOP - 12} text-anchor="middle">{mark}</text>
          </g>
        ))}
        {tree.blocks.length > 0 && <text class="mark-text is-strong" x={approvedAt + (narrow ? 9 : 0)} y={TOP - 12} text-anchor={narrow ? "end" : "middle"}>approved</text>}
        <Lines tree={tree} labels={labels} approvedAt={approvedAt} x={x} y={y} at={at} />
        {rejected.slice(0, MAX_BRACKETS).map((link, index) => {
          const ends = [rowOf.get(pack.source[link]), rowOf.get(pack.target[link])];
          if (ends[0] === undefined || ends[1] === undefined) return null;
          const [above, below] = ends.map((place) => y(place!)).sort((one, other) => one - other);
          const side = 10 - 3 * index;
          return <path key={link} class="bracket" d={`M18 ${above}H${side}V${below}H18`} />;
        })}
      </svg>
      {rejected.slice(0, MAX_BRACKETS).map((link) => {
        const ends = [rowOf.get(pack.source[link]), rowOf.get(pack.target[link])];
        if (ends[0] === undefined || ends[1] === undefined) return null;
        return <span key={link} class="bracket-sign" style={{ top: `${(y(ends[0]) + y(ends[1])) / 2 - 8}px` }}><Icon sign="rejected" /></span>;
      })}
      <ul class="leaves" style={{ top: `${TOP}px`, left: `${gutter}px`, width: `${labels - gutter - 6}px` }}>
        <Leaves
          pack={pack}
          rows={tree.rows}
          height={row}
          room={labels - gutter - 46}
          lines={row === PHONE_ROW ? 2 : 1}
          leaf={leaf}
          apart={(nodes) => here >= 0 && nodes.every((node) => view.clusters.labels[node] !== here)}
          choose={(one) => {
            if (one.nodes.length === 1) setLeaf(one.nodes[0] === leaf ? -1 : one.nodes[0]);
            else setOpened(new Set([...opened, one.key]));
          }}
        />
      </ul>
      <Ticks tree={tree} approvedAt={approvedAt} y={y} />
      <Pills app={app} view={view} tree={tree} x={x} y={y} right={width} />
      <Handle at={at} x={x} top={TOP} bottom={bottom} width={width} move={move} said={said} region={regionWords(history)} drawn={joinsCounted(history)} />
      {opened.size > 0 && <button type="button" class="link act close-groups" onClick={() => setOpened(new Set())}>Close the groups</button>}
    </div>
  );
}

interface Scales {
  x: (value: number) => number;
  y: (row: number) => number;
}

function Lines({ tree, labels, approvedAt, x, y, at }: Scales & { tree: Tree; labels: number; approvedAt: number; at: number }): JSX.Element {
  const from = (side: Tree["root"]) => (side.from === "row" ? labels : side.from === "approved" ? approvedAt : x(side.from));
  const end = x(at);
  const last = from(tree.root);
  return (
    <>
      {tree.blocks.map(({ rows }) => (
        <g key={`block ${rows[0]}`} class="approved-lines">
          {rows.map((row) => <line key={row} x1={labels} x2={approvedAt} y1={y(row)} y2={y(row)} />)}
          {rows.length > 1 && <line x1={approvedAt} x2={approvedAt} y1={y(rows[0])} y2={y(rows.at(-1)!)} />}
        </g>
      ))}
      {tree.joins.map(({ height, sides, link }) => {
        const [one, other] = sides;
        return (
          <path
            key={`join ${link} ${one.middle} ${other.middle}`}
            class={`join-line${height < at ? " is-split" : ""}`}
            d={`M${from(one)} ${y(one.middle)}H${x(height)}V${y(other.middle)}H${from(other)}`}
          />
        );
      })}
      {tree.rows.length > 0 && last < end && <path class={`join-line${tree.joins.length ? "" : " is-whole"}`} d={`M${last} ${y(tree.root.middle)}H${end}`} />}
    </>
  );
}

/** The sign of approval where each block ends. */
function Ticks({ tree, approvedAt, y }: { tree: Tree; approvedAt: number; y: Scales["y"] }): JSX.Element {
  return (
    <>
      {tree.blocks.map(({ rows, middle }) => (
        <span key={rows[0]} class="tick" style={{ left: `${approvedAt - 9}px`, top: `${y(middle) - 9}px` }} aria-hidden="true"><Icon sign="approved" /></span>
      ))}
    </>
  );
}

function Leaves({ pack, rows, height, room, lines, leaf, apart, choose }: {
  pack: Pack;
  rows: readonly TreeRow[];
  height: number;
  /** Pixels for a name, and lines. */
  room: number;
  lines: number;
  leaf: number;
  apart: (nodes: readonly number[]) => boolean;
  choose: (row: TreeRow) => void;
}): JSX.Element {
  // Both parts of a name share the room, or have a line each; what is too long loses its middle, and
  // never what tells it apart.
  const texts = useMemo(() => {
    const parts = rows.map(({ nodes: [node] }) => {
      const own = pack.level(node) === 1 ? pack.tableName(node) : pack.name[node];
      return { own, above: pack.level(node) === 2 ? pack.tableName(node) : "" };
    });
    const [owns, aboves] = [parts.map(({ own }) => own), parts.map(({ above }) => above)];
    const ownWidth = (text: string) => measure.width(text, SIZE, 600);
    const aboveWidth = (text: string) => measure.width(text, SIZE, 400);
    return parts.map(({ own, above }) => {
      const least = lines > 1 ? room : Math.min(aboveWidth(above), 0.4 * room);
      const ownText = measure.clip(own, lines > 1 ? room : room - least - 4, SIZE, 600, "", owns);
      return { own: ownText, above: measure.clip(above, lines > 1 ? room : room - ownWidth(ownText) - 4, SIZE, 400, "", aboves) };
    });
  }, [rows, room, lines]);
  return (
    <>
      {rows.map((row, at) => (
        <li key={row.key} style={{ height: `${height}px` }}>
          <button
            type="button"
            class={`leaf${apart(row.nodes) ? " is-apart" : ""}`}
            aria-pressed={row.nodes.length === 1 ? row.nodes[0] === leaf : undefined}
            aria-expanded={row.nodes.length > 1 ? false : undefined}
            title={row.nodes.length > 1 ? `Show these ${fieldsCounted(pack, row.nodes.length)}` : pack.marked(row.nodes[0])}
            onClick={() => choose(row)}
          >
            {row.nodes.length > 1 ? (
              <>
                {row.system >= 0 ? <Badge pack={pack} system={row.system} named /> : <span class="badge-system" aria-hidden="true">{"\u22ef"}</span>}
                <span class="words"><b>{fieldsCounted(pack, row.nodes.length)}</b> of {row.system >= 0 ? <bdi>{pack.name[row.system]}</bdi> : counted(new Set(row.nodes.map((node) => pack.system[node])).size, "system")}</span>
              </>
            ) : (
              <>
                <Badge pack={pack} system={pack.system[row.nodes[0]]} />
                <span class={`words${pack.deleted[row.nodes[0]] ? " is-deleted" : ""}`}>
                  {lines === 1 && texts[at].above && <><bdi class="quiet">{texts[at].above}</bdi>{" "}</>}
                  <bdi class="own">{texts[at].own}</bdi>
                  {lines > 1 && texts[at].above && <bdi class="quiet below">{texts[at].above}</bdi>}
                  <span class="visually-hidden">{pack.mark(row.nodes[0])}{apart(row.nodes) ? ", split off at this setting" : ""}</span>
                </span>
              </>
            )}
          </button>
        </li>
      ))}
    </>
  );
}

const PILL = { width: 40, height: 20 };

/** The height of each join, which opens the link that made it; where there is no room, a dot. */
function Pills({ app, view, tree, x, y, right }: Scales & { app: App; view: View; tree: Tree; right: number }): JSX.Element {
  const { pack } = view;
  const taken: { left: number; top: number }[] = [];
  return (
    <>
      {tree.joins.map(({ height, link, middle, sides }) => {
        const place = { left: Math.max(x(height) - PILL.width / 2, 0), top: y(middle) - PILL.height / 2 };
        // Beside its line it hides least of it.
        place.left = Math.min(x(height) + 5, right - PILL.width);
        const isFree = taken.every((other) => Math.abs(other.left - place.left) >= PILL.width || Math.abs(other.top - place.top) >= PILL.height);
        if (isFree) taken.push(place);
        const text = scoreText(height);
        const ends = link < 0 ? "" : `${pack.marked(pack.source[link])} = ${pack.marked(pack.target[link])}`;
        const title = link < 0 ? `Joined from ${floored(height)}` : `Joined from ${floored(height)}; its strongest link is ${ends}`;
        return (
          <button
            type="button"
            key={`${link} ${sides[0].middle} ${middle}`}
            class={isFree ? "join-pill" : "join-pill is-dot"}
            disabled={link < 0}
            title={title}
            aria-label={`${title}. Open it.`}
            style={{ left: `${isFree ? place.left : x(height) - 6}px`, top: `${isFree ? place.top : y(middle) - 6}px` }}
            onClick={() => openLink(app, link)}
          >
            {isFree ? text : ""}
          </button>
        );
      })}
    </>
  );
}

const STEPS: Record<string, number> = {
  // To the left is firmer, as the axis is drawn.
  ArrowLeft: 0.01, ArrowUp: 0.01, ArrowRight: -0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1,
};

function Handle({ at, x, top, bottom, width, move, said, region, drawn }: {
  at: number;
  x: Scales["x"];
  top: number;
  bottom: number;
  width: number;
  move: (value: number) => void;
  said: string;
  region: string;
  drawn: string;
}): JSX.Element {
  const knob = useRef<HTMLDivElement>(null);
  const place = x(at);
  const text = `joined from ${at.toFixed(2)}`;
  const atRight = place < width / 2;
  const drag = (event: JSX.TargetedPointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const begin = knob.current!.parentElement!.getBoundingClientRect().left;
    move((x(0) - (event.clientX - begin)) / (x(0) - x(1)));
  };
  return (
    <>
      <div class="handle-line" style={{ left: `${place - 1}px`, top: `${top}px`, height: `${bottom - top}px` }} />
      <div
        ref={knob}
        class="handle-knob"
        role="slider"
        tabIndex={0}
        aria-label="Joined from"
        aria-description={`${region} ${drawn}`}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={at}
        aria-valuetext={`${text}. ${said}`}
        style={{ left: `${place - 14}px`, top: `${top}px`, height: `${bottom - top + 22}px` }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          event.currentTarget.focus({ preventScroll: true });
        }}
        onPointerMove={drag}
        onKeyDown={(event) => {
          const step = STEPS[event.key];
          if (step !== undefined) move(at + step);
          else if (event.key === "Home") move(0);
          else if (event.key === "End") move(1);
          else return;
          event.preventDefault();
        }}
      >
        <span class="grip" aria-hidden="true" />
      </div>
      <span class={`handle-text${atRight ? " at-right" : ""}`} style={{ top: `${bottom + 2}px`, ...(atRight ? { left: `${place + 14}px` } : { right: `${width - place + 14}px` }) }} aria-hidden="true">{text}</span>
    </>
  );
}

