// The map: what systems have in common, two of them side by side, and where all of it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conceptsInBoth, extremes, leastNumbered, overlapOf, type SystemPair } from "../source/model/overlap";
import type { Pack } from "../source/model/pack";
import { crossings, twoSystems } from "../source/model/table-pairs";
import type { View } from "../source/model/types";
import { ViewMaker } from "../source/model/view";
import { arranged, curveBetween, labelPlaces, MAX_DRAWN, middles, pointOn } from "../source/pages/map-place";
import { fromHash, initialState, toHash } from "../source/state/hash";
import type { State } from "../source/state/state";
import { node, organisation, stateOf, type Row } from "./linked";

/** Numbers in [0, 1) that are the same at each run. */
function randomOf(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return at / 4_294_967_296;
  };
}

const SYSTEMS = ["crm", "shop", "desk", "bank", "mail"];
const STATUSES = ["SUGGESTED", "APPROVED", "REJECTED"] as const;

/** An organisation of a seed: links between any two fields, tables or systems, and how they are joined. */
function anyPack(seed: number): Pack {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  const place = (): string => {
    const system = pick(SYSTEMS.slice(0, 2 + (seed % 4)));
    const kind = random();
    if (kind < 0.05) return system;
    const table = `${system}/t${Math.floor(random() * 4)}`;
    return kind < 0.15 ? table : `${table}.f${Math.floor(random() * 4)}`;
  };
  const rows: Row[] = [];
  for (let n = 0; n < 60; n += 1) {
    const [one, other] = [place(), place()];
    if (one !== other && one.split(/[/.]/).length === other.split(/[/.]/).length) rows.push([one, other, Math.round(random() * 100) / 100, pick(STATUSES)]);
  }
  const fields = [...new Set(rows.flatMap(([one, other]) => [one, other]).filter((path) => path.includes(".")))];
  const labels = [0, 1, 2, 3, 4].map((label) => fields.filter((_, at) => at % 6 === label)).filter((members) => members.length > 1);
  return organisation(rows, { labels, also: ["crm/alone.x", "shop/alone.x"] });
}

const viewOf = (pack: Pack, change: Partial<State> = {}): View => new ViewMaker(pack).make(stateOf({ page: "map", ...change }));

test("what systems have in common is what a count of all members and links finds", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const pack = anyPack(seed);
    const hiddenSystems = new Set(seed % 3 === 0 ? [0] : []);
    const hiddenStatuses = new Set(seed % 5 === 0 ? [0] : []);
    const view = viewOf(pack, { hiddenSystems, hiddenStatuses, threshold: seed % 4 === 0 ? 0.5 : 0 });
    const overlap = overlapOf(view);
    const systems = Array.from({ length: pack.first[1] }, (_, at) => at).filter((system) => !hiddenSystems.has(system));
    assert.deepEqual(overlap.systems, systems);
    const membersIn = (cluster: number, system: number): number => [...view.clusters.members(cluster)].filter((member) => pack.system[member] === system).length;
    const clusters = [...view.clusters.sizes.keys()];
    for (const one of systems) {
      const others = systems.filter((other) => other !== one);
      assert.equal(overlap.held[one], clusters.filter((cluster) => membersIn(cluster, one)).length);
      assert.equal(overlap.shared[one], clusters.filter((cluster) => membersIn(cluster, one) && others.some((other) => membersIn(cluster, other))).length);
      for (const other of systems) {
        const pair = overlap.between(one, other);
        const common = clusters.filter((cluster) => (one === other ? membersIn(cluster, one) > 1 : membersIn(cluster, one) && membersIn(cluster, other)));
        assert.equal(pair.concepts, common.length);
        assert.deepEqual([...conceptsInBoth(view, one, other)].sort((x, y) => x - y), common);
        const links = [...view.passes.keys()].filter((link) => {
          const [x, y] = [pack.system[pack.source[link]], pack.system[pack.target[link]]];
          return view.passes[link] && ((x === one && y === other) || (x === other && y === one));
        });
        assert.equal(pair.links, links.length);
        assert.deepEqual(pair.byStatus, STATUSES.map((_, status) => links.filter((link) => view.status[link] === status).length));
      }
    }
    const sizes = overlap.pairs.map(({ concepts }) => concepts);
    assert.deepEqual(sizes, [...sizes].sort((x, y) => y - x));
    assert.ok(overlap.pairs.every(({ a, b, concepts, links }) => a < b && concepts + links > 0));
    assert.equal(overlapOf(view), overlap);
  }
});

