// What Start says, and its rows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conceptRows, entityRow, findEntities, firstColumns, shortNames, shownEntity, systemsIn, tableParts } from "../source/model/holdings";
import type { Pack } from "../source/model/pack";
import { holdsLittle, namelessTables, namelessText, searchExamples, startOf } from "../source/model/start";
import { ViewMaker } from "../source/model/view";
import { titled } from "../source/model/words";
import { node, organisation, state, type LinkSpec, type Spec } from "./organisation";

const LINKS: LinkSpec[] = [
  ["crm/contacts.email", "shop/customers.email", 0.9],
  ["crm/contacts.phone", "shop/customers.phone", 0.8],
];
const JOINS: [string, string, number][] = [
  ["crm/contacts.email", "shop/customers.email", 0.9],
  ["crm/contacts.phone", "shop/customers.phone", 0.8],
];

const viewOf = (pack: Pack, change = {}) => new ViewMaker(pack).make(state({ page: "start", ...change }));
const told = (spec: Spec) => startOf(viewOf(organisation(spec)));

/** The same organisation with entities, which name nodes by position. */
function withEntities(spec: Spec, entities: { name: string; tables: string[]; keys?: [name: string, columns: string[]][] }[], notes: string[] = []): Pack {
  const plain = organisation(spec);
  const of = (path: string): number => node(plain, path);
  const packed = entities.map(({ name, tables, keys = [] }) => ({
    name,
    tables: tables.map(of),
    copies: [],
    keys: keys.map(([key, columns]) => ({ name: key, columns: columns.map(of), systems: columns.length, sure: 0, weakest: 0.8 })),
    references: [],
    confidence: 0.5,
    why: "",
    notes: [],
  }));
  return organisation({ ...spec, entities: { entities: packed, notes } });
}

const PERSON = {
  name: "person",
  tables: ["crm/contacts", "shop/customers"],
  keys: [
    ["email", ["crm/contacts.email", "shop/customers.email"]],
    ["phone", ["crm/contacts.phone", "shop/customers.phone"]],
  ] as [string, string[]][],
};

test("the finding says how many concepts several systems hold", () => {
  const start = told({ links: LINKS, joins: JOINS });
  assert.equal(start.title, "2 concepts are held by several systems.");
  assert.deepEqual([start.finding, start.decided, start.many], ["shared", "nothing", false]);
  assert.deepEqual(start.totals.map(({ n, what }) => `${n} ${what}`), ["2 systems", "2 tables", "4 fields", "2 links"]);
  assert.equal(told({ links: LINKS.slice(0, 1), joins: JOINS.slice(0, 1) }).title, "1 concept is held by several systems.");
});

test("the finding of little or nothing", () => {
  assert.deepEqual([told({}).finding, told({}).title], ["empty", "There is nothing here yet."]);
  assert.equal(told({ nodes: ["crm/contacts.email"] }).finding, "unlinked");
  const alone = { links: [["crm/a.x", "crm/b.x", 0.9]] as LinkSpec[], joins: [["crm/a.x", "crm/b.x", 0.9]] as [string, string, number][] };
  assert.deepEqual([told(alone).finding, told(alone).title], ["alone", "Only one system here."]);
  const apart = viewOf(organisation({ links: LINKS, joins: JOINS }), { threshold: 0.95 });
  assert.deepEqual([startOf(apart).finding, startOf(apart).title], ["apart", "No concept is held by several systems."]);
});

test("how much is decided counts what the reader decides", () => {
  const pack = organisation({ links: LINKS, joins: JOINS });
  const decision = { status: 1, at: 1, note: "" };
  const decided = (...links: number[]) => startOf(viewOf(pack, { decisions: new Map(links.map((link) => [link, decision])) }));
  assert.equal(decided(0).decided, "some");
  assert.equal(decided(0, 1).decided, "all");
  assert.deepEqual([decided(0).counts.approved, decided(0).counts.suggested], [1, 1]);
});

test("what is said is made once for the same concepts and decisions", () => {
  const view = viewOf(organisation({ links: LINKS, joins: JOINS }));
  assert.equal(startOf(view), startOf({ ...view }));
});

