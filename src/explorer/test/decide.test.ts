// What a decision changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED, SUGGESTED } from "../source/generated";
import { engineOf } from "../source/model/clusters";
import type { Pack } from "../source/model/pack";
import { effectOf, overlay } from "../source/model/decide";
import { ViewMaker } from "../source/model/view";
import type { Decision } from "../source/state/state";
import { organisation, stateOf, type Row } from "./linked";

const MADE = Date.UTC(2026, 0, 31, 9, 30);

function decided(...rows: [link: number, status: number, at?: number, note?: string][]): Map<number, Decision> {
  return new Map(rows.map(([link, status, at = MADE, note = ""]) => [link, { status, at, note }]));
}

function effect(
  pack: Pack,
  threshold: number,
  link: number,
  status: number,
  decisions = new Map<number, Decision>(),
): { before: number[]; after: number[]; text: string } {
  const engine = engineOf(pack);
  const view = new ViewMaker(pack, engine).make(stateOf({ threshold, decisions }));
  return effectOf(engine, view, link, status);
}

const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["c/t.x", "d/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.3],
  ["e/t.x", "a/t.x", 0.2],
];
const tree: [string, string, number][] = [
  ["a/t.x", "b/t.x", 0.9],
  ["c/t.x", "d/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.3],
  ["e/t.x", "a/t.x", 0.2],
];
const pack = organisation(rows, { tree });

test("decisions change the statuses of the view, not those stored", () => {
  assert.equal(overlay(pack, new Map()), pack.status);
  assert.equal(overlay(pack, decided([0, SUGGESTED])), pack.status);
  assert.deepEqual([...overlay(pack, decided([0, REJECTED], [2, APPROVED]))], [2, 0, 1, 0]);
  assert.deepEqual([...pack.status], [0, 0, 0, 0]);
});

test("approving says which clusters it merges", () => {
  assert.deepEqual(effect(pack, 0.5, 2, APPROVED), {
    before: [2, 2],
    after: [4],
    text: "Approving merges x (2 fields) and x (t) (2) into one of 4.",
  });
  assert.deepEqual(effect(pack, 0.5, 3, APPROVED), {
    before: [1, 2],
    after: [3],
    text: "Approving merges t.x (1 field) and x (2) into one of 3.",
  });
});

test("rejecting says into which parts it splits a cluster", () => {
  assert.deepEqual(effect(pack, 0, 2, REJECTED), {
    before: [5],
    after: [3, 2],
    text: "Rejecting splits x (5 fields) into 3 and 2.",
  });
});

test("a decision that changes nothing says so, and why", () => {
  assert.equal(
    effect(pack, 0.5, 2, REJECTED).text,
    "Rejecting changes no concept: the two stay apart.",
  );
  assert.equal(
    effect(pack, 0.5, 0, APPROVED).text,
    "Approving changes no concept: both ends stay in one concept of 2.",
  );
  const others = organisation([["a/t", "b/t.x", 0.9], ["a/t.x", "a/t.x", 0.9]]);
  assert.equal(
    effect(others, 0.5, 0, APPROVED).text,
    "Approving changes no concept: concepts are of fields, and this link is not between two.",
  );
  assert.equal(
    effect(others, 0.5, 1, REJECTED).text,
    "Rejecting changes no concept: the link joins a field to itself.",
  );
});

test("a rejection that APPROVED links forbid is a contradiction, and one taken back settles it", () => {
  const forced = organisation([
    ["a/t.x", "b/t.x", 0.9, "APPROVED"],
    ["b/t.x", "c/t.x", 0.9, "APPROVED"],
    ["a/t.x", "c/t.x", 0.9],
  ]);
  assert.equal(
    effect(forced, 0.5, 2, REJECTED).text,
    "Rejecting changes no concept: both ends stay in one concept of 3." +
      " It makes a contradiction: a rejected link inside one concept, which approved links force.",
  );
  assert.equal(
    effect(forced, 0.5, 2, SUGGESTED, decided([2, REJECTED])).text,
    "Taking the decision back changes no concept: both ends stay in one concept of 3." +
      " It settles 1 contradiction.",
  );
});

test("an approval may pull two nodes out of their clusters, and change others", () => {
  const ruled = organisation(
    [
      ["a/t.x", "b/t.x", 0.9],
      ["b/t.y", "c/t.x", 0.8],
      ["a/t.x", "c/t.x", 0.1],
      ["c/t.y", "b/t.x", 0.7],
      ["b/t.y", "d/t.x", 0.6],
    ],
    {
      clustering: { one_per: 0 },
      tree: [["a/t.x", "b/t.x", 0.9], ["b/t.y", "c/t.x", 0.8], ["c/t.y", "b/t.x", 0.7], ["b/t.y", "d/t.x", 0.6]],
    },
  );
  const pulled = effect(ruled, 0, 2, APPROVED);
  assert.deepEqual([pulled.before, pulled.after], [[3, 3], [3]]);
  assert.equal(
    pulled.text,
    "Approving puts the two into one concept of 3; they were in x (3 fields) and x (t) (3).",
  );
});

test("clusters of neither end that change are counted", () => {
  const chained = organisation(
    [
      ["a/t.x", "b/t.x", 0.9],
      ["b/t.x", "c/t.x", 0.8],
      ["c/t.y", "d/t.x", 0.85],
      ["a/t.x", "c/t.y", 0.6],
      ["a/t.y", "f/t.x", 0.85],
      ["a/t.y", "d/t.x", 0.5],
    ],
    { clustering: { one_per: 0 } },
  );
  // a/t.x moves to c/t.y, which a/t.y then cannot join any more.
  assert.equal(
    effect(chained, 0.5, 0, REJECTED).text,
    "Rejecting splits x (3 fields) into 2 and 1. It changes 1 other concept too.",
  );
});

test("a split into many parts is described by the largest ones", () => {
  const star = organisation(
    ["b", "c", "d", "e", "f"].map((system): Row => ["a/t.x", `${system}/t.x`, 0.9]),
    { tree: ["b", "c", "d", "e", "f"].map((system) => ["a/t.x", `${system}/t.x`, 0.9]) },
  );
  const first = decided([0, REJECTED], [1, REJECTED], [2, REJECTED], [3, REJECTED]);
  assert.equal(
    effect(star, 0.5, 4, REJECTED, first).text,
    "Rejecting splits x (2 fields) into 1 and 1.",
  );
  const complete = organisation(
    [
      ["a/t.x", "b/t.x", 1, "APPROVED"],
      ...["c", "d", "e", "f"].map((system): Row => ["a/t.x", `${system}/t.x`, 0.9]),
    ],
    { tree: ["c", "d", "e", "f"].map((system) => ["a/t.x", `${system}/t.x`, 0.9]) },
  );
  assert.equal(
    effect(complete, 0.95, 0, REJECTED).text,
    "Rejecting splits x (2 fields) into 1 and 1.",
  );
});

test("where the method does not run here the effect needs Python, unless there can be none", () => {
  const given = organisation([...rows, ["a/t.x", "a/t.x", 0.5], ["a/t", "b/t", 0.5]], {
    clustering: { method: "leiden" },
    labels: [["a/t.x", "d/t.x"]],
  });
  for (const status of [APPROVED, REJECTED]) {
    assert.deepEqual(effect(given, 0.5, 2, status), {
      before: effect(given, 0.5, 2, status).before,
      after: [],
      text: "The effect needs Python: leiden does not run in this page. The concepts stay as they came.",
    });
    assert.match(effect(given, 0.5, rows.length, status).text, /joins a field to itself/);
    assert.match(effect(given, 0.5, rows.length + 1, status).text, /this link is not between two/);
  }
});
