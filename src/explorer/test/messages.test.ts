// Messages of a page in a notebook: what is none of them is ignored, in both directions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readFromPage, readToPage, sealed } from "../source/widget/messages";

const state = { kind: "state", seq: 1, followed: 0, threshold: 0.1, page: "start", focus: "", journal: "" } as const;
const question = { kind: "question", n: 1, worlds: [{ threshold: 0.1, decisions: [["link", "APPROVED"]] }] } as const;
const answer = { kind: "answer", n: 1, labels: [Int32Array.of(0, 0, -1)], problem: "" } as const;

test("what is sealed with the token is read", () => {
  for (const message of [{ kind: "ready" }, { kind: "full" }, state, question] as const) {
    assert.deepEqual(readFromPage(sealed("t", message), "t"), message);
  }
  const told = { kind: "told", n: 2, set: { threshold: 0.5, journal: "", address: "p=start&f=" } } as const;
  for (const message of [told, { kind: "follow", set: {} }, { kind: "got", seq: 1 }, answer, { kind: "blocked" }] as const) {
    assert.deepEqual(readToPage(sealed("t", message), "t"), message);
  }
});

test("without the token nothing is believed", () => {
  for (const token of ["", "another"]) {
    assert.equal(readFromPage(sealed("t", state), token), null);
    assert.equal(readToPage(sealed("t", answer), token), null);
  }
  assert.equal(readFromPage(sealed("", state), ""), null);
  assert.equal(readToPage({ ...answer, token: ["t"] }, "t"), null);
});

test("a message of the other direction, or of an unknown kind, is none", () => {
  for (const message of [answer, { kind: "told", n: 1, set: {} }, { kind: "anything" }, { kind: "constructor" }]) {
    assert.equal(readFromPage(sealed("t", message), "t"), null);
  }
  for (const message of [state, question, { kind: "ready" }, { kind: "__proto__" }]) {
    assert.equal(readToPage(sealed("t", message), "t"), null);
  }
});

test("values that are no messages are none", () => {
  for (const value of [null, undefined, 0, "ready", [], ["ready"], {}, { kind: null }, { token: "t" }, () => 0]) {
    assert.equal(readFromPage(value, "t"), null);
    assert.equal(readToPage(value, "t"), null);
  }
});

test("a wrong kind of value or range makes it no message of a page", () => {
  const wrong = [
    { ...state, seq: -1 }, { ...state, followed: 1.5 }, { ...state, threshold: 2 }, { ...state, threshold: NaN }, { ...state, threshold: "0.1" },
    { ...state, page: null }, { ...state, focus: "f".repeat(401) }, { ...state, journal: [] },
    { ...question, n: "1" }, { ...question, worlds: [] }, { ...question, worlds: {} }, { ...question, worlds: [null] },
    { ...question, worlds: [{ threshold: 0.1, decisions: [["link"]] }] }, { ...question, worlds: [{ threshold: 0.1, decisions: [[1, 2]] }] },
    { ...question, worlds: new Array(65).fill(question.worlds[0]) },
  ];
  for (const message of wrong) assert.equal(readFromPage(sealed("t", message), "t"), null, JSON.stringify(message));
});

test("a wrong kind of value or range makes it no message to a page", () => {
  const told = { kind: "told", n: 1, set: {} };
  const wrong = [
    { ...told, n: -1 }, { ...told, set: null }, { ...told, set: { threshold: -1 } }, { ...told, set: { journal: 1 } },
    { ...told, set: { address: ["p=start"] } }, { ...told, set: { theme: "dark" } }, { kind: "got", seq: null },
    { ...answer, labels: [[0, 1]] }, { ...answer, labels: null }, { ...answer, problem: undefined }, { ...answer, n: 0.5 },
  ];
  for (const message of wrong) assert.equal(readToPage(sealed("t", message), "t"), null, JSON.stringify(message));
});
