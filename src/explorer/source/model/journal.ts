// The journal of decisions and names: the file that Python writes and reads.

import {
  ASKED,
  DECISIONS_SCHEMA,
  DECISION_FIELDS,
  JOURNAL_DECISION_FIELDS,
  JOURNAL_NAME_FIELDS,
  JOURNAL_SCHEMA,
  LEVELS,
  MAX_NAME,
  REJECTED,
  SCORE_UNIT,
} from "../generated";
import { compareText, visible, type Pack } from "./pack";
import { grouped } from "./words";
import type { Decision, GivenName } from "../state/state";

type Decisions = ReadonlyMap<number, Decision>;
type Names = ReadonlyMap<string, GivenName>;

const MAX_MISSING = 3;
const DECIMALS = Math.round(Math.log10(SCORE_UNIT));

/** Return what a reader decides about a link now. */
export function ownDecision(
  pack: Pack,
  link: number,
  status: number,
  at: number,
  note: string,
): Decision {
  const confidence = pack.confidence[link];
  return {
    status,
    at,
    note,
    ...(Number.isNaN(confidence) ? {} : { confidence: toUnit(confidence) }),
  };
}

// --- writing -------------------------------------------------------------------------------------

/** Write decisions and names with the same bytes as `hummgraph.write_decisions`. */
export function decisionsFile(pack: Pack, decisions: Decisions, names: Names): string {
  const lines = [...decisions].map(([link, decision]) => {
    const micros = microsOf(decision.at);
    const id = pack.linkId(link);
    const text = lineOf("decision", [
      ["link_id", id],
      ["source", pack.nodeId(pack.source[link])],
      ["target", pack.nodeId(pack.target[link])],
      ["status", pack.header.statuses[decision.status]],
      ["decided_at", timeText(micros)],
      ["who", decision.who],
      ["note", decision.note || undefined],
      ["asked", decision.asked],
      ["confidence", decision.confidence],
    ]);
    return { id, micros, text };
  });
  for (const [id, name] of names) lines.push({ id, micros: microsOf(name.at), text: nameLine(id, name) });
  // What has no time comes first.
  lines.sort(
    (x, y) =>
      Number(x.micros !== 0) - Number(y.micros !== 0) || x.micros - y.micros || compareText(x.id, y.id),
  );
  return lines.map(({ text }) => text).join("");
}

/** Write a name as a line of the journal. */
export function nameLine(id: string, name: GivenName): string {
  return lineOf("name", [
    ["node_id", id],
    ["name", name.name],
    ["decided_at", timeText(microsOf(name.at))],
    ["who", name.who],
    ["note", name.note],
  ]);
}

function lineOf(kind: string, members: [name: string, value: string | number | undefined][]): string {
  const known = members.filter(([, value]) => value !== undefined);
  const texts = known.map(([name, value]) => `, "${name}": ${typeof value === "number" ? plain(value) : JSON.stringify(value)}`);
  return `{"schema": ${JOURNAL_SCHEMA}, "kind": "${kind}"${texts.join("")}}\n`;
}

/** Write a number of nine decimals without an exponent, and without zeros at its end. */
function plain(value: number): string {
  return value.toFixed(DECIMALS).replace(/\.?0+$/, "");
}

function microsOf(at: number): number {
  return Math.round(at * 1000);
}

/** Write a time as Python does: microseconds in full, or no fraction at all. */
function timeText(micros: number): string | undefined {
  if (micros === 0) return undefined;
  const whole = Math.floor(micros / 1e6);
  const fraction = micros - whole * 1e6;
  const seconds = new Date(whole * 1000).toISOString().slice(0, 19);
  return fraction === 0 ? `${seconds}Z` : `${seconds}.${String(fraction).padStart(6, "0")}Z`;
}

// --- reading -------------------------------------------------------------------------------------

/** What a file holds: the latest about each link and node, in the order in which it was made. */
export interface DecisionsRead {
  decisions: Map<number, Decision>;
  names: Map<string, GivenName>;
}

type Row = { id: string; decision: Decision } | { node: string; name: GivenName };

/**
 * Read a journal, or an older file of decisions.
 *
 * Throws an Error that says what is wrong if the file cannot be read, or is about other links.
 */
