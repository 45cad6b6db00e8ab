// The address of a view: what it keeps, what it passes over.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pack } from "../source/model/pack";
import { asksForOther, fromHash, initialState, missingFrom, toHash } from "../source/state/hash";
import { Random } from "../source/model/review/random";
import { PAGES, type Focus, type State } from "../source/state/state";
import { node, organisation } from "./linked";

const pack = organisation(
  [
    ["crm/contact.mail", "shop/user.mail", 0.5],
    ["crm/contact.name", "shop/user.name", 0.8, "REJECTED"],
  ],
  { result: { nodes: ["crm/contact.mail"], links: [0] } },
);
const initial = initialState(pack);
const mail = node(pack, "crm/contact.mail");
const user = node(pack, "shop/user");

const both = (change: Partial<State>) => {
  const state = { ...initial, ...change };
  const hash = toHash(pack, state, initial);
  return { hash, state, read: fromHash(pack, `#${hash}`, initial) };
};

test("the first view needs no address", () => {
  assert.equal(toHash(pack, initial, initial), "");
  assert.deepEqual(fromHash(pack, "", initial), initial);
});

test("an address of before there were pages opens what it was of", () => {
  const page = (text: string) => fromHash(pack, text, initial).page;
  assert.equal(page(""), "start");
  assert.equal(page("t=0.5&s=REJECTED"), "start");
  assert.equal(page("l=force"), "tables");
  assert.equal(page("v=column&tab=links"), "tables");
  assert.equal(page(`f=near:${pack.nodeId(mail)}:1`), "tables");
  assert.equal(page(`f=cluster:${pack.nodeId(mail)}`), "concepts");
  assert.equal(page(`p=tables&f=cluster:${pack.nodeId(mail)}`), "tables");
});

test("a table has an address; what is in none opens among all tables, and nothing on Start", () => {
  for (const one of [user, mail]) {
    const { read, state, hash } = both({ page: "table", focus: { kind: "near", node: one, hops: 1 } });
    assert.deepEqual(read, state);
    assert.equal(hash, `p=table&f=near:${pack.nodeId(one)}:1`);
  }
  const page = (text: string) => fromHash(pack, text, initial).page;
  assert.equal(page(`p=table&f=near:${pack.nodeId(node(pack, "crm"))}:1`), "tables");
  assert.equal(page(`p=table&f=cluster:${pack.nodeId(mail)}`), "tables");
  assert.equal(page("p=table"), "start");
  assert.equal(page("p=table&f=near:unknown:1"), "start");
});

test("two fields that are asked about, and a group of the review, are in the address", () => {
  const name = node(pack, "crm/contact.name");
  const asked = both({ page: "concepts", focus: { kind: "cluster", member: mail }, why: [mail, name] });
  assert.deepEqual(asked.read, asked.state);
  assert.equal(asked.hash, `f=cluster:${pack.nodeId(mail)}&why=${pack.nodeId(mail)},${pack.nodeId(name)}`);
  for (const wrong of ["", pack.nodeId(mail), `${pack.nodeId(mail)},${pack.nodeId(mail)}`, "x,y"]) {
    assert.equal(fromHash(pack, `why=${wrong}`, initial).why, null);
  }
  const group = both({ page: "review", askedGroup: "exact rule" });
  assert.deepEqual(group.read, group.state);
  assert.equal(group.hash, "p=review&of=exact-rule");
  assert.equal(fromHash(pack, "p=review&of=nothing", initial).askedGroup, "");
});

test("pages keep what is listed on them", () => {
  const { read, state, hash } = both({ page: "concepts", query: "e mail", listing: "identifies", only: "undecided", entity: user });
  assert.deepEqual(read, state);
  assert.equal(hash, `p=concepts&q=e%20mail&k=identifies&only=undecided&e=${pack.nodeId(user)}`);
  const review = both({ page: "review", ask: "flips", focus: { kind: "link", link: 1 } });
  assert.deepEqual(review.read, review.state);
  assert.match(review.hash, /^p=review&f=link:[^&]+&ask=flips$/);
  const concept = both({ page: "concepts", focus: { kind: "cluster", member: mail } });
  assert.equal(concept.hash, `f=cluster:${pack.nodeId(mail)}`);
});

test("a view is restored: level, layout, colour, threshold, filters, open tables, tab", () => {
  const { read, state, hash } = both({
    level: 2,
    layout: "force",
    colour: "cluster",
    threshold: 0.825,
    hiddenStatuses: new Set([2, 0]),
    hiddenTypes: new Set([1]),
    hiddenSystems: new Set([node(pack, "shop")]),
    toggled: new Set([user]),
    all: true,
    tab: "nodes",
  });
  assert.deepEqual(read, { ...state, hiddenStatuses: new Set([0, 2]) });
  assert.match(hash, /^[\w=&:,.%~-]+$/);
});

test("every focus is restored", () => {
  const foci: Focus[] = [
    { kind: "near", node: mail, hops: 1 },
    { kind: "up", node: user, hops: 9 },
    { kind: "down", node: mail, hops: 3 },
    { kind: "both", node: 0, hops: 2 },
    { kind: "path", from: mail, to: user },
    { kind: "cluster", member: mail },
    { kind: "line", source: node(pack, "crm/contact"), target: user },
    { kind: "link", link: 1 },
    { kind: "result" },
  ];
  for (const focus of foci) assert.deepEqual(both({ focus }).read.focus, focus, focus.kind);
});

