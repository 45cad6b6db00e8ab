// Clusters that Python computes: what is asked, what of the answers is taken, and effects made of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED } from "../source/generated";
import { ClusterEngine, engineOf } from "../source/model/clusters";
import { effectOf } from "../source/model/decide";
import { conceptEffect } from "../source/model/concept-effect";
import type { Pack } from "../source/model/pack";
import { answerFor, Remote, unknownWords, type AskedWorld } from "../source/model/remote";
import { Held } from "../source/model/review/held";
import { ReviewQueue } from "../source/model/review/queue";
import { ViewMaker } from "../source/model/view";
import { node, organisation, stateOf } from "./linked";

const LINKS: Parameters<typeof organisation>[0] = [["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.8], ["c/t.x", "d/t.x", 0.7]];

function made(): { pack: Pack; remote: Remote; asked: [number, readonly AskedWorld[]][]; changes: () => number } {
  const pack = organisation(LINKS, { clustering: { method: "leiden", threshold: 0.5 }, labels: [["a/t.x", "b/t.x"], ["c/t.x", "d/t.x"]] });
  const asked: [number, readonly AskedWorld[]][] = [];
  let changes = 0;
  const remote = new Remote(pack, (n, worlds) => asked.push([n, worlds]), () => (changes += 1), (act) => act());
  answerFor(pack, remote);
  return { pack, remote, asked, changes: () => changes };
}

function labelled(pack: Pack, ...groups: string[][]): Int32Array {
  const labels = new Int32Array(pack.nNodes).fill(-1);
  groups.forEach((members, label) => members.forEach((member) => (labels[node(pack, member)] = label)));
  return labels;
}

function decided(pack: Pack, link: number, code: number): Uint8Array {
  const status = pack.status.slice();
  status[link] = code;
  return status;
}

test("what came with the page is not asked", () => {
  const { pack, remote, asked } = made();
  assert.equal(remote.labels(pack.status, 0.5), pack.labels);
  assert.equal(remote.labels(pack.status.slice(), 0.5), pack.labels);
  assert.deepEqual(asked, []);
});

test("decisions and a threshold are asked once, and known from then on", () => {
  const { pack, remote, asked, changes } = made();
  const status = decided(pack, 1, APPROVED);
  assert.equal(remote.labels(status, 0.5), null);
  assert.equal(remote.labels(status, 0.5), null);
  assert.deepEqual(asked, [[1, [{ threshold: 0.5, decisions: [[pack.linkId(1), "APPROVED"]] }]]]);
  const labels = labelled(pack, ["a/t.x", "b/t.x", "c/t.x", "d/t.x"]);
  remote.answered(1, [labels], "");
  assert.equal(remote.labels(status, 0.5), labels);
  assert.deepEqual([asked.length, remote.version, changes()], [1, 1, 1]);
});

test("one question is open at a time; what came meanwhile is asked at once after it", () => {
  const { pack, remote, asked } = made();
  remote.labels(pack.status, 0.6);
  remote.labels(pack.status, 0.7);
  remote.labels(pack.status, 0.8);
  assert.deepEqual(asked.map(([, worlds]) => worlds.map(({ threshold }) => threshold)), [[0.6]]);
  remote.answered(1, [pack.labels!], "");
  assert.deepEqual(asked.map(([, worlds]) => worlds.map(({ threshold }) => threshold)), [[0.6], [0.7, 0.8]]);
});

test("an answer to an older state is dropped", () => {
  const { pack, remote, asked, changes } = made();
  remote.labels(pack.status, 0.6);
  remote.labels(pack.status, 0.65);
  remote.forget();
  remote.labels(pack.status, 0.7);
  remote.answered(1, [labelled(pack, ["a/t.x", "d/t.x"])], "");
  assert.deepEqual([remote.version, changes()], [0, 0]);
  assert.deepEqual(asked.map(([n]) => n), [1, 2]);
  remote.answered(2, [pack.labels!], "");
  assert.equal(remote.labels(pack.status, 0.7), pack.labels);
  assert.equal(remote.labels(pack.status, 0.6), null);
});

test("an answer that does not fit is said, and taken for none", () => {
  const { pack } = made();
  const whole = labelled(pack, ["a/t.x", "b/t.x"]);
  const gap = labelled(pack, [], ["a/t.x", "b/t.x"]);
  const low = whole.slice().fill(-2);
  for (const labels of [[], [whole, whole], [whole.slice(1)], [gap], [low]]) {
    const other = made();
    other.remote.labels(other.pack.status, 0.9);
    other.remote.answered(1, labels, "");
    assert.match(unknownWords(other.pack, ""), /^Python has no answer: The answer of Python does not fit/);
    assert.equal(other.remote.labels(other.pack.status, 0.9), null);
    assert.equal(other.asked.length, 1);
  }
});

test("why there is no answer is said until the state changes", () => {
  const { pack, remote } = made();
  remote.labels(pack.status, 0.9);
  assert.equal(unknownWords(pack, "otherwise"), "Asking Python\u2026");
  remote.answered(1, [], "leiden is not installed.");
  assert.equal(unknownWords(pack, "otherwise"), "Python has no answer: leiden is not installed.");
  remote.forget();
  assert.equal(unknownWords(pack, "otherwise"), "Asking Python\u2026");
  assert.equal(unknownWords(organisation(LINKS), "otherwise"), "otherwise");
});

test("clusters are those before until Python answers, and said to be so", () => {
  const { pack, remote } = made();
  const engine = new ClusterEngine(pack);
  const status = decided(pack, 1, APPROVED);
  const before = engine.at(0.5, status, true);
  assert.deepEqual([before.labels, before.stale, before.note], [pack.labels, true, "Asking Python\u2026"]);
  const labels = labelled(pack, ["a/t.x", "b/t.x", "c/t.x", "d/t.x"]);
  remote.answered(1, [labels], "");
  const after = engine.at(0.5, status, true);
  assert.deepEqual([after.labels, after.stale, after.note], [labels, false, null]);
  assert.equal(engine.at(0.5, status, true), after);
  assert.deepEqual(engine.at(0.5, pack.status, false).labels, pack.labels);
});

test("a threshold asks Python, too", () => {
  const { pack, remote, asked } = made();
  const maker = new ViewMaker(pack);
  assert.equal(maker.make(stateOf({ threshold: 0.5 })).clusters.stale, false);
  const state = stateOf({ threshold: 0.95 });
  assert.equal(maker.make(state).clusters.stale, true);
  assert.deepEqual(asked.map(([, worlds]) => worlds), [[{ threshold: 0.95, decisions: [] }]]);
  remote.answered(1, [labelled(pack)], "");
  const { clusters } = maker.make(state);
  assert.deepEqual([clusters.stale, clusters.sizes.length, clusters.threshold], [false, 0, 0.95]);
});

test("an effect is never told before Python has answered, and then it is that of the answer", () => {
  const { pack, remote, asked } = made();
  const engine = engineOf(pack);
  const maker = new ViewMaker(pack);
  const view = maker.make(stateOf({ threshold: 0.5 }));
  assert.equal(effectOf(engine, view, 1, APPROVED).text, "Asking Python\u2026");
  assert.equal(conceptEffect(view, 0, [1], APPROVED), null);
  assert.equal(asked.length, 1);
  remote.answered(1, [labelled(pack, ["a/t.x", "b/t.x", "c/t.x", "d/t.x"])], "");
  const now = maker.make(stateOf({ threshold: 0.5 }));
  assert.match(effectOf(engine, now, 1, APPROVED).text, /^Approving merges .* into one of 4\.$/);
  const effect = conceptEffect(now, 0, [1], APPROVED);
  assert.deepEqual(effect?.found.changes.map(({ kind }) => kind), ["merged"]);
  assert.equal(asked.length, 1);
});

test("a queue decides on what Python answered, and knows the clusters at once", () => {
  const { pack, remote, asked } = made();
  const view = new ViewMaker(pack).make(stateOf({ threshold: 0.5 }));
  const queue = new ReviewQueue({ pack, clusters: view.clusters, status: view.status, setting: view.setting, decisions: new Map() });
  const question = queue.about(0);
  assert.equal(question.effect(REJECTED), null);
  remote.answered(1, [labelled(pack, ["c/t.x", "d/t.x"])], "");
  assert.deepEqual(question.effect(REJECTED)?.changes.map(({ kind }) => kind), ["vanished"]);
  queue.decide([0], REJECTED);
  const { label, linked } = queue.now;
  const at = (name: string): number => label[node(pack, name) - linked.first];
  assert.notEqual(at("a/t.x"), at("b/t.x"));
  assert.equal(at("c/t.x"), at("d/t.x"));
  assert.equal(asked.length, 1);
});

test("nothing is computed on clusters that are not true any more", () => {
  const { pack, asked } = made();
  const status = decided(pack, 0, REJECTED);
  const held = Held.of(pack, status, pack.clustering.setting, 0.5);
  assert.equal(held.change([1], [APPROVED]), null);
  assert.equal(asked.length, 1);
  assert.deepEqual([...held.contradictions], []);
});
