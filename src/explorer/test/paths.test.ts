// The strongest path, what can be reached, and what a focus leaves in sight.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pack } from "../source/model/pack";
import { reach, strongestPath, nodesWithin } from "../source/model/paths";
import type { Seen } from "../source/model/types";
import { ViewMaker } from "../source/model/view";
import type { Focus, State } from "../source/state/state";
import { node, organisation, stateOf, type Row } from "./linked";

const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.9],
  ["a/t.x", "c/t.x", 0.8],
  ["c/t.x", "d/t.x", 0.5],
  ["d/t.y", "c/t.x", 0.5, "REJECTED"],
  ["d/t.y", "d/t.y", 0.7],
  ["e/t.x", "d/t.y", 0.4],
  ["c/t.x", "a/t.x", null],
];
const pack = organisation(rows, { result: { nodes: ["a/t.x", "b/t.x"], links: [0] } });

function viewOf(change: Partial<State> = {}, of: Pack = pack) {
  return new ViewMaker(of).make(stateOf(change));
}

function steps(from: string, to: string, change: Partial<State> = {}, of: Pack = pack): number[] | null {
  const path = strongestPath(viewOf(change, of), node(of, from), node(of, to));
  return path && path.steps.map((step) => step.link);
}

function depths(seen: Seen, of: Pack = pack): Record<string, number> {
  return Object.fromEntries([...seen.distance].map(([code, depth]) => [of.path(code), depth]));
}

function sorted(links: ReadonlySet<number>): number[] {
  return [...links].sort((x, y) => x - y);
}

test("the path has the largest product, in either direction of links", () => {
  assert.deepEqual(steps("a/t.x", "c/t.x"), [0, 1]);
  const back = strongestPath(viewOf(), node(pack, "c/t.x"), node(pack, "a/t.x"))!;
  assert.deepEqual(
    back.steps.map((step) => [step.link, step.against]),
    [[1, true], [0, true]],
  );
  assert.equal(back.confidence, 0.9 * 0.9);
});

test("filters remove links, and links without a weight are not followed", () => {
  assert.equal(steps("a/t.x", "d/t.x", { threshold: 0.6 }), null);
  assert.equal(steps("c/t.x", "d/t.y"), null);
  assert.equal(steps("a/t.x", "b/t.x", { hiddenSystems: new Set([node(pack, "a")]) }), null);
});

test("a table or system stands for itself and everything in it", () => {
  assert.deepEqual(nodesWithin(pack, node(pack, "d")).map(pack.path), ["d", "d/t", "d/t.x", "d/t.y"]);
  assert.deepEqual(steps("a", "d/t"), [0, 1, 3]);
  assert.deepEqual(steps("e", "d"), [6]);
  assert.equal(steps("d", "d/t.x"), null);
  assert.equal(steps("a", "a"), null);
});

test("of equal products fewer steps are better, then APPROVED links, then the first", () => {
  const ties: Row[] = [
    ["a/t.x", "b/t.x", 1],
    ["b/t.x", "c/t.x", 1],
    ["a/t.x", "c/t.x", 1],
    ["a/t.x", "c/t.x", 1, "APPROVED"],
    ["c/t.x", "d/t.x", 0.5],
    ["d/t.x", "c/t.x", 0.5],
  ];
  const tied = organisation(ties);
  assert.deepEqual(steps("a/t.x", "c/t.x", {}, tied), [3]);
  assert.deepEqual(steps("a/t.x", "d/t.x", {}, tied), [3, 4]);
  const suggested = { hiddenStatuses: new Set([1]) };
  assert.deepEqual(steps("a/t.x", "c/t.x", suggested, tied), [2]);
});

test("links are followed downstream, upstream and both ways, as far as they may be", () => {
  const view = viewOf();
  const b = node(pack, "b/t.x");
  assert.deepEqual(depths(reach(view, b, "down", 1)), { "b/t.x": 0, "c/t.x": 1 });
  assert.deepEqual(depths(reach(view, b, "down", 5)), { "b/t.x": 0, "c/t.x": 1, "d/t.x": 2 });
  assert.deepEqual(depths(reach(view, b, "up", 5)), { "b/t.x": 0, "a/t.x": -1 });
  const both = reach(view, b, "both", 1);
  assert.deepEqual(depths(both), { "b/t.x": 0, "c/t.x": 1, "a/t.x": -1 });
  assert.deepEqual(sorted(both.links), [0, 1]);
});

