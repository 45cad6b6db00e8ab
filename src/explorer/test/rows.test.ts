// What the tables and the search list, in which order; evidence as facts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flattenEvidence, readableName } from "../source/model/evidence";
import { clusterFacts, passingLinks, rowsOf, sorted } from "../source/app/rows";
import { ViewMaker } from "../source/model/view";
import { node, organisation, stateOf } from "./linked";

const pack = organisation(
  [
    ["crm/contact.mail", "shop/user.mail", 0.5],
    ["crm/contact.name", "shop/user.name", null, "APPROVED", "DETERMINISTIC"],
    ["crm/contact.mail", "shop/user.name", 0.9, "REJECTED"],
    ["crm/contact.mail", "crm/contact.name", 0.7],
  ],
  {
    tree: [["crm/contact.mail", "shop/user.mail", 0.5]],
    also: ["shop/email_log.id", "shop/idle"],
  },
);
const view = (change = {}) => new ViewMaker(pack).make(stateOf(change));
const order = (key: string, down: boolean, tab: "links" | "nodes" | "clusters" = "links", change = {}) => {
  const shown = view(change);
  return sorted(shown, tab, rowsOf(shown, tab, "", false), { key, down }, clusterFacts(shown));
};

test("links are sorted by each column, missing values lowest", () => {
  assert.deepEqual(order("confidence", true), [2, 3, 0, 1]);
  assert.deepEqual(order("confidence", false), [1, 0, 3, 2]);
  assert.deepEqual(order("status", false), [1, 2, 0, 3]);
  assert.deepEqual(order("type", false), [1, 0, 2, 3]);
  assert.deepEqual(order("target", false), [3, 0, 1, 2]);
  assert.deepEqual(order("source", true), [1, 0, 2, 3]);
});

test("the table of links has those that pass, that match the words, that are in focus", () => {
  assert.deepEqual(rowsOf(view({ threshold: 0.6 }), "links", "", false), [1, 2, 3]);
  assert.deepEqual(rowsOf(view(), "links", "shop NAME", false), [1, 2]);
  assert.deepEqual(rowsOf(view(), "links", "approved", false), [1]);
  const focus = { kind: "link", link: 3 } as const;
  assert.deepEqual(rowsOf(view({ focus }), "links", "", true), [3]);
  assert.deepEqual(rowsOf(view({ focus }), "nodes", "contact.", true).map(pack.path), ["crm/contact.mail", "crm/contact.name"]);
});

test("nodes are sorted by their passing links, each counted once", () => {
  const counts = passingLinks(view());
  for (let code = 0; code < pack.nNodes; code += 1) assert.equal(counts[code], pack.linksOf(code).length, pack.path(code));
  assert.equal(counts[node(pack, "crm/contact")], 4);
  assert.equal(passingLinks(view({ threshold: 0.6 }))[node(pack, "crm/contact.mail")], 2);
  assert.equal(order("passing", true, "nodes")[0], node(pack, "crm"));
});

test("clusters have their counts, and are sorted by them", () => {
  const shown = view();
  const facts = clusterFacts(shown);
  assert.equal(shown.clusters.sizes.length, 2);
  assert.deepEqual([...facts.systems], [2, 2]);
  assert.deepEqual([...facts.links], [1, 1]);
  assert.deepEqual(order("name", false, "clusters").length, 2);
  assert.deepEqual(rowsOf(shown, "clusters", "user.name", false), [shown.clusters.labels[node(pack, "shop/user.name")]]);
});

test("decisions are in the order in which they were made", () => {
  const decisions = new Map([
    [2, { status: 1, at: 5, note: "b" }],
    [0, { status: 2, at: 6, note: "a" }],
  ]);
  const shown = view({ decisions });
  const rows = rowsOf(shown, "decisions", "", false);
  assert.deepEqual(sorted(shown, "decisions", rows, { key: "order", down: true }, null), [0, 2]);
  assert.deepEqual(sorted(shown, "decisions", rows, { key: "note", down: false }, null), [0, 2]);
});

test("evidence is flattened: keys in words, lists, null, text that is not JSON", () => {
  assert.deepEqual(flattenEvidence('{"name_similarity":0.5,"sample":{"rowsSeen":3,"ok":true,"no":null},"tags":["a","b"],"pairs":[{"x":1},{"x":2}]}'), [
    { name: "name similarity", value: 0.5 },
    { name: "sample, rows seen", value: 3 },
    { name: "sample, ok", value: true },
    { name: "sample, no", value: null },
    { name: "tags", value: "a, b" },
    { name: "pairs, 1, x", value: 1 },
    { name: "pairs, 2, x", value: 2 },
  ]);
  assert.deepEqual(flattenEvidence("not {json"), [{ name: "evidence", value: "not {json" }]);
  assert.deepEqual(flattenEvidence('{"a":"x\\u202ey"}'), [{ name: "a", value: "x\ufffdy" }]);
  assert.equal(readableName("__"), "\u2013");
});
