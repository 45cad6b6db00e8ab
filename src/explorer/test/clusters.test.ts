// Clusters at a threshold, before and after decisions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, CONFIDENCE_CURVE, REJECTED } from "../source/generated";
import { decidedBy, fitted, linkScores, newDecisions, recalibrated } from "../source/model/calibrate";
import { ClusterEngine, contradictions, engineOf, whyContradicted } from "../source/model/clusters";
import type { Pack } from "../source/model/pack";
import { weights } from "../source/model/policy";
import type { Setting } from "../source/model/setting";
import type { Clustering } from "../source/model/types";
import { node, organisation, type LinkSpec, type Spec } from "./organisation";

const links: LinkSpec[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.7],
  ["d/t.x", "e/t.x", 0.8],
  ["c/t.x", "d/t.x", 0.5],
];
const joins: Spec["joins"] = [
  ["a/t.x", "b/t.x", 0.9],
  ["d/t.x", "e/t.x", 0.8],
  ["b/t.x", "c/t.x", 0.7],
  ["c/t.x", "d/t.x", 0.5],
];

function told(pack: Pack, clusters: Clustering): string[] {
  return Array.from(clusters.sizes, (_, cluster) =>
    Array.from(clusters.members(cluster), (member) => pack.path(member)[0]).join(""),
  );
}

function changed(pack: Pack, ...decisions: [link: number, status: number][]): Uint8Array {
  const status = pack.status.slice();
  for (const [link, code] of decisions) status[link] = code;
  return status;
}

test("a cut is inclusive, and clusters are numbered by size, then by their first members", () => {
  const pack = organisation({ links, joins });
  const engine = new ClusterEngine(pack);
  const at = (threshold: number): string[] => told(pack, engine.at(threshold, pack.status, false));
  assert.deepEqual(at(1), []);
  assert.deepEqual(at(0.9), ["ab"]);
  assert.deepEqual(at(0.8), ["ab", "de"]);
  assert.deepEqual(at(0.7), ["abc", "de"]);
  assert.deepEqual(at(0.71), ["ab", "de"]);
  assert.deepEqual(at(0), ["abcde"]);
});

test("APPROVED links join at every threshold", () => {
  const pack = organisation({ links: [["a/t.x", "b/t.x", null, APPROVED]] });
  assert.deepEqual(told(pack, new ClusterEngine(pack).at(1, pack.status, false)), ["ab"]);
});

test("a decision computes the joins again, and taking it back gives the first clusters", () => {
  const pack = organisation({ links, joins });
  const engine = new ClusterEngine(pack);
  const cut = changed(pack, [3, REJECTED]);
  assert.deepEqual(told(pack, engine.at(0, cut, true)), ["abc", "de"]);
  assert.deepEqual(told(pack, engine.at(1, changed(pack, [3, APPROVED]), true)), ["cd"]);
  assert.deepEqual(told(pack, engine.at(0, pack.status, false)), ["abcde"]);
  assert.equal(engine.at(0, cut, true).note, null);
});

test("without a tree the labels stay the same, and after a decision the note says from when they are", () => {
  const pack: Pack = {
    ...organisation({ links, clustering: { method: "leiden", tree: false, threshold: 0.5 } }),
    labels: null,
  };
  const labels = new Int32Array(pack.nNodes).fill(-1);
  for (const place of ["a/t.x", "e/t.x"]) labels[node(pack, place)] = 0;
  const given = { ...pack, labels };
  const engine = new ClusterEngine(given);
  const came = engine.at(0.99, given.status, false);
  assert.deepEqual(told(given, came), ["ae"]);
  assert.equal(came.threshold, 0.5);
  assert.match(came.note!, /stay as they came, whatever score they are joined from: leiden has no merge tree/);
  const made = engine.at(0.6, changed(given, [3, REJECTED]), true);
  assert.deepEqual(told(given, made), ["ae"]);
  assert.deepEqual([came.stale, made.stale, made.method, made.threshold], [false, true, "leiden", 0.5]);
  assert.match(made.note!, /from before the decisions: leiden runs in Python only/);
  assert.equal(whyContradicted(given, made), "The concepts are from before the decisions.");
  assert.equal(engine.isOwn, false);

  const none = new ClusterEngine(pack).at(0.5, pack.status, false);
  assert.deepEqual([none.sizes.length, none.note], [0, null]);
});