export function readDecisionsFile(pack: Pack, text: string): DecisionsRead {
  const rows = isJournal(text) ? journalRows(pack, text) : olderRows(pack, text);
  const found = new Map<number, Decision>();
  const names = new Map<string, GivenName>();
  const missing: string[] = [];
  let n = 0;
  for (const row of rows) {
    if ("node" in row) {
      const { node, name } = row;
      if (isLater(name, names.get(node), (other) => other.name !== name.name, `Node ${node} is named`)) names.set(node, name);
      continue;
    }
    n += 1;
    const { id, decision } = row;
    const link = pack.linkOfId(id);
    if (link < 0) missing.push(id);
    else if (isLater(decision, found.get(link), (other) => other.status !== decision.status, `Link ${id} is decided`)) found.set(link, decision);
  }
  if (missing.length > 0) {
    const some = missing.slice(0, MAX_MISSING).join(", ") + (missing.length > MAX_MISSING ? " ..." : "");
    throw new Error(
      `${grouped(missing.length)} of ${grouped(n)} decisions are about links that this` +
        ` page does not have: ${some}. Load the file in a page of the whole graph.`,
    );
  }
  return {
    decisions: new Map([...found].sort(([x, one], [y, other]) => one.at - other.at || x - y)),
    names: new Map([...names].sort(([x, one], [y, other]) => one.at - other.at || compareText(x, y))),
  };
}

/** What is here and in a file together. */
export interface Merged extends DecisionsRead {
  /** How many decisions and names of the file are older than what is here about the same link or node. */
  nOlder: { readonly decisions: number; readonly names: number };
}

/**
 * Merge what is here with what is in a file, as `hummgraph.merge_decisions` does: the latest holds.
 *
 * Throws an Error if two that differ are equally late.
 */
export function mergedWith(mine: { decisions: Decisions; names: Names }, file: DecisionsRead, linkId: (link: number) => string): Merged {
  const decisions = latestOf(mine.decisions, file.decisions, (one, other) => one.status !== other.status, (link) => `Link ${linkId(link)} is decided here and in the file`);
  const names = latestOf(mine.names, file.names, (one, other) => one.name !== other.name, (id) => `Node ${id} is named here and in the file`);
  return { decisions: decisions.all, names: names.all, nOlder: { decisions: decisions.nOlder, names: names.nOlder } };
}

function latestOf<K, T extends { at: number }>(
  mine: ReadonlyMap<K, T>,
  theirs: ReadonlyMap<K, T>,
  differ: (one: T, other: T) => boolean,
  what: (key: K) => string,
): { all: Map<K, T>; nOlder: number } {
  const all = new Map(mine);
  let nOlder = 0;
  for (const [key, one] of theirs) {
    const own = mine.get(key);
    if (isLater(one, own, (other) => differ(one, other), what(key))) {
      all.delete(key);
      all.set(key, one);
    } else if (own!.at > one.at) nOlder += 1;
  }
  return { all: new Map([...all].sort(([, one], [, other]) => one.at - other.at)), nOlder };
}

function isLater<T extends { at: number }>(
  one: T,
  other: T | undefined,
  differs: (other: T) => boolean,
  what: string,
): boolean {
  if (other && other.at === one.at && differs(other)) {
    throw new Error(
      `${what} in two ways, equally late. Give one a later decided_at, or remove the other.`,
    );
  }
  return !other || one.at > other.at;
}

const BLANK = /^[ \t\r\n]*/;

/** Whether the first line is one of a journal, or the beginning of one. */
function isJournal(text: string): boolean {
  if (text === "") return true;
  const content = text.replace(BLANK, "");
  const first = content.split("\n", 1)[0];
  const beginning = `{"schema": ${JOURNAL_SCHEMA}, "kind": "`;
  if (first && content === first && beginning.startsWith(first)) return true;
  return /"kind"\s*:|^\{\s*"schema"\s*:\s*2\b/.test(first) && !/"decisions"\s*:/.test(first);
}

function journalRows(pack: Pack, text: string): Row[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) =>
    line.replace(BLANK, "") ? [journalRow(pack, line, index + 1, index + 1 === lines.length)] : [],
  );
}

