// Ways to join two tables, with the query of each to copy.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { back, openJoin, openLink, type App } from "../app/app";
import { Icon } from "../app/icons";
import { counted } from "../app/parts";
import type { Props } from "../app/props";
import { askedEnds, groupsOf, holds, identifies, isMadeForJoin, joinsOf, pairOf, wayAt, type JoinGroup, type JoinPair } from "../model/joins";
import type { View } from "../model/types";
import { NoPair, NoWay } from "./join-none";
import { Picker } from "./join-picker";
import { Before, Query } from "./join-query";
import { LargeWay, WayRow } from "./join-way";

const FIRST = 6; // groups that are listed at once

export function Join({ app, view }: Props): JSX.Element {
  const { pack, state } = view;
  const [a, b] = askedEnds(pack, state);
  const found = useMemo(() => (a >= 0 && b >= 0 ? pairOf(pack, a, b) : null), [pack, a, b]);
  const isMixed = found !== null && found.pair.ways.some((way) => !identifies(way));
  return (
    <div class="join-page">
      <div class="join-bar">
        <button type="button" class="link join-back" onClick={() => back(app)}>{"\u2039 Back"}</button>
        <h1 class="join-title">Join</h1>
        <Picker key={`a ${a}`} app={app} label="First table" value={a} other={b} first={a < 0} choose={(table) => openJoin(app, table, b)} chooseBoth={(one, both) => openJoin(app, one, both)} />
        <button type="button" class="icon join-swap" aria-label="Swap the two tables" title="Swap the two tables" disabled={a < 0 && b < 0} onClick={() => app.store.set({ joinA: b, joinB: a, way: state.way, end: state.end })}>{"\u21c4"}</button>
        <Picker key={`b ${b}`} app={app} label="Second table" value={b} other={a} first={a >= 0 && b < 0} choose={(table) => openJoin(app, a, table)} chooseBoth={(one, both) => openJoin(app, one, both)} />
        {isMixed && (
          <div class="join-keys" role="group" aria-label="Which ways">
            <button type="button" aria-pressed={state.keysOnly} onClick={() => app.store.set({ keysOnly: true, way: 0, end: -1 })}><Icon sign="key" /> Keys only</button>
            <button type="button" aria-pressed={!state.keysOnly} onClick={() => app.store.set({ keysOnly: false, way: 0, end: -1 })}>Anything equal</button>
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
  const ways = state.keysOnly ? pair.ways.filter(identifies) : pair.ways;
  // What holds no more is last, whatever it was worth.
  const groups = useMemo(() => {
    const made = groupsOf(ways);
    const stands = made.map((group) => group.ways.some((way) => holds(view, way)));
    return [...made.filter((_, at) => stands[at]), ...made.filter((_, at) => !stands[at])];
  }, [pair, state.keysOnly, view.status]);
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
          <h2 id="join-found" class="section-title">{titleOf(pair, groups)}</h2>
          <p class="secondary">{noteOf(pair, ways.length, groups.length)}{turned && ` Searched from ${pack.marked(pair.ends[0])}: a join is the same from either side.`}{isMadeForJoin(pack) ? "" : pair.note && ` ${pair.note}`}{isMadeForJoin(pack) && pair.note ? ` ${pair.note}` : ""}</p>
        </div>
        {pair.advice && <Advice app={app} view={view} pair={pair} />}
        <LargeWay app={app} view={view} group={group} way={way} number={at + 1} turned={turned} />
        {shown.length > 0 && (
          <ol class="join-rows card" aria-label="Other ways">
            {shown.map(({ group: one, index }) => (
              <WayRow key={index} view={view} way={one.ways[0]} n={one.ways.length} number={index + 1} turned={turned} look={() => look(index)} />
            ))}
            {hidden > 0 && (
              <li class="join-more"><button type="button" class="link" onClick={() => setAll(true)}>Show {counted(hidden, "more group")}</button></li>
            )}
          </ol>
        )}
      </section>
      <aside class="join-query card" aria-label="Query">
        <Query app={app} view={view} way={way} pair={pair} />
        <Before app={app} view={view} way={way} turned={turned} />
      </aside>
    </div>
  );
}

function titleOf(pair: JoinPair, groups: readonly JoinGroup[]): string {
  const n = groups.reduce((sum, group) => sum + group.ways.length, 0);
  if (pair.advice) return pair.ways.some((way) => way.confidence === null) ? "No way to join them" : "No way identifies rows";
  return n === 1 ? "One way to join them" : `${n} ways to join them`;
}

function noteOf(pair: JoinPair, nWays: number, nGroups: number): string {
  const grouped = nGroups < nWays ? `In ${counted(nGroups, "group")} that differ only in their last field. ` : "";
  if (nWays < 2 || pair.advice) return grouped;
  const first = pair.keys === "any" ? "Best first: score" : "Best first: keys, then score";
  const detour = pair.detour !== null && pair.detour < 1 ? `; each further step counts ${pair.detour}` : "";
  return `${grouped}${pair.keys === null ? "" : `${first}${detour}.`}`;
}

/** What is missing, and what would help. */
function Advice({ app, view, pair }: { app: App; view: View; pair: JoinPair }): JSX.Element {
  const wanting = pair.ways[0]?.steps.filter((step) => step.weight === null).flatMap((step) => step.links).filter((link) => link >= 0) ?? [];
  return (
    <div class="join-advice warn" role="note">
      <p><Icon sign="contradiction" /> {pair.advice}</p>
      {wanting.map((link) => (
        <button type="button" key={link} onClick={() => openLink(app, link)}>Review {view.pack.marked(view.pack.source[link])} = {view.pack.marked(view.pack.target[link])}</button>
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
