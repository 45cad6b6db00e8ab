// What the page of one table shows: its fields, their concepts, its entity, and its links.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED, SUGGESTED } from "../source/generated";
import { fieldsWith, tableFacts } from "../source/model/table";
import { pageTitle } from "../source/model/titles";
import { ViewMaker } from "../source/model/view";
import { node, organisation, state, type LinkSpec } from "./organisation";

const LINKS: LinkSpec[] = [
  ["crm/contact.mail", "shop/user.mail", 0.9, APPROVED],
  ["crm/contact.mail", "desk/agent.mail", 0.8, SUGGESTED],
  ["crm/contact.name", "crm/lead.name", 0.7, SUGGESTED],
  ["crm/contact.mail", "shop/user.phone", 0.3, SUGGESTED],
  ["crm/contact.note", "shop/user.phone", 0.05, REJECTED],
  ["crm/contact", "shop/user", 0.6, SUGGESTED],
];
const plain = made();
const at = (path: string): number => node(plain, path);
const TOLD = {
  entities: [
    {
      name: "person",
      tables: ["crm/contact", "crm/lead", "desk/agent", "shop/user"].map(at),
      copies: [[at("crm/lead"), at("crm/contact")]],
      keys: [],
      references: [],
      confidence: 0.5,
      why: "Weakest join, 0.50.",
      notes: [],
    },
  ],
  notes: [],
};

function made(entities?: object) {
  return organisation({
    links: LINKS,
    nodes: ["crm/contact.id", "crm/contact.zip", "crm/bare"],
    joins: [
      ["crm/contact.mail", "shop/user.mail", 0.9],
      ["crm/contact.mail", "desk/agent.mail", 0.8],
      ["crm/contact.name", "crm/lead.name", 0.7],
    ],
    ...(entities ? { entities } : {}),
  });
}

const pack = made(TOLD);
const viewOf = (change = {}) => new ViewMaker(pack).make(state({ threshold: 0.5, ...change }));

test("fields in concepts come first, then those with links, then the others", () => {
  const { fields, inConcepts, shared } = tableFacts(viewOf(), at("crm/contact"));
  const names = fields.map((field) => pack.name[field.node]);
  assert.deepEqual([...names.slice(0, 2)].sort(), ["mail", "name"]);
  assert.deepEqual(names.slice(2), ["note", "id", "zip"]);
  assert.deepEqual([inConcepts, shared], [2, 1]);
  const mail = fields.find((field) => pack.name[field.node] === "mail");
  assert.ok(mail);
  assert.deepEqual(mail.systems.map((system) => pack.name[system]), ["crm", "desk", "shop"]);
  assert.equal(mail.mark, "approved");
  assert.equal(mail.links, 3);
  assert.deepEqual(mail.toReview, [1, 3]);
  const note = fields[2];
  assert.deepEqual([note.cluster, note.mark, note.links, note.systems, note.toReview], [-1, null, 1, [], []]);
});

test("links of the table itself count too, the likeliest suggestion between fields comes first", () => {
  const facts = tableFacts(viewOf(), at("crm/contact"));
  assert.equal(facts.links, 6);
  assert.deepEqual(facts.toReview, [1, 2, 3]);
  const linked = facts.linked.map(({ table, links }) => [pack.path(table), links]);
  assert.deepEqual(linked, [["shop/user", 4], ["crm/lead", 1], ["desk/agent", 1]]);
});

test("decisions change what is to be reviewed", () => {
  const decisions = new Map([[1, { status: APPROVED, at: 0, note: "" }]]);
  assert.deepEqual(tableFacts(viewOf({ decisions }), at("crm/contact")).toReview, [2, 3]);
});

test("the other tables of its entity, and the original of a copy", () => {
  const facts = tableFacts(viewOf(), at("crm/lead"));
  assert.equal(facts.entity?.name, "Person");
  assert.deepEqual(facts.entity?.others.map((table) => pack.path(table)), ["crm/contact", "desk/agent", "shop/user"]);
  assert.equal(facts.original, at("crm/contact"));
  const bare = tableFacts(viewOf(), at("crm/bare"));
  assert.deepEqual([bare.entity, bare.original, bare.fields, bare.linked, bare.links], [null, -1, [], [], 0]);
});

test("fields are filtered by their names and those of their concepts", () => {
  const view = viewOf();
  const { fields } = tableFacts(view, at("crm/contact"));
  const found = (query: string) => fieldsWith(view, fields, query).map((field) => pack.name[field.node]);
  assert.equal(found(" ").length, 5);
  assert.deepEqual(found("ZI"), ["zip"]);
  assert.deepEqual(found("mail"), ["mail"]);
  assert.deepEqual(found("zip mail"), []);
});

test("its title names the table, also of a field", () => {
  for (const one of [at("crm/contact"), at("crm/contact.mail")]) {
    assert.equal(pageTitle(viewOf({ page: "table", focus: { kind: "near", node: one, hops: 1 } })), "Table crm/contact");
  }
});
