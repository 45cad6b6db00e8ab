// The file that decisions and names are kept in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED, SUGGESTED } from "../source/generated";
import { decisionsFile, mergedWith, ownDecision, readDecisionsFile } from "../source/model/journal";
import type { Decision, GivenName } from "../source/state/state";
import { organisation, type Row } from "./linked";

const MADE = Date.UTC(2026, 0, 31, 9, 30);
const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["c/t.x", "d/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.3],
  ["e/t.x", "a/t.x", 0.2],
];
const pack = organisation(rows);
const NONE = new Map<string, GivenName>();
const [zero, one, two, three] = [0, 1, 2, 3].map((link) => pack.linkId(link));
const [source, target] = [pack.nodeId(pack.source[0]), pack.nodeId(pack.target[0])];

function decided(...made: [link: number, status: number, at?: number, more?: Partial<Decision>][]): Map<number, Decision> {
  return new Map(made.map(([link, status, at = MADE, more = {}]) => [link, { status, at, note: "", ...more }]));
}

function ends(link: number): string {
  return `"source": "${pack.nodeId(pack.source[link])}", "target": "${pack.nodeId(pack.target[link])}"`;
}

test("the file has a line for each by time, then by id, in the words of Python", () => {
  const names = new Map<string, GivenName>([
    [target, { name: 'the "mail" \u00fc', at: MADE, who: "Ada", note: "" }],
    [source, { name: "id", at: 0 }],
  ]);
  const made = decided(
    [2, REJECTED, MADE + 1.5, { asked: "flips", confidence: 1e-9 }],
    [1, APPROVED, MADE, { note: 'said "yes" \u2028\n', who: "Bob", confidence: 1 }],
    [0, APPROVED, -1, { confidence: 0 }],
    [3, SUGGESTED, 0],
  );
  const head = '{"schema": 2, "kind": "decision", "link_id"';
  const lines = decisionsFile(pack, made, names).split("\n");
  const first = [
    `${head}: "${three}", ${ends(3)}, "status": "SUGGESTED"}`,
    `{"schema": 2, "kind": "name", "node_id": "${source}", "name": "id"}`,
  ];
  assert.deepEqual(lines.slice(0, 2).sort(), first.sort());
  assert.equal(
    lines[2],
    `${head}: "${zero}", ${ends(0)}, "status": "APPROVED", "decided_at": "1969-12-31T23:59:59.999000Z", "confidence": 0}`,
  );
  const same = [
    `${head}: "${one}", ${ends(1)}, "status": "APPROVED", "decided_at": "2026-01-31T09:30:00Z",` +
      ` "who": "Bob", "note": "said \\"yes\\" \u2028\\n", "confidence": 1}`,
    `{"schema": 2, "kind": "name", "node_id": "${target}", "name": "the \\"mail\\" \u00fc",` +
      ' "decided_at": "2026-01-31T09:30:00Z", "who": "Ada", "note": ""}',
  ];
  assert.deepEqual(lines.slice(3, 5).sort(), same.sort());
  assert.deepEqual(lines.slice(5), [
    `${head}: "${two}", ${ends(2)}, "status": "REJECTED",` +
      ' "decided_at": "2026-01-31T09:30:00.001500Z", "asked": "flips", "confidence": 0.000000001}',
    "",
  ]);
  assert.equal(decisionsFile(pack, new Map(), NONE), "");
  assert.deepEqual(readDecisionsFile(pack, ""), { decisions: new Map(), names: NONE });
});

test("a file that was written is read back, and written again as it was", () => {
  const made = decided(
    [3, SUGGESTED, 0],
    [0, APPROVED, MADE, { note: "why", who: "Ada", asked: "random", confidence: 0.123456789 }],
    [2, REJECTED, MADE + 1.5],
  );
  const names = new Map<string, GivenName>([[source, { name: "id", at: 0 }], [target, { name: "x", at: MADE, who: "" }]]);
  const text = decisionsFile(pack, made, names);
  const read = readDecisionsFile(pack, text);
  assert.deepEqual([...read.decisions], [...made]);
  assert.deepEqual([...read.names], [...names]);
  assert.equal(decisionsFile(pack, read.decisions, read.names), text);
});

test("names of nodes that the page does not have are carried through", () => {
  const elsewhere = "column:01890a5d-ac96-774b-bcce-b302099a8057";
  const text = `{"schema": 2, "kind": "name", "node_id": "${elsewhere}", "name": "x"}\n`;
  const { decisions, names } = readDecisionsFile(pack, text);
  assert.equal(decisionsFile(pack, decisions, names), text);
});

