// How much there is of everything.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED } from "../source/generated";
import { countsOf } from "../source/model/counts";
import { listLinks, scopeOf } from "../source/model/links";
import { ViewMaker } from "../source/model/view";
import type { Decision } from "../source/state/state";
import { organisation, stateOf } from "./linked";

const decided = (status: number): Decision => ({ status, at: 1, note: "" });

test("links are counted by status, concepts by systems, contradictions by links", () => {
  const pack = organisation([
    ["a/t.x", "b/t.x", 0.9],
    ["b/t.x", "c/t.x", 0.8],
    ["a/t.x", "c/t.x", 0.2, "REJECTED"],
    ["a/t.y", "a/u.y", 0.9, "APPROVED"],
  ]);
  const maker = new ViewMaker(pack);
  const before = stateOf();
  const first = countsOf(maker.make(before));
  assert.deepEqual(first, { approved: 1, rejected: 1, suggested: 2, open: 2, contradictions: first.contradictions, shared: first.shared });
  // Once a and b are one, the rejection keeps c apart from both: nobody need say so.
  const one = maker.make({ ...before, decisions: new Map([[0, decided(APPROVED)]]) });
  assert.deepEqual([countsOf(one).suggested, countsOf(one).open], [1, 0]);
  assert.deepEqual([...listLinks({ ...one, state: { ...one.state, only: "settled" } }, scopeOf(one)).links], [1]);
  const approved = countsOf(maker.make({ ...before, decisions: new Map([[0, decided(APPROVED)], [1, decided(APPROVED)]]) }));
  assert.deepEqual(approved, { approved: 3, rejected: 1, suggested: 0, open: 0, contradictions: 1, shared: 1 });
  const rejected = countsOf(maker.make({ ...before, decisions: new Map([[0, decided(REJECTED)], [1, decided(REJECTED)]]) }));
  assert.deepEqual(rejected, { approved: 1, rejected: 3, suggested: 0, open: 0, contradictions: 0, shared: 0 });
});
