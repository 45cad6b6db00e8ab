// What the search lists: lines of concepts and places, their amounts, and lines to copy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { amountsOf } from "../source/model/amounts";
import { describedSo, findingsOf, partsOf, wordsAlone, type FindingOptions } from "../source/model/finding";
import { ViewMaker } from "../source/model/view";
import { organisation, stateOf } from "./linked";

const pack = organisation(
  [
    ["crm/contact.mail", "shop/user.mail", 0.9],
    ["crm/contact.mail", "desk/agent's.mail", 0.8, "REJECTED"],
    ["crm/contact.mail", "crm/contact.name", 0.7],
    ["shop/user.name", "desk/agent's.name", 0.7, "APPROVED"],
  ],
  { tree: [["crm/contact.mail", "shop/user.mail", 0.9]], also: ["shop/idle.mail", "crm/contact.note"] },
);
const view = new ViewMaker(pack).make(stateOf());
const all: FindingOptions = { wanted: "all", mostConcepts: 5, mostPlaces: 20, descriptions: false };
const find = (text: string, change: Partial<FindingOptions> = {}) => findingsOf(view, text, { ...all, ...change });

test("amounts are those of the lists", () => {
  const { links, children } = amountsOf(pack);
  for (let one = 0; one < pack.nNodes; one += 1) {
    assert.equal(links[one], pack.linksOf(one).length, pack.path(one));
    assert.equal(children[one], pack.children(one).length, pack.path(one));
  }
});

test("a concept has its members, and what it rests on", () => {
  const { concepts } = find("mail");
  assert.equal(concepts.length, 1);
  const [line] = concepts;
  assert.deepEqual([line.amount, line.sign, line.more], ["2 fields, 2 systems", "suggested", 0]);
  assert.deepEqual(line.holds.map(({ text }) => text), ["contact.mail", "user.mail"]);
  assert.deepEqual(line.holds.map(partsOf), [
    [{ text: "contact.", isHit: false }, { text: "mail", isHit: true }],
    [{ text: "user.", isHit: false }, { text: "mail", isHit: true }],
  ]);
});

test("a place says where it belongs, and how many links it has", () => {
  const of = (text: string) => {
    const [{ above, name, place, amount }] = find(text).places;
    return [above?.text ?? "", name.text, place.replace(/^in .*mail.*/, "in it"), amount];
  };
  assert.deepEqual(of("crm/contact.mail"), ["contact", "mail", "in it", "3 links"]);
  assert.deepEqual(of("shop/idle.mail"), ["idle", "mail", "in no concept", "no link"]);
  assert.deepEqual(of("crm/contact"), ["", "contact", "table in crm, 3 fields", "3 links"]);
  assert.deepEqual(of("crm"), ["", "crm", "system with 1 table", "3 links"]);
});

test("places are found without concepts, and no more than are wanted", () => {
  assert.deepEqual(find("mail", { wanted: "places" }).concepts, []);
  assert.equal(find("mail", { mostPlaces: 2 }).places.length, 2);
  assert.equal(find("mail", { mostPlaces: 2 }).nPlaces, 4);
});

test("nothing typed lists what is worth most; nothing found says which words there are", () => {
  assert.equal(find("  ").concepts.length, view.clusters.sizes.length);
  const { concepts, places, nPlaces } = find(" ", { wanted: "places" });
  assert.deepEqual([concepts.length, places.map(({ node }) => pack.path(node)), nPlaces], [0, ["crm/contact.mail", "desk/agent's.name"], 2]);
  const partly = find("mail zebra");
  assert.deepEqual([partly.concepts.length, partly.nPlaces, partly.lacking], [1, 4, { words: ["zebra"], n: 1, ofAll: 2 }]);
  assert.deepEqual(find("zebra quagga").lacking, null);
  assert.deepEqual(wordsAlone(view, "mail zebra"), [{ word: "mail", n: 5 }]);
  assert.deepEqual(wordsAlone(view, "crm contact zebra shop user"), [{ word: "crm contact", n: 1 }, { word: "shop user", n: 1 }]);
  assert.deepEqual(wordsAlone(view, "zebra"), []);
  assert.equal(describedSo(view, "zebra"), 0);
});

test("two names are offered as a pair, with each of them; parts of names are not", () => {
  const { pairs, places, nPlaces, concepts } = find("crm contact shop user");
  assert.deepEqual(pairs.map(({ kind, nodes }) => [kind, ...nodes.map((node) => pack.path(node))]), [["join", "crm/contact", "shop/user"]]);
  assert.deepEqual(places.map(({ node }) => pack.path(node)), ["crm/contact", "shop/user"]);
  assert.deepEqual([nPlaces, concepts.length], [2, 0]);
  const two = find("contact mail user mail");
  assert.equal(two.pairs[0].kind, "why");
  assert.ok(two.places.length > 1);
  assert.deepEqual(find("contact name name").pairs, []);
  assert.deepEqual(find("crm contact shop user", { wanted: "places" }).pairs, []);
});