test("what a reader decides was chosen, by the confidence that the link has", () => {
  assert.deepEqual(ownDecision(pack, 0, APPROVED, MADE, "why"), {
    status: APPROVED, at: MADE, note: "why", confidence: 0.9,
  });
  const unscored = organisation([["a/t.x", "b/t.x", null]]);
  assert.deepEqual(ownDecision(unscored, 0, APPROVED, MADE, ""), { status: APPROVED, at: MADE, note: "" });
});

function file(...decisions: object[]): string {
  return JSON.stringify({ schema: 1, decisions });
}

function line(kind: string, members: object): string {
  return `${JSON.stringify({ schema: 2, kind, ...members })}\n`;
}

const decision = (members: object): string => line("decision", { link_id: zero, status: "APPROVED", ...members });
const named = (members: object): string => line("name", { node_id: source, name: "x", ...members });

test("times may be in any zone, ids in any spelling, and the latest holds, in both formats", () => {
  const late = { link_id: zero.toUpperCase(), status: "REJECTED", decided_at: "2026-01-31T10:30:00+01:00" };
  const early = { link_id: zero.replace(/-/g, ""), status: "APPROVED", decided_at: null, note: null };
  const expected = [[0, { status: REJECTED, at: MADE, note: "" }]];
  assert.deepEqual([...readDecisionsFile(pack, file(late, early)).decisions], expected);
  const journal = `\n${decision(late)}\r\n${decision({ ...early, who: null, asked: null, confidence: null, source: null, target: null })}`;
  assert.deepEqual([...readDecisionsFile(pack, journal).decisions], expected);
  const reversed = decision({ source: target, target: `column:${source}` }).trim();
  assert.deepEqual([...readDecisionsFile(pack, reversed).decisions], [[0, { status: APPROVED, at: 0, note: "" }]]);
  const names = named({ name: " new ", decided_at: "2026-01-31T09:30:00Z" }) + named({ node_id: source.toUpperCase() });
  assert.deepEqual([...readDecisionsFile(pack, names).names], [[source, { name: "new", at: MADE }]]);
});

test("a file that has no decisions is refused with a sentence", () => {
  const unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
  const refused: [text: string, why: RegExp][] = [
    [" ", /^This is no file of decisions: /],
    ["{\n", /^This is no file of decisions: /],
    ["[]", /is not an object with 'schema' and 'decisions'/],
    ["{}", /schema of the decisions is missing; this page reads schema 1, and journals of schema 2/],
    ['{"schema": 2, "decisions": []}', /schema of the decisions is 2;/],
    ['{"schema": 1}', /'decisions' must be a list/],
    ['{"schema": 1, "decisions": [1]}', /Decision 0: it is not an object/],
    [file({ link_id: zero, status: "APPROVED", why: "" }), /it has the member 'why'; there are decided_at, link_id/],
    [file({ link_id: zero, status: "APPROVED", asked: "chosen" }), /it has the member 'asked'/],
    [file({ link_id: 7, status: "APPROVED" }), /link_id must be the id of a link, a UUID/],
    [file({ link_id: zero }), /status is missing; it must be one of SUGGESTED, APPROVED, REJECTED/],
    [file({ link_id: zero, status: "MAYBE" }), /status is "MAYBE";/],
    [file({ link_id: zero, status: "APPROVED", note: 1 }), /note must be text/],
    [file({ link_id: zero, status: "APPROVED", decided_at: "2026-01-31T09:30:00" }), /a time with a zone/],
    [file({ link_id: zero, status: "APPROVED", decided_at: "2026-13-31T09:30:00Z" }), /a time with a zone/],
    [
      file({ link_id: zero, status: "APPROVED" }, { link_id: zero, status: "REJECTED" }),
      /decided in two ways, equally late/,
    ],
    [
      file({ link_id: unknown, status: "APPROVED" }),
      /^1 of 1 decisions are about links that this page does not have: 01890a5d-ac96/,
    ],
    ["{", /^Line 1, the last, is not finished/],
    ['{"schema": 2, "ki', /^Line 1, the last, is not finished/],
    [`${decision({})}{"schema": 2, "kind": "deci`, /^Line 2, the last, is not finished: .* interrupted/],
    [`${decision({})}{\n`, /^Line 2 is not JSON\.$/],
    [`${decision({})}[]\n`, /^Line 2: it is not an object/],
    [`${decision({})}{"schema": 3}\n`, /^Line 2: its schema is 3; this page reads lines of schema 2/],
    ['{"kind": "name"}\n', /^Line 1: its schema is missing/],
    [line("cluster", {}), /^Line 1: its kind is "cluster"; it must be one of decision, name/],
    [decision({ node_id: source }), /^Line 1: it has the member 'node_id'; there are asked, confidence/],
    [named({ status: "APPROVED" }), /^Line 1: it has the member 'status'; there are decided_at, name/],
    [decision({ source }), /only source is given/],
    [decision({ target }), /only target is given/],
    [decision({ source: "x", target }), /source must be the id of a node/],
    [decision({ source: `row:${source}`, target }), /source must be the id of a node/],
    [decision({ source, target: source }), new RegExp(`joins ${source} and ${target}, not ${source} and ${source}`)],
    [decision({ source: `table:${source}`, target }), /joins .* not table:/],
    [decision({ asked: "nicely" }), /asked is "nicely"; it must be one of random, imported/],
    [decision({ confidence: 2 }), /confidence is 2; it must be a number in \[0, 1\]/],
    [decision({ confidence: "1" }), /confidence is "1"/],
    [decision({ who: 1 }), /who must be text/],
    [decision({ note: "\ud800" }), /note holds half of a surrogate pair/],
    [decision({ status: "x".repeat(100_000) }), /^.{1,200}$/],
    [named({ node_id: "x" }), /node_id must be the id of a node/],
    [named({ name: 1 }), /name must be text/],
    [named({ name: "  " }), /name has 0 characters; it must have 1 to 200/],
    [named({ name: "x".repeat(201) }), /name has 201 characters/],
    [named({ name: "a\u202eb" }), /name has hidden characters/],
    [named({}) + named({ name: "y" }), /is named in two ways, equally late/],
  ];
  for (const [text, why] of refused) {
    assert.throws(() => readDecisionsFile(pack, text), (error: Error) => why.test(error.message), text.slice(0, 200));
  }
});