test("a decision keeps the setting: its floor, its curve, and a unit as one node", () => {
  const rows: LinkSpec[] = [
    ["a/t.x", "b/t.x", 0.5, APPROVED],
    ["c/t.x", "b/t.x", 0.9],
    ["d/t.x", "e/t.x", 0.6],
  ];
  const setting: Setting = {
    calibrate: "decisions", weights: [0, 1], no_match: null, floor: 0.55, n_approved: 1, n_rejected: 0,
  };
  const pack = organisation({ links: rows, clustering: { method: "average", setting } });
  const engine = new ClusterEngine(pack);
  // 0.9 is a probability of 0.924, and the unit of a and b is one node: possible pairs are one.
  assert.deepEqual(told(pack, engine.at(0.9, pack.status, true)), ["abc"]);
  assert.deepEqual(told(pack, engine.at(0.3, pack.status, true)), ["abc", "de"]);
  const higher = { ...setting, floor: 0.7 };
  assert.deepEqual(told(pack, engine.at(0.3, pack.status, false, higher)), ["abc"]);
});

test("rivals lower each other's scores, and a decision about one changes those of the others", () => {
  const rows: LinkSpec[] = [
    ["a/t.x", "b/t.x", 0.9],
    ["a/t.x", "b/t.y", 0.9],
  ];
  const setting: Setting = {
    calibrate: "competition", weights: null, no_match: 0.1, floor: null, n_approved: 0, n_rejected: 0,
  };
  const pack = organisation({ links: rows, clustering: { setting } });
  const scores = (status: Uint8Array): number[] =>
    [...linkScores(pack, weights(pack, status), status, { ...setting })!];
  const both = scores(pack.status);
  assert.equal(both[0], both[1]);
  assert.ok(both[0] > 0.74 && both[0] < 0.76);
  const [first, second] = scores(changed(pack, [1, REJECTED]));
  assert.ok(first > 0.99 && Number.isNaN(second));
});

test("the prior alone makes a setting without decisions, and decisions move it", () => {
  const rows: LinkSpec[] = Array.from({ length: 40 }, (_, row) => [`a/t.${row}`, `b/t.${row}`, 0.6 + row / 100]);
  const setting: Setting = {
    calibrate: "decisions", weights: [-1.13, 0.88], no_match: null, floor: 0.7, n_approved: 0, n_rejected: 0,
  };
  const pack = organisation({ links: rows, clustering: { method: "average", setting } });
  assert.deepEqual(recalibrated(pack, pack.status), setting);
  const decided = changed(pack, [39, APPROVED], [38, APPROVED], [0, REJECTED], [1, REJECTED]);
  const next = recalibrated(pack, decided);
  assert.deepEqual([next.n_approved, next.n_rejected], [2, 2]);
  assert.notEqual(next.floor, 0.7);
  // Decisions that were asked for by their value calibrate nothing, in the page or before it.
  const made = (asked: string) => new Map([39, 0].map((link) => [link, { status: decided[link], at: 1, note: "", asked }]));
  assert.deepEqual(recalibrated(pack, decided, made("random")), next);
  const fair = recalibrated(pack, decided, made("chosen"));
  assert.deepEqual([fair.n_approved, fair.n_rejected], [1, 1]);
  const known = decidedBy(pack, decided);
  assert.deepEqual(newDecisions(decidedBy(pack, pack.status), known), { n: 4, areNew: true });
  assert.deepEqual(newDecisions(known, decidedBy(pack, pack.status)), { n: 4, areNew: false });
  assert.deepEqual(newDecisions(known, known), { n: 0, areNew: true });
  const turned = changed(pack, [39, REJECTED], [38, APPROVED], [0, APPROVED], [1, REJECTED]);
  assert.deepEqual(newDecisions(known, decidedBy(pack, turned)), { n: 2, areNew: false });
  const before = organisation({ links: rows, clustering: { method: "average", setting, unfair: [39, 0] } });
  assert.deepEqual(recalibrated(before, decided), fair);
  // Where the surest links are the wrong ones, the slope still stays above 0.
  const right = Uint8Array.from({ length: 1000 }, (_, row) => row % 2);
  const score = Float64Array.from(right, (yes) => (yes ? 0.1 : 1));
  assert.equal(fitted(score, right, CONFIDENCE_CURVE)[1], 0.1);
});

