// The one order of systems, and the place of a concept in its list.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conceptsOf } from "../source/model/listing";
import type { Pack } from "../source/model/pack";
import { placeInOrder } from "../source/model/place-in-order";
import { startOf } from "../source/model/start";
import { inSystemOrder, MANY, systemsInOrder, timesInEntities } from "../source/model/systems";
import { ViewMaker } from "../source/model/view";
import { middle } from "../source/model/words";
import { node, organisation, state, type LinkSpec, type Spec } from "./organisation";

const named = (pack: Pack, systems: Iterable<number>): string[] => Array.from(systems, (system) => pack.name[system] ?? "unknown");

const chain = (n: number): LinkSpec[] => Array.from({ length: n - 1 }, (_, at): LinkSpec => [`System ${at}/t.x`, `System ${at + 1}/t.x`, 0.9]);
const spec = (n: number): Spec => ({ links: chain(n), joins: chain(n) as [string, string, number][] });

test("few systems are in the order of their names, the numbers in these by their size", () => {
  const pack = organisation(spec(12));
  assert.deepEqual(named(pack, systemsInOrder(pack)), Array.from({ length: 12 }, (_, at) => `System ${at}`));
  assert.equal(systemsInOrder(pack), systemsInOrder(pack));
  const [ten, two] = [node(pack, "System 10"), node(pack, "System 2")];
  assert.deepEqual(inSystemOrder(pack, [-1, ten, two, two]), [two, ten, -1]);
});

test("of many systems those with tables of most entities come first, then those with most links", () => {
  const n = MANY + 3;
  const plain = organisation(spec(n));
  const tables = ["System 7/t", "System 9/t"].map((path) => node(plain, path));
  const entity = { name: "thing", tables, copies: [], keys: [], references: [], confidence: 0.5, why: "", notes: [] };
  const pack = organisation({ ...spec(n), entities: { entities: [entity], notes: [] } });
  const order = named(pack, systemsInOrder(pack));
  assert.deepEqual(order.slice(0, 4), ["System 7", "System 9", "System 1", "System 2"]);
  // The ends of the chain have one link only.
  assert.deepEqual(order.slice(-2), ["System 0", `System ${n - 1}`]);
  assert.equal(timesInEntities(pack).reduce((sum, times) => sum + times, 0), 2);
});

test("every page has the same order", () => {
  for (const n of [5, MANY - 1, MANY, 42]) {
    const pack = organisation(spec(n));
    const view = new ViewMaker(pack).make(state({ page: "concepts" }));
    assert.deepEqual(conceptsOf(view).systems, startOf(view).systems, String(n));
  }
});

test("a concept has its place among those that the filters leave", () => {
  const links: LinkSpec[] = ["x", "y", "z"].map((name, at): LinkSpec => [`a/t.${name}`, `b/t.${name}`, 0.9 - at / 10]);
  links.push(["a/u.v", "a/w.v", 0.5]);
  const pack = organisation({ links, joins: links as [string, string, number][] });
  const maker = new ViewMaker(pack);
  const place = (change: Parameters<typeof state>[0], path: string) => {
    const view = maker.make(state(change));
    const { labels, at, isPart } = placeInOrder(view, view.clusters.labels[node(pack, path)]);
    return [at, labels.length, isPart];
  };
  assert.deepEqual(place({}, "a/t.z"), [2, 3, false]);
  assert.deepEqual(place({ query: "z" }, "a/t.z"), [0, 1, true]);
  // One that the filters keep out is among all.
  assert.deepEqual(place({ query: "z" }, "a/t.x"), [0, 3, false]);
  // One in a single system is in no list of the others.
  assert.deepEqual(place({}, "a/u.v").slice(1), [4, false]);
  assert.deepEqual(place({ only: "single" }, "a/u.v"), [0, 1, true]);
});

test("a text that is too long loses its middle", () => {
  assert.equal(middle("Intercom", 8), "Intercom");
  assert.equal(middle("ServiceNowEnterprise", 9), "Serv\u2026rise");
  assert.equal(middle("abcdefgh", 2), "ab\u2026gh");
});