test("an entity is a row: its tables by system, and the concepts that identify it", () => {
  const pack = withEntities({ links: LINKS, joins: JOINS }, [PERSON]);
  const view = viewOf(pack);
  const row = entityRow(view, 0);
  assert.deepEqual([row.name, row.others, row.n], ["Person", 0, 2]);
  assert.deepEqual([...row.cells], [[node(pack, "crm"), [node(pack, "crm/contacts")]], [node(pack, "shop"), [node(pack, "shop/customers")]]]);
  assert.deepEqual(row.keys.map(({ name, contradictions }) => [name, contradictions]), [["email", 0], ["phone", 0]]);
  assert.equal(view.clusters.labels[node(pack, "crm/contacts.email")], row.keys[0].cluster);
  assert.equal(entityRow(view, 0), row);
});

test("a concept that identifies an entity shows its contradictions", () => {
  const pack = withEntities({ links: [...LINKS, ["crm/contacts.email", "shop/customers.email", 0.5, 2]], joins: JOINS }, [PERSON]);
  const view = viewOf(pack, { decisions: new Map([[0, { status: 1, at: 1, note: "" }]]) });
  assert.deepEqual(entityRow(view, 0).keys.map(({ contradictions }) => contradictions), [1, 0]);
  assert.equal(startOf(view).counts.contradictions, 1);
});

test("entities are found by words of their names and of their tables", () => {
  const pack = withEntities({ links: LINKS, joins: JOINS, nodes: ["crm/sales_orders.id"] }, [PERSON, { name: "order", tables: ["crm/sales_orders"] }]);
  assert.deepEqual(findEntities(pack, ""), [0, 1]);
  assert.deepEqual(findEntities(pack, "CONTACTS person"), [0]);
  assert.deepEqual(findEntities(pack, "sales-orders"), [1]);
  assert.deepEqual(findEntities(pack, "nothing"), []);
});

test("entities of numbered tables are called after their first table", () => {
  const tables = ["a/object_000347", "b/object_000792", "a/object_001008", "b/object_000004"];
  const pack = withEntities({ nodes: tables }, [
    { name: "object", tables: tables.slice(0, 2) },
    { name: "object 2", tables: tables.slice(2) },
  ]);
  const shown = viewOf(pack) && [0, 1].map((at) => entityRow(viewOf(pack), at));
  assert.deepEqual(shown.map(({ name, others }) => [name, others]), [["object 347", 1], ["object 1008", 1]]);
  // One of a kind has its name, even if its tables end in a number.
  const events = withEntities({ nodes: ["a/event_2023", "b/event_2024"] }, [{ name: "event", tables: ["a/event_2023", "b/event_2024"] }]);
  assert.equal(entityRow(viewOf(events), 0).name, "Event");
  const hostile = { name: "a\u202eb", tables: [node(events, "a/event_2023")] };
  assert.equal(shownEntity(events, hostile as never).name, "A\ufffdb");
});

test("without an entity the first concepts are rows", () => {
  const pack = organisation({ links: [...LINKS, ["crm/contacts.a", "crm/contacts.b", 0.9]], joins: [["crm/contacts.a", "crm/contacts.b", 0.9], ...JOINS] });
  const view = viewOf(pack);
  const rows = conceptRows(view);
  assert.deepEqual(rows.map(({ kind, n }) => [kind, n]), [["concept", 2], ["concept", 2]]);
  assert.deepEqual([...rows[0].cells.keys()].map((system) => pack.name[system]), ["crm", "shop"]);
  assert.deepEqual(systemsIn(pack, rows).map((system) => pack.name[system]), ["crm", "shop"]);
  // If nothing is shared, others are better than none.
  const alone = organisation({ links: [["crm/a.x", "crm/b.x", 0.9]], joins: [["crm/a.x", "crm/b.x", 0.9]] });
  assert.equal(conceptRows(viewOf(alone)).length, 1);
});

test("entities that hold few of the tables leave the list to concepts", () => {
  const among = (n: number, entities = [PERSON]) =>
    holdsLittle(startOf(viewOf(withEntities({ links: LINKS, joins: JOINS, nodes: Array.from({ length: n - 2 }, (_, at) => `crm/t${at}`) }, entities))));
  assert.equal(among(21), true);
  assert.equal(among(20), false);
  assert.equal(among(21, []), true);
  const three = ["contacts", "t1", "t2"].map((table) => ({ name: table, tables: [`crm/${table}`], keys: [] }));
  assert.equal(among(40, three), false);
});

