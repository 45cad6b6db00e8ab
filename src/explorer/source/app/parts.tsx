// Small pieces that several panels are made of.

import type { ComponentChildren, JSX } from "preact";
import { APPROVED, DETERMINISTIC, LEVEL_WORDS, REJECTED, STATUSES, SUGGESTED } from "../generated";
import { clusterName } from "../model/clusters";
import { isWithin, type Pack } from "../model/pack";
import { shownStatus, statusWord } from "../model/statuses";
import type { View } from "../model/types";
import { counted, grouped, middle, scoreText } from "../model/words";
import { lookAt, lookNear, openConcept, type App } from "./app";
import { Badge, Icon, signOf } from "./icons";

export { counted, grouped as number };

/** What nodes of a level are called: "system", "table" or "field". */
export const levelWord = (level: number): string => (level === 2 ? "field" : (LEVEL_WORDS[level] ?? ""));

/** What the members of concepts are called, for so many of them. */
export const memberWord = (pack: Pack, n: number): string => `${levelWord(pack.clustering.level)}${n === 1 ? "" : "s"}`;

/** A score with two decimals, if there is one; the link's own panel has all of them. */
export function shortConfidence(value: number): string {
  return Number.isNaN(value) ? "no score" : scoreText(value);
}

/** Colour of a system, the same as in the picture. */
export const systemColour = (system: number) => (system < 0 ? "var(--quiet)" : `var(--b${Math.min(system, 7)})`);

export const clusterColour = (cluster: number) => `var(--c${cluster % 8})`;

/** Name of a status in the style sheet. */
export const statusClass = (status: number) => STATUSES[status]?.toLowerCase() ?? "other";

/** A status as a sign. */
export function StatusMark({ view, status }: { view: View; status: number }): JSX.Element {
  return <Icon sign={signOf(status)} says={statusWord(view.pack, status)} />;
}

/** The name of a concept, as a button that opens it. */
export function ConceptLink({ app, view, member }: { app: App; view: View; member: number }): JSX.Element {
  const label = view.clusters.labels[member];
  return (
    <button type="button" class="link concept" title="Open the concept" onClick={() => openConcept(app, member)}>
      {view.state.colour === "cluster" && <Swatch colour={clusterColour(label)} />} {clusterName(view.clusters, label)}
    </button>
  );
}

/** How the picture draws a status. */
export function LineSample({ status }: { status: number }): JSX.Element {
  const code = shownStatus(status);
  const look = [
    { width: 1.6, dash: "6 3" },
    { width: 3, dash: "" },
    { width: 1.8, dash: "1.5 3.5" },
    { width: 1.4, dash: "3 3" },
  ][code];
  const mark = code === APPROVED ? "\u2713" : code === REJECTED ? "\u00d7" : "";
  return (
    <svg class="sample" width="34" height="14" viewBox="0 0 34 14" aria-hidden="true">
      <line x1="1" y1="7" x2="33" y2="7" stroke={`var(--${statusClass(status)})`} stroke-width={look.width} stroke-dasharray={look.dash} />
      {mark && <circle cx="17" cy="7" r="5.5" fill="var(--card)" stroke={`var(--${statusClass(status)})`} />}
      {mark && (
        <text x="17" y="10.4" text-anchor="middle" font-size="9" font-weight="700" fill={`var(--${statusClass(status)})`}>
          {mark}
        </text>
      )}
    </svg>
  );
}

/** The arrow head of a type. */
export function HeadSample({ type }: { type: number }): JSX.Element {
  return (
    <svg class="sample" width="34" height="14" viewBox="0 0 34 14" aria-hidden="true">
      <line x1="1" y1="7" x2="25" y2="7" stroke="var(--quiet)" stroke-width="1.6" />
      <path d="M33 7L24 3V11Z" fill={type === DETERMINISTIC ? "var(--quiet)" : "var(--card)"} stroke="var(--quiet)" />
    </svg>
  );
}

export function Swatch({ colour }: { colour: string }): JSX.Element {
  return <span class="swatch" style={{ background: colour }} aria-hidden="true" />;
}

/** A sign, and the word for it that screen readers read. */
export function Sign({ sign, says }: { sign: string; says: string }): JSX.Element {
  return (
    <>
      <span aria-hidden="true">{sign}</span>
      <span class="visually-hidden">{says}</span>
    </>
  );
}

