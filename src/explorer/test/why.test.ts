// Why nodes are together or not, in sentences.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pack } from "../source/model/pack";
import { ViewMaker } from "../source/model/view";
import { whyCluster, whyTogether } from "../source/model/why";
import { counted, floored, grouped, listed, lowered, shown } from "../source/model/words";
import { node, organisation, stateOf, type Options, type Row } from "./linked";

const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["c/t.x", "b/t.x", 0.6],
  ["a/t.x", "c/t.x", 0.9, "REJECTED"],
  ["c/t.x", "d/t.x", 0.3],
];
const tree: Options["tree"] = [
  ["a/t.x", "b/t.x", 0.9],
  ["c/t.x", "d/t.x", 0.3],
];

function why(pack: Pack, a: string, b: string, threshold = 0.5): string[] {
  return whyTogether(new ViewMaker(pack).make(stateOf({ threshold })), node(pack, a), node(pack, b));
}

test("the answer comes first, then the chain with its weakest step and its bridges", () => {
  const joined = organisation(rows.slice(0, 2), {
    tree: [["a/t.x", "b/t.x", 0.9], ["c/t.x", "b/t.x", 0.6]],
  });
  assert.deepEqual(why(joined, "a/t.x", "c/t.x"), [
    "a/t.x and c/t.x are in one cluster of 3 columns (components at threshold 0.5).",
    "2 links in the strongest chain: a/t.x > b/t.x > c/t.x, confidence 0.54.",
    "a/t.x > b/t.x: SUGGESTED, confidence 0.9.",
    "b/t.x > c/t.x: SUGGESTED, confidence 0.6.",
    "The weakest step is b/t.x > c/t.x.",
    "2 bridges, without which the two fall apart: a/t.x > b/t.x, b/t.x > c/t.x.",
    "They stay in one cluster up to a threshold of 0.6 (by components).",
  ]);
});

test("a parallel link is not a bridge, and a REJECTED one on the chain is named", () => {
  const forced = organisation([
    ["a/t.x", "b/t.x", null, "APPROVED"],
    ["b/t.x", "a/t.x", 0.9],
    ["a/t.x", "b/t.x", 0.2, "REJECTED"],
  ]);
  assert.deepEqual(why(forced, "a/t.x", "b/t.x").slice(2), [
    "a/t.x > b/t.x: APPROVED, no confidence.",
    "No link of the chain is a bridge: without any one of them, others hold the two.",
    "In one cluster nevertheless: a/t.x > b/t.x: REJECTED, confidence 0.2.",
    "They are in one cluster at every threshold (by components).",
  ]);
});

test("two nodes apart: their clusters, the nearest chain and its weakest link, and what forbids a join", () => {
  const pack = organisation(rows, { tree });
  assert.deepEqual(why(pack, "a/t.x", "c/t.x"), [
    "a/t.x and c/t.x are not in one cluster (components at threshold 0.5).",
    "a/t.x is in x, a cluster of 2 columns.",
    "c/t.x is in no cluster.",
    "Between the two: a/t.x > c/t.x: REJECTED, confidence 0.9.",
    "Nearest chain: a/t.x > b/t.x > c/t.x, confidence 0.54.",
    "Its weakest link, b/t.x > c/t.x, scores 0.6, enough for the threshold of 0.5; but a join is forbidden.",
    "Forbidden: the link between a/t.x and c/t.x is REJECTED.",
    "No threshold puts them in one cluster (by components).",
  ]);
  const below = why(pack, "c/t.x", "d/t.x");
  assert.ok(below.includes("Its weakest link, c/t.x > d/t.x, scores 0.3, below the threshold of 0.5."));
  assert.equal(
    below.at(-1),
    "They would be in one cluster at a threshold of 0.3 or below (by components).",
  );
});

test("the one_per rule forbids a join too, except in exempt systems", () => {
  const one: Row[] = [["a/t.x", "b/t.x", 0.9], ["b/t.x", "a/t.y", 0.8]];
  const joins: Options["tree"] = [["a/t.x", "b/t.x", 0.9]];
  const rule = "Forbidden by one member per system: a/t.x and a/t.y are both in a.";
  const strict = organisation(one, { tree: joins, clustering: { one_per: 0 } });
  assert.ok(why(strict, "a/t.x", "a/t.y").includes(rule));
  const lenient = organisation(one, { tree: joins, clustering: { one_per: 0, exempt: [0] } });
  assert.ok(!why(lenient, "a/t.x", "a/t.y").includes(rule));
  const tables = organisation(one, { tree: joins, clustering: { one_per: 1 } });
  assert.ok(
    why(tables, "a/t.x", "a/t.y").includes(
      "Forbidden by one member per table: a/t.x and a/t.y are both in a/t.",
    ),
  );
});

