// Which links a list has, and in which order: those of a concept, a pair or a place, or all.

import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import { clusterOfLink, clusterName } from "./clusters";
import { isWithin, type Pack } from "./pack";
import { waiting } from "./review/settled";
import { statusWord, typeWord } from "./statuses";
import { lowerPaths, pathRanks, ranksOf } from "./texts";
import type { View } from "./types";
import { counted, listed, lowered } from "./words";
import type { State } from "../state/state";

export interface Scope {
  /** The links that it has; null for all. */
  readonly links: readonly number[] | null;
  /** What follows "12 links" in a title; empty for all. */
  readonly of: string;
  /** Why there is none, where that is not plain. */
  readonly reason: string;
}

/** What the links of a list have in common. */
export function scopeOf(view: View): Scope {
  const { pack, clusters, seen, state } = view;
  const { focus } = state;
  const some = (links: Iterable<number>, of: string, reason = ""): Scope => ({
    links: [...links].sort((x, y) => x - y),
    of,
    reason,
  });
  if (!focus) return { links: null, of: "", reason: "" };
  switch (focus.kind) {
    case "cluster": {
      const label = clusters.labels[focus.member];
      if (label < 0) {
        return some([], `in the concept of ${pack.marked(focus.member)}`, "It is in no concept: no link above the score from which fields are joined holds it.");
      }
      const inside = new Set<number>();
      for (const member of clusters.members(label)) {
        for (const link of pack.linksOf(member)) {
          if (clusterOfLink(pack, clusters, link) === label && pack.source[link] !== pack.target[link]) inside.add(link);
        }
      }
      return some(inside, `in the concept ${clusterName(clusters, label)}`);
    }
    case "line":
      return some(between(pack, focus.source, focus.target), `between ${pack.marked(focus.source)} and ${pack.marked(focus.target)}`);
    case "pair":
      if (focus.left === focus.right) return some(between(pack, focus.left, focus.left), `inside ${pack.marked(focus.left)}`);
      return some(between(pack, focus.left, focus.right), `between ${pack.marked(focus.left)} and ${pack.marked(focus.right)}`);
    case "link":
      return some(
        between(pack, pack.source[focus.link], pack.target[focus.link]),
        `between ${pack.marked(pack.source[focus.link])} and ${pack.marked(pack.target[focus.link])}`,
      );
    case "near":
      if (focus.hops === 1) return some(pack.linksOf(focus.node), `of ${pack.marked(focus.node)}`);
      return some(seen?.links ?? [], `near ${pack.marked(focus.node)}`);
    case "path":
      return some(seen?.links ?? [], `on the path from ${pack.marked(focus.from)} to ${pack.marked(focus.to)}`);
    case "result":
      return some(seen?.links ?? [], "of the result");
    case "down":
      return some(seen?.links ?? [], `to what depends on ${pack.marked(focus.node)}`);
    case "up":
      return some(seen?.links ?? [], `from what links to ${pack.marked(focus.node)}`);
    case "both":
      return some(seen?.links ?? [], `up and down from ${pack.marked(focus.node)}`);
  }
}

/** Links between two places, either way. */
function between(pack: Pack, one: number, other: number): number[] {
  const { source, target } = pack;
  const joins = (link: number, from: number, to: number): boolean =>
    isWithin(pack, source[link], from) && isWithin(pack, target[link], to);
  return Array.from(pack.linksOf(one)).filter((link) => joins(link, one, other) || joins(link, other, one));
}

export interface Listed {
  /** Those that pass the filters, in order. */
  readonly links: Uint32Array;
  /** Number of links in the scope, before any filter. */
  readonly all: number;
  /** The same by status and by type, with a contradiction, and decided in the page. */
  readonly byStatus: readonly number[];
  readonly byType: readonly number[];
  readonly contradictions: number;
  readonly decided: number;
  /** Suggestions that need no answer. */
  readonly settled: number;
}

export type LinkFilter = Pick<State, "query" | "hiddenStatuses" | "hiddenTypes" | "hiddenSystems" | "only" | "least" | "sort">;