test("differences from a start with filters are kept, and so is the lack of filters", () => {
  const start = { ...initial, hiddenStatuses: new Set([1]), focus: { kind: "result" } as const, tab: "links" as const, threshold: 0.4 };
  const state = { ...start, hiddenStatuses: new Set<number>(), focus: null, tab: null, threshold: 0 };
  const hash = toHash(pack, state, start);
  assert.deepEqual(fromHash(pack, hash, start), state);
  assert.equal(toHash(pack, start, start), "");
});

test("decisions, theme and search are not in the address", () => {
  const decisions = new Map([[0, { status: 1, at: 0, note: "" }]]);
  assert.equal(both({ decisions, theme: "dark", search: "mail" }).hash, "");
});

test("what cannot be read is ignored", () => {
  const bad = [
    "v=planet&l=spiral&c=mood&t=2&tab=mail&f=near",
    "t=&f=up:nobody:3&o=,,x&x=%E0%A4%A",
    "t=NaN&f=path:a:b&s=MAYBE&y=%25%25",
    "f=link:nothing&all=maybe&constructor=1&__proto__=2",
    "&&=&==&%",
  ];
  for (const text of bad) {
    const read = fromHash(pack, text, initial);
    assert.deepEqual({ ...read, tab: null, page: "start" }, initial, text);
  }
  assert.deepEqual(fromHash(pack, `f=up:${pack.nodeId(mail)}:0`, initial).focus, { kind: "up", node: mail, hops: 1 });
  // More steps than have a button are all of them.
  assert.deepEqual(fromHash(pack, `f=up:${pack.nodeId(mail)}:77`, initial).focus, { kind: "up", node: mail, hops: Infinity });
});

test("an id that occurs at two levels is written with its level", () => {
  const shared: Pack = {
    ...pack,
    nodeId: (code) => (code === mail ? "column:one" : pack.nodeId(code)),
    nodeOfId: (id) => (id === "column:one" ? mail : pack.nodeOfId(id)),
  };
  const state: State = { ...initial, focus: { kind: "path", from: mail, to: user }, toggled: new Set([user]) };
  const hash = toHash(shared, state, initial);
  assert.deepEqual(fromHash(shared, hash, initial), state);
});

test("the start of the pack replaces the defaults", () => {
  const started: Pack = { ...pack, header: { ...pack.header, start: `v=column&c=cluster&t=0.1&f=cluster:${pack.nodeId(mail)}` } };
  const state = initialState(started);
  assert.deepEqual([state.level, state.colour, state.threshold, state.layout], [2, "cluster", 0.1, "lanes"]);
  assert.deepEqual(state.focus, { kind: "cluster", member: mail });
});

test("an address may ask for what is not here", () => {
  for (const text of ["#f=cluster:nonsense", "p=review&f=link:0000", "f=near:x:1", "f=<img>"]) assert.ok(asksForOther(pack, text), text);
  for (const text of ["", "#p=zzz", "f=", "f=result", `f=cluster:${pack.nodeId(mail)}`, `#p=review&f=link:${pack.linkId(0)}`]) {
    assert.ok(!asksForOther(pack, text), text);
  }
});

test("what an address asks for that is not here is said, and nothing else is", () => {
  const said = (text: string): string => missingFrom(pack, text, initial).replace(/^The address asks for something that is not in this page: |\. It may be of.*$/g, "");
  assert.equal(said("#p=nonsense"), "a page \u201cnonsense\u201d");
  assert.equal(said("p=join&a=x&b=y"), "a table to join");
  assert.equal(said("f=link:unknown&o=zzz"), "a link and a table");
  assert.equal(said("f=cluster:1&e=1&why=1,2&end=1&x=1"), "a concept, an entity, a field and more");
  assert.equal(said("v=planet&foo=1"), "\u201cv=planet\u201d and \u201cfoo=1\u201d");
  assert.equal(said(`x=${"\u202e".repeat(99)}`), "a system");
  assert.doesNotMatch(said(`p=${"\u202e<b>".repeat(99)}`), /\u202e|.{80}/);
  const whole = { ...initial, page: "join" as const, joinA: node(pack, "crm/contact"), joinB: node(pack, "shop/user"), toggled: new Set([node(pack, "shop/user")]), tab: "links" as const, threshold: 0.4 };
  for (const text of ["", "#", "o=&x=&f=&a=", toHash(pack, whole, initial), toHash(pack, initial, whole)]) assert.equal(missingFrom(pack, text, initial), "", text);
});

test("any address is read, and opens a page", () => {
  const draw = new Random(5, 0);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw.next() * list.length)];
  const keys = ["p", "v", "l", "c", "t", "s", "y", "x", "o", "all", "f", "tab", "q", "k", "only", "e", "sort", "min", "n", "g", "has", "in", "ask", "a", "b", "way", "end", "keys", "more", "of", "why", "zz", ""];
  const values = ["", "1", "-1", "0.5", "nonsense", "%", "%E0%A4%A", "near:x", `near:${pack.nodeId(mail)}:2`, `link:${pack.linkId(0)}`, `${pack.nodeId(mail)},${pack.nodeId(mail)}`, pack.nodeId(mail), ...PAGES, "links", "constructor", "__proto__"];
  for (let n = 0; n < 3000; n += 1) {
    const text = Array.from({ length: 1 + Math.floor(draw.next() * 4) }, () => `${pick(keys)}=${pick(values)}`).join("&");
    const read = fromHash(pack, text, initial);
    assert.ok(PAGES.includes(read.page), text);
    const written = toHash(pack, read, initial);
    assert.deepEqual(fromHash(pack, written, initial), read, text);
    assert.equal(missingFrom(pack, written, initial), "", `${text} is ${written}`);
  }
});
