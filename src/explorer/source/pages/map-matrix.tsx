// Systems by systems: in each cell the concepts that both hold, close systems near each other.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { openPair, type App } from "../app/app";
import { Badge, Key } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import { Sideways } from "../app/sideways";
import { shortNames } from "../model/holdings";
import type { Overlap } from "../model/overlap";
import type { Pack } from "../model/pack";
import type { View } from "../model/types";
import { orderOf } from "../picture/order";
import { shortened } from "../picture/shorten";
import { choosePair, type Chosen } from "./map-parts";

const MAX_HEAD = 18; // characters
const WHOLE = 12; // characters that stand on one line
const SHADES = 5;
const MAX_WIDE = 10; // systems whose names stand upright above wide cells

export function Matrix({ app, view, overlap, at }: { app: App; view: View; overlap: Overlap; at: Chosen | null }): JSX.Element {
  const { pack } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const order = useMemo(() => orderOf(pack).systems, [pack]);
  const systems = order.filter((system) => system >= 0 && overlap.systems.includes(system) && overlap.shared[system] > 0);
  const alone = overlap.systems.filter((system) => overlap.shared[system] === 0);
  const short = shortNames(systems.map((system) => pack.name[system]));
  const drawn = useMemo(() => <Cells pack={pack} overlap={overlap} systems={systems} short={short.names} />, [overlap]);
  // Cells are many: the one that is chosen is marked without drawing the others again.
  useLayoutEffect(() => {
    const element = table.current;
    if (!element) return undefined;
    const cell = (one: number, other: number) => element.querySelector<HTMLElement>(`[data-cell="${one} ${other}"]`);
    const before = document.activeElement instanceof HTMLElement && element.contains(document.activeElement) ? document.activeElement : null;
    const marked = before?.matches("td") ? before : ((at && cell(at.a, at.b)) ?? element.querySelector<HTMLElement>("td[data-cell]"));
    if (!marked) return undefined;
    const [one, other] = (marked.dataset["cell"] ?? "").split(" ");
    const heads = [...element.querySelectorAll(`th[data-system="${one}"], th[data-system="${other}"]`)];
    marked.tabIndex = 0;
    marked.setAttribute("aria-selected", "true");
    for (const head of heads) head.classList.add("is-at");
    return () => {
      marked.tabIndex = -1;
      marked.removeAttribute("aria-selected");
      for (const head of heads) head.classList.remove("is-at");
    };
  }, [at?.a, at?.b, drawn]);
  const choose = (target: EventTarget | null) => {
    const ends = (target as HTMLElement).closest<HTMLElement>("[data-cell]")?.dataset["cell"]?.split(" ").map(Number);
    if (ends) choosePair(app, { a: ends[0], b: ends[1] });
    return ends;
  };
  const move = (event: KeyboardEvent) => {
    const from = (event.target as HTMLElement).closest<HTMLTableCellElement>("td");
    if (!from) return;
    if (event.key === "Enter" || event.key === " ") {
      const ends = choose(from);
      if (ends) openPair(app, ends[0], ends[1]);
      event.preventDefault();
      return;
    }
    const row = from.parentElement as HTMLTableRowElement;
    const steps: Record<string, [down: number, right: number]> = { ArrowDown: [1, 0], j: [1, 0], ArrowUp: [-1, 0], k: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], Home: [0, -systems.length], End: [0, systems.length], PageDown: [10, 0], PageUp: [-10, 0] };
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const bound = (place: number) => Math.max(0, Math.min(systems.length - 1, place));
    const next = table.current?.tBodies[0].rows[bound(row.rowIndex - 1 + step[0])].cells[1 + bound(from.cellIndex - 1 + step[1])];
    next?.focus();
    event.preventDefault();
  };
  return (
    <>
      <Sideways scroller={scroller} class="map-sideways">
        <div class="map-scroll" ref={scroller}>
          <table
            class={`map-matrix${systems.length <= MAX_WIDE ? " is-wide" : ""}`}
            ref={table}
            style={{ "--wide": systems.length <= MAX_WIDE ? 190 + 77 * systems.length : 210 + 31 * systems.length }}
            role="grid"
            aria-label="Concepts that two systems both hold"
            onKeyDown={move}
            onFocusIn={(event) => void choose(event.target)}
            onClick={(event) => {
              choose(event.target);
              (event.target as HTMLElement).closest<HTMLElement>("td")?.focus();
            }}
            onDblClick={(event) => {
              const ends = choose(event.target);
              if (ends) openPair(app, ends[0], ends[1]);
            }}
          >
            {drawn}
          </table>
        </div>
      </Sideways>
      <footer class="map-foot secondary">
        <span>a number is the concepts that both hold; on the diagonal those with several fields of the system</span>
        {short.prefix && <span>all names begin with <code>{short.prefix}</code></span>}
        {alone.length > 0 && <span title={alone.map((system) => pack.name[system]).join(", ")}>{counted(alone.length, "system")} {alone.length === 1 ? "has" : "have"} no concept with another</span>}
        <span class="map-hint key-hint"><Key>Enter</Key> opens the two systems</span>
      </footer>
    </>
  );
}

/** A name that breaks if it is long: "PostgreSQL" is one word. */
const wrapped = (name: string) => (name.length <= WHOLE ? name : breakable(name));

function Cells({ pack, overlap, systems, short }: { pack: Pack; overlap: Overlap; systems: readonly number[]; short: readonly string[] }): JSX.Element {
  const cut = shortened(short, MAX_HEAD, (text) => [...text].length);
  const nameOf = (at: number): string => (cut.get(short[at]) ?? short[at]) + pack.mark(systems[at]);
  const greatest = Math.max(1, overlap.pairs[0]?.concepts ?? 1);
  return (
    <>
      <thead>
        <tr>
          <td />
          {systems.map((system, at) => (
            <th key={system} scope="col" data-beyond="system" data-system={system} title={pack.marked(system)}>
              <span class="map-head"><bdi aria-hidden="true">{wrapped(nameOf(at))}</bdi> <Badge pack={pack} system={system} named /><span class="visually-hidden">{pack.marked(system)}</span></span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {systems.map((one, at) => (
          <tr key={one}>
            <th scope="row" data-system={one} title={pack.marked(one)}>
              <span class="map-head"><Badge pack={pack} system={one} named />{"\u00a0"}<bdi aria-hidden="true">{wrapped(nameOf(at))}</bdi><span class="visually-hidden">{pack.marked(one)}</span><span class="value" title={`${counted(overlap.held[one], "concept")} in all`}>{number(overlap.held[one])}</span></span>
            </th>
            {systems.map((other) => {
              const { a, b, concepts } = overlap.between(one, other);
              const shade = concepts ? Math.min(SHADES, Math.ceil((SHADES * concepts) / greatest)) : 0;
              return (
                <td key={other} data-cell={`${one} ${other}`} tabIndex={-1} class={`${a === b ? "is-own " : ""}s${a === b ? 0 : shade}`}>
                  {concepts > 0 && number(concepts)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </>
  );
}
