// What is computed again when the reader changes something, and what stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED } from "../source/generated";
import { ViewMaker } from "../source/model/view";
import { node, organisation, stateOf, type Row } from "./linked";

const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.4],
];
const pack = organisation(rows, { tree: [["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.4]] });
const decision = (status: number, note = "") => new Map([[1, { status, at: 1, note }]]);

test("a new threshold cuts and filters again, and leaves weights and statuses alone", () => {
  const maker = new ViewMaker(pack);
  const before = maker.make(stateOf({ threshold: 0.2 }));
  const after = maker.make(stateOf({ ...before.state, threshold: 0.5 }));
  assert.equal(after.weight, before.weight);
  assert.equal(after.score, before.score);
  assert.deepEqual([before.clusters.sizes[0], after.clusters.sizes[0]], [3, 2]);
  assert.deepEqual([before.nPassing, after.nPassing], [2, 1]);
});

test("a filter leaves the clusters alone, and nothing else changes what is in sight", () => {
  const maker = new ViewMaker(pack);
  const focus = { kind: "near", node: node(pack, "a"), hops: 1 } as const;
  const before = maker.make(stateOf({ focus }));
  const same = maker.make({ ...before.state, level: 2, search: "x", colour: "system" });
  assert.equal(same.seen, before.seen);
  assert.equal(same.passes, before.passes);
  const filtered = maker.make({ ...before.state, hiddenTypes: new Set([0]) });
  assert.equal(filtered.clusters, before.clusters);
  assert.notEqual(filtered.passes, before.passes);
  assert.equal(maker.make({ ...filtered.state, focus: null }).seen, null);
});

test("a decision changes statuses and clusters at once; a note on it changes nothing", () => {
  const maker = new ViewMaker(pack);
  const before = maker.make(stateOf({ threshold: 0.5 }));
  assert.equal(before.status, pack.status);
  const approved = maker.make({ ...before.state, decisions: decision(APPROVED) });
  assert.deepEqual([...approved.clusters.sizes], [3]);
  assert.deepEqual([...approved.passes], [1, 1]);
  const noted = maker.make({ ...before.state, decisions: decision(APPROVED, "sure") });
  assert.equal(noted.status, approved.status);
  assert.equal(noted.clusters, approved.clusters);
  const undone = maker.make({ ...before.state, decisions: new Map() });
  assert.deepEqual([...undone.clusters.labels], [...before.clusters.labels]);
});

test("a rejected pair is a contradiction if APPROVED links force it together", () => {
  const forced = organisation([
    ["a/t.x", "b/t.x", 0.9, "APPROVED"],
    ["a/t.x", "b/t.x", 0.3],
  ]);
  const maker = new ViewMaker(forced);
  assert.deepEqual(maker.make(stateOf()).contradictions, []);
  const rejected = maker.make(stateOf({ decisions: decision(REJECTED) }));
  assert.deepEqual(rejected.contradictions, [{ cluster: 0, link: 1 }]);
});

test("a cluster in focus follows the threshold", () => {
  const maker = new ViewMaker(pack);
  const focus = { kind: "cluster", member: node(pack, "a/t.x") } as const;
  assert.equal(maker.make(stateOf({ focus })).seen!.nodes.size, 3);
  assert.equal(maker.make(stateOf({ focus, threshold: 0.5 })).seen!.nodes.size, 2);
});
