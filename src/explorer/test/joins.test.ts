// Ways that join two tables: groups, notes, standing since decisions, queries and lines to copy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED, ROLES, SUGGESTED } from "../source/generated";
import { askedName, besides, columnsIn, comparesKeys, directly, groupsOf, holds, isApproved, joinLines, joinsOf, notesOf, openLinks, pairOf, pythonText, questionOf, readyWith, rejectedOf, shellWord, sinceThen, sqlOf, sqlParts, standingOf, throughOf, whichSteps, type JoinWay, type Joins } from "../source/model/joins";
import type { Pack } from "../source/model/pack";
import { ViewMaker } from "../source/model/view";
import type { State } from "../source/state/state";
import { node, organisation, stateOf, type Row } from "./linked";

const viewOf = (of: Pack, change: Partial<State> = {}) => new ViewMaker(of).make(stateOf({ page: "join", threshold: 0.1, ...change }));

const ROWS: Row[] = [
  ["shop/customers.email", "desk/users.email", 0.9],
  ["desk/users.id", "desk/tickets.requester_id", 1, "APPROVED"],
  ["desk/users.id", "desk/tickets.assignee_id", 1, "APPROVED"],
];
const plain = organisation(ROWS);
const at = (path: string): number => node(plain, path);
const linkOf = (from: string, to: string): number =>
  Array.from({ length: plain.nLinks }, (_, link) => link).find((link) => plain.source[link] === at(from) && plain.target[link] === at(to)) ?? -1;
const FIRST = linkOf("shop/customers.email", "desk/users.email");

const way = (last: string): JoinWay => ({
  tables: ["shop/customers", "desk/users", "desk/tickets"].map(at),
  key: 0,
  remark: "",
  confidence: 0.9,
  steps: [
    { ends: [at("shop/customers.email"), at("desk/users.email")], key: 0, weight: 0.9, links: [FIRST], stops: [at("shop/customers.email"), at("desk/users.email")], meets: "1:n" },
    { ends: [at("desk/users.id"), at(last)], key: 0, weight: 1, links: [linkOf("desk/users.id", last)], stops: [at("desk/users.id"), at(last)], meets: null },
  ],
  sql: [[0, 1, 2], [0, 1, 2]],
});
const WAYS = [way("desk/tickets.requester_id"), way("desk/tickets.assignee_id")];
const joins: Joins = {
  pairs: [{ ends: [at("shop/customers"), at("desk/tickets")], keys: "identifying", detour: 0.8, advice: "", note: "", ways: WAYS }],
  lines: ["-- a = b", "SELECT", 'FROM "customers" AS t1'],
  dialects: [["", "Standard SQL"], ["snowflake", "Snowflake"]],
  dialect: "snowflake",
};
const pack: Pack = { ...plain, joinText: new TextEncoder().encode(JSON.stringify(joins)) };

test("a pair is found from either side; a page without ways has none", () => {
  const [a, b] = joins.pairs[0].ends;
  assert.equal(pairOf(pack, a, b)?.turned, false);
  assert.equal(pairOf(pack, b, a)?.turned, true);
  assert.equal(pairOf(pack, a, a), null);
  assert.deepEqual([...readyWith(pack, a)], [[b, 2]]);
  assert.deepEqual([...readyWith(pack, b)], [[a, 2]]);
  assert.deepEqual(joinsOf(plain).pairs, []);
});

test("ways that differ in their last field only are one group, with a question", () => {
  const groups = groupsOf(WAYS);
  assert.equal(groups.length, 1);
  assert.deepEqual(questionOf(pack, groups[0]), {
    question: "Which user of a ticket?",
    note: "Two fields of tickets point to users, equally well.",
  });
  const other = { ...WAYS[1], steps: [{ ...WAYS[1].steps[0], ends: [at("shop/customers.email"), at("desk/users.id")] as const }, WAYS[1].steps[1]] };
  assert.equal(groupsOf([WAYS[0], other]).length, 2);
  assert.equal(throughOf(pack, WAYS[0], false), "Through desk users");
});

test("notes say what is suggested, approved and how rows meet, in the order that is drawn", () => {
  const view = viewOf(pack);
  assert.deepEqual(openLinks(view, WAYS[0]), [FIRST]);
  const said = (turned: boolean): string[] => notesOf(view, WAYS[0], turned).map(({ text }) => text);
  assert.deepEqual(said(false), [
    "1 of 2 steps is only suggested.",
    "The last step is approved.",
    "Every step compares what identifies rows.",
    "Rows of step 1 meet 1:n, by their values.",
  ]);
  assert.deepEqual(said(true).slice(1), ["The first step is approved.", "Every step compares what identifies rows.", "Rows of step 2 meet n:1, by their values."]);
  assert.deepEqual(whichSteps([0, 2], 3), { text: "Steps 1 and 3", plural: true });
  assert.deepEqual(whichSteps([0, 1], 2), { text: "Both steps", plural: true });
});

test("decisions since are said; a way over a link that is rejected now does not hold", () => {
  const decided = (status: number) => viewOf(pack, { decisions: new Map([[FIRST, { status, at: 0, note: "" }]]) });
  const approved = decided(APPROVED);
  assert.equal(standingOf(approved, WAYS[0].steps[0]), "approved");
  assert.equal(holds(approved, WAYS[0]), true);
  assert.deepEqual(sinceThen(approved, WAYS[0]).changed, [FIRST]);
  const rejected = decided(REJECTED);
  assert.equal(standingOf(rejected, WAYS[0].steps[0]), "rejected");
  assert.deepEqual(sinceThen(rejected, WAYS[0]).rejected, [FIRST]);
  assert.equal(holds(rejected, WAYS[0]), false);
  assert.equal(holds(viewOf(pack), { ...WAYS[0], confidence: null }), false);
  assert.deepEqual(sinceThen(viewOf(pack, { threshold: 0.95 }), WAYS[0]).below, [FIRST]);
});

