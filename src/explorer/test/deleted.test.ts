// What is deleted, itself or with its table or system: marked everywhere, and last where things are ranked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { labelsInOrder } from "../source/model/names";
import { strongestPath } from "../source/model/paths";
import { search } from "../source/model/search";
import { ViewMaker } from "../source/model/view";
import { whyTogether } from "../source/model/why";
import { clustersCsv, linksCsv } from "../source/out/csv";
import { graphml } from "../source/out/graphml";
import { node, organisation, stateOf } from "./linked";

const pack = organisation(
  [
    ["crm/contact.mail", "old/person.mail", 0.9],
    ["crm/contact.mail", "shop/user.mail", 0.9],
    ["old/person.mail", "web/visit.mail", 0.9],
    ["shop/user.mail", "web/visit.mail", 0.9],
    ["old/person.a", "old/log.a", 0.9],
  ],
  {
    inactive: ["old", "shop/user.gone"],
    also: ["shop/user.gone", "shop/user.goner"],
    tree: [
      ["old/person.a", "old/log.a", 0.9],
      ["shop/user.mail", "web/visit.mail", 0.9],
      ["crm/contact.mail", "old/person.mail", 0.9],
    ],
  },
);
const view = new ViewMaker(pack).make(stateOf());
const at = (path: string) => node(pack, path);

test("a node is deleted if it, its table or its system is not active", () => {
  const gone = Array.from(pack.deleted.keys()).filter((code) => pack.deleted[code]).map(pack.path);
  assert.deepEqual(gone.sort(), ["old", "old/log", "old/log.a", "old/person", "old/person.a", "old/person.mail", "shop/user.gone"]);
  assert.equal(pack.marked(at("old/log.a")), "old/log.a (deleted)");
  assert.equal(pack.marked(at("shop/user.goner")), "shop/user.goner");
});

test("of two equally strong paths, the one that starts between living nodes is taken", () => {
  const path = strongestPath(view, at("crm/contact.mail"), at("web/visit.mail"));
  assert.deepEqual(path?.steps.map((step) => pack.path(step.to)), ["shop/user.mail", "web/visit.mail"]);
});

test("clusters that have only deleted nodes come last", () => {
  const members = (cluster: number) => [...view.clusters.members(cluster)].map(pack.path);
  assert.deepEqual(members(2).sort(), ["old/log.a", "old/person.a"]);
  assert.deepEqual(Array.from(labelsInOrder(view.clusters, "identity")), [0, 1, 2]);
});

test("a search finds living nodes before deleted ones", () => {
  const paths = (text: string) => search(pack, view.clusters, text, 9).places.map(({ node }) => pack.path(node));
  assert.deepEqual(paths("mail").slice(0, 4), ["crm/contact.mail", "shop/user.mail", "web/visit.mail", "old/person.mail"]);
  assert.deepEqual(paths("old/person")[0], "old/person");
});

test("sentences, tables and GraphML have the mark", () => {
  const [first] = whyTogether(view, at("crm/contact.mail"), at("old/person.mail"));
  assert.ok(first.startsWith("crm/contact.mail and old/person.mail (deleted) are in one cluster"));
  const rows = linksCsv(view, [0, 1]).split("\r\n").map((row) => row.split(","));
  assert.deepEqual(rows.slice(0, 3).map((row) => row.slice(5, 7)), [["source_deleted", "target_deleted"], ["false", "true"], ["false", "false"]]);
  const members = clustersCsv(view).split("\r\n").slice(1, -1).map((row) => row.split(","));
  for (const cells of members) assert.equal(cells[8], String(cells[4].startsWith("old/")));
  const text = graphml(view, [], [0]);
  const key = (name: string) => text.match(new RegExp(`<key id="(n\\d+)" for="node" attr.name="${name}"`))![1];
  assert.equal(text.match(new RegExp(`key="${key("deleted")}">true<`, "g"))?.length, 3);
  assert.equal(text.match(new RegExp(`key="${key("is_active")}">false<`, "g"))?.length, 1);
  assert.ok(text.includes(">person.mail (deleted)<"));
});
