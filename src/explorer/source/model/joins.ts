// Ways that join two tables, as Python found and packed them, and what decisions since say of them.

import { APPROVED, KEY_VALUE, REJECTED } from "../generated";
import { entitiesOf } from "./entities";
import { folded, wordsOf } from "./folding";
import { visible, type Pack } from "./pack";
import { traitsOf } from "./traits";
import type { View } from "./types";
import { counted, listed } from "./words";

export interface JoinStep {
  /** Columns that are compared; tables where a column is unknown. */
  readonly ends: readonly [number, number];
  readonly key: number;
  /** Weight, in (0, 1]; null if the step does not count. */
  readonly weight: number | null;
  /** Links that make it, one or a chain; of a declared relationship -1 minus its position. */
  readonly links: readonly number[];
  /** Ends of these links, in order. */
  readonly stops: readonly number[];
  /** How many rows meet by the values, such as "n:1"; null if that is unknown. */
  readonly meets: string | null;
}

export interface JoinWay {
  readonly tables: readonly number[];
  /** Quality of the worst step: a position in `JOIN_KEYS`. */
  readonly key: number;
  /** What it joins besides rows of one thing; empty if nothing. */
  readonly remark: string;
  /** Product of the weights; null if a step does not count. */
  readonly confidence: number | null;
  readonly steps: readonly JoinStep[];
  /** The query in each dialect, as numbers of lines. */
  readonly sql: readonly (readonly number[])[];
}

export interface JoinPair {
  readonly ends: readonly [number, number];
  /** The rule that ranked the ways; null if it is unknown. */
  readonly keys: string | null;
  /** What each further step counts; null if that is unknown. */
  readonly detour: number | null;
  readonly advice: string;
  readonly note: string;
  readonly ways: readonly JoinWay[];
}

export interface Joins {
  readonly pairs: readonly JoinPair[];
  readonly lines: readonly string[];
  /** Name for sqlglot and for people; null where Python had no sqlglot. */
  readonly dialects: readonly (readonly [string, string])[] | null;
  /** The dialect of a system that is here. */
  readonly dialect: string;
}

const known = new WeakMap<Pack, Joins>();

/** The ways of a pack, read when something asks for them. */
export function joinsOf(pack: Pack): Joins {
  let found = known.get(pack);
  if (!found) {
    const empty: Joins = { pairs: [], lines: [], dialects: [], dialect: "" };
    found = pack.joinText.length ? (JSON.parse(new TextDecoder().decode(pack.joinText)) as Joins) : empty;
    known.set(pack, found);
  }
  return found;
}

/** The tables that are asked for; those of the result, if the page was made for one and none is chosen. */
export function askedEnds(pack: Pack, state: { joinA: number; joinB: number }): readonly [number, number] {
  if (state.joinA < 0 && state.joinB < 0 && isMadeForJoin(pack)) return joinsOf(pack).pairs[0]?.ends ?? [-1, -1];
  return [state.joinA, state.joinB];
}

/** Whether the page was made for ways between two tables. */
export const isMadeForJoin = (pack: Pack): boolean => pack.result?.kind === "join path";

/** The ways of two tables, and whether they were searched from the second to the first. */
export function pairOf(pack: Pack, a: number, b: number): { pair: JoinPair; turned: boolean } | null {
  for (const pair of joinsOf(pack).pairs) {
    if (pair.ends[0] === a && pair.ends[1] === b) return { pair, turned: false };
  }
  const pair = joinsOf(pack).pairs.find(({ ends }) => ends[0] === b && ends[1] === a);
  return pair ? { pair, turned: true } : null;
}

/** Tables that a table has packed ways to, with their number. */
export function readyWith(pack: Pack, table: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { ends, ways } of joinsOf(pack).pairs) {
    if (ends[0] === table) found.set(ends[1], ways.length);
    else if (ends[1] === table) found.set(ends[0], ways.length);
  }
  return found;
}

// --- groups ----------------------------------------------------------------------------------------

/** Ways that differ in their last field only; the best first. */
export interface JoinGroup {
  readonly ways: readonly JoinWay[];
}

/** Ways in groups, in the order of the best of each. */
export function groupsOf(ways: readonly JoinWay[]): JoinGroup[] {
  const groups = new Map<string, JoinWay[]>();
  for (const way of ways) {
    const fields = way.steps.flatMap(({ ends }) => ends).slice(0, -1);
    const name = `${way.tables.join(" ")}|${fields.join(" ")}`;
    const group = groups.get(name);
    if (group) group.push(way);
    else groups.set(name, [way]);
  }
  return [...groups.values()].map((of) => ({ ways: of }));
}

/** The field of the last table that a way compares. */
export const lastField = (way: JoinWay): number => way.steps[way.steps.length - 1]?.ends[1] ?? -1;