function journalRow(pack: Pack, line: string, number: number, isLast: boolean): Row {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw new Error(
      isLast
        ? `Line ${number}, the last, is not finished: no line break ends it, and it is not JSON.` +
            " The program that wrote it was interrupted; remove the line."
        : `Line ${number} is not JSON.`,
    );
  }
  const wrong = (what: string): Error => new Error(`Line ${number}: ${what}`);
  if (!isObject(row)) throw wrong("it is not an object.");
  const { schema, kind, ...members } = row;
  if (schema !== JOURNAL_SCHEMA) {
    throw wrong(`its schema is ${shown(schema)}; this page reads lines of schema ${JOURNAL_SCHEMA}.`);
  }
  if (kind === "name") {
    checkMembers(members, JOURNAL_NAME_FIELDS, wrong);
    return readName(members, wrong);
  }
  if (kind !== "decision") throw wrong(`its kind is ${shown(kind)}; it must be one of decision, name.`);
  checkMembers(members, JOURNAL_DECISION_FIELDS, wrong);
  return readDecision(pack, members, wrong);
}

function olderRows(pack: Pack, text: string): Row[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error("This is no file of decisions: one has a decision or a name a line, as Save writes them.");
  }
  if (!isObject(content)) {
    throw new Error("This is no file of decisions: it is not an object with 'schema' and 'decisions'.");
  }
  if (content["schema"] !== DECISIONS_SCHEMA) {
    throw new Error(
      `The schema of the decisions is ${shown(content["schema"])}; this page reads schema` +
        ` ${DECISIONS_SCHEMA}, and journals of schema ${JOURNAL_SCHEMA}.`,
    );
  }
  const rows = content["decisions"];
  if (!Array.isArray(rows)) throw new Error("'decisions' must be a list of decisions.");
  return rows.map((row: unknown, index) => {
    const wrong = (what: string): Error => new Error(`Decision ${index}: ${what}`);
    if (!isObject(row)) throw wrong("it is not an object.");
    checkMembers(row, DECISION_FIELDS, wrong);
    return readDecision(pack, row, wrong);
  });
}

type Wrong = (what: string) => Error;
type Members = Record<string, unknown>;

function checkMembers(row: Members, allowed: readonly string[], wrong: Wrong): void {
  const unknown = Object.keys(row).filter((name) => !allowed.includes(name)).sort(compareText);
  if (unknown.length > 0) {
    throw wrong(`it has the member '${unknown[0]}'; there are ${[...allowed].sort(compareText).join(", ")}.`);
  }
}

function readDecision(pack: Pack, row: Members, wrong: Wrong): Row {
  const id = dashed(row["link_id"]);
  if (id === null) throw wrong("link_id must be the id of a link, a UUID.");
  const status = pack.header.statuses.indexOf(row["status"] as string);
  if (status < 0 || status > REJECTED) {
    const allowed = pack.header.statuses.slice(0, REJECTED + 1).join(", ");
    throw wrong(`status is ${shown(row["status"])}; it must be one of ${allowed}.`);
  }
  checkEnds(pack, row, id, wrong);
  const asked = row["asked"] ?? undefined;
  if (asked !== undefined && !isAsked(asked)) {
    throw wrong(`asked is ${shown(asked)}; it must be one of ${ASKED.join(", ")}.`);
  }
  const confidence = row["confidence"] ?? undefined;
  if (confidence !== undefined && !isShare(confidence)) {
    throw wrong(`confidence is ${shown(confidence)}; it must be a number in [0, 1].`);
  }
  const who = readText(row, "who", wrong);
  return {
    id,
    decision: {
      status,
      at: readAt(row, wrong),
      note: readText(row, "note", wrong) ?? "",
      ...(who === undefined ? {} : { who }),
      ...(asked === undefined ? {} : { asked }),
      ...(confidence === undefined ? {} : { confidence: toUnit(confidence) }),
    },
  };
}

