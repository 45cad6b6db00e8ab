// Which concepts are listed, and how many each filter would leave.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { besidesName, cellMembers, conceptsOf, filtersInUse, timesOf } from "../source/model/listing";
import { ViewMaker } from "../source/model/view";
import { blake2b } from "../source/out/blake2b";
import { crosswalkCsv } from "../source/out/crosswalk-csv";
import type { State } from "../source/state/state";
import { node, organisation, state, type LinkSpec, type Trait } from "./organisation";

const LINKS: LinkSpec[] = [
  ["crm/contacts.email", "shop/customers.email", 0.9, 1],
  ["crm/contacts.email", "desk/users.mail", 0.8, 2],
  ["shop/customers.email", "desk/users.mail", 0.8],
  ["crm/contacts.name", "shop/customers.name", 0.7],
  ["desk/users.name", "desk/tickets.requester", 0.6, 1],
  ["desk/tickets.city", "shop/customers.city", null, 1],
];
const TRAITS: Record<string, Trait> = {
  ...Object.fromEntries(
    ["crm/contacts.email", "shop/customers.email", "desk/users.mail"].map((path) => [path, { role: "ALTERNATE_KEY" }]),
  ),
  "desk/tickets.city": { role: "CATEGORY" },
  "shop/customers.city": { role: "CATEGORY" },
};
const JOINS: [string, string, number][] = [
  ["crm/contacts.email", "shop/customers.email", 1],
  ["desk/users.name", "desk/tickets.requester", 1],
  ["desk/tickets.city", "shop/customers.city", 1],
  ["shop/customers.email", "desk/users.mail", 0.8],
  ["crm/contacts.name", "shop/customers.name", 0.7],
];

const plain = organisation({ links: LINKS, joins: JOINS, traits: TRAITS });
const ENTITIES = {
  entities: [
    {
      name: "person", tables: [node(plain, "crm/contacts"), node(plain, "desk/users")], copies: [], keys: [],
      references: [], confidence: 1, why: "", notes: [],
    },
  ],
  notes: [],
};
const pack = organisation({ links: LINKS, joins: JOINS, traits: TRAITS, entities: ENTITIES });
const maker = new ViewMaker(pack);

function listed(change: Partial<State> = {}) {
  const view = maker.make(state({ page: "concepts", ...change }));
  const concepts = conceptsOf(view);
  return { view, concepts, names: Array.from(concepts.labels, view.clusters.identity.name) };
}

test("listed are concepts in several systems, and those in one on request", () => {
  const { concepts, names } = listed();
  assert.deepEqual([concepts.nShared, concepts.nSingle, concepts.nFields, concepts.nAll], [3, 1, 7, 3]);
  assert.equal(names.length, 3);
  assert.equal(concepts.areSingle, false);
  const single = listed({ only: "single" });
  assert.equal(single.names.length, 1);
  assert.deepEqual([single.concepts.areSingle, single.concepts.nAll], [true, 1]);
});

test("where all are in one system, these are listed", () => {
  const one = organisation({ links: [["a/t.x", "a/u.x", 0.9, 1]], joins: [["a/t.x", "a/u.x", 1]] });
  const view = new ViewMaker(one).make(state());
  assert.deepEqual(Array.from(conceptsOf(view).labels), [0]);
  assert.equal(conceptsOf(view).areSingle, true);
});

test("counts are of what a choice would list beside the other filters", () => {
  const { counts } = listed().concepts;
  assert.deepEqual(counts.kinds, { all: 3, identifies: 1, describes: 1, shared: 1 });
  assert.deepEqual(counts.only, { contradiction: 1, undecided: 1, single: 1 });
  const kinds = ["", "identifies", "describes", "shared"] as const;
  const only = ["", "contradiction", "undecided", "single"] as const;
  for (const query of ["", "name", "email"]) {
    for (const listing of kinds) {
      for (const one of only) {
        const chosen = { query, listing, only: one };
        const { concepts, names } = listed(chosen);
        assert.equal(concepts.counts.kinds[listing || "all"], names.length, JSON.stringify(chosen));
        for (const other of only) {
          // Choosing another replaces the choice.
          if (other) assert.equal(concepts.counts.only[other], listed({ ...chosen, only: other }).names.length, JSON.stringify(chosen));
        }
      }
    }
  }
});

