// What the page of one concept says: its tree, what holds it, what is near, and effects in sentences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED } from "../source/generated";
import { conceptEffect } from "../source/model/concept-effect";
import { historyOf, holdingOf } from "../source/model/history-of";
import { holdingWords, partsAt, regionWords } from "../source/model/holding-words";
import { nearOutside } from "../source/model/near-outside";
import type { Pack } from "../source/model/pack";
import { whySaid } from "../source/model/said";
import { nodesListed, plain } from "../source/model/sentence";
import { approvedOf, linksToTakeOut } from "../source/model/take-out";
import { treeOf } from "../source/model/tree-rows";
import type { View } from "../source/model/types";
import { ViewMaker } from "../source/model/view";
import { scoreText } from "../source/model/words";
import { waysOut } from "../source/model/ways-out";
import { conceptCsv } from "../source/out/csv";
import { node, organisation, stateOf, type Options, type Row } from "./linked";

// Approvals hold a, b and c; d and e join each other at 0.9, and the others at 0.4.
const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9, "APPROVED"],
  ["b/t.x", "c/t.x", 0.8, "APPROVED"],
  ["d/t.x", "e/t.x", 0.9],
  ["c/t.x", "d/t.x", 0.4],
  ["e/t.x", "f/t.x", 0.05],
];
const tree: Options["tree"] = [["d/t.x", "e/t.x", 0.9], ["a/t.x", "d/t.x", 0.4], ["a/t.x", "f/t.x", 0.05]];

function viewOf(pack: Pack, threshold = 0.1): View {
  return new ViewMaker(pack).make(stateOf({ threshold }));
}

function said(view: View, cluster: number, links: number[], status: number): string[] {
  return conceptEffect(view, cluster, links, status)!.sentences.map((sentence) => plain(view.pack, sentence));
}

test("joins by approvals come first, and the lowest join says what splits off", () => {
  const view = viewOf(organisation(rows, { tree }));
  const history = historyOf(view, view.clusters, 0)!;
  assert.deepEqual(history.joins.map(({ height, link, sizes }) => [height, link, ...sizes]), [
    [null, 0, 1, 1], [null, 1, 2, 1], [0.9, 2, 1, 1], [0.4, 3, 3, 2],
  ]);
  const { approved, lowest, highest, splitsOff } = holdingOf(history);
  assert.deepEqual([approved, lowest, highest], [[3], 0.4, 0.9]);
  assert.deepEqual(splitsOff.map((at) => view.pack.path(history.members[at])), ["d/t.x", "e/t.x"]);
  assert.equal(
    plain(view.pack, holdingWords(view.pack, history, 0.1)),
    "3 fields are held by approvals and stay together at any setting. The other 2 join at 0.90 down to 0.40: above 0.40, they split off.",
  );
  assert.deepEqual(partsAt(history, 0.5), [3, 2]);
  assert.equal(plain(view.pack, holdingWords(view.pack, history, 0.5)), "Joined from 0.5, the 5 fields fall into 3 and 2.");
  assert.equal(regionWords(history), "It stays whole up to 0.40, and splits above.");
});

