// Names and order of clusters: the rules one by one; that they are Python's is tested from there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, ORDERS, REJECTED } from "../source/generated";
import { engineOf, clusterName } from "../source/model/clusters";
import { givenNames, identityOf, labelsInOrder, restsOn } from "../source/model/names";
import { scored } from "../source/model/scores";
import { traitsOf } from "../source/model/traits";
import type { Clustering } from "../source/model/types";
import { node, organisation, type LinkSpec, type Trait } from "./organisation";

type Pack = ReturnType<typeof organisation>;

/** An organisation whose links all join, and its clusters. */
function joined(links: LinkSpec[], traits: Record<string, Trait> = {}): { pack: Pack; clusters: Clustering } {
  const joins = links
    .filter(([, , , status]) => status !== REJECTED)
    .map(([a, b]): [string, string, number] => [a, b, 0.9]);
  const pack = organisation({ links, joins, traits });
  return { pack, clusters: engineOf(pack).at(0.5, pack.status, false) };
}

const names = (links: LinkSpec[], traits: Record<string, Trait> = {}): readonly string[] => {
  const { clusters } = joined(links, traits);
  return Array.from(labelsInOrder(clusters, "identity"), (label) => clusters.identity.name(label));
};

const id = (phrase: string, rest: Trait = {}): Trait => ({ role: "KEY", isId: true, phrase, ...rest });

test("worth is role value x log2(1 + systems) x mean confidence x coherence", () => {
  const { clusters } = joined(
    [
      ["a/t.x", "b/t.x", 0.8],
      ["b/t.x", "c/u.y", 0.6],
    ],
    { "a/t.x": { role: "ALTERNATE_KEY" }, "b/t.x": { role: "KEY" }, "c/u.y": { role: "TIME" } },
  );
  // Two of three share a word; each table is a thing of its own.
  assert.equal(clusters.identity.value[0], Math.round(0.6 * 2 * 0.7 * ((2 / 3 + 1 / 3) / 2) * 1e9) / 1e9);
  assert.equal(clusters.identity.systems[0], 3);
  assert.equal(clusters.identity.confidence[0], 0.7);
});

test("a copy counts for the system of its original, and a cluster has at least one system", () => {
  const { clusters } = joined([["a/t.x", "b/t.x", 0.9]], { "b/t": { origin: "a" } });
  assert.equal(clusters.identity.systems[0], 1);
});

test("links without a confidence say nothing of it", () => {
  const { clusters } = joined([["a/t.x", "b/t.x", null], ["c/t.x", "d/t.x", 0.9]]);
  assert.deepEqual(Array.from(clusters.identity.confidence), [0.5, 0.9]);
});

