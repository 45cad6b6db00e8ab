// Up to eight systems as a picture: a line is the concepts that two of them hold.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { openPair, type App } from "../app/app";
import { Badge, Key } from "../app/icons";
import { onPaper } from "../app/media";
import { breakable, counted, number } from "../app/parts";
import { leastNumbered, type Overlap, type SystemPair } from "../model/overlap";
import type { Pack } from "../model/pack";
import type { View } from "../model/types";
import { arranged, curveBetween, labelPlaces, middles, pathOf, type Size } from "./map-place";
import { choosePair, namesOf, onArrows, type Chosen } from "./map-parts";

const BOX: Size = { width: 180, height: 76 };
const SMALL: Size = { width: 148, height: 76 };
const MARGIN = 24;
const MAX_WIDTH = 1180; // farther apart, lines say less
const MAX_HEIGHT = 760;
const MAX_NAME = 24; // characters, on three lines
const MAX_IN_SMALL = 18;
const LONG = 14; // characters that need more than one
const THIN = 1.2;
const THICK: readonly [least: number, most: number] = [2.5, 11];

export function SystemsPicture({ app, view, overlap, at }: { app: App; view: View; overlap: Overlap; at: Chosen | null }): JSX.Element {
  const { pack } = view;
  const { systems, held, tables } = overlap;
  const room = useRef<HTMLDivElement>(null);
  const size = useSize(room);
  const box = size.width < 640 ? SMALL : BOX;
  const lines = overlap.pairs.filter(({ concepts }) => concepts > 0);
  const order = useMemo(() => orderOf(pack, systems), [pack, systems.join(" ")]);
  const placed = useMemo(() => {
    const points = middles(systems.length, { width: Math.max(box.width, size.width), height: Math.max(box.height, size.height) }, box);
    const middleOf = new Map(order.map((system, place) => [system, points[place]]));
    const curveOf = (pair: SystemPair) => {
      const [from, to] = [middleOf.get(pair.a)!, middleOf.get(pair.b)!];
      return curveBetween(from, to, points.filter((point) => point !== from && point !== to), box);
    };
    const curves = lines.map(curveOf);
    const least = leastNumbered(lines);
    const isNumbered = lines.map(({ concepts }) => concepts >= least);
    const strong = curves.filter((_, index) => isNumbered[index]);
    const labels = labelPlaces(strong, points, box);
    const labelOf = new Map(strong.map((curve, index) => [curve, labels[index]]));
    return { middleOf, least, lines: lines.map((pair, index) => ({ pair, curve: curves[index], label: labelOf.get(curves[index]) ?? null })) };
  }, [overlap, order, size.width, size.height]);
  const greatest = lines[0]?.concepts ?? 1;
  const widthOf = (concepts: number): number => THICK[0] + ((THICK[1] - THICK[0]) * (concepts - placed.least)) / Math.max(1, greatest - placed.least);
  const isAt = ({ a, b }: SystemPair): boolean => at?.a === a && at.b === b;
  const stop = placed.lines.some(({ pair }) => isAt(pair)) ? at : (lines[0] ?? null);
  const name = namesOf(pack, systems, box === SMALL ? MAX_IN_SMALL : MAX_NAME);
  return (
    <>
      <div class="map-picture" ref={room}>
        {size.width > 0 && (
          <div class="map-systems" style={{ width: `${size.width}px`, height: `${size.height}px`, "--wide": size.width, "--tall": size.height }}>
            <svg width={size.width} height={size.height} role="group" aria-label="Lines between systems" data-roving onKeyDown={onArrows}>
              {placed.lines.map(({ pair, curve, label }) => {
                const d = pathOf(curve);
                return (
                  <g
                    key={`${pair.a} ${pair.b}`}
                    class={`map-line${isAt(pair) ? " is-at" : ""}`}
                    data-pair={`${pair.a} ${pair.b}`}
                    data-stop
                    role="button"
                    tabIndex={stop?.a === pair.a && stop.b === pair.b ? 0 : -1}
                    aria-pressed={isAt(pair)}
                    aria-label={`${pack.marked(pair.a)} and ${pack.marked(pair.b)}: ${counted(pair.concepts, "concept")} in both`}
                    onFocus={() => choosePair(app, pair)}
                    onClick={() => choosePair(app, pair)}
                    onDblClick={() => openPair(app, pair.a, pair.b)}
                    onKeyDown={(event) => {
                      if (event.key !== "Enter" && event.key !== " ") return;
                      openPair(app, pair.a, pair.b);
                      event.preventDefault();
                    }}
                  >
                    <path class="map-hit" d={d} />
                    <path class="map-stroke" d={d} stroke-width={label ? widthOf(pair.concepts) : THIN} />
                  </g>
                );
              })}
            </svg>
            {/* Numbers lie over all lines. */}
            {placed.lines.map(({ pair, label }) => label && (
              <span key={`${pair.a} ${pair.b}`} class={`map-number${isAt(pair) ? " is-at" : ""}`} style={{ left: `${label.x}px`, top: `${label.y}px` }} aria-hidden="true" onClick={() => choosePair(app, pair)} onDblClick={() => openPair(app, pair.a, pair.b)}>{number(pair.concepts)}</span>
            ))}
            {order.map((system) => {
              const { x, y } = placed.middleOf.get(system)!;
              const own = at !== null && (at.a === system || at.b === system);
              return (
                <button
                  type="button"
                  key={system}
                  class={`map-box${own ? " is-at" : ""}`}
                  style={{ left: `${x - box.width / 2}px`, top: `${y - box.height / 2}px`, width: `${box.width}px`, height: `${box.height}px`, "--own": `var(--b${system < 7 ? system : 7})` }}
                  title={`${pack.marked(system)}: what is inside it`}
                  onClick={() => openPair(app, system, system)}
                >
                  <span class={`map-box-name${name(system).length > LONG ? " is-long" : ""}`}><Badge pack={pack} system={system} named />{"\u00a0"}<bdi>{breakable(name(system))}</bdi></span>
                  <span class="secondary">{counted(tables[system], "table")}, {counted(held[system], "concept")}</span>
                </button>
              );
            })}
          </div>
        )}
      </div>
      <footer class="map-foot secondary">
        <span><svg width="34" height="10" aria-hidden="true"><path class="map-stroke" d="M0 5H34" stroke-width="7" /></svg> concepts that both hold{placed.lines.length ? `, ${number(placed.least)} and more` : ""}</span>
        {placed.lines.some(({ label }) => !label) && <span><svg width="34" height="10" aria-hidden="true"><path class="map-stroke" d="M0 5H34" stroke-width="1.2" /></svg> fewer</span>}
        <span class="map-hint key-hint"><Key>Enter</Key> opens the two systems</span>
      </footer>
    </>
  );
}