/** The way of a group that ends at a field; the best if none does. */
export const wayAt = (group: JoinGroup, field: number): JoinWay =>
  group.ways.find((way) => lastField(way) === field) ?? group.ways[0];

/** Ways whose every step compares what identifies rows: quality 0 or 1. */
export const identifies = (way: JoinWay): boolean => way.key <= 1;

// --- what decisions since say ----------------------------------------------------------------------

export type Standing = "declared" | "approved" | "suggested" | "rejected" | "other";

/** How a step stands by the decisions of now: as its least certain link. */
export function standingOf(view: View, step: JoinStep): Standing {
  return standing(view.pack, view.status, step);
}

function standing(pack: Pack, status: Uint8Array, { links }: JoinStep): Standing {
  const own = links.filter((link) => link >= 0);
  if (!own.length) return "declared";
  if (own.some((link) => status[link] === REJECTED)) return "rejected";
  if (own.every((link) => status[link] === APPROVED)) return "approved";
  const word = pack.header.statuses[status[own.find((link) => status[link] !== APPROVED) ?? 0]];
  return word === "SUGGESTED" ? "suggested" : "other";
}

/** Whether every step of a way is approved now, or declared by a system. */
export const isApproved = (view: View, way: JoinWay): boolean =>
  way.steps.every((step) => ["approved", "declared"].includes(standingOf(view, step)));

/**
 * Links that are rejected now between fields that one step takes as the same, or between the ends.
 *
 * The ends are the first and the last field, and the first and the last table.
 */
export function rejectedOf({ pack, status }: Pick<View, "pack" | "status">, { tables, steps }: JoinWay): number[] {
  const first = steps[0].stops[0];
  const last = steps[steps.length - 1].stops;
  const groups = [...steps.map(({ stops }) => stops), [first, last[last.length - 1]], [tables[0], tables[tables.length - 1]]];
  const found = new Set<number>();
  for (const group of groups) {
    for (const node of group) {
      for (const link of pack.linksOf(node)) {
        const other = pack.source[link] === node ? pack.target[link] : pack.source[link];
        if (status[link] === REJECTED && other !== node && group.includes(other)) found.add(link);
      }
    }
  }
  return [...found].sort((x, y) => x - y);
}

/** Links of these that a way does not follow itself. */
export function besides(view: Pick<View, "pack" | "status">, way: JoinWay): number[] {
  const own = new Set(way.steps.flatMap(({ links }) => links));
  return rejectedOf(view, way).filter((link) => !own.has(link));
}

/** Whether a link compares what identifies rows; an approval needs one such field. */
export function comparesKeys({ pack, status }: Pick<View, "pack" | "status">, link: number): boolean {
  const { value } = traitsOf(pack);
  const [one, other] = [pack.source[link], pack.target[link]].map((node) => value[node] >= KEY_VALUE);
  return status[link] === APPROVED ? one || other : one && other;
}

/** What joins two tables directly: links between their fields, those of keys and the best first, and declared relationships. */
export function directly({ pack, status }: Pick<View, "pack" | "status">, a: number, b: number): { links: number[]; relations: number[] } {
  const isOf = (x: number, y: number): boolean => (pack.table[x] === a && pack.table[y] === b) || (pack.table[x] === b && pack.table[y] === a);
  const links = new Set<number>();
  for (let node = pack.first[2]; node < pack.nNodes; node += 1) {
    if (pack.table[node] === a) for (const link of pack.linksOf(node)) if (isOf(pack.source[link], pack.target[link])) links.add(link);
  }
  const rank = (link: number): number => (status[link] === APPROVED ? 0 : status[link] === REJECTED ? 2 : 1);
  const lacks = (link: number): number => (comparesKeys({ pack, status }, link) ? 0 : 1);
  const score = (link: number): number => (Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link]);
  return {
    links: [...links].sort((x, y) => lacks(x) - lacks(y) || rank(x) - rank(y) || score(y) - score(x) || x - y),
    relations: [...pack.relationSource.keys()].filter((at) => isOf(pack.relationSource[at], pack.relationTarget[at])),
  };
}

/** Links of a way that are not decided. */
export function openLinks(view: View, way: JoinWay): number[] {
  const { status } = view;
  const links = way.steps.flatMap((step) => step.links).filter((link) => link >= 0);
  return [...new Set(links)].filter((link) => status[link] !== APPROVED && status[link] !== REJECTED);
}

export interface Since {
  /** Links of the way that were rejected after the ways were found. */
  readonly rejected: readonly number[];
  /** Links of it that were decided otherwise since. */
  readonly changed: readonly number[];
  /** Undecided links of it below the score that the reader joins from. */
  readonly below: readonly number[];
}

