// Ways to join two tables, with the query of each to copy.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { back, openJoin, openLink, type App } from "../app/app";
import { CopyLine } from "../app/copy-line";
import { Icon } from "../app/icons";
import { counted } from "../app/parts";
import type { Props } from "../app/props";
import { askedEnds, askedName, directly, groupsOf, holds, identifies, isApproved, joinLines, joinsOf, pairOf, wayAt, type JoinGroup, type JoinPair, type JoinWay } from "../model/joins";
import type { View } from "../model/types";
import type { State } from "../state/state";
import { NoPair, NoWay } from "./join-none";
import { Picker } from "./join-picker";
import { Before, Query } from "./join-query";
import { LargeWay, WayRow } from "./join-way";

const FIRST = 6; // groups that are listed at once
const MORE = 12; // ways that the line for more asks for

export function Join({ app, view }: Props): JSX.Element {
  const { pack, state } = view;
  const [a, b] = askedEnds(pack, state);
  const found = useMemo(() => (a >= 0 && b >= 0 ? pairOf(pack, a, b) : null), [pack, a, b]);
  const isKeysOnly = found !== null && (state.keysOnly || !comparesAll(found.pair));
  const show = (change: Partial<State>) => app.store.set({ ...change, way: 0, end: -1 });
  return (
    <div class="join-page">
      <div class="join-bar">
        <button type="button" class="link join-back" onClick={() => back(app)}>{"\u2039 Back"}</button>
        <h1 class="join-title">Join</h1>
        <Picker key={`a ${a}`} app={app} label="First table" value={a} other={b} first={a < 0} choose={(table) => openJoin(app, table, b)} chooseBoth={(one, both) => openJoin(app, one, both)} />
        <button type="button" class="icon join-swap" aria-label="Swap the two tables" title="Swap the two tables" disabled={a < 0 && b < 0} onClick={() => app.store.set({ joinA: b, joinB: a, way: state.way, end: state.end })}>{"\u21c4"}</button>
        <Picker key={`b ${b}`} app={app} label="Second table" value={b} other={a} first={a >= 0 && b < 0} choose={(table) => openJoin(app, a, table)} chooseBoth={(one, both) => openJoin(app, one, both)} />
        {found !== null && (
          <div class="join-which">
            <div class="join-keys" role="group" aria-label="Which ways">
              <button type="button" aria-pressed={isKeysOnly} onClick={() => show({ keysOnly: true })}><Icon sign="key" /> Keys only</button>
              <button type="button" aria-pressed={!isKeysOnly} disabled={!comparesAll(found.pair)} title={comparesAll(found.pair) ? "Ways that compare anything equal" : "All ways of this page compare keys"} onClick={() => show({ keysOnly: false })}>Anything equal</button>
            </div>
            <button type="button" class="join-approved" aria-pressed={state.approvedOnly} title="Only ways whose every step is approved or declared" onClick={() => show({ approvedOnly: !state.approvedOnly })}>
              <span class="join-tick" aria-hidden="true">{state.approvedOnly ? "\u2713" : ""}</span> Approved only
            </button>
          </div>
        )}
      </div>
      {found === null || a === b ? (
        <NoPair app={app} view={view} a={a} b={b} />
      ) : (
        <Ways app={app} view={view} pair={found.pair} turned={found.turned} />
      )}
    </div>
  );
}

function Ways({ app, view, pair, turned }: { app: App; view: View; pair: JoinPair; turned: boolean }): JSX.Element {
  const { pack, state } = view;
  const [all, setAll] = useState(false);
  const ways = pair.ways.filter((way) => (!state.keysOnly || identifies(way)) && (!state.approvedOnly || isApproved(view, way)));
  const groups = useMemo(() => inOrder(view, ways), [pair, state.keysOnly, state.approvedOnly, view.status]);
  const numbers = useMemo(() => numbersOf(view, pair.ways), [pair, view.status]);
  if (!groups.length) return <NoWay app={app} view={view} pair={pair} />;
  const at = Math.min(state.way, groups.length - 1);
  const group = groups[at];
  const way = wayAt(group, state.end);
  const look = (to: number) => {
    app.store.set({ way: to, end: -1 });
    requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>(".join-large h3")?.focus({ preventScroll: false })));
  };
  const others = groups.flatMap((one, index) => (index === at ? [] : [{ group: one, index }]));
  const shown = all ? others : others.slice(0, FIRST - 1);
  const hidden = others.length - shown.length;
  return (
    <div class="join-columns">
      <section class="join-ways" aria-labelledby="join-found">
        <div class="join-found">
          <h2 id="join-found" class="section-title">{titleOf(pair, ways.length)}</h2>
          <p class="secondary">{noteOf(pair, ways.length, groups.length)}{turned && ` Searched from ${pack.marked(pair.ends[0])}: a join is the same from either side.`}{pair.note && ` ${pair.note}`}</p>
        </div>
        {pair.advice && <Advice app={app} view={view} pair={pair} />}
        <LargeWay app={app} view={view} group={group} way={way} number={numbers.get(way) ?? at + 1} turned={turned} />
        {shown.length > 0 && (
          <ol class="join-rows card" aria-label="Other ways">
            {shown.map(({ group: one, index }) => (
              <WayRow key={index} view={view} way={one.ways[0]} n={one.ways.length} number={numbers.get(one.ways[0]) ?? index + 1} turned={turned} look={() => look(index)} />
            ))}
            {hidden > 0 && (
              <li class="join-more"><button type="button" class="link" onClick={() => setAll(true)}>Show {counted(hidden, "more group")}</button></li>
            )}
          </ol>
        )}
        {!state.keysOnly && pair.keys === "identifying" && pair.ways.every(({ confidence }) => confidence !== null) && <More app={app} view={view} pair={pair} />}
      </section>
      <aside class="join-query card" aria-label="Query">
        <Query app={app} view={view} way={way} pair={pair} />
        <Before app={app} view={view} way={way} turned={turned} />
      </aside>
    </div>
  );
}

