// Lineages: what is reached, opened in place and left out, and how it is put on cards.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED } from "../source/generated";
import { followed } from "../source/model/followed";
import { impactOf } from "../source/model/impact";
import { lineageOf, touchedBy, type Direction, type Lineage } from "../source/model/lineage";
import { cardsOf, MOST_IN_GAP, MOST_IN_STEP } from "../source/model/lineage-cards";
import { contradictedBy } from "../source/model/lineage-left";
import { pythonFloat } from "../source/model/numbers";
import { lineageTitle } from "../source/model/titles";
import type { View } from "../source/model/types";
import { ViewMaker } from "../source/model/view";
import { impactCsv, touchedCsv } from "../source/out/impact-csv";
import { nothingWords } from "../source/pages/lineage-acts";
import type { State } from "../source/state/state";
import { node, organisation, stateOf, type Row } from "./linked";

const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.9],
  ["a/t.x", "c/t.y", 0.5],
  ["c/t.y", "b/t.x", 0.8],
  ["c/t.x", "d/t.x", 0.5],
  ["a/t.x", "c/t.x", 0.8, "REJECTED"],
  ["e/t.x", "a/t.x", 0.7],
  ["a/t.x", "f/t.x", null],
  ["b/t.x", "a/t.x", 0.6],
  ["a/t.x", "b/t.x", 0.4, "APPROVED"],
];
const pack = organisation(rows);

function viewOf(change: Partial<State> = {}, of = pack): View {
  return new ViewMaker(of).make(stateOf(change));
}

function found(direction: Direction = "down", hops = 2, more: string[] = [], view = viewOf()): Lineage {
  return lineageOf(view, node(pack, "a/t.x"), direction, hops, new Set(more.map((name) => node(pack, name))));
}

const depths = ({ depth }: Lineage): Record<string, number> =>
  Object.fromEntries([...depth].map(([code, steps]) => [pack.path(code), steps]));

test("steps, products and ways", () => {
  const lineage = found();
  assert.deepEqual(depths(lineage), { "a/t.x": 0, "b/t.x": 1, "c/t.y": 1, "c/t.x": 2 });
  assert.equal(lineage.confidence.get(node(pack, "c/t.x")), 0.9 * 0.9);
  assert.deepEqual(lineage.pathTo(node(pack, "c/t.x")).map(({ link }) => link), [0, 1]);
  assert.deepEqual(lineage.links, [0, 1, 2, 3, 8, 9]);
  assert.equal(lineage.nFurther, 1);
  assert.deepEqual([lineage.nBehind, lineage.nOfBehind], [1, 2]);
  assert.deepEqual(lineage.notFollowed, { rejected: 1, unscored: 1, suggested: 0, hidden: 0, behind: 0, otherLevels: [] });
  const up = found("up", 1);
  assert.deepEqual(depths(up), { "a/t.x": 0, "b/t.x": -1, "e/t.x": -1 });
  assert.deepEqual(up.pathTo(node(pack, "e/t.x")).map(({ from, to }) => [pack.path(from), pack.path(to)]), [["e/t.x", "a/t.x"]]);
});

test("what lies both before and after stands where it is nearer, and its other place is known", () => {
  const both = found("both", 2);
  const also = Object.fromEntries([...both.also].map(([code, steps]) => [pack.path(code), steps]));
  assert.equal(both.depth.get(node(pack, "b/t.x")), 1);
  assert.deepEqual(also, { "b/t.x": -1, "c/t.y": -2 });
  const [down, up] = [found("down", 2), found("up", 2)];
  for (const [code, steps] of both.also) {
    const side = steps < 0 ? up : down;
    assert.equal(side.depth.get(code), steps);
    assert.ok(down.depth.has(code) && up.depth.has(code));
  }
  assert.equal(down.also.size, 0);
});

test("decisions and filters count", () => {
  const rejected = viewOf({ decisions: new Map([[1, { status: REJECTED, at: 0, note: "" }]]) });
  assert.deepEqual(depths(found("down", 2, [], rejected)), { "a/t.x": 0, "b/t.x": 1, "c/t.y": 1 });
  assert.equal(found("down", 2, [], rejected).notFollowed.rejected, 2);
  const strong = found("down", 2, [], viewOf({ threshold: 0.85 }));
  assert.deepEqual(depths(strong), { "a/t.x": 0, "b/t.x": 1, "c/t.x": 2 });
  assert.equal(strong.notFollowed.hidden, 2);
  assert.equal(strong.notFollowed.behind, 2);
});

test("the score that joins fields hides nothing until a reader raises it", () => {
  const all = depths(found());
  const at = (threshold: number, change: Partial<State> = {}): Lineage => found("down", 2, [], followed(viewOf({ threshold, ...change }), 0.85));
  assert.deepEqual(depths(at(0.85)), all);
  assert.deepEqual(depths(at(0.1)), all);
  assert.equal(at(0.85).notFollowed.hidden, 0);
  assert.deepEqual(depths(at(0.95)), { "a/t.x": 0, "b/t.x": 1 });
  assert.ok(at(0.95).notFollowed.hidden > 0);
  const suggested = at(0.85, { hiddenStatuses: new Set([APPROVED]) });
  assert.deepEqual(depths(suggested), all);
  assert.equal(suggested.notFollowed.hidden, 1);
});

