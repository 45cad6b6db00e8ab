// Why two fields are together or apart, in short.

import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, type Sentence } from "../source/model/sentence";
import { ViewMaker } from "../source/model/view";
import { whyShort } from "../source/model/why-short";
import { node, organisation, stateOf, type Options, type Row } from "./linked";

const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9, "APPROVED"],
  ["b/t.x", "c/t.x", 0.4],
  ["c/t.x", "d/t.x", 0.05],
  ["e/t.x", "f/t.x", 0.9],
  ["f/t.x", "a/t.x", 0.8, "REJECTED"],
  ["e/t.x", "c/t.x", 0.3],
];
const tree: Options["tree"] = [["a/t.x", "b/t.x", 0.9], ["e/t.x", "f/t.x", 0.9], ["a/t.x", "c/t.x", 0.4]];

function told(a: string, b: string, given: Row[] = rows, options: Options = { tree: tree! }) {
  const pack = organisation(given, options);
  const view = new ViewMaker(pack).make(stateOf({ threshold: 0.1 }));
  const text = (sentence: Sentence): string => plain(pack, sentence);
  const found = whyShort(view, node(pack, a), node(pack, b));
  return {
    answer: text(found.answer),
    way: found.way.map(({ link, to, isWeakest }) => `${link} ${pack.path(to)}${isWeakest ? " weakest" : ""}`),
    deciding: found.deciding.map(text),
    whole: found.whole.length,
  };
}

test("two in one concept: the way between them, and how long they stay", () => {
  assert.deepEqual(told("a/t.x", "c/t.x"), {
    answer: "They are in one concept, x (t), of 3 fields.",
    way: ["0 b/t.x", "1 c/t.x weakest"],
    deciding: ["They stay in one concept as long as it is joined from 0.4 or less."],
    whole: 7,
  });
  // One link is no weakest one.
  assert.deepEqual(told("a/t.x", "b/t.x").way, ["0 b/t.x"]);
});

test("two apart: the nearest way, and the rejection or the weak link that decides", () => {
  const rejected = told("a/t.x", "e/t.x");
  assert.equal(rejected.answer, "They are not in one concept: one is in x (t), the other in x.");
  assert.deepEqual(rejected.way, ["0 b/t.x", "1 c/t.x", "5 e/t.x weakest"]);
  assert.equal(rejected.deciding[0], "a/t.x and f/t.x are rejected as the same: that keeps their concepts apart.");
  const weak = told("c/t.x", "d/t.x");
  assert.equal(weak.answer, "They are not in one concept: one is in x (t), the other in none.");
  assert.equal(weak.deciding[0], "The weakest link counts for 0.05, less than the 0.1 that concepts are joined from.");
});

test("a contradiction is told, and two without a way have none", () => {
  const given: Row[] = [["a/t.x", "b/t.x", 0.9, "APPROVED"], ["b/t.x", "a/t.x", 0.7, "REJECTED"], ["g/t.x", "h/t.x", 0.9]];
  const options: Options = { tree: [["g/t.x", "h/t.x", 0.9]] };
  assert.match(told("a/t.x", "b/t.x", given, options).deciding[0], /^Rejected, yet together: /);
  assert.deepEqual(told("a/t.x", "g/t.x", given, options).way, []);
});

test("one field alone, and things that concepts are not made of", () => {
  assert.match(told("a/t.x", "a/t.x").answer, /choose two/);
  const tables = told("a/t", "b/t");
  assert.match(tables.answer, /^Concepts are of fields/);
  assert.deepEqual(tables.deciding, []);
});

test("a rule keeps apart what is in one place", () => {
  const given: Row[] = [["a/t.x", "b/t.x", 0.9], ["b/t.x", "a/t.y", 0.8]];
  const found = told("a/t.x", "a/t.y", given, { tree: [["a/t.x", "b/t.x", 0.9]], clustering: { one_per: 1 } });
  assert.equal(found.deciding[0], "a/t.x and a/t.y are both of a/t, of which a concept has one field only.");
});

test("the weakest link is what counts for the least, not what has the lowest score", () => {
  // An approval binds: its low score is no weakness.
  const bound: Row[] = [["a/t.x", "b/t.x", 0.2, "APPROVED"], ["b/t.x", "c/t.x", 0.6], ["c/t.x", "d/t.x", 0.5, "APPROVED"]];
  const tree: Options["tree"] = [["a/t.x", "b/t.x", 1], ["c/t.x", "d/t.x", 1], ["a/t.x", "c/t.x", 0.6]];
  assert.deepEqual(told("a/t.x", "d/t.x", bound, { tree }).way, ["0 b/t.x", "1 c/t.x weakest", "2 d/t.x"]);
  const pack = organisation(bound, { tree });
  const way = whyShort(new ViewMaker(pack).make(stateOf({ threshold: 0.1 })), node(pack, "a/t.x"), node(pack, "d/t.x")).way;
  assert.deepEqual(way.map(({ counts }) => counts), [1, 0.6, 1]);
  // Where all are approved, none is weak.
  const sure: Row[] = [["a/t.x", "b/t.x", 0.2, "APPROVED"], ["b/t.x", "c/t.x", 0.6, "APPROVED"]];
  assert.deepEqual(told("a/t.x", "c/t.x", sure, { tree: [["a/t.x", "b/t.x", 1], ["a/t.x", "c/t.x", 1]] }).way, ["0 b/t.x", "1 c/t.x"]);
});
