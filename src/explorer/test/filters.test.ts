// What passes the filters, and how scores are spread.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED, SUGGESTED } from "../source/generated";
import { histogram, leftOut } from "../source/model/filters";
import { ViewMaker } from "../source/model/view";
import type { State } from "../source/state/state";
import { node, organisation, state, type LinkSpec } from "./organisation";

const links: LinkSpec[] = [
  ["a/t.x", "b/t.x", 0.29, SUGGESTED, 0],
  ["a/t.x", "c/t.x", 0.5, SUGGESTED, 1],
  ["b/t.x", "c/t.x", 0.1, APPROVED, 1],
  ["b/t.y", "c/t.y", 1, REJECTED, 1],
  ["b/t.y", "c/t.x", null, SUGGESTED, 1],
];
const pack = organisation({ links });
const maker = new ViewMaker(pack);

function passed(change: Partial<State>): string {
  return maker.make(state(change)).passes.join("");
}

test("a threshold keeps links that score at least as much, and APPROVED ones", () => {
  assert.equal(passed({ threshold: 0 }), "11111");
  assert.equal(passed({ threshold: 0.01 }), "11110");
  assert.equal(passed({ threshold: 0.29 }), "11110");
  assert.equal(passed({ threshold: 0.5 }), "01110");
  assert.equal(passed({ threshold: 1 }), "00110");
});

test("if APPROVED links are scored, they pass by their scores alone", () => {
  const scored = new ViewMaker(organisation({ links, policy: { approved: "score" } }));
  assert.equal(scored.make(state({ threshold: 0.5 })).passes.join(""), "01010");
});

test("statuses, types and systems are left out, a system with the links at either end", () => {
  assert.equal(passed({ hiddenStatuses: new Set([REJECTED]) }), "11101");
  assert.equal(passed({ hiddenTypes: new Set([0]) }), "01111");
  assert.equal(passed({ hiddenSystems: new Set([node(pack, "a")]) }), "00111");
  assert.equal(maker.make(state({ hiddenSystems: new Set([0, 1]) })).nPassing, 0);
});

test("the histogram ignores the threshold, and counts links without a score separately", () => {
  const view = maker.make(state({ threshold: 0.9, hiddenTypes: new Set([0]) }));
  const { count, byStatus, none } = histogram(view, 10);
  assert.deepEqual(count, [0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
  assert.deepEqual(byStatus[APPROVED], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(byStatus[REJECTED], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  assert.equal(none, 1);
});

test("a score on the edge of a bin belongs to the bin above", () => {
  const { count } = histogram(maker.make(state()), 100);
  assert.equal(count[29], 1);
  assert.equal(count[99], 1);
});

test("what is left out is counted by what keeps it out, a filter before a score", () => {
  const out = (change: Partial<State>) => leftOut(maker.make(state(change)), () => true);
  assert.deepEqual(out({ threshold: 0 }), { filtered: 0, weaker: 0, unscored: 0 });
  assert.deepEqual(out({ threshold: 0.5 }), { filtered: 0, weaker: 1, unscored: 1 });
  assert.deepEqual(out({ threshold: 0.5, hiddenTypes: new Set([0]) }), { filtered: 1, weaker: 0, unscored: 1 });
  assert.deepEqual(leftOut(maker.make(state({ threshold: 0.5 })), (link) => link === 4), { filtered: 0, weaker: 0, unscored: 1 });
});