/** Where a long name may break across lines: after its separators, and between its words. */
export const BREAKS = /(?<=[._/])(?![._/])|(?<=\p{Ll})(?=\p{Lu})/u;

/** A long name that may break. */
export function breakable(text: string): ComponentChildren {
  return text.split(BREAKS).map((part, index) => (index ? [<wbr key={index} />, part] : part));
}

const MAX_WORDS = 3; // of a system's name

/** The name of a system above a column: it breaks between words, and what is too long loses its middle. */
export function systemWords(name: string, most: number): ComponentChildren {
  const words = name.split(/(?<=[\s._/-])(?![\s._/-])/u).map((word) => middle(word, most));
  const shown = words.length > MAX_WORDS ? [words[0], "\u2026", words[words.length - 1]] : words;
  return shown.map((word, at) => (at ? [<wbr key={at} />, word] : word));
}

/** A node with its place, as a button that leads to it. */
export function NodeLink({ app, node, plain = false }: { app: App; node: number; plain?: boolean }): JSX.Element {
  const { pack } = app;
  const level = pack.level(node);
  const own = level === 1 ? pack.tableName(node) : pack.name[node];
  const above =
    level === 0 ? "" : level === 1 ? systemName(pack, node) : `${systemName(pack, node)} / ${pack.tableName(node)}`;
  const inside = (
    <>
      <Badge pack={pack} system={pack.system[node]} named />
      <span class="place">
        {above && <span class="above">{breakable(above)} </span>}
        <span class="own">{breakable(own)}{pack.mark(node)}</span>
      </span>
    </>
  );
  if (plain) return <span class="node">{inside}</span>;
  return (
    <button type="button" class="node link" title={pack.marked(node)} onClick={() => lookNear(app, node)}>
      {inside}
    </button>
  );
}

export const systemName = (pack: Pack, node: number) =>
  pack.system[node] < 0 ? "?" : pack.name[pack.system[node]];

/** A link in a list: its status, its ends and its score. */
export function LinkRow({ app, view, link, from = -1, children }: {
  app: App;
  view: View;
  link: number;
  /** The node whose links are listed, -1 if they are of several. */
  from?: number;
  children?: ComponentChildren;
}): JSX.Element {
  const { pack } = app;
  const own = from >= 0 && isWithin(pack, pack.source[link], from);
  const other = own ? pack.target[link] : pack.source[link];
  return (
    <li class="link-row">
      <StatusMark view={view} status={view.status[link]} />
      <button type="button" class="link" onClick={() => lookAt(app, { kind: "link", link })}>
        <span class="visually-hidden">Link: </span>
        {from < 0 ? (
          <span class="ends">
            {breakable(pack.marked(pack.source[link]))} <Sign sign={"\u2192"} says="to" /> {breakable(pack.marked(pack.target[link]))}
          </span>
        ) : (
          <>
            <Sign sign={own ? "\u2192" : "\u2190"} says={own ? "to" : "from"} />
            <span class="ends">{breakable(pack.marked(other))}</span>
          </>
        )}
      </button>
      <span class="value">{shortConfidence(pack.confidence[link])}</span>
      {children}
    </li>
  );
}

const MAX_LISTED = 60;

/** How many are shown, and of how many if that is not all. */
export function Passing({ n, all }: { n: number; all: number }): JSX.Element {
  return (
    <span class="value" title={`${grouped(n)} of ${grouped(all)} shown`}>
      {grouped(n)}
      {n !== all && <span class="of"> / {grouped(all)}</span>}
    </span>
  );
}

/** A list of the first items, and how many there are. */
export function Listed<T>({ items, children, most = MAX_LISTED }: { items: readonly T[]; children: (item: T) => ComponentChildren; most?: number }): JSX.Element {
  return (
    <ul class="list">
      {items.slice(0, most).map(children)}
      {items.length > most && (
        <li class="note">
          shown {most} of {grouped(items.length)}; all are in the table
        </li>
      )}
    </ul>
  );
}

/** Order links best first: approved, then by score, then by position. */
export function bestFirst(view: View, links: Iterable<number>): number[] {
  const rank = (link: number) => (view.status[link] === APPROVED ? 0 : view.status[link] === SUGGESTED ? 1 : view.status[link] === REJECTED ? 3 : 2);
  const score = (link: number) => (Number.isNaN(view.pack.confidence[link]) ? -1 : view.pack.confidence[link]);
  return [...links].sort((a, b) => rank(a) - rank(b) || score(b) - score(a) || a - b);
}