test("without approvals, with approvals alone, and with two members it is said so", () => {
  const words = (given: Row[], joins: Options["tree"] = []): string => {
    const view = viewOf(organisation(given, { tree: joins }));
    return plain(view.pack, holdingWords(view.pack, historyOf(view, view.clusters, 0)!, 0.1));
  };
  assert.equal(words(rows.slice(0, 2)), "All 3 fields are held by approvals and stay together at any setting.");
  assert.equal(words(rows.slice(0, 1)), "Both fields are held by an approval and stay together at any setting.");
  assert.equal(
    words([["a/t.x", "b/t.x", 0.5]], [["a/t.x", "b/t.x", 0.5]]),
    "No approval holds it. The two fields join at 0.50: above that, they are not one concept.",
  );
  const loose: Row[] = [["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.5]];
  assert.equal(
    words(loose, [["a/t.x", "b/t.x", 0.9], ["a/t.x", "c/t.x", 0.5]]),
    "No approval holds it. Its 3 fields join at 0.90 down to 0.50: above 0.50, c/t.x splits off.",
  );
  assert.deepEqual([0.758007533, 0.3, 1, 0.009, 0.9991, 0.001, 0].map(scoreText), ["0.76", "0.30", "1.00", "0.01", ">0.99", "<0.01", "0.00"]);
});

test("a tree has a row for each member, blocks of approvals and joins between the middles of its sides", () => {
  const view = viewOf(organisation(rows, { tree }));
  const history = historyOf(view, view.clusters, 0)!;
  const found = treeOf(view.pack, history, new Set(), [node(view.pack, "c/t.x")]);
  assert.deepEqual(found.rows.map(({ nodes, approved }) => [view.pack.path(nodes[0]), approved]), [
    ["c/t.x", true], ["a/t.x", true], ["b/t.x", true], ["d/t.x", false], ["e/t.x", false],
  ]);
  assert.deepEqual(found.blocks, [{ rows: [0, 1, 2], middle: 1 }]);
  assert.deepEqual(found.joins.map(({ height, middle }) => [height, middle]), [[0.9, 3.5], [0.4, 2.25]]);
  assert.deepEqual(found.root, { middle: 2.25, from: 0.4 });
});

test("more than forty rows become groups of a system, and each can be opened", () => {
  const places = Array.from({ length: 60 }, (_, at) => `${at % 2 ? "crm" : "shop"}/t.x${String(at).padStart(2, "0")}`);
  const pack = organisation(places.slice(1).map((place): Row => [places[0], place, 0.9, "APPROVED"]));
  const view = viewOf(pack);
  const history = historyOf(view, view.clusters, 0)!;
  const closed = treeOf(pack, history, new Set());
  assert.deepEqual(closed.rows.map(({ nodes, system }) => [nodes.length, pack.name[system]]), [[30, "crm"], [30, "shop"]]);
  const opened = treeOf(pack, history, new Set([closed.rows[0].key]));
  assert.equal(opened.rows.length, 31);
  // Without approvals the highest joins are one row.
  const chain = places.slice(1).map((place, at): Row => [places[at], place, 0.99 - at / 100]);
  const joins = chain.map(([a, b, height]): [string, string, number] => [a, b, height!]);
  const loose = organisation(chain, { tree: joins });
  const looseView = viewOf(loose);
  const drawn = treeOf(loose, historyOf(looseView, looseView.clusters, 0)!, new Set());
  assert.equal(drawn.rows.length, 40);
  assert.equal(drawn.joins.length, 39);
  assert.equal(drawn.rows.reduce((sum, { nodes }) => sum + nodes.length, 0), 60);
});

test("what a decision does is told of this concept first, then of others", () => {
  const view = viewOf(organisation(rows, { tree }));
  const d = node(view.pack, "d/t.x");
  assert.deepEqual(linksToTakeOut(view, d), [2, 3]);
  assert.deepEqual([approvedOf(2, 5), approvedOf(1, 1), approvedOf(3, 3)], [
    "2 of them approved", "which is approved", "all 3 of them approved",
  ]);
  assert.deepEqual(said(view, 0, [2, 3], REJECTED), ["3 fields in 3 systems stay.", "d/t.x and e/t.x then stand alone."]);
  assert.deepEqual(said(view, 0, [3], REJECTED), ["3 fields in 3 systems stay.", "d/t.x and e/t.x become a concept of their own."]);
  assert.deepEqual(said(view, 0, [4], APPROVED), ["All 5 fields stay.", "f/t.x joins it."]);
  assert.deepEqual(said(view, 0, [3], APPROVED), ["All 5 fields stay."]);
  assert.deepEqual(plain(view.pack, nodesListed([d, d, d, d])), "d/t.x, d/t.x and 2 more");
});

test("ways out of a contradiction are its cheapest cut, the rejected link, and other links of the chain", () => {
  const given: Row[] = [["a/t.x", "b/t.x", 0.9, "APPROVED"], ["b/t.x", "c/t.x", 0.8, "APPROVED"], ["a/t.x", "c/t.x", 0.7, "REJECTED"]];
  const view = viewOf(organisation(given));
  const { chain, nodes, ways } = waysOut(view, 0, 2);
  assert.deepEqual(chain, [0, 1]);
  assert.deepEqual(nodes.map(view.pack.path), ["a/t.x", "b/t.x", "c/t.x"]);
  assert.deepEqual(ways.map(({ links, status }) => [...links, status]), [[1, REJECTED], [2, APPROVED], [0, REJECTED]]);
  // Two chains of one link each: only both links, or the approval, resolve it.
  const twice = viewOf(organisation([["a/t.x", "b/t.x", 0.9, "APPROVED"], ["a/t.x", "b/t.x", 0.8, "APPROVED"], ["b/t.x", "a/t.x", 0.7, "REJECTED"]]));
  assert.deepEqual(waysOut(twice, 0, 2).ways.map(({ links, status }) => [...links, status]), [[0, 1, REJECTED], [2, APPROVED]]);
});

test("a method that does not run in the page says nothing of effects, and has no tree", () => {
  const pack = organisation([["a/t.x", "b/t.x", 0.9, "APPROVED"], ["b/t.x", "a/t.x", 0.7, "REJECTED"]], {
    labels: [["a/t.x", "b/t.x"]],
    clustering: { method: "leiden" },
  });
  const view = viewOf(pack);
  assert.equal(historyOf(view, view.clusters, 0), null);
  assert.equal(conceptEffect(view, 0, [0], REJECTED), null);
  assert.deepEqual(waysOut(view, 0, 1).ways.map(({ effect }) => effect), [null, null]);
});

test("what is near but apart says why: rejected, too low, or too few links", () => {
  const given: Row[] = [
    ["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.8, "REJECTED"], ["a/t.x", "d/t.x", 0.05], ["e/t.x", "a/t.x", null],
  ];
  const view = viewOf(organisation(given, { tree: [["a/t.x", "b/t.x", 0.9]] }));
  const { near, n } = nearOutside(view, 0, 2);
  assert.equal(n, 3);
  assert.deepEqual(near.map(({ node: at, reason }) => [view.pack.path(at), plain(view.pack, reason)]), [
    ["c/t.x", "b/t.x was rejected for it."],
    ["d/t.x", "Its best link counts 0.05, less than 0.1."],
  ]);
  assert.equal(plain(view.pack, nearOutside(view, 0, 3).near[2].reason), "No link to it has a score that counts.");
});

test("why is told in the words of the page, with names left as they are", () => {
  const pack = organisation([["a/cluster.column", "b/t.threshold", 0.9]], { tree: [["a/cluster.column", "b/t.threshold", 0.9]] });
  const view = viewOf(pack);
  const sentences = whySaid(view, node(pack, "a/cluster.column"), node(pack, "b/t.threshold"));
  assert.deepEqual(sentences.map((sentence) => plain(pack, sentence)), [
    "a/cluster.column and b/t.threshold are in one concept of 2 fields (joined from 0.1).",
    "1 link in the strongest chain: a/cluster.column = b/t.threshold, score 0.9.",
    "a/cluster.column = b/t.threshold: suggested, score 0.9.",
    "They are held by a single link, without which they fall apart: a/cluster.column = b/t.threshold.",
    "They stay in one concept as long as it is joined from 0.9 or less.",
  ]);
});

test("the fields of a concept are a table for spreadsheets", () => {
  const view = viewOf(organisation(rows, { tree }));
  const lines = conceptCsv(view, 0).split("\r\n");
  assert.equal(lines[0], "concept,system,table,field,node_id,path,deleted,mark,score");
  assert.equal(lines.length, 7);
  assert.match(lines[1], /,a,t,x,.*,a\/t\.x,false,approved,0\.9$/);
});
