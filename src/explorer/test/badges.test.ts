// Letters of systems: no two alike, always the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { badgeOf, badgesOf } from "../source/model/badges";
import { node, organisation } from "./organisation";

const numbered = (n: number, width: number): string[] =>
  Array.from({ length: n }, (_, at) => `system_${String(at).padStart(width, "0")}`);

test("a system has the first letters of its name, or others if these are taken", () => {
  const names = ["HubSpot", "Mixpanel", "PostgreSQL", "Salesforce", "Snowflake", "Stripe", "Zendesk"];
  assert.deepEqual(badgesOf(names), ["Hu", "Mi", "Po", "Sa", "Sn", "St", "Ze"]);
  assert.deepEqual(badgesOf(["Sales Force", "Sap", "Sage Intacct"]), ["Sa", "Sp", "Si"]);
});

test("numbered systems have their numbers", () => {
  const found = badgesOf(numbered(42, 5));
  assert.equal(found[41], "41");
  assert.equal(found[0], "00");
  assert.equal(new Set(found).size, 42);
  assert.deepEqual(badgesOf(["System 0", "System 1", "System 12"]), ["S0", "S1", "12"]);
  // A number that tells nothing apart is none.
  assert.deepEqual(badgesOf(["Google Analytics 4", "Gong"]), ["Go", "Gn"]);
});

test("no two are alike, however many and however named, and they are the same each time", () => {
  for (const names of [
    numbered(300, 1),
    Array.from({ length: 200 }, () => "Salesforce"),
    ["A", "a", "A", "\u00df", "\u00df", "", "", "\u202e", "\u0645\u0628\u064a\u0639\u0627\u062a", "\u0645\u0628\u064a\u0639\u0627\u062a", "--", "\ud83d\ude00"],
  ]) {
    const found = badgesOf(names);
    assert.equal(new Set(found.map((badge) => badge.toLowerCase())).size, names.length);
    assert.deepEqual(badgesOf(names), found);
    for (const badge of found) assert.ok(badge.length > 0 && [...badge].length <= 3, badge);
  }
});

test("a pack's systems keep theirs; an unknown one has a question mark", () => {
  const pack = organisation({ links: [["crm/a.x", "shop/b.x", 0.9]] });
  assert.deepEqual([badgeOf(pack, node(pack, "crm")), badgeOf(pack, node(pack, "shop")), badgeOf(pack, -1)], ["Cr", "Sh", "?"]);
});