test("clusters of links that are not in the pack are recognised", () => {
  const own = new ClusterEngine(organisation({ links, joins }));
  assert.equal(own.isOwn, true);
  const pack = organisation({ links: links.slice(0, 3), joins });
  const other = new ClusterEngine(pack);
  assert.equal(other.isOwn, false);
  assert.match(other.at(0, changed(pack, [0, REJECTED]), true).note!, /other links than this page/);
});

test("the level, the rule and the exemption are those of the clusters", () => {
  const rows: LinkSpec[] = [
    ["a/t.x", "b/t.x", 0.9],
    ["a/t.y", "b/t.x", 0.8],
    ["a/t", "b/t", 0.7],
  ];
  const made = (clustering: Spec["clustering"]): string[][] => {
    const pack = organisation({ links: [...rows, ["a/u", "c/t", 0.1]], clustering: clustering! });
    const all = new ClusterEngine(pack).at(0, changed(pack, [3, REJECTED]), true);
    return Array.from(all.sizes, (_, cluster) => Array.from(all.members(cluster), pack.path));
  };
  assert.deepEqual(made({ one_per: 0 }), [["a/t.x", "b/t.x"]]);
  assert.deepEqual(made({ one_per: 1 }), [["a/t.x", "b/t.x"]]);
  assert.deepEqual(made({ one_per: 0, exempt: [0] }), [["a/t.x", "a/t.y", "b/t.x"]]);
  assert.deepEqual(made({ level: 1 }), [["a/t", "b/t"]]);
});

test("the linkage of averages is the clusters' own", () => {
  const rows: LinkSpec[] = [
    ["a/t.x", "b/t.x", 0.9],
    ["c/t.x", "d/t.x", 0.9],
    ["b/t.x", "c/t.x", 0.8],
    ["e/t.x", "f/t.x", 0.1],
  ];
  const largest = (clustering: Spec["clustering"]): number => {
    const pack = organisation({ links: rows, clustering: { method: "average", ...clustering } });
    return new ClusterEngine(pack).at(0.5, changed(pack, [3, REJECTED]), true).sizes[0];
  };
  assert.equal(largest({ parameters: { average_over: "possible" } }), 2);
  assert.equal(largest({ parameters: { average_over: "present" } }), 4);
  assert.equal(largest({}), 2);
  assert.equal(largest({ one_per: 0 }), 4);
  assert.equal(largest({ method: "complete" }), 2);
});

test("a REJECTED pair that APPROVED links force together is a contradiction", () => {
  const pack = organisation({
    links: [
      ["a/t.x", "b/t.x", 0.9, APPROVED],
      ["b/t.x", "c/t.x", 0.9, APPROVED],
      ["a/t.x", "c/t.x", 0.9, REJECTED],
      ["a/t.x", "d/t.x", 0.9, REJECTED],
    ],
  });
  const clusters = engineOf(pack).at(0.5, pack.status, false);
  assert.deepEqual(contradictions(pack, clusters, pack.status), [{ cluster: 0, link: 2 }]);
});

test("two nodes meet at the height of the join that makes them one", () => {
  const pack = organisation({ links, joins });
  const engine = engineOf(pack);
  const meet = (one: string, other: string, ...rest: [Uint8Array, boolean]): number | null =>
    engine.meetAt(node(pack, one), node(pack, other), ...rest);
  assert.equal(meet("a/t.x", "c/t.x", pack.status, false), 0.7);
  assert.equal(meet("a/t.x", "e/t.x", pack.status, false), 0.5);
  assert.equal(meet("a/t.x", "e/t.x", changed(pack, [3, REJECTED]), true), null);
  assert.equal(meet("a/t.x", "b/t.x", changed(pack, [0, APPROVED]), true), 1);
  assert.equal(meet("a/t", "b/t.x", pack.status, false), null);
  assert.equal(engineOf(pack), engine);
});
