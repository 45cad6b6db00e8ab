// What the reader has chosen, written in the address of the page: only what differs from the start.
//
// Nodes and links are named by their ids, so that an address still means the same when the page is
// made again from newer data. What no longer exists is left out, and said.

import { ADDRESS_KEYS, LEVEL_WORDS, ORDERS } from "../generated";
import { visible, type Level, type Pack } from "../model/pack";
import { REVIEW_ORDERS } from "../model/review/orders";
import { listed, middle } from "../model/words";
import { LINK_ORDERS, PAGES, plainState, REVIEW_GROUPS, type Colour, type Focus, type Layout, type Listing, type Only, type PageName, type State, type Tab } from "./state";

/** Names of the settings in the address; the last ones are written by the page only. */
const KEYS = {
  ...ADDRESS_KEYS,
  statuses: "s",
  types: "y",
  systems: "x",
  toggled: "o",
  all: "all",
  query: "q",
  listing: "k",
  only: "only",
  entity: "e",
  sort: "sort",
  least: "min",
  part: "n",
  group: "g",
  having: "has",
  fieldsIn: "in",
  ask: "ask",
  joinA: "a",
  joinB: "b",
  way: "way",
  end: "end",
  keysOnly: "keys",
  more: "more",
  approvedOnly: "approved",
  askedGroup: "of",
  why: "why",
} as const;

/** Settings that only the picture has. */
const OF_PICTURE: readonly string[] = [KEYS.level, KEYS.layout, KEYS.colour, KEYS.toggled, KEYS.all, KEYS.tab];

const LISTINGS: readonly Listing[] = ["", "identifies", "describes", "shared"];
const ONLY: readonly Only[] = ["", "contradiction", "undecided", "single", "decided", "settled"];
const SORTS: readonly State["sort"][] = LINK_ORDERS.flatMap((order) => [order, `-${order}` as const]);
const GROUP = /^[a-z:-]{0,60}$/;
const MAX_PARTS = 1_000_000;

const LAYOUTS: readonly Layout[] = ["lanes", "layers", "force", "matrix"];
const COLOURS: readonly Colour[] = ["cluster", "system", "status"];
const TABS: readonly Tab[] = ["links", "clusters", "nodes", "decisions"];
const MAX_HOPS = 9;
const ALL_HOPS = "all";

/** The state that a page begins with. */
export function initialState(pack: Pack): State {
  return fromHash(pack, pack.header.start, plainState());
}

export function toHash(pack: Pack, state: State, initial: State): string {
  const parts: [key: string, value: string][] = [];
  const add = (key: string, value: string, before: string) => {
    if (value !== before) parts.push([key, value]);
  };
  const both = (key: string, write: (chosen: State) => string) => add(key, write(state), write(initial));
  both(KEYS.level, ({ level }) => LEVEL_WORDS[level]);
  both(KEYS.layout, ({ layout }) => layout);
  both(KEYS.colour, ({ colour }) => colour);
  both(KEYS.threshold, ({ threshold }) => String(threshold));
  both(KEYS.statuses, ({ hiddenStatuses }) => codes(hiddenStatuses, pack.header.statuses));
  both(KEYS.types, ({ hiddenTypes }) => codes(hiddenTypes, pack.header.types));
  both(KEYS.systems, ({ hiddenSystems }) => ids(pack, hiddenSystems));
  both(KEYS.toggled, ({ toggled }) => ids(pack, toggled));
  both(KEYS.all, ({ all }) => (all ? "1" : "0"));
  both(KEYS.order, ({ order }) => order);
  both(KEYS.focus, ({ focus }) => focusText(pack, focus));
  both(KEYS.tab, ({ tab }) => tab ?? "");
  both(KEYS.query, ({ query }) => query);
  both(KEYS.listing, ({ listing }) => listing);
  both(KEYS.only, ({ only }) => only);
  both(KEYS.entity, ({ entity }) => (entity < 0 ? "" : plainId(pack, entity)));
  both(KEYS.sort, ({ sort }) => sort);
  both(KEYS.least, ({ least }) => String(least));
  both(KEYS.group, ({ group }) => group);
  both(KEYS.part, ({ part }) => String(part + 1));
  both(KEYS.having, ({ having }) => ids(pack, having));
  both(KEYS.fieldsIn, ({ fieldsIn }) => (fieldsIn < 0 ? "" : plainId(pack, fieldsIn)));
  both(KEYS.ask, ({ ask }) => ask);
  both(KEYS.joinA, ({ joinA }) => (joinA < 0 ? "" : plainId(pack, joinA)));
  both(KEYS.joinB, ({ joinB }) => (joinB < 0 ? "" : plainId(pack, joinB)));
  both(KEYS.way, ({ way }) => String(way + 1));
  both(KEYS.end, ({ end }) => (end < 0 ? "" : plainId(pack, end)));
  both(KEYS.keysOnly, ({ keysOnly }) => (keysOnly ? "only" : ""));
  both(KEYS.more, ({ more }) => ids(pack, more));
  both(KEYS.approvedOnly, ({ approvedOnly }) => (approvedOnly ? "only" : ""));
  both(KEYS.why, ({ why }) => (why ? why.map((node) => plainId(pack, node)).join(",") : ""));
  both(KEYS.askedGroup, ({ askedGroup }) => askedGroup.replace(" ", "-"));
  if (impliedPage(parts, initial) !== state.page) parts.unshift([KEYS.page, state.page]);
  return parts.map(([key, value]) => `${key}=${escape(value)}`).join("&");
}

