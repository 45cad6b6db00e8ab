// Entities, and the concepts that identify them now.

import assert from "node:assert/strict";
import test from "node:test";
import { engineOf } from "../source/model/clusters";
import { Crosswalk } from "../source/model/crosswalk";
import { entitiesOf, identifiedBy, tablesBySystem } from "../source/model/entities";
import { node, organisation, type LinkSpec } from "./organisation";

const LINKS: LinkSpec[] = [
  ["crm/contacts.email", "shop/customers.email", 0.9, 1],
  ["crm/contacts.phone", "shop/customers.phone", 0.8],
  ["crm/contacts.email", "shop/customers.phone", 0.8, 2],
];

function made(entities?: object) {
  return organisation({
    links: LINKS,
    nodes: ["desk/tickets.id"],
    joins: [["crm/contacts.phone", "shop/customers.phone", 0.8]],
    ...(entities ? { entities } : {}),
  });
}

const plain = made();
const of = (path: string): number => node(plain, path);
const key = (name: string, ...columns: string[]) => ({
  name,
  columns: columns.map(of),
  systems: columns.length,
  sure: 0,
  weakest: 0.8,
});
const TOLD = {
  entities: [
    {
      name: "person",
      tables: [of("crm/contacts"), of("shop/customers")],
      copies: [],
      keys: [
        key("email", "crm/contacts.email", "shop/customers.email"),
        key("mail", "crm/contacts.email"),
        key("phone", "crm/contacts.phone", "shop/customers.phone"),
        key("ticket", "desk/tickets.id"),
      ],
      references: [of("desk/tickets.id")],
      confidence: 0.5,
      why: "Weakest join, 0.50.",
      notes: [],
    },
  ],
  notes: ["Names say little here."],
};

test("entities are read when they are asked for, once", () => {
  const pack = made(TOLD);
  const found = entitiesOf(pack);
  assert.equal(entitiesOf(pack), found);
  assert.deepEqual(found.notes, TOLD.notes);
  assert.deepEqual(found.alone, [of("desk/tickets")]);
  assert.deepEqual(Array.from(found.ofTable), [0, -1, 0]);
  const systems = tablesBySystem(pack, found.entities[0]);
  assert.deepEqual([...systems], [[of("crm"), [of("crm/contacts")]], [of("shop"), [of("shop/customers")]]]);
});

test("a page without entities has tables alone", () => {
  const { entities, alone } = entitiesOf(plain);
  assert.deepEqual(entities, []);
  assert.equal(alone.length, 3);
});

test("an entity is identified by other concepts each time, with what speaks against them", () => {
  const pack = made(TOLD);
  const clusters = engineOf(pack).at(0, pack.status, false);
  const crosswalk = new Crosswalk({ pack, clusters, status: pack.status, setting: pack.clustering.setting });
  const [entity] = entitiesOf(pack).entities;
  const found = identifiedBy(clusters, crosswalk, entity, 3);
  assert.deepEqual(found.map((one) => one.key.name), ["email", "phone", "ticket"]);
  assert.deepEqual(found.map((one) => one.cluster >= 0), [true, true, false]);
  // The rejected link runs between the two, inside neither.
  assert.deepEqual(found.map((one) => one.contradictions), [0, 0, 0]);
  const crossed = { pack, clusters, status: Uint8Array.of(2, 0, 2), setting: pack.clustering.setting };
  const [email] = identifiedBy(clusters, new Crosswalk(crossed), entity, 1);
  assert.equal(email.contradictions, 1);
});