test("of what is here and in a file the latest holds, in the order in which it was made", () => {
  const named = (at: number, name: string): Map<string, GivenName> => new Map([[source, { name, at }]]);
  for (const [mine, file] of [[MADE + 1, MADE], [MADE, MADE + 1], [MADE, 0]]) {
    const here = { decisions: decided([1, APPROVED, MADE + 9], [0, APPROVED, mine]), names: named(mine, "mine") };
    const theirs = { decisions: decided([0, REJECTED, file], [2, REJECTED, file]), names: named(file, "theirs") };
    const { decisions, names, nOlder } = mergedWith(here, theirs, (link) => pack.linkId(link));
    const isMine = mine > file;
    assert.equal(decisions.get(0)?.status, isMine ? APPROVED : REJECTED);
    assert.equal(names.get(source)?.name, isMine ? "mine" : "theirs");
    assert.deepEqual(nOlder, isMine ? { decisions: 1, names: 1 } : { decisions: 0, names: 0 });
    const times = [...decisions.values()].map(({ at }) => at);
    assert.deepEqual(times, [...times].sort((a, b) => a - b));
    assert.deepEqual([...decisions.keys()].sort(), [0, 1, 2]);
    // What is merged does not depend on which of the two is here.
    const turned = mergedWith(theirs, here, String);
    assert.equal(decisionsFile(pack, turned.decisions, turned.names), decisionsFile(pack, decisions, names));
  }
});

test("two that differ and are equally late are refused, and the same twice is one", () => {
  const both = (status: number, name: string): { decisions: Map<number, Decision>; names: Map<string, GivenName> } => ({ decisions: decided([0, status]), names: new Map([[source, { name, at: MADE }]]) });
  const merge = (status: number, name: string): unknown => mergedWith(both(APPROVED, "x"), both(status, name), (link) => pack.linkId(link));
  assert.throws(() => merge(REJECTED, "x"), { message: `Link ${zero} is decided here and in the file in two ways, equally late. Give one a later decided_at, or remove the other.` });
  assert.throws(() => merge(APPROVED, "y"), /Node .* is named here and in the file in two ways/);
  assert.deepEqual(merge(APPROVED, "x"), { ...both(APPROVED, "x"), nOlder: { decisions: 0, names: 0 } });
});