/** The page of an address that names none, as those of before there were pages. */
function impliedPage(parts: Iterable<[key: string, value: string]>, initial: State): PageName {
  const given = new Map(parts);
  const focus = given.get(KEYS.focus) ?? "";
  if (focus.startsWith("cluster:")) return "concepts";
  if (focus.startsWith("pair:")) return "map";
  const isDrawn = OF_PICTURE.some((key) => given.has(key));
  if (/^(down|up|both):/.test(focus) && !isDrawn) return "lineage";
  if (focus || isDrawn) return "tables";
  return initial.page;
}

/** Whether the map shows a focus: two systems, or two of their tables; all tables show any other. */
export const isOfMap = (pack: Pack, focus: Focus): boolean =>
  focus.kind === "pair" || (focus.kind === "line" && pack.level(focus.source) === 1 && pack.level(focus.target) === 1 && pack.system[focus.source] >= 0 && pack.system[focus.target] >= 0);

/** Whether a focus is a table, or a field of one: then a page shows the table. */
export const isOfTable = (pack: Pack, focus: Focus | null): boolean => focus?.kind === "near" && pack.table[focus.node] >= 0;

/** The page of an address that asks for another: what the map or the page of a table does not show opens among all tables. */
function shownPage(pack: Pack, page: PageName, focus: Focus | null, initial: State): PageName {
  if (page === "map") return focus && !isOfMap(pack, focus) ? "tables" : page;
  if (page !== "table" || isOfTable(pack, focus)) return page;
  return focus ? "tables" : initial.page;
}

/** Escape characters that have a meaning in an address, but not the commas and colons of lists. */
function escape(value: string): string {
  return encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":");
}

const codes = (hidden: ReadonlySet<number>, names: readonly string[]) =>
  [...hidden].sort((a, b) => a - b).map((code) => encodeURIComponent(names[code] ?? "")).join(",");

const ids = (pack: Pack, nodes: ReadonlySet<number>) =>
  [...nodes].sort((a, b) => a - b).filter((node) => node >= 0).map((node) => plainId(pack, node)).join(",");

// An id that occurs at two levels has a colon in it, which is a separator here.
const plainId = (pack: Pack, node: number) => pack.nodeId(node).replace(":", "~");

export function focusText(pack: Pack, focus: Focus | null): string {
  if (!focus) return "";
  const id = (node: number) => plainId(pack, node);
  switch (focus.kind) {
    case "path":
      return `path:${id(focus.from)}:${id(focus.to)}`;
    case "cluster":
      return `cluster:${id(focus.member)}`;
    case "line":
      return `line:${id(focus.source)}:${id(focus.target)}`;
    case "pair":
      return `pair:${id(focus.left)}:${id(focus.right)}`;
    case "link":
      return `link:${pack.linkId(focus.link)}`;
    case "result":
      return "result";
    default:
      return `${focus.kind}:${id(focus.node)}:${focus.hops === Infinity ? ALL_HOPS : focus.hops}`;
  }
}

