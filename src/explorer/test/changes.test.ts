// Changes in words, what is listed of them, and where nodes were and are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Changes, changesOf, groupText, kindsOf, listChanges, readGroup, type ChangedLink } from "../source/model/changes";
import { causeOf, factsOf, headOf, plainWords, sureness, titleOfChanges, type Word } from "../source/model/changes-words";
import { changesCsv, decimal } from "../source/out/changes-csv";
import { node, organisation } from "./linked";

const pack = organisation([
  ["crm/contact.mail", "shop/user.mail", 0.9, "REJECTED"],
  ["shop/user.name", "desk/agent.name", 0.6],
]);
const at = (path: string): number => node(pack, path);
const mail = at("crm/contact.mail");
const user = at("shop/user.mail");
const name = at("shop/user.name");

type Told = ConstructorParameters<typeof Changes>[1];
const NO_LINKS: Told["links"] = {
  kind: [], link: [], ids: [], source: [], target: [], old_status: [], status: [], old_score: [], score: [],
  old_type: [], type: [], with_end: [], evidence: [], renewed: [], decisions: [],
};
const EMPTY: Told = {
  before: { links: 3, clusters: 1 },
  after: { links: 2, clusters: 1 },
  kinds: ["merged", "split", "regrouped", "appeared", "vanished", "grew", "shrank"],
  found: ["smallest", "minimal", "sufficient", "none"],
  link_kinds: ["added", "removed", "re-decided", "re-linked", "re-scored", "re-typed"],
  node_kinds: ["added", "removed", "moved", "renamed", "deleted", "restored"],
  gone: [],
  past: [],
  old: [],
  new: [],
  changes: [],
  moves: [],
  links: NO_LINKS,
  nodes: [],
  contradictions: [],
  entities: [],
  setting: { differs: false, changes: 0 },
};
const SOME: Told = {
  ...EMPTY,
  gone: [[2, "old/t.mail", "old", "t", "mail", 0, -1, "gone-id"]],
  past: [[name, 2, "shop/user.title", "shop", "user", "title", 0, pack.system[name]]],
  old: [["email", 3, "b1"], ["title", 2, "b2"]],
  new: [["email", 2, "a1", "email"]],
  changes: [
    { kind: 6, before: [0], after: [0], members: 3, moved: 1, decided: 0, found: 0, causes: [1], parts: [[0, 0, 0, [mail, user]], [0, -1, 1, [-1]]] },
    { kind: 4, before: [1], after: [], members: 2, moved: 2, decided: 1, found: 3, causes: [], parts: [[1, -1, 1, [name]]] },
  ],
  moves: [[-1, 0, -1], [name, 1, -1]],
  links: {
    ...NO_LINKS,
    kind: [2, 1], link: [0, -1], ids: ["lost-id"], source: [mail, -1], target: [user, user], old_status: ["APPROVED", "SUGGESTED"],
    status: ["REJECTED", null], old_score: [0.9, 0.00001], score: [0.9, null], old_type: ["PROBABILISTIC", "PROBABILISTIC"],
    type: ["PROBABILISTIC", null], with_end: [0, 1], evidence: ['{"matcher": "by_hand"}'], decisions: [[0, Date.UTC(2026, 4, 3), "Ana", null]],
  },
  nodes: [[1, -1, "old/t.mail", null], [3, name, "shop/user.title", "shop/user.name"]],
  contradictions: [[0, "email", pack.linkId(0), mail, user]],
};
const some = new Changes(pack, SOME);
const said = (words: readonly Word[]): string => plainWords(some, words);
const link = (change: Partial<ChangedLink>): string => said(causeOf({ ...some.link(0), made: null, ...change }));

test("a page of no diff has no changes, and one of equal graphs says that there are none", () => {
  assert.equal(changesOf(pack), null);
  const none = new Changes(pack, EMPTY);
  assert.ok(none.isEmpty);
  assert.equal(titleOfChanges(none), "Nothing changed");
});