test("a number stands at the upper two thirds of the lines, and at each of 20 concepts", () => {
  const pairs = (...counts: number[]): SystemPair[] => counts.map((concepts, at) => ({ a: 0, b: at, concepts, links: 0, byStatus: [] }));
  assert.equal(leastNumbered(pairs(35, 33, 31, 9, 8, 1)), 9);
  assert.equal(leastNumbered(pairs(90, 80, 70, 60, 30, 25, 21, 20, 4)), 20);
  assert.equal(leastNumbered(pairs(3)), 3);
  assert.equal(leastNumbered(pairs(5, 0, 0)), 5);
  assert.equal(leastNumbered([]), 1);
});

test("the systems that share most and least are said where there is one of each", () => {
  const pack = organisation([["a/t.x", "b/t.x"], ["c/t.x", "d/t.x"]]);
  const said = (...shared: number[]): string => extremes(pack, { ...overlapOf(viewOf(pack)), systems: shared.map((_, at) => at), shared: Int32Array.from(shared) });
  assert.equal(said(5, 3, 1), "a holds most in common with the others, c least");
  assert.equal(said(5, 3, 3), "a holds most in common with the others");
  assert.equal(said(5, 5, 1), "c holds least in common with the others");
  assert.equal(said(5, 5, 5, 5), "");
  assert.equal(said(5, 1), "");
});

test("two systems have each link that passes once, whichever stands left", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const pack = anyPack(seed);
    const view = viewOf(pack, { hiddenStatuses: new Set(seed % 2 ? [2] : []) });
    for (const [left, right] of [[0, 1], [1, 0], [0, 0]]) {
      const two = twoSystems(view, left, right);
      const isBetween = (link: number): boolean => {
        const [x, y] = [pack.system[pack.source[link]], pack.system[pack.target[link]]];
        return (x === left && y === right) || (x === right && y === left);
      };
      const all = [...view.passes.keys()].filter((link) => view.passes[link] && isBetween(link));
      const found = two.pairs.flatMap(({ links }) => links);
      assert.equal(new Set(found).size, found.length);
      assert.equal(found.length + two.loose, all.length);
      assert.ok(found.every((link) => all.includes(link)));
      for (const pair of two.pairs) {
        assert.deepEqual([pack.system[pair.left], pack.system[pair.right]], [left, right]);
        for (const link of pair.links) {
          assert.deepEqual(new Set([pack.table[pack.source[link]], pack.table[pack.target[link]]]), new Set([pair.left, pair.right]));
        }
        const [suggested, approved, rejected] = pair.byStatus;
        assert.equal(pair.standing, approved ? "approved" : suggested ? "suggested" : "rejected");
        assert.equal(suggested + approved + rejected, pair.links.length);
      }
      for (const side of [two.left, two.right]) {
        const tables = [...side.linked, ...side.others];
        assert.equal(new Set(tables).size, tables.length);
        assert.equal(tables.length, [...pack.table.keys()].filter((one) => pack.table[one] === one && pack.system[one] === side.system).length);
        assert.equal([...side.nLinks.values()].reduce((sum, n) => sum + n, 0), found.length);
      }
    }
    // Nothing moves while the reader filters.
    const [all, some] = [twoSystems(viewOf(pack), 0, 1), twoSystems(view, 0, 1)];
    assert.deepEqual(all.left.linked.filter((table) => some.left.nLinks.has(table)), some.left.linked);
    // Hidden systems have nothing.
    assert.equal(twoSystems(viewOf(pack, { hiddenSystems: new Set([1]) }), 0, 1).pairs.length, 0);
  }
});

test("crossings are counted as two by two, and the order has no more than the first one", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = randomOf(seed);
    const edges = Array.from({ length: 12 }, () => ({ left: Math.floor(random() * 5), right: 10 + Math.floor(random() * 5), n: 1 + Math.floor(random() * 3) }));
    const [left, right] = [[...new Set(edges.map((edge) => edge.left))], [...new Set(edges.map((edge) => edge.right))]];
    let slow = 0;
    edges.forEach((one, at) => {
      for (const other of edges.slice(at + 1)) {
        const across = (left.indexOf(one.left) - left.indexOf(other.left)) * (right.indexOf(one.right) - right.indexOf(other.right));
        if (across < 0) slow += one.n * other.n;
      }
    });
    assert.equal(crossings(edges, left, right), slow);
  }
  // Three parallel lines that the names would cross.
  const pack = organisation([["a/x.i", "b/z.i"], ["a/y.i", "b/y.i"], ["a/z.i", "b/x.i"]]);
  const { left, right } = twoSystems(viewOf(pack), 0, 1);
  assert.deepEqual(left.linked.map((table) => pack.name[table]), [...right.linked].map((table) => pack.name[table]).map((name) => ({ x: "z", y: "y", z: "x" })[name]));
});