test("a text is looked for as the search does: in names, and in fields with their tables", () => {
  const all = listed().names;
  for (const query of ["EMail", "mail_users", "e-mail", "emails", "emial"]) {
    const { concepts, names } = listed({ query });
    assert.deepEqual(names, all.filter((name) => name.includes("email")), query);
    assert.equal(concepts.matches?.size, 1);
  }
  const found = listed({ query: "users mail" }).concepts.matches!;
  assert.deepEqual([...found.values()].map((make) => make().member?.text), ["desk/users.mail"]);
  assert.deepEqual(listed({ query: "?!" }).names, []);
  assert.deepEqual(listed({ query: "   " }).names, all);
});

test("systems must all be there", () => {
  const [crm, desk, shop] = ["crm", "desk", "shop"].map((name) => node(pack, name));
  assert.equal(listed({ having: new Set([crm]) }).names.length, 2);
  assert.equal(listed({ having: new Set([crm, desk]) }).names.length, 1);
  assert.equal(listed({ having: new Set([desk, shop]) }).names.length, 2);
  const { view, concepts } = listed();
  assert.deepEqual([...timesOf(pack, view.clusters, concepts.labels)].sort(), [[crm, 2], [desk, 2], [shop, 3]].sort());
});

test("an entity narrows the list to what its tables have, and its fields come first", () => {
  const { concepts, names, view } = listed({ entity: node(pack, "desk/users") });
  assert.equal(concepts.entity?.name, "person");
  assert.equal(names.length, 2);
  const cell = Int32Array.of(node(pack, "desk/tickets.city"), node(pack, "desk/users.name"));
  assert.deepEqual([...cellMembers(view, concepts, cell)], [cell[1], cell[0]]);
  assert.deepEqual(cellMembers(view, listed().concepts, cell), cell);
  // A table without an entity narrows nothing.
  assert.equal(listed({ entity: node(pack, "desk/tickets") }).concepts.entity, null);
});

test("a system sorts by the names of its fields, and others come after", () => {
  const shop = node(pack, "shop");
  const { view, concepts } = listed({ fieldsIn: shop });
  const fields = Array.from(concepts.labels, (label) => {
    const cell = concepts.crosswalk.row(label).cells.find(({ system }) => system === shop);
    return cell && view.pack.name[cell.members[0]];
  });
  assert.deepEqual(fields, ["city", "email", "name"]);
});

test("the same choices give the same list, without a second computation", () => {
  const chosen = state({ query: "email" });
  const concepts = conceptsOf(maker.make(chosen));
  assert.equal(conceptsOf(maker.make({ ...chosen, theme: "dark", search: "x" })), concepts);
  assert.notEqual(conceptsOf(maker.make({ ...chosen, query: "mail" })), concepts);
});

test("beside its name a concept says what the name does not", () => {
  const { view, concepts } = listed({ listing: "shared" });
  assert.equal(besidesName(view, concepts.labels[0]), "category");
  const { identity } = view.clusters;
  const told = (name: string, entity: string, also: string): string =>
    besidesName({ ...view, clusters: { ...view.clusters, identity: { ...identity, name: () => name, entity: () => entity, also: () => also } } }, 0);
  assert.equal(told("person email", "person", ""), "");
  assert.equal(told("personal email", "person", ""), "person");
  assert.equal(told("workspace id", "company", "organization id"), "also organization id \u00b7 company");
});

test("filters in use are counted", () => {
  assert.equal(filtersInUse(state()), 0);
  assert.equal(filtersInUse(state({ query: "a", listing: "shared", only: "single", having: new Set([0]), entity: 3 })), 5);
});

test("ids are hashed by BLAKE2b, whatever their length", () => {
  for (const n of [0, 1, 37, 127, 128, 129, 256, 1000, 4096]) {
    const text = "0f-".repeat(n).slice(0, n);
    assert.equal(blake2b(text, 64), createHash("blake2b512").update(text).digest("hex"), String(n));
  }
  // Of Python: blake2b(b"abc", digest_size=8).
  assert.equal(blake2b("abc", 8), "d8bb14d833d59559");
});

test("the crosswalk as CSV has a column a system, and no cell is run as a formula", () => {
  const odd = organisation({
    links: [["size/t.=x", "@b/u.\nx, y", 0.875, 1]],
    joins: [["size/t.=x", "@b/u.\nx, y", 1]],
  });
  const view = new ViewMaker(odd).make(state());
  const text = crosswalkCsv(view, [0]);
  const [head] = text.split("\r\n");
  assert.equal(head.split(",").slice(4, 9).join(), "entity,role,rests_on,'@b,size (system)");
  assert.ok(text.includes('"u.\nx, y (0.88)"'));
  assert.ok(text.endsWith(",1,1,1,0.8750\r\n"), text);
});