/** What the reader did since the ways were found that touches a way. */
export function sinceThen(view: View, way: JoinWay): Since {
  const { pack, status, state } = view;
  const links = [...new Set(way.steps.flatMap((step) => step.links).filter((link) => link >= 0))];
  const changed = links.filter((link) => status[link] !== pack.status[link]);
  const moved = state.threshold > pack.clustering.threshold;
  return {
    rejected: changed.filter((link) => status[link] === REJECTED),
    changed,
    below: moved ? links.filter((link) => status[link] !== APPROVED && !(pack.confidence[link] >= state.threshold)) : [],
  };
}

/** Whether a way holds: every step counted for Python, and none was rejected since. */
export const holds = (view: View, way: JoinWay): boolean =>
  way.confidence !== null && sinceThen(view, way).rejected.length === 0;

// --- words -----------------------------------------------------------------------------------------

export interface JoinNote {
  readonly sign: Standing | "key" | "contradiction" | null;
  readonly text: string;
  /** Links that can be reviewed. */
  readonly review: readonly number[];
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"];

/** Which of so many steps, in words: "The last step", "Steps 1 and 3", "All 3 steps". */
export function whichSteps(at: readonly number[], n: number): { text: string; plural: boolean } {
  if (at.length === n) return { text: n === 1 ? "The step" : n === 2 ? "Both steps" : `All ${n} steps`, plural: n > 1 };
  if (at.length > 1) return { text: `Steps ${listed(at.map((one) => String(one + 1)))}`, plural: true };
  const [one] = at;
  return { text: `The ${one === n - 1 ? "last" : (ORDINALS[one] ?? `${one + 1}th`)} step`, plural: false };
}

/** What is to be known before the query of a way is run. */
export function notesOf(view: View, way: JoinWay, turned: boolean): JoinNote[] {
  const { pack } = view;
  const steps = turned ? [...way.steps].reverse() : way.steps;
  const n = steps.length;
  const stands = steps.map((step) => standingOf(view, step));
  const at = (...what: Standing[]): number[] => stands.flatMap((one, index) => (what.includes(one) ? [index] : []));
  const notes: JoinNote[] = [];
  const open = at("suggested", "other");
  if (open.length) {
    const text = `${open.length} of ${counted(n, "step")} ${open.length === 1 ? "is" : "are"} only suggested.`;
    notes.push({ sign: "suggested", text, review: openLinks(view, way) });
  }
  const approved = at("approved");
  if (approved.length) {
    const { text, plural } = whichSteps(approved, n);
    notes.push({ sign: "approved", text: `${text} ${plural ? "are" : "is"} approved.`, review: [] });
  }
  const declared = at("declared");
  if (declared.length) {
    const { text, plural } = whichSteps(declared, n);
    notes.push({ sign: "approved", text: `${text} ${plural ? "are declared keys" : "is a declared key"}.`, review: [] });
  }
  notes.push({ sign: way.key > 1 ? "contradiction" : "key", text: way.remark || "Every step compares what identifies rows.", review: [] });
  steps.forEach(({ meets, stops }, index) => {
    const which = n === 1 ? "Rows" : `Rows of step ${index + 1}`;
    if (meets) notes.push({ sign: null, text: `${which} meet ${turned ? turnedMeeting(meets) : meets}, by their values.`, review: [] });
    if (stops.length > 2) {
      const between = stops.slice(1, -1).map((node) => pack.marked(node));
      const also = n === 1 ? "It" : `Step ${index + 1}`;
      notes.push({ sign: null, text: `${also} goes by way of ${listed(between)}, which the query does not join.`, review: [] });
    }
  });
  return notes;
}

const turnedMeeting = (meets: string): string => meets.split(":").reverse().join(":");

/** The question that a group leaves to the reader: "Which user of a ticket?". */
export function questionOf(pack: Pack, group: JoinGroup): { question: string; note: string } {
  const [way] = group.ways;
  const from = way.tables[way.tables.length - 2];
  const to = way.tables[way.tables.length - 1];
  const step = way.steps[way.steps.length - 1];
  const words = [from, to].map((table) => thing(pack, table));
  const isId = pack.level(step.ends[0]) === 2 && wordsOf(pack.name[step.ends[0]]).some(({ word }) => word === "id" || word === "key");
  const question =
    isId && words[0] && words[1] && words[0] !== words[1]
      ? `Which ${words[0]} of ${/^[aeiou]/.test(words[1]) ? "an" : "a"} ${words[1]}?`
      : `Which field of ${pack.tableName(to)}?`;
  const scores = new Set(group.ways.map(({ confidence }) => confidence));
  const n = NUMBERS[group.ways.length] ?? String(group.ways.length);
  const note = `${n} fields of ${pack.tableName(to)} point to ${pack.tableName(from)}, ${scores.size === 1 ? "equally well" : "the best first"}.`;
  return { question, note };
}

const NUMBERS: Record<number, string> = { 2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six" };

/** What a row of a table is called, in the singular; empty if its name does not say. */
function thing(pack: Pack, table: number): string {
  const name = pack.name[table];
  if (!pack.resolved[table] || !/^[A-Za-z]+s$/.test(name) || name === name.toUpperCase()) {
    const { entities, ofTable } = entitiesOf(pack);
    const entity = entities[ofTable[table - pack.first[1]]];
    return entity && /^[a-z]+$/.test(entity.name) ? entity.name : "";
  }
  return wordsOf(name).map(({ word }) => folded(word)).join(" ");
}

/** Which tables a way passes, in words: "Through PostgreSQL users", or "Directly". */
export function throughOf(pack: Pack, way: JoinWay, turned: boolean): string {
  const between = way.tables.slice(1, -1);
  if (turned) between.reverse();
  if (!between.length) return "Directly";
  return `Through ${listed(between.map((table) => `${pack.name[pack.system[table]] ?? "?"} ${pack.tableName(table)}${pack.mark(table)}`))}`;
}

// --- SQL -------------------------------------------------------------------------------------------

/** The query of a way in a dialect, by position; empty where there is none. */
export function sqlOf(pack: Pack, way: JoinWay, dialect: number): string {
  const { lines } = joinsOf(pack);
  return (way.sql[dialect] ?? []).map((line) => lines[line]).join("\n");
}

export type SqlPart = readonly [kind: "comment" | "word" | "name" | "plain", text: string];

const WORDS = new Set(["SELECT", "FROM", "JOIN", "INNER", "LEFT", "ON", "AS", "AND", "OR", "CAST", "FALSE", "TRUE", "NULL", "WHERE", "VARCHAR", "TEXT", "STRING"]);
const TOKENS = /"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|[A-Za-z_][A-Za-z0-9_]*|[^"`[A-Za-z_]+/g;

/** A line of a query in parts; together they are the line. */
export function sqlParts(line: string): SqlPart[] {
  if (line.startsWith("--")) return [["comment", line]];
  return Array.from(line.matchAll(TOKENS), ([text]): SqlPart => [/^["`[]/.test(text) ? "name" : WORDS.has(text) ? "word" : "plain", text]);
}