test("systems get places of which none is better, the same each time", () => {
  const random = randomOf(5);
  for (let n = 0; n <= MAX_DRAWN; n += 1) {
    const weights = Array.from({ length: n }, () => Array.from({ length: n }, () => Math.floor(random() * 40)));
    const weight = (one: number, other: number): number => weights[Math.min(one, other)][Math.max(one, other)];
    const order = arranged(n, weight);
    assert.deepEqual([...order].sort((x, y) => x - y), [...Array(n).keys()]);
    assert.deepEqual(arranged(n, weight), order);
    const points = middles(n, { width: 14, height: 10 }, { width: 0, height: 0 });
    const length = (placed: readonly number[]): number => {
      let sum = 0;
      placed.forEach((one, at) => {
        for (let before = 0; before < at; before += 1) {
          sum += weight(one, placed[before]) * Math.hypot(points[at].x - points[before].x, points[at].y - points[before].y);
        }
      });
      return sum;
    };
    for (let swap = 0; swap < 30 && n > 1; swap += 1) {
      const [x, y] = [Math.floor(random() * n), Math.floor(random() * n)];
      const other = [...order];
      [other[x], other[y]] = [other[y], other[x]];
      assert.ok(length(order) <= length(other) + 1e-6);
    }
  }
});

test("no line runs behind a third system, and no number lies on a system or another number", () => {
  const box = { width: 180, height: 68 };
  for (const size of [{ width: 1042, height: 680 }, { width: 700, height: 520 }, { width: 1180, height: 760 }]) {
    for (let n = 2; n <= MAX_DRAWN; n += 1) {
      const points = middles(n, size, box);
      for (const point of points) {
        assert.ok(point.x >= box.width / 2 && point.x <= size.width - box.width / 2);
        assert.ok(point.y >= box.height / 2 && point.y <= size.height - box.height / 2);
      }
      const curves = points.flatMap((from, at) => points.slice(at + 1).map((to) => curveBetween(from, to, points.filter((one) => one !== from && one !== to), box)));
      for (const curve of curves) {
        for (const other of points) {
          if (other === curve.from || other === curve.to) continue;
          for (let step = 0; step <= 60; step += 1) {
            const { x, y } = pointOn(curve, step / 60);
            assert.ok(Math.abs(x - other.x) > box.width / 2 || Math.abs(y - other.y) > box.height / 2, `${n} systems in ${size.width} x ${size.height}`);
          }
        }
      }
      const labels = labelPlaces(curves.slice(0, Math.ceil((curves.length * 2) / 3)), points, box);
      labels.forEach((label, at) => {
        assert.ok(points.every((other) => Math.abs(other.x - label.x) >= box.width / 2 || Math.abs(other.y - label.y) >= box.height / 2));
        for (const other of labels.slice(0, at)) assert.ok(Math.abs(other.x - label.x) >= 40 || Math.abs(other.y - label.y) >= 20, `${n} systems in ${size.width}`);
      });
    }
  }
});

test("two systems have an address, and what the map does not show opens among all tables", () => {
  const pack = organisation([["crm/contact.mail", "shop/user.mail"]]);
  const initial = initialState(pack);
  const [crm, shop] = [node(pack, "crm"), node(pack, "shop")];
  const read = (text: string): State => fromHash(pack, text, initial);
  const pair: State = { ...initial, page: "map", focus: { kind: "pair", left: shop, right: crm } };
  const hash = toHash(pack, pair, initial);
  assert.equal(hash, `f=pair:${pack.nodeId(shop)}:${pack.nodeId(crm)}`);
  assert.deepEqual(read(hash), pair);
  assert.deepEqual(read(`p=map&${hash}`), pair);
  const line: State = { ...initial, page: "map", focus: { kind: "line", source: node(pack, "crm/contact"), target: node(pack, "shop/user") } };
  assert.deepEqual(read(toHash(pack, line, initial)), line);
  const matrix: State = { ...initial, page: "map", layout: "matrix" };
  assert.equal(toHash(pack, matrix, initial), "p=map&l=matrix");
  assert.deepEqual(read("p=map&l=matrix"), matrix);
  assert.equal(read(`p=map&f=near:${pack.nodeId(crm)}:1`).page, "tables");
  assert.equal(read(`p=map&f=line:${pack.nodeId(crm)}:${pack.nodeId(shop)}`).page, "tables");
  // A pair is of systems.
  assert.equal(read(`f=pair:${pack.nodeId(crm)}:${pack.nodeId(node(pack, "shop/user"))}`).focus, null);
});