test("the finding counts concepts by what happened, and decisions", () => {
  assert.equal(titleOfChanges(some), "2 changes of concepts: 1 went, 1 shrank; 1 decision since");
  assert.deepEqual(factsOf(some), [
    "Links: 1 went.",
    "Tables and fields: 1 went, 1 renamed.",
    "2 fields are in another concept or in none.",
    "Contradictions: 1 resolved.",
    "Before: 1 concept, 3 links. After: 1 concept, 2 links.",
    "Both sides are joined by one setting.",
  ]);
  const moved = new Changes(pack, { ...SOME, changes: [], setting: { differs: true, changes: 3 } });
  assert.equal(titleOfChanges(moved), "No concept changed; 1 decision since");
  assert.match(factsOf(moved).at(-1)!, /would make 3 more changes\.$/);
});

test("a node that is gone, or has another name, has that of before", () => {
  assert.deepEqual([some.isGone(-1), some.isGone(name), some.isNew(name)], [true, false, false]);
  assert.deepEqual([some.placeBefore(-1).path, some.nodeId(-1), some.placeBefore(-1).system], ["old/t.mail", "gone-id", -1]);
  assert.deepEqual([some.placeBefore(name).path, some.placeAfter(name).path], ["shop/user.title", "shop/user.name"]);
  assert.equal(some.placeBefore(mail).path, "crm/contact.mail");
  assert.deepEqual(some.changes.map((change) => some.memberOf(change, 0)), [mail, -1]);
});

test("what happened to concepts is said with their names and sizes", () => {
  assert.deepEqual(some.changes.map((change) => said(headOf(change))), ["email (3) shrank to email (2)", "title (2) is gone"]);
  const head = (kind: string, before: number[], after: number[]): string => said(headOf({ ...some.changes[0], kind, before, after }));
  assert.equal(head("merged", [0, 1], [0]), "email (3) and title (2) are one now: email (2)");
  assert.equal(head("split", [0], [0, 0]), "email (3) fell apart into email (2) and email (2)");
  assert.equal(head("regrouped", [0], [0]), "email (3) is now email (2)");
  assert.equal(head("appeared", [], [0]), "email (2) is new");
  assert.equal(head("grew", [0], [0]), "email (3) grew to email (2)");
  assert.match(head("regrouped", [0, 0, 0, 0, 0], [0]), / and 2 more are now /);
});

test("a cause says what happened to its link, and who decided", () => {
  const ends = "crm/contact.mail = shop/user.mail";
  assert.equal(said(causeOf(some.link(0))), "crm/contact.mail \u2260 shop/user.mail was rejected by Ana on 3 May 2026; it was approved");
  assert.equal(said(causeOf(some.link(1))), "old/t.mail = shop/user.mail went with an end of it; it was suggested with score <0.01");
  assert.equal(link({ status: "SUGGESTED" }), `${ends} is suggested again; it was approved`);
  assert.equal(link({ status: "APPROVED", oldStatus: "SUGGESTED", oldScore: 0.5 }), `${ends} was approved; it was suggested, its score rose from 0.50 to 0.90`);
  assert.equal(link({ kind: "added", status: "SUGGESTED", score: null }), `${ends} came, suggested with no score`);
  assert.equal(link({ kind: "re-scored", oldScore: 0.95 }), `${ends}: its score fell from 0.95 to 0.90`);
  assert.equal(link({ kind: "re-scored", oldScore: null }), `${ends}: score 0.90 now, none before`);
  assert.equal(link({ kind: "re-scored", score: null }), `${ends}: no score now, 0.90 before`);
  assert.equal(link({ kind: "re-linked" }), "A link joins crm/contact.mail and shop/user.mail now, and others before");
  assert.equal(link({ kind: "re-typed", oldType: "DETERMINISTIC" }), `${ends} is an estimate now; it was an exact rule`);
});

test("how few the causes are is said", () => {
  const sure = (found: string, n: number): string => sureness({ ...some.changes[0], found, causes: [...Array(n).keys()] });
  assert.equal(sure("smallest", 1), "Put back as it was, this alone undoes the change.");
  assert.match(sure("smallest", 2), /these 2 together undo the change; fewer do not\.$/);
  assert.match(sure("minimal", 4), /none of them can be left out\.$/);
  assert.match(sure("sufficient", 9), /the search was cut short\.$/);
  assert.equal(sure("none", 0), "No set of changed links was found that undoes it.");
});