/** List links of a scope: those that pass the filters, sorted. */
export function listLinks(view: View, scope: Scope, filter: LinkFilter = view.state): Listed {
  const { pack, status, state } = view;
  const passes = passesOf(view, filter);
  const contradicts = new Set(view.contradictions.map(({ link }) => link));
  const byStatus = new Array<number>(pack.statuses.length).fill(0);
  const byType = new Array<number>(pack.types.length).fill(0);
  const found: number[] = [];
  let all = 0;
  let contradictions = 0;
  let decided = 0;
  let settled = 0;
  const waits = waiting(pack, status);
  const look = (link: number): void => {
    all += 1;
    byStatus[status[link]] += 1;
    byType[pack.type[link]] += 1;
    const isContradiction = contradicts.has(link);
    const isDecided = state.decisions.has(link);
    contradictions += Number(isContradiction);
    decided += Number(isDecided);
    const isSettled = status[link] === SUGGESTED && !waits[link];
    settled += Number(isSettled);
    if (filter.only === "contradiction" && !isContradiction) return;
    if (filter.only === "decided" && !isDecided) return;
    if (filter.only === "settled" && !isSettled) return;
    if (passes(link)) found.push(link);
  };
  if (scope.links) scope.links.forEach(look);
  else for (let link = 0; link < pack.nLinks; link += 1) look(link);
  return { links: sorted(view, found, filter.sort), all, byStatus, byType, contradictions, decided, settled };
}

function passesOf(view: View, { query, hiddenStatuses, hiddenTypes, hiddenSystems, least }: LinkFilter): (link: number) => boolean {
  const { pack, status } = view;
  const { source, target, system, type, confidence } = pack;
  const has = textFilter(view, query);
  return (link) => {
    if (hiddenStatuses.has(status[link]) || hiddenTypes.has(type[link])) return false;
    if (hiddenSystems.has(system[source[link]]) || hiddenSystems.has(system[target[link]])) return false;
    // A link without a score has not at least any.
    if (least > 0 && !(confidence[link] >= least)) return false;
    return has(link);
  };
}

const MAX_WORDS = 30; // a bit each

/** Whether every word of a text is in a path of a link, or in the name of a concept that it touches. */
function textFilter({ pack, clusters }: View, query: string): (link: number) => boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);
  if (!words.length) return () => true;
  const bitsOf = (text: string): number => words.reduce((bits, word, at) => (text.includes(word) ? bits | (1 << at) : bits), 0);
  const { labels, sizes } = clusters;
  const concepts = Int32Array.from(sizes, (_, cluster) => bitsOf(clusterName(clusters, cluster).toLowerCase()));
  const nodes = Int32Array.from(lowerPaths(pack), bitsOf);
  nodes.forEach((bits, node) => {
    if (labels[node] >= 0) nodes[node] = bits | concepts[labels[node]];
  });
  const whole = bitsOf(words.join(" "));
  return (link) => (nodes[pack.source[link]] | nodes[pack.target[link]]) === whole;
}

/** Sort links by a column; of those that are alike the surest come first. */
function sorted(view: View, links: readonly number[], sort: State["sort"]): Uint32Array {
  const { confidence } = view.pack;
  const sign = sort.startsWith("-") ? -1 : 1;
  const valueOf = values(view, sort.replace("-", "") as State["sort"]);
  const keys = Float64Array.from(links, (link) => sign * valueOf(link));
  const sure = Float64Array.from(links, (link) => (Number.isNaN(confidence[link]) ? -1 : confidence[link]));
  const order = Uint32Array.from(links.keys());
  order.sort((x, y) => keys[x] - keys[y] || sure[y] - sure[x] || links[x] - links[y]);
  return order.map((at) => links[at]);
}

/** What links are sorted by; what is unknown comes last, and upwards first. */
function values(view: View, by: State["sort"]): (link: number) => number {
  const { pack, status } = view;
  switch (by) {
    case "status": {
      const ranks = ranksOf(pack.statuses.map((_, code) => statusWord(pack, code)));
      return (link) => ranks[status[link]];
    }
    case "type": {
      const ranks = ranksOf(pack.types.map((_, code) => typeWord(pack, code)));
      return (link) => ranks[pack.type[link]];
    }
    case "from":
    case "to": {
      const ranks = pathRanks(pack);
      const ends = by === "from" ? pack.source : pack.target;
      return (link) => ranks[ends[link]];
    }
    case "score":
      return (link) => (Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link]);
    case "decided":
      return (link) => decidedAt(view, link);
    default:
      return worthOf(view, new Set(view.contradictions.map(({ link }) => link)));
  }
}