test("from sixteen systems there are many, and above 42 those without entities come on request", () => {
  const many = (n: number) => {
    const tables = Array.from({ length: n }, (_, at) => `system_${String(at).padStart(5, "0")}/t`);
    return withEntities({ nodes: tables }, [{ name: "thing", tables: tables.slice(0, 3) }, { name: "stuff", tables: tables.slice(1, 20) }]);
  };
  const columns = (n: number): [boolean, number, number] => {
    const start = startOf(viewOf(many(n)));
    return [start.many, start.systems.length, firstColumns(start, many(n))];
  };
  assert.deepEqual(columns(15), [false, 15, 15]);
  assert.deepEqual(columns(16), [true, 16, 16]);
  assert.deepEqual(columns(42), [true, 42, 42]);
  assert.deepEqual(columns(74), [true, 74, 24]);
  // The two systems with both entities come first.
  const start = startOf(viewOf(many(74)));
  assert.deepEqual(start.systems.slice(0, 3), [1, 2, 0]);
});

test("what all systems' names begin with is said once", () => {
  const numbered = (n: number, width: number) => Array.from({ length: n }, (_, at) => `system_${String(at).padStart(width, "0")}`);
  assert.deepEqual({ ...shortNames(numbered(42, 5)), names: [] }, { prefix: "system_000", names: [], digits: 2 });
  assert.equal(shortNames(numbered(42, 5)).names[41], "41");
  assert.equal(shortNames(numbered(8, 5)).names[7], "07");
  assert.deepEqual(shortNames(["System 1", "System 12", "System 10"]), { prefix: "System ", names: ["1", "12", "10"], digits: 0 });
  const apart = ["HubSpot", "Salesforce"];
  assert.deepEqual(shortNames(apart), { prefix: "", names: apart, digits: 0 });
  // No word is cut.
  assert.equal(shortNames(["warehouse_sales", "warehouse_service"]).prefix, "warehouse_");
  assert.equal(shortNames(["production", "productive"]).prefix, "");
  assert.equal(shortNames(["acme", "acme_two"]).prefix, "");
  assert.deepEqual(shortNames([]).names, []);
});

test("a schema is shown unless it is the usual one", () => {
  const pack = organisation({ nodes: ["db/users.id"] });
  assert.deepEqual(tableParts(pack, node(pack, "db/users")), { name: "users", schema: "" });
  const of = (schema: string) => tableParts({ ...pack, tableName: () => `${schema}.users` }, node(pack, "db/users")).schema;
  assert.deepEqual([of("auth"), of("public"), of("PUBLIC"), of("a.b")], ["auth", "", "", "a.b"]);
});

test("tables without a name are told, with what shows instead", () => {
  const pack = organisation({ nodes: ["crm/69067754", "crm/be9e8805", "shop/x"] });
  const table = (path: string) => node(pack, path);
  assert.deepEqual(namelessTables(pack), []);
  const resolved = pack.resolved.slice();
  resolved[table("crm/69067754")] = resolved[table("crm/be9e8805")] = 0;
  const unresolved = { ...pack, resolved };
  const tables = namelessTables(unresolved);
  assert.equal(namelessText(unresolved, tables), "2 tables have no name: 69067754 and be9e8805 in crm. They show by the first signs of their ids.");
  assert.equal(namelessText(unresolved, tables.slice(1)), "1 table has no name: be9e8805 in crm. It shows by the first signs of its id.");
  assert.equal(
    namelessText(unresolved, [...tables, table("shop/x")]),
    "3 tables have no name: 69067754, be9e8805 and 1 more. They show by the first signs of their ids.",
  );
  assert.equal(namelessText(pack, []), "");
});

test("the search is shown with words that are found here", () => {
  const pack = withEntities({ links: LINKS, joins: JOINS }, [PERSON]);
  assert.equal(searchExamples(pack), "Type \u201cperson email\u201d or \u201ccrm contacts\u201d.");
  assert.equal(searchExamples(organisation({ links: LINKS })), "Any words of its name, in any order.");
  const long = withEntities({ nodes: [`crm/${"x".repeat(60)}`] }, [{ name: "y".repeat(60), tables: [`crm/${"x".repeat(60)}`] }]);
  assert.equal(searchExamples(long), "Any words of its name, in any order.");
});

test("words are written as a title", () => {
  assert.deepEqual(["contact id", "id", "e-mail", "", "idle", "\u00e9tat"].map(titled), ["Contact ID", "ID", "E-mail", "", "Idle", "\u00c9tat"]);
});
