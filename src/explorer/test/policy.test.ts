// What the policy makes of confidences and statuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, DETERMINISTIC, REJECTED, SUGGESTED, type Policy } from "../source/generated";
import { accepts, filterScores, joinScores, levelLinks, weights } from "../source/model/policy";
import { organisation, type LinkSpec } from "./organisation";

const PROBABILISTIC = 1;
const PARKED = 3;

const links: LinkSpec[] = [
  ["a/t.x", "b/t.x", 0.8, SUGGESTED, PROBABILISTIC],
  ["a/t.x", "b/t.y", null, SUGGESTED, PROBABILISTIC],
  ["a/t.x", "b/t.z", null, SUGGESTED, DETERMINISTIC],
  ["a/t.y", "b/t.x", null, APPROVED, PROBABILISTIC],
  ["a/t.y", "b/t.y", 0.3, APPROVED, PROBABILISTIC],
  ["a/t.y", "b/t.z", 0.9, REJECTED, PROBABILISTIC],
  ["a/t.z", "b/t.x", 0.7, PARKED, PROBABILISTIC],
];

function weighed(policy: Partial<Policy>): number[] {
  const pack = organisation({ links, policy });
  return [...weights(pack, pack.status)];
}

test("by default null and REJECTED weigh nothing, and APPROVED without a confidence weighs 1", () => {
  assert.deepEqual(weighed({}), [0.8, NaN, NaN, 1, 0.3, NaN, NaN]);
});

test("null counts as the policy says, with a value of its own for DETERMINISTIC links", () => {
  assert.deepEqual(weighed({ null_confidence: 0.5 }), [0.8, 0.5, 0.5, 1, 0.3, NaN, NaN]);
  assert.deepEqual(weighed({ null_deterministic: 0.6 }), [0.8, NaN, 0.6, 1, 0.3, NaN, NaN]);
});

test("statuses count by score where the policy says so, but an unknown one never does", () => {
  const scored = weighed({ approved: "score", rejected: "score", null_confidence: 0.2 });
  assert.deepEqual(scored, [0.8, 0.2, 0.2, 0.2, 0.3, 0.9, NaN]);
});

test("a filter reads a REJECTED link's confidence as it is stored", () => {
  const pack = organisation({ links });
  const scores = filterScores(pack, weights(pack, pack.status), null, null);
  assert.deepEqual([...scores], [0.8, NaN, NaN, 1, 0.3, 0.9, 0.7]);
});

test("a calibrated score replaces the confidence, for filters and for joins", () => {
  const calibrated = Float64Array.of(0.4, NaN, NaN, 0.9, 0.2, 0.6, NaN);
  const pack = organisation({ links });
  const weight = weights(pack, pack.status);
  assert.deepEqual([...filterScores(pack, weight, calibrated, null)], [0.4, NaN, NaN, 0.9, 0.2, 0.6, 0.7]);
  // What lies below the floor counts as nothing.
  assert.deepEqual([...filterScores(pack, weight, calibrated, 0.75)], [0.4, NaN, NaN, 0.9, 0.2, 0.6, 0]);
  // What is REJECTED joins nothing, whatever it scored before.
  assert.deepEqual([...joinScores(pack, weight, calibrated)], [0.4, NaN, NaN, 0.9, 0.2, NaN, NaN]);
});

test("the threshold is inclusive, and APPROVED passes any where it binds", () => {
  const { policy } = organisation();
  assert.ok(accepts(policy, 0.5, SUGGESTED, 0.5));
  assert.ok(!accepts(policy, NaN, SUGGESTED, 0));
  assert.ok(accepts(policy, NaN, APPROVED, 1));
  assert.ok(!accepts({ ...policy, approved: "score" }, 0.4, APPROVED, 0.5));
});

test("only links between two nodes of the clusters' level can join", () => {
  const mixed: LinkSpec[] = [
    ["a/t", "b/t", 0.9],
    ["a/t.x", "b/t", 0.9],
    ["a/t.x", "b/t.x", 0.9],
    ["a/t.x", "a/t.x", 0.9],
  ];
  assert.deepEqual([...levelLinks(organisation({ links: mixed }))], [2]);
  assert.deepEqual([...levelLinks(organisation({ links: mixed, clustering: { level: 1 } }))], [0]);
});