test("nothing is said to depend on it only where no link is hidden", () => {
  const said = (threshold: number, from: string, direction: Direction): string =>
    nothingWords(lineageOf(viewOf({ threshold }), node(pack, from), direction, 1, new Set()));
  assert.equal(said(0, "d/t.x", "down"), "Nothing depends on it.");
  assert.equal(said(0.6, "d/t.x", "down"), "Nothing depends on it.");
  assert.equal(said(0, "e/t.x", "up"), "Nothing links to it.");
  assert.equal(said(0.85, "e/t.x", "down"), "No link that is shown leads on from it.");
  assert.equal(said(0.6, "d/t.x", "up"), "No link that is shown leads to it.");
  assert.equal(said(0.6, "d/t.x", "both"), "No link that is shown touches it.");
  assert.equal(said(0, "f/t.x", "down"), "Nothing depends on it, and nothing links to it.");
  const approved = lineageOf(viewOf(), node(pack, "e/t.x"), "down", 1, new Set(), true);
  assert.equal(nothingWords(approved), "No approved link leads on from it.");
});

test("what is further is opened in place, and so is what lies behind", () => {
  const opened = found("down", 2, ["c/t.x"]);
  assert.deepEqual(opened.opened.map(pack.path), ["d/t.x"]);
  assert.equal(opened.depth.get(node(pack, "d/t.x")), 3);
  assert.equal(opened.confidence.get(node(pack, "d/t.x")), 0.9 * 0.9 * 0.5);
  assert.deepEqual(opened.pathTo(node(pack, "d/t.x")).map(({ link }) => link), [0, 1, 4]);
  assert.ok(opened.drawn.includes(4) && !opened.links.includes(4));
  assert.equal(opened.nFurther, 0);
  const behind = found("down", 1, ["a/t.x"]);
  assert.deepEqual(behind.opened.map(pack.path), ["e/t.x"]);
  assert.equal(behind.depth.get(node(pack, "e/t.x")), -1);
  assert.deepEqual(behind.pathTo(node(pack, "e/t.x")).map(({ link, against }) => [link, against]), [[6, false]]);
  // The files have what depends on it, not what links to it.
  const added = (csv: (lineage: Lineage) => string): string[] => {
    const before = new Set(csv(found("down", 1)).split("\r\n"));
    return csv(behind).split("\r\n").filter((line) => !before.has(line));
  };
  assert.deepEqual(added(impactCsv), []);
  assert.deepEqual(added(touchedCsv), []);
  assert.ok(!touchedBy(behind).includes(node(pack, "e/t.x")));
  assert.deepEqual(touchedBy(opened).map(pack.path), ["b/t.x", "c/t.y", "c/t.x", "d/t.x"]);
});

test("a rejected link of the two ends of a way is a contradiction", () => {
  const view = viewOf();
  assert.deepEqual([...contradictedBy(view, found())], [[node(pack, "c/t.x"), 5]]);
  assert.equal(contradictedBy(view, found("down", 1)).size, 0);
});

test("impact is by table, and its numbers are written as Python writes them", () => {
  const impact = impactOf(found());
  assert.deepEqual(impact.map(({ table, columns, depth, links }) => [pack.path(table), columns, depth, links]), [
    ["b/t", 1, 1, 5],
    ["c/t", 2, 1, 3],
  ]);
  assert.equal(impactCsv(found()).split("\r\n")[1], "b,t,1,1,0.9,5,0");
  const written: [number, string][] = [[1, "1.0"], [0, "0.0"], [0.5, "0.5"], [1e-4, "0.0001"], [1.5e-5, "1.5e-05"], [1e-12, "1e-12"], [1e-100, "1e-100"]];
  for (const [value, text] of written) assert.equal(pythonFloat(value), text);
});

test("cards: parallel links are one line, others lead back or stay within a step", () => {
  const { cards, columns, lines, nOther } = cardsOf(found(), new Set(), viewOf().status);
  assert.deepEqual(columns.map(({ step, nFields }) => [step, nFields]), [[0, 1], [1, 2], [2, 1]]);
  assert.equal(nOther, 2);
  const told = lines.map(({ from, to, links, isApproved, isForward }) => [
    pack.path(cards[from].node), pack.path(cards[to].node), links.length, isApproved, isForward,
  ]);
  assert.deepEqual(told, [
    ["a/t.x", "b/t.x", 2, true, true],
    ["b/t.x", "c/t.x", 1, false, true],
    ["a/t.x", "c/t.y", 1, false, true],
    ["c/t.y", "b/t.x", 1, false, false],
    ["b/t.x", "a/t.x", 1, false, false],
  ]);
});