function checkEnds(pack: Pack, row: Members, id: string, wrong: Wrong): void {
  const [source, target] = ["source", "target"].map((name) => {
    const value = row[name] ?? undefined;
    const end = value === undefined ? undefined : nodeIdOf(value);
    if (end === null) throw wrong(`${name} must be the id of a node, a UUID.`);
    return end;
  });
  if ((source === undefined) !== (target === undefined)) {
    throw wrong(`only ${source === undefined ? "target" : "source"} is given; a decision has both ends or neither.`);
  }
  const link = pack.linkOfId(id);
  if (link < 0 || source === undefined || target === undefined) return;
  const joins = (a: number, b: number): boolean => isOf(pack, a, source) && isOf(pack, b, target);
  if (!joins(pack.source[link], pack.target[link]) && !joins(pack.target[link], pack.source[link])) {
    throw wrong(
      `link ${id} joins ${pack.nodeId(pack.source[link])} and ${pack.nodeId(pack.target[link])}, not ${source} and ${target}.`,
    );
  }
}

/** Whether an id is that of a node; the level may stand before any id. */
function isOf(pack: Pack, node: number, id: string): boolean {
  const own = pack.nodeId(node);
  return id === own || id === `${LEVELS[pack.level(node)]}:${own}`;
}

function readName(row: Members, wrong: Wrong): Row {
  const node = nodeIdOf(row["node_id"]);
  if (node === null) throw wrong("node_id must be the id of a node, a UUID.");
  if (typeof row["name"] !== "string") throw wrong("name must be text.");
  const name = row["name"].replace(/^ +| +$/g, "");
  const length = [...name].length;
  if (length === 0 || length > MAX_NAME) {
    throw wrong(`name has ${grouped(length)} characters; it must have 1 to ${MAX_NAME}.`);
  }
  if (visible(name) !== name) throw wrong("name has hidden characters.");
  const who = readText(row, "who", wrong);
  const note = readText(row, "note", wrong);
  return {
    node,
    name: {
      name,
      at: readAt(row, wrong),
      ...(who === undefined ? {} : { who }),
      ...(note === undefined ? {} : { note }),
    },
  };
}

function readText(row: Members, member: string, wrong: Wrong): string | undefined {
  const text = row[member] ?? undefined;
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw wrong(`${member} must be text.`);
  if (/\p{Cs}/u.test(text)) throw wrong(`${member} holds half of a surrogate pair.`);
  return text;
}

function dashed(value: unknown): string | null {
  const packed = typeof value === "string" ? value.replace(/-/g, "").toLowerCase() : "";
  if (!/^[0-9a-f]{32}$/.test(packed)) return null;
  return packed.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Return the id of a node in one spelling, with its level if it says one; null for other values. */
function nodeIdOf(value: unknown): string | null {
  const text = typeof value === "string" ? value : "";
  const colon = text.lastIndexOf(":");
  const level = text.slice(0, colon + 1);
  const id = dashed(text.slice(colon + 1));
  const isKnown = !level || LEVELS.some((each) => level === `${each}:`);
  return isKnown && id !== null ? level + id : null;
}

function readAt(row: Members, wrong: Wrong): number {
  const time = row["decided_at"] ?? null;
  const at = time === null ? 0 : readTime(time);
  if (at === null) {
    throw wrong(
      `decided_at is ${shown(time)}; it must be a time with a zone such as 2026-01-31T09:30:00Z.`,
    );
  }
  return at;
}

const TIME =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?(Z|([+-])(\d\d):?(\d\d))$/;

/** Read a time as milliseconds since 1970, exact to the microsecond; null without a zone or for other text. */
function readTime(value: unknown): number | null {
  const parts = typeof value === "string" ? TIME.exec(value) : null;
  if (!parts) return null;
  const [, date, minutes, seconds = "00", fraction = "", , sign, hours, rest] = parts;
  const begin = Date.parse(`${date}T${minutes}:${seconds}Z`);
  if (Number.isNaN(begin)) return null;
  const offset = sign ? (Number(hours) * 60 + Number(rest)) * (sign === "-" ? -60_000 : 60_000) : 0;
  return begin - offset + Number(fraction.padEnd(6, "0")) / 1000;
}

export function isAsked(value: unknown): value is string {
  return (ASKED as readonly unknown[]).includes(value);
}

export function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function toUnit(value: number): number {
  return Math.round(value * SCORE_UNIT) / SCORE_UNIT;
}

const MAX_SHOWN = 60;

/** Write a value from a file, cut to a length that fits a message. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