test("ids are called after what most are about, with the system that at least two name", () => {
  const links: LinkSpec[] = [["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.9]];
  const traits = {
    "a/t.x": id("person", { mentions: "Shop" }),
    "b/t.x": id("person", { mentions: "Shop" }),
    "c/t.x": id("user"),
  };
  assert.deepEqual(names(links, traits), ["Shop person id"]);
  assert.deepEqual(names(links, { ...traits, "b/t.x": id("person", { mentions: "Desk" }) }), ["person id"]);
  assert.deepEqual(names(links, { ...traits, "b/t.x": id("person") }), ["person id"]);
  assert.deepEqual(names([links[0]], { "a/t.x": id("id"), "b/t.x": id("id") }), ["id"]);
});

test("of systems that are named as often, none is the cluster's", () => {
  const links: LinkSpec[] = [["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.9], ["c/t.x", "d/t.x", 0.9]];
  const mentions = ["Shop", "Shop", "Desk", "Desk"];
  const traits = Object.fromEntries(["a", "b", "c", "d"].map((s, at) => [`${s}/t.x`, id("person", { mentions: mentions[at] })]));
  assert.deepEqual(names(links, traits), ["person id"]);
});

test("other columns are called as most tables call them, after the entity of most", () => {
  const links: LinkSpec[] = [["a/t.x", "a/t.y", 0.9], ["a/t.y", "b/u.z", 0.9], ["b/u.z", "c/v.z", 0.9]];
  // One table calls two columns "x", two tables one each "mail".
  const traits: Record<string, Trait> = {
    "a/t.x": { phrase: "x" }, "a/t.y": { phrase: "x" }, "b/u.z": { phrase: "mail" }, "c/v.z": { phrase: "mail" },
  };
  assert.deepEqual(names(links, traits), ["mail"]);
  const people = { "a/t": { thing: "person" }, "b/u": { thing: "person" } };
  assert.deepEqual(names(links, { ...traits, ...people }), ["person mail"]);
  const said = { ...traits, "b/u.z": { phrase: "person mail" }, "c/v.z": { phrase: "person mail" } };
  assert.deepEqual(names(links, { ...said, ...people }), ["person mail"]);
  assert.deepEqual(names(links, { ...traits, "a/t": { thing: "person" } }), ["mail"]);
});

test("of equally frequent words the shorter ones are taken, then the first by letters", () => {
  const links: LinkSpec[] = [["a/t.x", "b/u.y", 0.9]];
  assert.deepEqual(names(links, { "a/t.x": { phrase: "address" }, "b/u.y": { phrase: "mail" } }), ["mail"]);
  assert.deepEqual(names(links, { "a/t.x": { phrase: "town" }, "b/u.y": { phrase: "city" } }), ["city"]);
});

test("without any words a cluster is called after its table, and without these it has no name", () => {
  const traits: Record<string, Trait> = { "a/t.x": { phrase: null }, "b/t.x": { phrase: null } };
  assert.deepEqual(names([["a/t.x", "b/t.x", 0.9]], traits), ["t"]);
  const { pack, clusters } = joined([["a/t.x", "b/t.x", 0.9]], traits);
  const bare = { ...pack, traits: { ...pack.traits, tableText: new Int32Array(2).fill(-1) } };
  assert.deepEqual(identityOf(bare, clusters, scored(pack, pack.status, pack.clustering.setting)).name(0), "unnamed");
});

test("no two have one name: other words in brackets, then numbers, the worthiest first", () => {
  const links = [0, 1, 2, 3, 4].map((at): LinkSpec => [`a/t${at}.x`, `b/t${at}.x`, 0.9 - at / 100]);
  const traits: Record<string, Trait> = {};
  for (const at of [0, 1, 2, 3, 4]) for (const s of ["a", "b"]) traits[`${s}/t${at}`] = { thing: `t${at}` };
  const plain = Object.fromEntries(links.flatMap(([x, y]) => [[x, { phrase: "x" }], [y, { phrase: "x" }]]));
  assert.deepEqual(names(links, { ...plain }), ["x", "x (t1)", "x (t2)", "x (t3)", "x (t4)"]);
  const { pack, clusters } = joined(links, plain);
  const alike = { ...pack, traits: { ...pack.traits, tableText: new Int32Array(10).fill(pack.traits.tableText[0]) } };
  const found = identityOf(alike, clusters, scored(pack, pack.status, pack.clustering.setting));
  // Whichever is asked for first.
  assert.equal(found.name(4), "x 3");
  assert.deepEqual([0, 1, 2, 3, 4].map(found.name), ["x", "x (t0)", "x (a)", "x 2", "x 3"]);
});

test("a name that few members carry comes with what most of the others are called", () => {
  const { clusters } = joined([["a/t.x", "b/u.y", 0.9], ["b/u.y", "c/v.z", 0.9]], {
    "a/t.x": { phrase: "city\u202e" }, "b/u.y": { phrase: "town hall" }, "c/v.z": { phrase: "village" },
  });
  assert.equal(clusters.identity.name(0), "city\u202e");
  assert.equal(clusterName(clusters, 0), "city\ufffd");
  assert.equal(clusters.identity.also(0), "village");
  const half = joined([["a/t.x", "b/u.y", 0.9]], { "a/t.x": { phrase: "city" }, "b/u.y": { phrase: "town" } });
  assert.equal(half.clusters.identity.also(0), "");
});

test("the latest name that a person gave is the cluster's, and no other cluster gets it", () => {
  const links: LinkSpec[] = [["a/t.x", "b/t.x", 0.9], ["a/t.y", "b/t.y", 0.8]];
  const { pack, clusters } = joined(links);
  const given = new Map([[node(pack, "a/t.x"), "old"], [node(pack, "b/t.x"), "y"], [node(pack, "a/t"), "no cluster"]]);
  const found = identityOf(pack, clusters, scored(pack, pack.status, pack.clustering.setting), given);
  assert.deepEqual([0, 1].map(found.name), ["y", "y (t)"]);
  assert.deepEqual([0, 1].map(found.carriers), [2, 2]);
});

test("orders: the highest first, names from a to z, equal ones by their worth", () => {
  const { clusters } = joined(
    [["a/t.x", "b/t.x", 0.9], ["a/u.y", "b/u.y", 0.6], ["b/u.y", "c/u.y", 0.6], ["a/v.z", "b/v.z", 0.7]],
    { "a/t.x": { role: "KEY" }, "b/t.x": { role: "KEY" }, "a/v.z": { phrase: "\u{1f600}" }, "b/v.z": { phrase: "\u{1f600}" } },
  );
  const found = Object.fromEntries(ORDERS.map((by) => [by, Array.from(labelsInOrder(clusters, by))]));
  const nameOf = (label: number): string => clusters.identity.name(label);
  assert.deepEqual([0, 1, 2].map(nameOf), ["y", "x", "\u{1f600}"]);
  assert.deepEqual(found["identity"].map(nameOf), ["x", "y", "\u{1f600}"]);
  assert.deepEqual(found["size"].map(nameOf), ["y", "x", "\u{1f600}"]);
  assert.deepEqual(found["systems"].map(nameOf), ["y", "x", "\u{1f600}"]);
  assert.deepEqual(found["confidence"].map(nameOf), ["x", "\u{1f600}", "y"]);
  assert.deepEqual(found["name"].map(nameOf), ["x", "y", "\u{1f600}"]);
});

test("names are sorted by characters, not by halves of those outside the first plane", () => {
  const links: LinkSpec[] = [["a/t.x", "b/t.x", 0.9], ["a/u.y", "b/u.y", 0.9], ["a/v.z", "b/v.z", 0.9]];
  const phrases = ["\u{1f600}", "\uff00", "\uff00a"];
  const traits = Object.fromEntries(links.flatMap(([x, y], at) => [x, y].map((path) => [path, { phrase: phrases[at] }])));
  const { clusters } = joined(links, traits);
  assert.deepEqual(Array.from(labelsInOrder(clusters, "name")), [1, 2, 0]);
});

test("role and entity are those of most members", () => {
  const { clusters } = joined([["a/t.x", "b/t.x", 0.9], ["b/t.x", "c/t.x", 0.9]], {
    "a/t.x": { role: "KEY" }, "b/t.x": { role: "REFERENCE", thing: "person" }, "c/t.x": { role: "REFERENCE" },
    "a/t": { thing: "person" },
  });
  assert.equal(clusters.identity.role(0), "REFERENCE");
  assert.equal(clusters.identity.entity(0), "person");
  const tables = organisation({ links: [["a/t", "b/t", 0.9]], joins: [["a/t", "b/t", 0.9]], clustering: { level: 1 } });
  const { identity } = engineOf(tables).at(0.5, tables.status, false);
  assert.equal(identity.role(0), null);
  assert.equal(identity.entity(0), "");
});

test("a cluster rests on keys, approvals, approvals in part, or names only", () => {
  const rests = (status: number[], traits: Record<string, Trait> = {}): string => {
    const { pack, clusters } = joined([["a/t.x", "b/t.x", 0.9, status[0]], ["b/t.x", "c/t.x", 0.9, status[1]]], traits);
    return restsOn(pack, clusters, 0, pack.status);
  };
  assert.equal(rests([APPROVED, APPROVED]), "approvals");
  assert.equal(rests([APPROVED, 0]), "approvals in part");
  assert.equal(rests([0, 0]), "names only");
  const keys: Record<string, Trait> = { "a/t.x": { role: "KEY" }, "c/t.x": { role: "ALTERNATE_KEY" } };
  assert.equal(rests([0, 0], keys), "keys");
  assert.equal(rests([0, 0], { "a/t.x": { role: "KEY" } }), "names only");
});

test("a topic is the last word that says something, or else the table's", () => {
  const pack = organisation({
    links: [["a/users.x", "b/users.y", 0.9], ["a/users.z", "b/users.w", 0.9]],
    traits: {
      "a/users.x": id("external"), "b/users.y": { phrase: "all users" }, "a/users.z": { phrase: "users old" },
      "b/users.w": { phrase: "  " },
    },
  });
  const { topic } = traitsOf(pack);
  const of = (path: string): number => topic[node(pack, path)];
  assert.equal(of("a/users.x"), of("b/users.y"));
  assert.equal(of("a/users.z"), of("b/users.y"));
  assert.equal(of("b/users.w"), -1);
  assert.equal(traitsOf(pack), traitsOf(pack));
});

test("a long text is worth less than another text", () => {
  const pack = organisation({ links: [["a/t.x", "b/t.y", 0.9]], traits: { "a/t.x": { isLong: true, role: "TEXT" } } });
  const { value } = traitsOf(pack);
  assert.deepEqual([value[node(pack, "a/t.x")], value[node(pack, "b/t.y")]], [10, 35]);
});

test("names that people gave go first: the latest of a cluster, the reader's over the page's", () => {
  const { pack } = joined([["a/t.x", "b/t.x", 0.9], ["c/t.x", "d/t.x", 0.8]]);
  const at = (path: string): number => node(pack, path);
  pack.header.given.push([at("a/t.x"), "first", 1], [at("b/t.x"), "second", 2]);
  const engine = engineOf(pack);
  engine.name(givenNames(pack, new Map()));
  const nameOf = (path: string): string => {
    const clusters = engine.at(0.5, pack.status, false);
    return clusters.identity.name(clusters.labels[at(path)]);
  };
  assert.deepEqual([nameOf("a/t.x"), nameOf("c/t.x")], ["second", "x"]);
  const mine = new Map([
    [pack.nodeId(at("a/t.x")), { name: "mine", at: 3 }],
    ["00000000-0000-4000-8000-000000000000", { name: "of no node", at: 4 }],
  ]);
  engine.name(givenNames(pack, mine));
  assert.equal(nameOf("b/t.x"), "mine");
});
