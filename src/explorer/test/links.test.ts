// Lists of links: whose they are, what passes, in which order, and why there is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conceptsOf, decidedAt, filtersSet, listLinks, scopeOf, whyNone } from "../source/model/links";
import { documentTitle, pageTitle } from "../source/model/titles";
import { ViewMaker } from "../source/model/view";
import type { Focus, State } from "../source/state/state";
import { node, organisation, stateOf } from "./linked";

const pack = organisation(
  [
    ["crm/contact.mail", "shop/user.mail", 0.9, "APPROVED"],
    ["crm/contact.mail", "shop/user.name", 0.95, "REJECTED"],
    ["crm/contact.name", "shop/user.name", null],
    ["shop/user.name", "desk/agent.name", 0.6, "SUGGESTED", "DETERMINISTIC"],
    ["desk/agent.mail", "crm/contact.mail", 0.7],
    ["desk/agent.mail", "desk/agent.name", 0.2],
  ],
  {
    tree: [
      ["crm/contact.mail", "shop/user.mail", 0.9],
      ["desk/agent.mail", "crm/contact.mail", 0.7],
      ["shop/user.name", "desk/agent.name", 0.6],
    ],
  },
);
const viewOf = (change: Partial<State> = {}) => new ViewMaker(pack).make(stateOf({ page: "links", ...change }));
const ends = (link: number) => `${pack.path(pack.source[link])} ${pack.path(pack.target[link])}`;
const list = (change: Partial<State> = {}) => {
  const view = viewOf(change);
  const found = listLinks(view, scopeOf(view));
  return { ...found, ends: Array.from(found.links, ends), view };
};
const at = (path: string) => node(pack, path);

test("all links are listed, whatever the score from which fields are joined", () => {
  const { links, all, byStatus, byType } = list({ threshold: 0.9 });
  assert.deepEqual([links.length, all], [6, 6]);
  assert.deepEqual([byStatus, byType], [[4, 1, 1], [1, 5]]);
});

test("those of a concept, of a pair either way, and of a place", () => {
  const of = (focus: Focus) => list({ focus }).ends.sort();
  const inside = of({ kind: "cluster", member: at("shop/user.mail") });
  assert.deepEqual(inside, ["crm/contact.mail shop/user.mail", "desk/agent.mail crm/contact.mail"]);
  assert.deepEqual(of({ kind: "line", source: at("crm"), target: at("desk/agent") }), ["desk/agent.mail crm/contact.mail"]);
  assert.deepEqual(of({ kind: "line", source: at("desk"), target: at("desk") }), ["desk/agent.mail desk/agent.name"]);
  assert.deepEqual(of({ kind: "link", link: 0 }).length, 1);
  for (const path of ["crm", "crm/contact", "crm/contact.mail"]) {
    assert.equal(of({ kind: "near", node: at(path), hops: 1 }).length, pack.linksOf(at(path)).length);
  }
  const alone = list({ focus: { kind: "cluster", member: at("crm/contact.name") } });
  assert.deepEqual([alone.all, scopeOf(alone.view).reason !== ""], [0, true]);
});

test("filters: words of either end and of concepts, status, type, systems, score, decided", () => {
  const n = (change: Partial<State>) => list(change).links.length;
  assert.equal(n({ query: "MAIL desk" }), 2);
  assert.equal(n({ query: "shop/user crm/contact" }), 3);
  assert.equal(n({ query: "zebra" }), 0);
  assert.equal(n({ hiddenStatuses: new Set([0]) }), 2);
  assert.equal(n({ hiddenTypes: new Set([1]) }), 1);
  assert.equal(n({ hiddenSystems: new Set([at("desk")]) }), 3);
  assert.equal(n({ least: 0.7 }), 3);
  const decisions: State["decisions"] = new Map([[3, { status: 1, at: 5000, note: "" }]]);
  const decided = list({ only: "decided", decisions });
  assert.deepEqual([...decided.links], [3]);
  assert.deepEqual([decided.decided, decidedAt(decided.view, 3), decidedAt(decided.view, 2)], [1, 5000, 0]);
  // What is counted beside filters does not depend on them.
  assert.deepEqual([decided.byStatus, decided.all], [[3, 2, 1], 6]);
});

test("sorted by the worth of concepts, or a column, missing scores last", () => {
  const scores = (sort: State["sort"]) => Array.from(list({ sort }).links, (link) => pack.confidence[link]);
  assert.deepEqual(scores("-score"), [0.95, 0.9, 0.7, 0.6, 0.2, NaN]);
  const from = list({ sort: "from" }).ends;
  assert.deepEqual(from, [...from].sort((x, y) => (x.split(" ")[0] < y.split(" ")[0] ? -1 : 1)));
  assert.deepEqual(list({ sort: "-to" }).ends[0].split(" ")[1], "shop/user.name");
  const { view, links } = list();
  const first = conceptsOf(view, links[0]);
  const worthiest = view.clusters.identity.byValue[0];
  assert.deepEqual(first.map(({ cluster }) => cluster), [worthiest]);
  // In a concept what is approved comes first; links that lead out follow.
  assert.equal(view.status[links[0]], worthiest === view.clusters.labels[at("shop/user.mail")] ? 1 : 0);
});

test("concepts of a link: both ends in one, one each, or none", () => {
  const names = (link: number) => conceptsOf(viewOf(), link).length;
  const of = (one: string, other: string) => Array.from({ length: 6 }, (_, link) => link).find((link) => ends(link) === `${one} ${other}`) as number;
  assert.equal(names(of("crm/contact.mail", "shop/user.mail")), 1);
  assert.equal(names(of("desk/agent.mail", "desk/agent.name")), 2);
});

test("no link passes: the filters are named, and what the score keeps out", () => {
  const change = { least: 0.97, hiddenStatuses: new Set([0, 1]) };
  const view = viewOf(change);
  assert.equal(filtersSet(view.state), 2);
  assert.equal(whyNone(view, scopeOf(view)), "Score at least 0.97, only rejected. Without the score 1 link passes: the highest score is 0.95.");
  const none = viewOf({ query: "zebra" });
  assert.equal(whyNone(none, scopeOf(none)), "With \u201czebra\u201d.");
});

test("titles say the page and its subject", () => {
  assert.equal(pageTitle(viewOf()), "Links");
  assert.equal(pageTitle(viewOf({ focus: { kind: "near", node: at("crm"), hops: 1 } })), "4 links of crm");
  assert.match(pageTitle(viewOf({ page: "concepts", focus: { kind: "cluster", member: at("shop/user.mail") } })), /^Concept /);
  assert.equal(pageTitle(viewOf({ page: "tables", focus: { kind: "near", node: at("crm"), hops: 1 } })), "All tables: crm");
  assert.ok(documentTitle(viewOf({ page: "review" })).startsWith("Review \u00b7 "));
});