/** Read an address; `miss` is told each setting of it that is not here, or means nothing. */
export function fromHash(pack: Pack, text: string, initial: State, miss: (key: string, value: string) => void = () => {}): State {
  const given = new URLSearchParams(text.replace(/^#/, ""));
  const read = <T>(key: string, parse: (value: string) => T | undefined, otherwise: T): T => {
    const value = given.get(key);
    if (value === null) return otherwise;
    const found = parse(value);
    const isMissing = found === undefined || found === -1 || (found instanceof Set && new Set(value.split(",")).size > found.size);
    if (isMissing && value !== "") miss(key, value);
    return found ?? otherwise;
  };
  const oneOf =
    <T extends string>(known: readonly T[]) =>
    (value: string) =>
      known.find((one) => one === value);
  const nodes = (value: string) =>
    new Set(value.split(",").map((id) => nodeOf(pack, id)).filter((node) => node >= 0));
  const named = (names: readonly string[]) => (value: string) =>
    new Set(value.split(",").map((name) => names.indexOf(decoded(name))).filter((code) => code >= 0));
  const tab = given.get(KEYS.tab);
  // An empty focus is written if the page begins with one and the reader has left it.
  const focus = given.get(KEYS.focus) === "" ? null : read(KEYS.focus, (value) => readFocus(pack, value), initial.focus);
  const page = read(KEYS.page, oneOf(PAGES), impliedPage(given, initial));
  return {
    ...initial,
    page: shownPage(pack, page, focus, initial),
    query: read(KEYS.query, (value) => value, initial.query),
    listing: read(KEYS.listing, oneOf(LISTINGS), initial.listing),
    only: read(KEYS.only, oneOf(ONLY), initial.only),
    entity: read(KEYS.entity, (value) => nodeOf(pack, value), initial.entity),
    sort: read(KEYS.sort, oneOf(SORTS), initial.sort),
    least: read(KEYS.least, threshold, initial.least),
    group: read(KEYS.group, (value) => (GROUP.test(value) ? value : undefined), initial.group),
    part: read(KEYS.part, part, initial.part),
    having: read(KEYS.having, (value) => new Set([...nodes(value)].filter((node) => pack.level(node) === 0)), initial.having),
    fieldsIn: read(KEYS.fieldsIn, (value) => systemOf(pack, value), initial.fieldsIn),
    ask: read(KEYS.ask, oneOf(REVIEW_ORDERS), initial.ask),
    joinA: read(KEYS.joinA, (value) => tableOf(pack, value), initial.joinA),
    joinB: read(KEYS.joinB, (value) => tableOf(pack, value), initial.joinB),
    way: read(KEYS.way, part, initial.way),
    end: read(KEYS.end, (value) => nodeOf(pack, value), initial.end),
    keysOnly: read(KEYS.keysOnly, (value) => value === "only", initial.keysOnly),
    more: read(KEYS.more, nodes, initial.more),
    approvedOnly: read(KEYS.approvedOnly, (value) => value === "only", initial.approvedOnly),
    why: read(KEYS.why, (value) => pairOf(pack, value), initial.why),
    askedGroup: read(KEYS.askedGroup, (value) => oneOf(REVIEW_GROUPS)(value.replace("-", " ")), initial.askedGroup),
    level: read(KEYS.level, (value) => level(LEVEL_WORDS.indexOf(value as (typeof LEVEL_WORDS)[number])), initial.level),
    layout: read(KEYS.layout, oneOf(LAYOUTS), initial.layout),
    colour: read(KEYS.colour, oneOf(COLOURS), initial.colour),
    threshold: read(KEYS.threshold, threshold, initial.threshold),
    hiddenStatuses: read(KEYS.statuses, named(pack.header.statuses), initial.hiddenStatuses),
    hiddenTypes: read(KEYS.types, named(pack.header.types), initial.hiddenTypes),
    hiddenSystems: read(KEYS.systems, nodes, initial.hiddenSystems),
    toggled: read(KEYS.toggled, nodes, initial.toggled),
    all: read(KEYS.all, (value) => value === "1", initial.all),
    order: read(KEYS.order, oneOf(ORDERS), initial.order),
    focus,
    tab: tab === null ? initial.tab : (read(KEYS.tab, oneOf(TABS), null)),
  };
}

const KNOWN: readonly string[] = Object.values(KEYS);
const MAX_SAID = 40; // characters of a value

/** What an address calls a node, link or page, by its key, or by the kind of its focus. */
const ASKED: Record<string, string> = {
  [KEYS.entity]: "an entity",
  [KEYS.joinA]: "a table to join",
  [KEYS.joinB]: "a table to join",
  [KEYS.end]: "a field",
  [KEYS.why]: "two fields",
  [KEYS.systems]: "a system",
  [KEYS.having]: "a system",
  [KEYS.fieldsIn]: "a system",
  [KEYS.toggled]: "a table",
  [KEYS.more]: "a field",
  "link:": "a link",
  "cluster:": "a concept",
  "pair:": "two systems",
  "path:": "two fields or tables",
  "line:": "two tables or systems",
  "near:": "a field or table",
  "up:": "a field or table",
  "down:": "a field or table",
  "both:": "a field or table",
};

/** Say what an address asks for that is not here, such as a link of an older page; empty if all is. */
export function missingFrom(pack: Pack, text: string, initial: State): string {
  const missing = new Set<string>();
  const quoted = (value: string): string => `\u201c${visible(middle(value, MAX_SAID))}\u201d`;
  const say = (key: string, value: string): void => {
    const kind = key === KEYS.focus ? (/^[a-z]+:/.exec(value)?.[0] ?? "") : key;
    missing.add(key === KEYS.page ? `a page ${quoted(value)}` : (Object.hasOwn(ASKED, kind) ? ASKED[kind] : quoted(`${key}=${value}`)));
  };
  fromHash(pack, text, initial, say);
  for (const [key, value] of new URLSearchParams(text.replace(/^#/, ""))) if (!KNOWN.includes(key)) say(key, value);
  if (missing.size === 0) return "";
  const said = [...missing];
  const named = said.length > MAX_MISSING ? [...said.slice(0, MAX_MISSING), "more"] : said;
  return `The address asks for something that is not in this page: ${listed(named)}. It may be of an older page or of another one. Search for its name.`;
}

const MAX_MISSING = 3; // that are named

/** Whether an address asks for something that is not here, such as a link of an older page. */
export function asksForOther(pack: Pack, text: string): boolean {
  const focus = new URLSearchParams(text.replace(/^#/, "")).get(KEYS.focus);
  return focus !== null && focus !== "" && readFocus(pack, focus) === undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const level = (index: number): Level | undefined => (index < 0 ? undefined : (index as Level));

function threshold(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && value >= 0 && value <= 1 ? value : undefined;
}

function part(text: string): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= MAX_PARTS ? value - 1 : undefined;
}

const nodeOf = (pack: Pack, id: string) => pack.nodeOfId(id.replace("~", ":"));

/** The system with an id, -1 if there is none. */
function systemOf(pack: Pack, id: string): number {
  const node = nodeOf(pack, id);
  return node >= 0 && pack.level(node) === 0 ? node : -1;
}

/** The table with an id, -1 if there is none. */
function tableOf(pack: Pack, id: string): number {
  const node = nodeOf(pack, id);
  return node >= 0 && pack.level(node) === 1 ? node : -1;
}

/** Two different nodes that are here. */
function pairOf(pack: Pack, text: string): State["why"] | undefined {
  const [a, b, ...more] = text.split(",").map((id) => nodeOf(pack, id));
  return a >= 0 && b >= 0 && a !== b && more.length === 0 ? [a, b] : undefined;
}

function readFocus(pack: Pack, text: string): Focus | undefined {
  const [kind, one = "", other = ""] = text.split(":");
  if (kind === "result") return pack.result ? { kind } : undefined;
  if (kind === "link") {
    const link = pack.linkOfId(one);
    return link < 0 ? undefined : { kind, link };
  }
  const a = nodeOf(pack, one);
  if (a < 0) return undefined;
  if (kind === "cluster") return { kind, member: a };
  if (kind === "pair") {
    const [left, right] = [systemOf(pack, one), systemOf(pack, other)];
    return left < 0 || right < 0 ? undefined : { kind, left, right };
  }
  if (kind === "path" || kind === "line") {
    const b = nodeOf(pack, other);
    if (b < 0) return undefined;
    return kind === "path" ? { kind, from: a, to: b } : { kind, source: a, target: b };
  }
  if (kind === "near" || kind === "up" || kind === "down" || kind === "both") {
    if (other === ALL_HOPS) return { kind, node: a, hops: Infinity };
    const hops = Math.round(Number(other));
    return { kind, node: a, hops: hops > MAX_HOPS ? Infinity : hops >= 1 ? hops : 1 };
  }
  return undefined;
}