const IS_BETWEEN = 4;

/** The worthiest concepts first; in each contradictions, approvals, suggestions, then links that lead out. */
function worthOf({ pack, clusters, status }: View, contradicts: ReadonlySet<number>): (link: number) => number {
  const { byValue, gone } = clusters.identity;
  const n = byValue.length;
  const place = new Int32Array(n);
  byValue.forEach((label, at) => (place[label] = at + gone[label] * n));
  const placeOf = (node: number): number => (clusters.labels[node] < 0 ? 2 * n : place[clusters.labels[node]]);
  return (link) => {
    const [one, other] = [placeOf(pack.source[link]), placeOf(pack.target[link])];
    const state = contradicts.has(link) ? 0 : status[link] === APPROVED ? 1 : status[link] === REJECTED ? 3 : 2;
    return Math.min(one, other) * 2 * IS_BETWEEN + state + (one === other ? 0 : IS_BETWEEN);
  };
}

/** When a link was decided, in milliseconds since 1970: 0 if it is not, or that is unknown. */
export function decidedAt({ pack, status, state }: View, link: number): number {
  const own = state.decisions.get(link);
  if (own) return own.at;
  return status[link] === APPROVED || status[link] === REJECTED ? 1000 * pack.updatedAt(link) : 0;
}

/** Names of the concepts that the ends of a link are in: none, one that holds both, or one for each end. */
export function conceptsOf({ pack, clusters }: View, link: number): { cluster: number; member: number; name: string }[] {
  const ends = [pack.source[link], pack.target[link]];
  const labels = [...new Set(ends.map((node) => clusters.labels[node]))].filter((label) => label >= 0);
  return labels.map((cluster) => ({
    cluster,
    member: ends.find((node) => clusters.labels[node] === cluster) as number,
    name: clusterName(clusters, cluster),
  }));
}

/** Number of filters that are set. */
export function filtersSet({ query, hiddenStatuses, hiddenTypes, hiddenSystems, only, least }: LinkFilter): number {
  return [query.trim(), hiddenStatuses.size, hiddenTypes.size, hiddenSystems.size, only, least].filter(Boolean).length;
}

/** Why no link passes the filters, in words: what they are, and what there is without that of scores. */
export function whyNone(view: View, scope: Scope, filter: LinkFilter = view.state): string {
  const { pack } = view;
  const parts: string[] = [];
  const named = (hidden: ReadonlySet<number>, names: readonly string[]): string =>
    `only ${listed(names.filter((_, code) => !hidden.has(code))) || "none"}`;
  const statuses = pack.statuses.map((_, code) => statusWord(pack, code));
  const types = pack.types.map((_, code) => typeWord(pack, code));
  if (filter.query.trim()) parts.push(`with \u201c${filter.query.trim()}\u201d`);
  if (filter.least > 0) parts.push(`score at least ${lowered(filter.least)}`);
  if (filter.hiddenStatuses.size) parts.push(named(filter.hiddenStatuses, statuses));
  if (filter.hiddenTypes.size) parts.push(named(filter.hiddenTypes, types));
  if (filter.hiddenSystems.size) parts.push(`${counted(filter.hiddenSystems.size, "system")} left out`);
  if (filter.only === "contradiction") parts.push("only contradictions");
  if (filter.only === "decided") parts.push("only what was decided here");
  if (filter.only === "settled") parts.push("only suggestions that need no answer");
  const said = parts.join(", ");
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
  if (filter.least === 0) return sentence;
  const { links } = listLinks(view, scope, { ...filter, least: 0, sort: "-score" });
  if (!links.length) return sentence;
  const highest = pack.confidence[links[0]];
  const best = Number.isNaN(highest) ? "none of them has a score" : `the highest score is ${lowered(highest)}`;
  return `${sentence} Without the score ${links.length === 1 ? "1 link passes" : `${counted(links.length, "link")} pass`}: ${best}.`;
}