test("what is rejected as the same is said of a way that joins by it", () => {
  const of = organisation([...ROWS, ["desk/users.email", "shop/customers.email", 0.8, "REJECTED"], ["shop/customers", "desk/tickets", 0.8, "REJECTED"]]);
  const both = [of.nLinks - 2, of.nLinks - 1];
  const view = viewOf(of);
  assert.equal(of.nNodes, plain.nNodes);
  assert.deepEqual(rejectedOf(view, WAYS[0]), both);
  assert.deepEqual(besides(view, WAYS[0]), both);
  assert.equal(holds(view, WAYS[0]), true);
  const decided = viewOf(of, { decisions: new Map([[both[0], { status: APPROVED, at: 0, note: "" }], [FIRST, { status: REJECTED, at: 0, note: "" }]]) });
  assert.deepEqual(rejectedOf(decided, WAYS[0]), [FIRST, both[1]]);
  assert.deepEqual(besides(decided, WAYS[0]), [both[1]]);
  assert.deepEqual(rejectedOf(viewOf(pack), WAYS[0]), []);
});

test("what compares texts is no key, and comes after keys", () => {
  const [text, key] = [linkOf("desk/users.id", "desk/tickets.requester_id"), linkOf("desk/users.id", "desk/tickets.assignee_id")];
  const trait = Uint8Array.from(plain.traits.trait);
  trait[at("desk/users.id")] = ROLES.indexOf("KEY") + 1;
  trait[at("desk/tickets.requester_id")] = ROLES.indexOf("TEXT") + 1;
  trait[at("desk/tickets.assignee_id")] = ROLES.indexOf("REFERENCE") + 1;
  const view = viewOf({ ...plain, traits: { ...plain.traits, trait } });
  assert.equal(comparesKeys(view, text), true, "an approval needs one key only");
  const undecided = { pack: view.pack, status: Uint8Array.from(view.status).fill(SUGGESTED) };
  assert.deepEqual([text, key].map((link) => comparesKeys(undecided, link)), [false, true]);
  assert.deepEqual(directly(undecided, at("desk/users"), at("desk/tickets")).links, [key, text]);
});

test("a way is approved if each step is, and directly linked tables have their links", () => {
  assert.equal(isApproved(viewOf(pack), WAYS[0]), false);
  const approved = viewOf(pack, { decisions: new Map([[FIRST, { status: APPROVED, at: 0, note: "" }]]) });
  assert.equal(isApproved(approved, WAYS[0]), true);
  assert.equal(isApproved(approved, { ...WAYS[0], steps: [{ ...WAYS[0].steps[0], links: [-1] }] }), true);
  const [users, tickets, customers] = ["desk/users", "desk/tickets", "shop/customers"].map(at);
  assert.deepEqual(directly(viewOf(pack), customers, users), { links: [FIRST], relations: [] });
  assert.deepEqual(directly(viewOf(pack), tickets, users).links.length, 2);
  assert.deepEqual(directly(viewOf(pack), tickets, customers).links, []);
});

test("parts of a query are the query, and names in it are no words of it", () => {
  const lines = ["-- SELECT \u2028 it", '  t1."SELECT "" FROM" AS a_b,', "JOIN `x``y`.[z AS t2", "  ON CAST(t1.\"a\" AS TEXT) = t2.`b`", '"open <script>'];
  for (const line of lines) assert.equal(sqlParts(line).map(([, text]) => text).join(""), line);
  assert.deepEqual(sqlParts(lines[1]).filter(([kind]) => kind === "word").map(([, text]) => text), ["AS"]);
  assert.equal(sqlOf(pack, WAYS[0], 1), joins.lines.join("\n"));
  assert.equal(sqlOf(pack, { ...WAYS[0], sql: [] }, 0), "");
  const many = ["SELECT", ...Array.from({ length: 9 }, (_, index) => `  t1.c${index},`), "FROM a"];
  assert.deepEqual(columnsIn(many), { first: 1, n: 9 });
  assert.equal(columnsIn(joins.lines), null);
});

test("lines to run hold any name as one word", () => {
  assert.deepEqual(joinLines("crm/contacts", "shop/sales orders"), {
    shell: "hummgraph join SNAPSHOT crm/contacts 'shop/sales orders'",
    python: 'hg.join_paths(graph, "crm/contacts", "shop/sales orders")',
  });
  assert.match(joinLines("a", "b", "any").shell, / --keys any$/);
  assert.match(joinLines("a", "b", "any", 12).shell, / -k 12 --keys any$/);
  assert.match(joinLines("a", "b", null, 12).python, /, k=12\)$/);
  assert.match(joinLines("a", "b", "any").python, /, keys="any"\)$/);
  assert.equal(shellWord("it's; rm -rf $HOME"), `'it'"'"'s; rm -rf $HOME'`);
  assert.equal(shellWord("--help"), "'--help'");
  assert.equal(pythonText('say "hi"\\'), '"say \\"hi\\"\\\\"');
  assert.equal(askedName(pack, at("desk/users")), "desk/users");
  const resolved = pack.resolved.slice();
  resolved[at("desk/users")] = 0;
  assert.equal(askedName({ ...pack, resolved }, at("desk/users")), pack.nodeId(at("desk/users")));
});