test("lines do not cross where they need not", () => {
  const crossed = organisation([
    ["a/t.x", "b/t.p", 0.9], ["a/t.x", "b/t.q", 0.8], ["b/t.p", "c/t.p", 0.5], ["b/t.q", "c/t.q", 0.9],
  ]);
  const lineage = lineageOf(viewOf({}, crossed), node(crossed, "a/t.x"), "down", 2, new Set());
  const { cards, columns } = cardsOf(lineage, new Set(), crossed.status);
  const names = columns.map((column) => column.cards.map((card) => crossed.name[cards[card].node]));
  assert.deepEqual(names[1], names[2]);
});

test("a step of many is grouped by table, then by system, and opened", () => {
  const many = (n: number, place: (at: number) => string): Row[] => Array.from({ length: n }, (_, at) => ["hub/t.x", place(at), 0.9]);
  const cardsIn = (of: Row[], more: string[] = []) => {
    const own = organisation(of);
    const opened = new Set(more.map((name) => node(own, name)));
    const lineage = lineageOf(viewOf({}, own), node(own, "hub/t.x"), "down", 1, opened);
    const { cards } = cardsOf(lineage, opened, own.status);
    return cards.filter(({ step }) => step === 1).map((card) => `${own.path(card.node)} ${card.members.length}`).sort();
  };
  const tables = many(MOST_IN_STEP + 1, (at) => `s/t${at % 3}.c${at}`);
  assert.deepEqual(cardsIn(tables), ["s/t0 5", "s/t1 4", "s/t2 4"]);
  assert.equal(cardsIn(tables, ["s/t0"]).length, 5 + 2);
  assert.equal(cardsIn(many(MOST_IN_STEP, (at) => `s/t${at % 3}.c${at}`)).length, MOST_IN_STEP);
  const systems = many(40, (at) => `s${at % 2}/t${at % 20}.c${at}`);
  assert.deepEqual(cardsIn(systems), ["s0 20", "s1 20"]);
  assert.equal(cardsIn(systems, ["s0"]).length, 10 + 1);
});

test("lines of a crowded gap run together", () => {
  const gaps = (n: number) => {
    const rows: Row[] = Array.from({ length: n }, (_, one) => ["hub/t.x", `a${one}/t.x`, 0.9]);
    for (let one = 0; one < n; one += 1) for (let other = 0; other < n; other += 1) rows.push([`a${one}/t.x`, `b${other}/t.x`, 0.9]);
    const own = organisation(rows);
    const drawn = (direction: Direction, start: string) =>
      cardsOf(lineageOf(viewOf({}, own), node(own, start), direction, 2, new Set()), new Set(), own.status);
    return [drawn("down", "hub/t.x"), drawn("up", "b0/t.x")].map(({ bundled }) => [...bundled]);
  };
  assert.deepEqual(gaps(4), [[], []]);
  assert.ok(MOST_IN_GAP >= 16 && MOST_IN_GAP < 25);
  assert.deepEqual(gaps(5), [[1], []]);
});

test("only approved links are followed if that is asked", () => {
  const of = (name: string, direction: Direction = "down"): Lineage => lineageOf(viewOf(), node(pack, name), direction, 2, new Set(), true);
  assert.deepEqual(depths(of("a/t.x")), { "a/t.x": 0, "b/t.x": 1 });
  assert.equal(of("a/t.x").confidence.get(node(pack, "b/t.x")), 0.4);
  assert.deepEqual(of("a/t.x").notFollowed, { rejected: 1, unscored: 1, suggested: 4, hidden: 0, behind: 2, otherLevels: [] });
  assert.equal(of("c/t.x").nodes.length, 1);
  const decided = viewOf({ decisions: new Map([[1, { status: APPROVED, at: 0, note: "" }]]) });
  assert.equal(lineageOf(decided, node(pack, "a/t.x"), "down", 2, new Set(), true).nodes.length, 3);
});

test("both ways, a field has the step and the score of the side on which it stands", () => {
  const both = found("both");
  for (const direction of ["down", "up"] as const) {
    const alone = found(direction);
    for (const [one, steps] of both.depth) {
      if (direction === "down" ? steps < 0 : steps >= 0) continue;
      assert.equal(alone.depth.get(one), steps);
      assert.equal(alone.confidence.get(one), both.confidence.get(one));
      assert.deepEqual(alone.pathTo(one), both.pathTo(one));
    }
  }
});

test("the question is in words", () => {
  assert.equal(lineageTitle(pack, { kind: "down", node: node(pack, "a/t.x"), hops: 2 }), "What depends on a t x");
  assert.equal(lineageTitle(pack, { kind: "up", node: node(pack, "a/t"), hops: 2 }), "What links to a t");
  assert.equal(lineageTitle(pack, { kind: "link", link: 0 }), "");
});