test("a node that lies both ways counts where it is nearer, downstream if both are equal", () => {
  const ring = organisation([
    ["a/t.x", "b/t.x", 0.9],
    ["b/t.x", "c/t.x", 0.9],
    ["c/t.x", "d/t.x", 0.9],
    ["d/t.x", "a/t.x", 0.9],
  ]);
  const seen = reach(viewOf({}, ring), node(ring, "a/t.x"), "both", 3);
  assert.deepEqual(depths(seen, ring), { "a/t.x": 0, "b/t.x": 1, "c/t.x": 2, "d/t.x": -1 });
});

test("neighbourhoods show links without a weight too, but do not go beyond them", () => {
  const view = viewOf();
  const c = node(pack, "c/t.x");
  const one = reach(view, c, "near", 1);
  assert.deepEqual(depths(one), { "c/t.x": 0, "b/t.x": 1, "a/t.x": 1, "d/t.x": 1, "d/t.y": 1 });
  assert.deepEqual(sorted(one.links), [1, 2, 3, 4, 7]);
  const two = reach(view, c, "near", 2);
  assert.equal(two.distance.has(node(pack, "e/t.x")), false);
  assert.deepEqual(sorted(two.links), [0, 1, 2, 3, 4, 7]);
});

test("a system starts from everything in it, and a node has its links to itself", () => {
  const seen = reach(viewOf(), node(pack, "d"), "up", 1);
  assert.deepEqual(depths(seen), {
    d: 0,
    "d/t": 0,
    "d/t.x": 0,
    "d/t.y": 0,
    "c/t.x": -1,
    "e/t.x": -1,
  });
  assert.deepEqual(sorted(seen.links), [3, 5, 6]);
});

function seen(focus: Focus, change: Partial<State> = {}): [nodes: string[], links: number[]] {
  const found = viewOf({ ...change, focus }).seen!;
  return [[...found.nodes].sort((x, y) => x - y).map(pack.path), sorted(found.links)];
}

test("a path is seen with its ends, and without a path the ends alone", () => {
  const a = node(pack, "a");
  const d = node(pack, "d/t.x");
  const found = viewOf({ focus: { kind: "path", from: a, to: d } }).seen!;
  assert.deepEqual(found.path!.steps.map((step) => step.link), [0, 1, 3]);
  assert.deepEqual([...found.distance.values()], [0, 1, 2, 3]);
  assert.ok(found.nodes.has(a));
  assert.deepEqual(seen({ kind: "path", from: a, to: d }, { threshold: 1 }), [["a", "d/t.x"], []]);
});

test("a line has the links from one place to the other, as they are directed", () => {
  const [c, d] = [node(pack, "c"), node(pack, "d/t")];
  assert.deepEqual(seen({ kind: "line", source: c, target: d }), [["c", "d/t", "c/t.x", "d/t.x"], [3]]);
  assert.deepEqual(seen({ kind: "line", source: d, target: c }), [["c", "d/t", "c/t.x", "d/t.y"], [4]]);
});

test("a link, and the result that the page was made for, are seen whatever the filters", () => {
  assert.deepEqual(seen({ kind: "link", link: 3 }, { threshold: 1 }), [["c/t.x", "d/t.x"], [3]]);
  assert.deepEqual(seen({ kind: "result" }, { threshold: 1 }), [["a/t.x", "b/t.x"], [0]]);
});

test("a cluster is seen with the links inside that pass; a node in none by itself", () => {
  const tree: [string, string, number][] = [["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.9]];
  const clustered = organisation(rows, { tree });
  const member = node(clustered, "c/t.x");
  const state = stateOf({ threshold: 0.85, focus: { kind: "cluster", member } });
  const found = new ViewMaker(clustered).make(state).seen!;
  assert.deepEqual([...found.nodes].sort((x, y) => x - y).map(clustered.path), ["a/t.x", "b/t.x", "c/t.x"]);
  assert.deepEqual(sorted(found.links), [0, 1]);
  assert.deepEqual(seen({ kind: "cluster", member: node(pack, "e/t.x") }), [["e/t.x"], []]);
});
