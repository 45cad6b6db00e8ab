// What holds a cluster, and what it hangs by.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cutOf } from "../source/model/connectivity";
import { quality } from "../source/model/quality";
import { ViewMaker } from "../source/model/view";
import { node, organisation, stateOf, type Row } from "./linked";

test("a triangle has no bridge, a tail is attached by one", () => {
  assert.deepEqual(cutOf(4, [0, 1, 2, 2], [1, 2, 0, 3]), {
    bridges: [3],
    splitsOff: [1],
    points: [2],
  });
});

test("each part of a graph is cut by itself, and a long chain does not overflow the stack", () => {
  assert.deepEqual(cutOf(5, [0, 2, 3], [1, 3, 4]), {
    bridges: [0, 1, 2],
    splitsOff: [1, 1, 1],
    points: [3],
  });
  const n = 100_000;
  const chain = cutOf(n, [...Array(n - 1).keys()], [...Array(n - 1).keys()].map((x) => x + 1));
  assert.equal(chain.bridges.length, n - 1);
  assert.equal(chain.points.length, n - 2);
  assert.equal(Math.max(...chain.splitsOff.slice(0, 10)), 10);
  assert.equal(chain.splitsOff[n / 2], n / 2 - 1);
});

test("quality is computed from the links that hold the cluster", () => {
  const rows: Row[] = [
    ["a/t.x", "b/t.x", 0.9, "SUGGESTED", "DETERMINISTIC"],
    ["b/t.x", "a/t.x", 0.6],
    ["b/t.x", "c/t.x", 0.7],
    ["c/t.x", "c/t.y", null, "APPROVED"],
    ["a/t.x", "c/t.x", 0.2],
    ["a/t.x", "c/t.y", 0.9, "REJECTED"],
    ["a/t.x", "d/t.x", 0.1],
  ];
  const pack = organisation(rows, {
    tree: [["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.7]],
  });
  const found = quality(new ViewMaker(pack).make(stateOf({ threshold: 0.5 })), 0);
  const at = (place: string): number => node(pack, place);
  assert.deepEqual(found, {
    members: 4,
    systems: ["a", "b", "c"].map(at),
    links: 6,
    linksByStatus: [4, 1, 1],
    linksHolding: 4,
    density: 0.5,
    minConfidence: 0.6,
    meanConfidence: (0.9 + 0.6 + 0.7 + 1) / 4,
    determinismRatio: 0.25,
    weakestLink: 1,
    centralNode: at("b/t.x"),
    bridges: [
      { link: 2, splitsOff: 2 },
      { link: 0, splitsOff: 1 },
      { link: 3, splitsOff: 1 },
    ],
    articulationPoints: [at("b/t.x"), at("c/t.x")],
    contradictions: [5],
    systemsTwice: [at("c")],
  });
});

test("a cluster whose links are not in the pack has no confidence", () => {
  const pack = organisation([["a/t.x", "b/t.x", 0.3]], {
    clustering: { method: "leiden", threshold: 0.5 },
    labels: [["a/t.x", "b/t.x"]],
  });
  const found = quality(new ViewMaker(pack).make(stateOf()), 0);
  assert.deepEqual(
    [found.linksHolding, found.minConfidence, found.meanConfidence, found.determinismRatio],
    [0, null, null, null],
  );
  assert.deepEqual([found.weakestLink, found.density, found.bridges], [-1, 0, []]);
});