/** Whether the ways of a pair compare anything that is equal: some of them identify no rows, or the search asked for these. */
const comparesAll = (pair: JoinPair): boolean => pair.keys === "any" || pair.keys === "describing" || pair.ways.some((way) => !identifies(way));

/** Groups of ways; what holds no more is last, whatever it was worth. */
function inOrder(view: View, ways: readonly JoinWay[]): JoinGroup[] {
  const made = groupsOf(ways);
  const stands = made.map((group) => group.ways.some((way) => holds(view, way)));
  return [...made.filter((_, at) => stands[at]), ...made.filter((_, at) => !stands[at])];
}

/** The number of each way: that of its group among all, whatever is left out of the list. */
const numbersOf = (view: View, ways: readonly JoinWay[]): ReadonlyMap<JoinWay, number> =>
  new Map(inOrder(view, ways).flatMap((group, at) => group.ways.map((way) => [way, at + 1] as const)));

function titleOf(pair: JoinPair, n: number): string {
  if (pair.advice) return pair.ways.some((way) => way.confidence === null) ? "No way to join them" : "No way identifies rows";
  if (n < pair.ways.length) return `${n} of ${counted(pair.ways.length, "way")} to join them`;
  return n === 1 ? "One way to join them" : `${n} ways to join them`;
}

function noteOf(pair: JoinPair, nWays: number, nGroups: number): string {
  const grouped = nGroups < nWays ? `In ${counted(nGroups, "group")} that differ only in their last field. ` : "";
  if (nWays < 2 || pair.advice) return grouped;
  if (pair.keys === null) return grouped;
  const first = pair.keys === "any" ? "Best first: score" : "Best first: a single link between the two, then what names, decisions and scores together make likeliest";
  const detour = pair.detour !== null && pair.detour < 1 ? `; each further step counts ${pair.detour}` : "";
  const direct = pair.ways.filter(({ steps }) => steps.length === 1);
  const last = pair.keys !== "any" && direct.length === 1 && direct[0] === pair.ways.at(-1) ? " The last is listed as the best in one step." : "";
  return `${grouped}${first}${detour}.${nWays < pair.ways.length ? "" : last}`;
}

/** The line that finds more ways than a page is packed with. */
function More({ app, view: { pack }, pair }: { app: App; view: View; pair: JoinPair }): JSX.Element {
  const lines = joinLines(askedName(pack, pair.ends[0]), askedName(pack, pair.ends[1]), "describing", MORE);
  return (
    <section class="join-further" aria-labelledby="join-further">
      <h3 id="join-further" class="secondary">{pair.advice ? "More ways, with what compares names, states and amounts:" : "These ways compare keys. More of them, and what compares names, states and amounts:"}</h3>
      <CopyLine app={app} name="Python" text={lines.python} />
    </section>
  );
}

/** What is missing, and what would help. */
function Advice({ app, view, pair }: { app: App; view: View; pair: JoinPair }): JSX.Element {
  const { pack } = view;
  // Links that do not count, and what is named because it would identify rows if it were approved.
  const wanting = [
    ...(pair.ways[0]?.steps.filter((step) => step.weight === null).flatMap((step) => step.links).filter((link) => link >= 0) ?? []),
    ...(pair.ways.every(({ confidence }) => confidence !== null) ? directly(view, ...pair.ends).links.filter((link) => pair.advice.includes(pack.linkId(link))) : []),
  ];
  return (
    <div class="join-advice warn" role="note">
      <p><Icon sign="contradiction" /> {pair.advice}</p>
      {wanting.map((link) => (
        <button type="button" key={link} onClick={() => openLink(app, link)}>Review {pack.marked(pack.source[link])} = {pack.marked(pack.target[link])}</button>
      ))}
    </div>
  );
}

/** Keys of the page: they go from way to way, and copy the query. */
export function keysOfJoin(app: App): Record<string, (() => void) | undefined> {
  const rows = [...document.querySelectorAll<HTMLElement>(".join-large h3, .join-row")];
  if (!rows.length) return {};
  const move = (by: number) => () => {
    const at = rows.indexOf(document.activeElement as HTMLElement);
    rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))].focus();
  };
  const { dialects } = joinsOf(app.pack);
  return {
    j: move(1),
    k: move(-1),
    ArrowDown: move(1),
    ArrowUp: move(-1),
    y: dialects === null ? undefined : () => document.querySelector<HTMLElement>(".join-query [aria-keyshortcuts=Y]")?.click(),
  };
}