test("what is listed is a part, a kind, a reason and words", () => {
  const of = (text: string, query = ""): number[] => [...listChanges(some, readGroup(some, text), query).rows];
  assert.deepEqual([of(""), of("concepts:shrank"), of("concepts::removed"), of("concepts::decided"), of("concepts::none")], [[0, 1], [0], [0], [1], [1]]);
  assert.deepEqual([of("moves:gone"), of("moves:left"), of("decisions"), of("links"), of("links:removed")], [[0], [1], [0], [1], [1]]);
  assert.deepEqual([of("nodes:renamed"), of("contradictions"), of("concepts", "CONTACT email"), of("nodes", "title")], [[1], [0], [0], [1]]);
  assert.deepEqual([of("decisions", "ana"), of("moves", "email"), of("contradictions", "crm"), of("links", "nothing")], [[0], [0], [0], []]);
  // What is not there is as if nothing was asked for.
  assert.deepEqual(readGroup(some, "links:added:decided"), { section: "links", kind: "", because: "" });
  assert.deepEqual(readGroup(some, "zzz"), { section: "concepts", kind: "", because: "" });
  assert.equal(readGroup(new Changes(pack, { ...SOME, changes: [] }), "").section, "moves");
  assert.equal(groupText({ section: "concepts", kind: "", because: "decided" }), "concepts::decided");
  assert.equal(groupText({ section: "links", kind: "removed", because: "" }), "links:removed");
  assert.deepEqual([...kindsOf(some, "nodes")], [["removed", 1], ["renamed", 1]]);
  const { byKind, byReason } = listChanges(some, readGroup(some, "concepts:shrank"), "");
  assert.deepEqual([[...byKind], [...byReason]], [[["shrank", 1], ["vanished", 1]], [["removed", 1]]]);
});

test("tables are those of Python, numbers too", () => {
  assert.equal(changesCsv(some, "concepts", [0]).split("\r\n")[1], "shrank,email (3),email (2),3,1,1,false,smallest,b1,a1");
  assert.equal(changesCsv(some, "links", [1]).split("\r\n")[1], `removed,lost-id,old/t.mail,shop/user.mail,SUGGESTED,,1e-05,,PROBABILISTIC,,true,gone-id,${pack.nodeId(user)}`);
  assert.deepEqual([1, 0, 0.5, 0.0001, 0.000012, null].map(decimal), ["1.0", "0.0", "0.5", "0.0001", "1.2e-05", null]);
});

test("a contradiction names its own decision, or else what changed its concept", () => {
  const of = (link: number, told: Partial<Told> = {}): readonly number[] => {
    const changes = new Changes(pack, { ...SOME, contradictions: [[1, "email", pack.linkId(link), mail, user]], ...told });
    return changes.causesOf(changes.contradictions[0]);
  };
  assert.deepEqual(of(0), [0]);
  assert.deepEqual(of(1), [1]);
  assert.deepEqual(of(1, { changes: [] }), []);
});

test("a concept keeps its name, and what its own page calls it is said beside it", () => {
  const changes = new Changes(pack, { ...SOME, new: [["email", 2, "a1", "person email"]] });
  assert.equal(plainWords(changes, [{ new: 0 }]), "email (2, now called person email)");
  assert.match(changesCsv(changes, "concepts", [0]), /email \(2\)/);
  assert.deepEqual([...listChanges(changes, readGroup(changes, ""), "person").rows], [0]);
});

test("entities that became one or several are said, as they change names", () => {
  const of = (...entities: Told["entities"]): string[] => factsOf(new Changes(pack, { ...SOME, entities })).filter((fact) => fact.startsWith("Names"));
  assert.deepEqual(of(), []);
  assert.deepEqual(of([["company", "person"], ["contact"]], [["user"], ["owner", "user"]]), [
    "Names changed because the entities Company and Person are one now, Contact.",
    "Names changed because the entity User fell apart into Owner and User.",
  ]);
  assert.deepEqual(of([["company", "person"], ["person"]]), ["Names changed because the entities Company and Person are one now, Person."]);
});

test("where no link came or went, that is said", () => {
  const changes = new Changes(pack, { ...SOME, links: { ...SOME.links, kind: [2, 2] } });
  assert.ok(factsOf(changes).includes("No link came or went."));
  assert.ok(!factsOf(some).includes("No link came or went."));
});