test("without a chain between two nodes, the explanation says so", () => {
  const pack = organisation([["a/t.x", "b/t.x", 0.9]], { also: ["c/t.x"] });
  assert.deepEqual(why(pack, "a/t.x", "c/t.x").slice(3, 5), [
    "No link joins the two directly.",
    "No chain of links that count leads from one to the other.",
  ]);
});

test("for a method without a merge tree, components stand in", () => {
  const pack = organisation(rows.slice(0, 2), {
    clustering: { method: "leiden" },
    labels: [["a/t.x", "b/t.x"]],
  });
  assert.equal(
    why(pack, "a/t.x", "b/t.x").at(-1),
    "They would be in one cluster at a threshold of 0.9 or below (by components, for leiden has no merge tree).",
  );
  assert.ok(why(pack, "a/t.x", "c/t.x").some((text) => text.includes("does not go by one chain alone")));
});

test("nodes of other levels have a path, but no cluster", () => {
  const pack = organisation(rows, { tree });
  assert.deepEqual(why(pack, "a", "b/t"), [
    "Clusters are of columns; choose two of them to see why they are together.",
    "1 link in the strongest path: a/t.x > b/t.x, confidence 0.9.",
    "a/t.x > b/t.x: SUGGESTED, confidence 0.9.",
  ]);
  assert.deepEqual(why(pack, "a/t.x", "a/t.x"), ["Both are a/t.x; choose two."]);
});

test("a cluster is explained by the links that hold it and by its bridges", () => {
  const pack = organisation(
    [
      ["a/t.x", "b/t.x", 0.9, "APPROVED"],
      ["b/t.x", "b/t.y", 0.75, "APPROVED"],
      ["a/t.x", "b/t.y", 0.9, "REJECTED"],
    ],
  );
  assert.deepEqual(whyCluster(new ViewMaker(pack).make(stateOf({ threshold: 0.5 })), 0), [
    "x: 3 columns of 2 systems (components at threshold 0.5).",
    "2 links hold it, 2 of them APPROVED; a link joins 66.7% of the pairs of members.",
    "The least sure of these is b/t.x > b/t.y, which scores 0.75.",
    "Most confidence rests on b/t.x.",
    "2 bridges, without which it falls apart: b/t.x > b/t.y (splits off 1), a/t.x > b/t.x (splits off 1).",
    "In one cluster nevertheless: a/t.x > b/t.y: REJECTED, confidence 0.9.",
    "It has several columns of b.",
  ]);
});

test("numbers are written so that they stay true", () => {
  assert.deepEqual([0.568406, 0.042058, 0.3, 0.005, 0.0000478, 1, 0, 1e-7].map(lowered), ["0.56", "0.042", "0.3", "0.005", "0.000047", "1", "0", "0"]);
  assert.deepEqual([0.85, 2 / 3, 1, 0, 1e-7, 0.1 + 0.2].map(floored), [
    "0.85",
    "0.666666",
    "1",
    "0",
    "0",
    "0.3",
  ]);
  assert.deepEqual([1, 0.99999, 0.1234, 0.5, 0, 0.0000478].map(shown), ["1", ">0.999", "0.123", "0.5", "0", "4.78e-05"]);
  assert.deepEqual([999, 1000, 1234567].map(grouped), ["999", "1,000", "1,234,567"]);
  assert.deepEqual([counted(1, "link"), counted(0, "link")], ["1 link", "0 links"]);
  assert.deepEqual([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed), ["", "a", "a and b", "a, b and c"]);
});

test("links of something in a table are not the table's own", () => {
  const pack = organisation(
    [
      ["a/t", "b/t", 0.9],
      ["c/t.x", "b/t", 0.9, "REJECTED"],
      ["c/t", "d/t", 0.9],
    ],
    { clustering: { level: 1 } },
  );
  const sentences = why(pack, "b/t", "c/t");
  assert.ok(sentences.includes("No link joins the two directly."));
  assert.ok(!sentences.some((sentence) => sentence.startsWith("Forbidden")));
});
