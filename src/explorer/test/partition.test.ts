// Which clusters may be one, and in which order they are made so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinsOf } from "../source/model/agglomerate";
import { rint } from "../source/model/numbers";
import type { Pairs } from "../source/model/pairs";
import { constraintsOf, Partition } from "../source/model/partition";

function pairs(...rows: [number, number, number][]): Pairs {
  return {
    a: Int32Array.from(rows, ([a]) => a),
    b: Int32Array.from(rows, ([, b]) => b),
    score: Float64Array.from(rows, ([, , score]) => score),
    link: Int32Array.from(rows.keys()),
    approved: new Uint8Array(rows.length),
  };
}

test("nodes that must be together are one unit, numbered by the first of them", () => {
  const { unit, nUnits, unitSize, firstNode } = constraintsOf(5, [[3, 1], [1, 4]], [], null);
  assert.deepEqual([...unit], [0, 1, 2, 1, 1]);
  assert.equal(nUnits, 3);
  assert.deepEqual([...unitSize], [1, 3, 1]);
  assert.deepEqual([...firstNode], [0, 1, 2]);
});

test("a pair inside a unit cannot be kept apart", () => {
  const constraints = constraintsOf(4, [[0, 1]], [[0, 1], [1, 2]], null);
  assert.deepEqual(constraints.apart, [[0, 1]]);
});

test("a cluster keeps the cannot-links of all its parts", () => {
  const partition = new Partition(constraintsOf(5, [], [[0, 3], [1, 4]], null));
  assert.ok(partition.mayJoin(0, 1));
  partition.join(0, 1);
  const whole = partition.find(0);
  assert.equal(whole, partition.find(1));
  assert.ok(!partition.mayJoin(whole, 3));
  assert.ok(!partition.mayJoin(4, whole));
  partition.join(3, 4);
  assert.ok(!partition.mayJoin(whole, partition.find(4)));
  assert.ok(partition.mayJoin(whole, 2));
});

test("two members of one group never join, members of no group always may", () => {
  const group = Int32Array.of(7, 8, 7, -1, -1);
  const partition = new Partition(constraintsOf(5, [], [], group));
  assert.ok(!partition.mayJoin(0, 2));
  assert.ok(partition.mayJoin(3, 4));
  partition.join(0, 1);
  partition.join(partition.find(0), 3);
  assert.ok(!partition.mayJoin(partition.find(3), 2));
  assert.ok(partition.mayJoin(partition.find(3), 4));
});

test("a unit may have several members of a group", () => {
  const constraints = constraintsOf(3, [[0, 1]], [], Int32Array.of(7, 7, 7));
  const partition = new Partition(constraints);
  assert.ok(!partition.mayJoin(constraints.unit[0], constraints.unit[2]));
});

test("joins skip pairs between clusters that may not be joined", () => {
  const constraints = constraintsOf(4, [], [[0, 2]], null);
  const joins = joinsOf(pairs([0, 1, 0.9], [1, 2, 0.8], [2, 3, 0.7]), constraints, "single");
  assert.deepEqual([...joins.height], [0.9, 0.7]);
});

test("a mean over possible pairs falls as clusters grow, one over present pairs does not", () => {
  const chain = pairs([0, 1, 0.9], [2, 3, 0.9], [1, 2, 0.8]);
  const free = constraintsOf(4, [], [], null);
  assert.deepEqual([...joinsOf(chain, free, "possible").height], [0.9, 0.9, 0.2]);
  assert.deepEqual([...joinsOf(chain, free, "present").height], [0.9, 0.9, 0.8]);
});

test("complete linkage takes the worst pair, and needs all pairs", () => {
  const free = constraintsOf(3, [], [], null);
  const chain: [number, number, number][] = [[0, 1, 0.9], [1, 2, 0.8]];
  assert.deepEqual([...joinsOf(pairs(...chain), free, "complete").height], [0.9]);
  const all = joinsOf(pairs(...chain, [0, 2, 0.5]), free, "complete");
  assert.deepEqual([...all.height], [0.9, 0.5]);
});

test("halves are rounded to even numbers", () => {
  assert.deepEqual([0.5, 1.5, 2.5, 2.4, 2.6, 0].map(rint), [0, 2, 2, 2, 3, 0]);
});