/** Systems by place. It depends on the pack alone, so that nothing moves while the reader filters. */
function orderOf(pack: Pack, systems: readonly number[]): number[] {
  const place = new Map(systems.map((system, at) => [system, at]));
  const weights = systems.map(() => new Float64Array(systems.length));
  for (let link = 0; link < pack.nLinks; link += 1) {
    const [x, y] = [place.get(pack.system[pack.source[link]]), place.get(pack.system[pack.target[link]])];
    if (x === undefined || y === undefined || x === y) continue;
    weights[x][y] += 1;
    weights[y][x] += 1;
  }
  return arranged(systems.length, (one, other) => weights[one][other]).map((at) => systems[at]);
}

/** The room of an element, as it is now. */
function useSize(element: { current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const look = () => {
      // On paper it keeps the shape that it has on the screen.
      if (onPaper()) return;
      const { clientWidth, clientHeight } = element.current as HTMLElement;
      setSize({ width: Math.max(0, Math.min(MAX_WIDTH, clientWidth - 2 * MARGIN)), height: Math.max(0, Math.min(MAX_HEIGHT, clientHeight - 2 * MARGIN)) });
    };
    const observer = new ResizeObserver(look);
    observer.observe(element.current as HTMLElement);
    look();
    return () => observer.disconnect();
  }, []);
  return size;
}