/** Columns that a query selects: first line and number of lines; none if these are few. */
export function columnsIn(lines: readonly string[]): { first: number; n: number } | null {
  const begin = lines.findIndex((line) => line === "SELECT");
  const end = lines.findIndex((line, at) => at > begin && line.startsWith("FROM "));
  return begin >= 0 && end - begin - 1 > MOST_COLUMNS ? { first: begin + 1, n: end - begin - 1 } : null;
}

export const MOST_COLUMNS = 6; // lines, more are folded

// --- lines for Python and for a terminal -----------------------------------------------------------

/** How a person names a table to the command line and to Python: by its path, or its id. */
export function askedName(pack: Pack, table: number): string {
  const path = pack.rawPath(table);
  const isPlain = Boolean(pack.resolved[table]) && path === visible(path) && !path.startsWith("-");
  for (let other = pack.first[1]; isPlain && other < pack.first[2]; other += 1) {
    if (other !== table && pack.rawPath(other) === path) return pack.nodeId(table);
  }
  return isPlain ? path : pack.nodeId(table);
}

/** Write a text as one word of a shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replace(/'/g, `'"'"'`)}'`;

/** Write a text as Python does. */
export const pythonText = (text: string): string => JSON.stringify(text);

/** Lines that find the ways to join two tables, for Python and for a command line. */
export function joinLines(one: string, other: string, keys: string | null = null, k = 0): { shell: string; python: string } {
  const asked = keys && keys !== "identifying";
  return {
    shell: `hummgraph join SNAPSHOT ${shellWord(one)} ${shellWord(other)}${k ? ` -k ${k}` : ""}${asked ? ` --keys ${keys}` : ""}`,
    python: `hg.join_paths(graph, ${pythonText(one)}, ${pythonText(other)}${k ? `, k=${k}` : ""}${asked ? `, keys=${pythonText(keys)}` : ""})`,
  };
}

/** The line that searches on where a search stopped, for Python; through approved and declared steps only if wanted. */
export function fullLine(one: string, other: string, approvedOnly: boolean): string {
  const graph = approvedOnly ? `graph.where(status="APPROVED")` : "graph";
  return `hg.join_paths(${graph}, ${pythonText(one)}, ${pythonText(other)}, max_work=10_000_000)`;
}

/** The line that gives the query of the best single link between two tables, for Python. */
export function directLine(one: string, other: string): string {
  const ends = `${pythonText(one)}, ${pythonText(other)}`;
  return `hg.join_paths(graph.subgraph([${ends}]), ${ends}, keys="describing").paths[0].to_sql()`;
}
