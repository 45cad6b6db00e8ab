// The search: what is found, in which order, and which parts of it are marked.

import assert from "node:assert/strict";
import test from "node:test";
import { engineOf } from "../source/model/clusters";
import { folded, isOneTypo, wordsOf } from "../source/model/folding";
import { exactness, WHOLE_NAME } from "../source/model/exact";
import { search, type Found } from "../source/model/search";
import { conceptsNamed, pairsNamed, tablesNamed, twoNamed, twoTables } from "../source/model/two-named";
import { node, organisation, type Spec } from "./organisation";

const ALPHABET = "abcd";

/** Words that one typo makes of a word, by trying all. */
function typosOf(word: string): Set<string> {
  const found = new Set<string>();
  for (let at = 0; at <= word.length; at += 1) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    if (after) found.add(before + after.slice(1));
    if (after.length > 1) found.add(before + after[1] + after[0] + after.slice(2));
    for (const letter of ALPHABET) {
      found.add(before + letter + after);
      if (after) found.add(before + letter + after.slice(1));
    }
  }
  found.delete(word);
  return found;
}

test("one typo is one letter added, left out, replaced or swapped", () => {
  let state = 1;
  const below = (n: number): number => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
  const word = (): string => Array.from({ length: 1 + below(5) }, () => ALPHABET[below(4)]).join("");
  for (let round = 0; round < 3000; round += 1) {
    const [one, other] = [word(), word()];
    assert.equal(isOneTypo(one, other), typosOf(one).has(other), `${one} ${other}`);
  }
});

test("words are split at separators, humps and digits, and folded", () => {
  const words = (text: string): string[] => wordsOf(text).map(({ word }) => word);
  assert.deepEqual(words("Stripe_Customer-Id__c"), ["stripe", "customer", "id", "c"]);
  assert.deepEqual(words("billingAddresses.URLPath2"), ["billing", "address", "url", "path", "2"]);
  assert.deepEqual(words("Café ÜBER companies"), ["cafe", "uber", "company"]);
  assert.deepEqual(words("名前 שם"), ["名前", "שם"]);
  assert.deepEqual(words("customer's e-mail"), ["customer", "e", "mail"]);
  assert.deepEqual(words("Customer\u2019s 'stripe' O'Sullivan s"), ["customer", "stripe", "o", "sullivan", "s"]);
  assert.equal(folded("ids"), "id");
});

const SPEC: Spec = {
  nodes: ["web/pages.title"],
  links: [
    ["crm/contacts.email", "shop/customers.email_address", 0.9, 1],
    ["crm/contacts.email", "desk/users.EMail", 0.9],
    ["shop/invoices.customer_email", "desk/tickets.requesterEmail", 0.8],
    ["crm/companies.phoneNumber", "shop/customers.phone", 0.7],
  ],
  joins: [
    ["crm/contacts.email", "desk/users.EMail", 0.9],
    ["shop/invoices.customer_email", "desk/tickets.requesterEmail", 0.8],
    ["crm/companies.phoneNumber", "shop/customers.phone", 0.7],
  ],
  traits: {
    "crm/contacts.email": { phrase: "email" },
    "shop/customers.email_address": { phrase: "email" },
    "desk/users.EMail": { phrase: "email" },
    "shop/invoices.customer_email": { phrase: "customer email" },
    "desk/tickets.requesterEmail": { phrase: "customer email" },
  },
  descriptions: { "web/pages.title": "Shown above the newsletter" },
};

function found(query: string, most = 20): { concepts: Found[]; places: Found[]; texts: string[] } {
  const pack = organisation(SPEC);
  const { concepts, places } = search(pack, engineOf(pack).at(0, pack.status, false), query, most);
  return { concepts: [...concepts], places: [...places], texts: places.map(({ text }) => text) };
}

/** What is marked in a text. */
function marked({ text, ranges }: { text: string; ranges: Found["ranges"] }): string[] {
  return ranges.map(([begin, end]) => text.slice(begin, end));
}

test("concepts come first, those that are named so before those with a member", () => {
  const { concepts } = found("customer e-mail");
  assert.deepEqual(concepts.map(({ text }) => text), ["customer email", "email"]);
  assert.equal(concepts[0].member, null);
  assert.deepEqual(marked(concepts[0]), ["customer", "email"]);
  const { member } = concepts[1];
  assert.equal(member?.text, "shop/customers.email_address");
  assert.deepEqual(marked(member!), ["customer", "email"]);
});

test("a concept with a field whose table and name were typed comes before one that is named so", () => {
  const pack = organisation({
    links: [
      ["shop/customers.email", "crm/contacts.email", 0.9],
      ["shop/customers.email", "desk/users.email", 0.9],
      ["shop/invoices.customer_email", "bank/payers.customer_email", 0.9],
      ["bank/customer.email", "bank/x.mail", 0.9],
    ],
    joins: [
      ["shop/customers.email", "crm/contacts.email", 0.9],
      ["shop/customers.email", "desk/users.email", 0.9],
      ["shop/invoices.customer_email", "bank/payers.customer_email", 0.9],
      ["bank/customer.email", "bank/x.mail", 0.9],
    ],
    traits: { "shop/invoices.customer_email": { phrase: "customer email" }, "bank/payers.customer_email": { phrase: "customer email" } },
  });
  const clusters = engineOf(pack).at(0, pack.status, false);
  const of = (path: string): number => clusters.labels[node(pack, path)];
  for (const text of ["customer email", "customer's e-mail", "customers\u2019 email", "Customer\u2019s Email"]) {
    const { concepts } = search(pack, clusters, text, 9);
    // Of two that are meant so the one in more systems.
    assert.deepEqual(concepts.map(({ cluster }) => cluster), ["shop/customers.email", "bank/customer.email", "shop/invoices.customer_email"].map(of), text);
  }
  // No letter of a possessive is looked for.
  const { mark } = search(pack, clusters, "customer's e-mail", 9);
  assert.deepEqual(mark("STRIPE customers"), [[7, 15]]);
});

test("order, case, separators, humps and plural make no difference", () => {
  const asked = ["customer email", "EMAIL customers", "customer_email", "CustomerEMail", "customeremail", "email, customer"];
  for (const query of asked) {
    const { texts, concepts } = found(query);
    assert.ok(texts.includes("shop/invoices.customer_email"), query);
    assert.equal(concepts[0].text, "customer email", query);
  }
  assert.ok(found("phone number").texts.includes("crm/companies.phoneNumber"));
  assert.ok(found("company").texts.includes("crm/companies"));
});

test("one typo is forgiven where nothing is spelled so", () => {
  for (const query of ["emial", "emal", "emaill", "ewail", "custmer emial"]) {
    assert.equal(found(query).concepts.some(({ text }) => text.includes("email")), true, query);
  }
  assert.deepEqual(marked(found("emial").concepts[0]), ["email"]);
  // Two typos, and a typo in a short word, are not.
  assert.deepEqual(found("eimla").concepts, []);
  assert.deepEqual(found("wbe").texts, []);
});

test("places are found by their names, with those above them", () => {
  assert.deepEqual(found("crm").texts, ["crm"]);
  assert.equal(found("crm contacts").texts[0], "crm/contacts");
  const { places } = found("desk email");
  assert.deepEqual(places.map(({ text }) => text), ["desk/users.EMail", "desk/tickets.requesterEmail"]);
  assert.deepEqual(marked(places[0]), ["desk", "EMail"]);
  assert.equal(places[0].kind, "field");
});

test("descriptions and ids are found, too", () => {
  assert.deepEqual(found("newsletter").texts, ["web/pages.title"]);
  const pack = organisation(SPEC);
  const id = pack.nodeId(pack.nodeOfId(pack.nodeId(3)));
  assert.deepEqual(found(id.toUpperCase()).texts, [pack.path(3)]);
  assert.deepEqual(found("00000000-9999").texts, []);
});

test("nothing and marks alone find nothing; counts are of all", () => {
  for (const query of ["", "  ", "?!", "unheard of"]) assert.deepEqual(found(query).texts, [], query);
  const pack = organisation(SPEC);
  const some = search(pack, engineOf(pack).at(0, pack.status, false), "email", 1);
  assert.equal(some.concepts.length, 1);
  assert.equal(some.nConcepts, 2);
  assert.equal(some.places.length, 1);
  assert.equal(some.nPlaces, 5);
});

test("of places that match as well, what is typed as it is written comes first, then what is linked", () => {
  const pack = organisation({
    nodes: ["alone/users.name"],
    links: [
      ["crm/contacts.Email", "desk/contact.email", 0.9],
      ["crm/contacts.Email", "crm/people.name", 0.9],
      ["lake/crm_contacts.x", "crm/people.name", 0.9],
    ],
  });
  const clusters = engineOf(pack).at(0, pack.status, false);
  const paths = (query: string) => search(pack, clusters, query, 9).places.map(({ text }) => text);
  assert.equal(paths("contact.email")[0], "desk/contact.email");
  assert.equal(paths("contacts.Email")[0], "crm/contacts.Email");
  assert.equal(paths("crm/contacts")[0], "crm/contacts");
  assert.equal(paths("contacts Email")[0], "crm/contacts.Email");
  assert.equal(paths("contact email")[0], "desk/contact.email");
  assert.deepEqual(paths("name"), ["crm/people.name", "alone/users.name"]);
});

test("a typo is said, and what is meant is the commonest word", () => {
  const pack = organisation(SPEC);
  const at = (query: string) => search(pack, engineOf(pack).at(0, pack.status, false), query, 9);
  assert.equal(at("emial").corrected, "email");
  assert.equal(at("custmer emial").corrected, "customer email");
  assert.equal(at("customer emial").corrected, "customer email");
  assert.equal(at("email").corrected, null);
  assert.equal(at("unheard of").corrected, null);
  assert.deepEqual(at("e-mail").mark("your E-Mail, or a mail"), [[5, 11]]);
});

test("words that hold what was typed come last, before those with a typo", () => {
  const pack = organisation({ nodes: ["crm/t.email", "crm/t.mailing_city", "crm/t.mail", "crm/t.snail", "lake/clients.x"] });
  const clusters = engineOf(pack).at(0, pack.status, false);
  const at = (query: string) => search(pack, clusters, query, 9);
  const names = (query: string) => at(query).places.map(({ node }) => pack.name[node]);
  assert.deepEqual(names("mail"), ["mail", "mailing_city", "email"]);
  assert.deepEqual(names("ail"), ["mail", "email", "snail", "mailing_city"]);
  assert.deepEqual(marked(at("mail").places[2]), ["mail"]);
  // Nothing is looked for inside of words that are only written together, nor with two letters.
  assert.deepEqual([names("gcit"), names("ai"), at("lient").places.length], [[], [], 1]);
});

test("a member that is called so comes before a concept whose name only holds it", () => {
  const links: Spec["links"] = [["a/t.count", "b/t.quantity", 0.9], ["a/t.account_id", "b/t.account_id", 0.9]];
  const pack = organisation({
    links,
    joins: links.map(([one, other, score]) => [one, other, score!]),
    traits: { "a/t.count": { phrase: "quantity" }, "b/t.quantity": { phrase: "quantity" }, "a/t.account_id": { phrase: "account id" }, "b/t.account_id": { phrase: "account id" } },
  });
  const { concepts } = search(pack, engineOf(pack).at(0, pack.status, false), "count", 9);
  assert.deepEqual(concepts.map(({ text }) => text), ["quantity", "account id"]);
});

test("where nothing has all words, what has the most of them is found on request, and what is lacking is said", () => {
  const pack = organisation(SPEC);
  const clusters = engineOf(pack).at(0, pack.status, false);
  const at = (query: string) => search(pack, clusters, query, 9, { partial: true });
  assert.equal(search(pack, clusters, "zebra phone", 9).nPlaces, 0);
  assert.deepEqual(at("zebra phone").lacking, { words: ["zebra"], n: 1, ofAll: 2 });
  assert.deepEqual(at("zebra phone").places.map(({ text }) => text), ["shop/customers.phone", "crm/companies.phoneNumber"]);
  assert.deepEqual(at("zebra custmer phone").lacking, { words: ["zebra"], n: 2, ofAll: 3 });
  assert.deepEqual(at("zebra custmer phone").places.map(({ text }) => text), ["shop/customers.phone"]);
  const { lacking, concepts } = at("requester phone");
  assert.deepEqual([lacking, concepts.length], [{ words: [], n: 1, ofAll: 2 }, 2]);
  for (const query of ["phone number", "emial", "zebra", "zebra quagga", ""]) assert.equal(at(query).lacking, null, query);
});

test("what lies in a place that is called so can be found, chosen nodes first, and before any typo", () => {
  const pack = organisation({ nodes: ["a/profile.email", "a/profile.city", "b/t.product", "b/profile_log.email", "b/t.uplift_prof"] });
  const clusters = engineOf(pack).at(0, pack.status, false);
  const names = (query: string, first: string[] = []) =>
    search(pack, clusters, query, 9, { level: 2, within: true, first: new Set(first.map((path) => node(pack, path))) }).places.map(({ node: one }) => pack.path(one));
  assert.deepEqual(names("prof", ["b/profile_log.email"])[0], "b/profile_log.email");
  assert.deepEqual(names("prof").slice().sort(), ["a/profile.city", "a/profile.email", "b/profile_log.email", "b/t.uplift_prof"]);
  assert.deepEqual(names("profil email", ["a/profile.city"]), ["a/profile.email", "b/profile_log.email"]);
  // Without them the words of the places alone are not enough.
  assert.deepEqual(search(pack, clusters, "profil", 9, { level: 2 }).nPlaces, 0);
});

test("descriptions can be left out", () => {
  const pack = organisation(SPEC);
  const clusters = engineOf(pack).at(0, pack.status, false);
  assert.equal(search(pack, clusters, "newsletter", 9, { descriptions: false }).nPlaces, 0);
});

test("a word that every field has costs no text for each of them", () => {
  const n = 3000;
  const plain = organisation({ nodes: Array.from({ length: n }, (_, at) => `crm/table_${at % 50}.attribute_${at}`) });
  let nTexts = 0;
  const counting = <T>(write: (node: number) => T) => (node: number): T => {
    nTexts += 1;
    return write(node);
  };
  const pack = { ...plain, path: counting(plain.path), tableName: counting(plain.tableName), rawPath: counting(plain.rawPath) };
  const clusters = engineOf(pack).at(0, pack.status, false);
  const most = 20;
  search(pack, clusters, "attribute", most); // the words of all names are read once
  for (const query of ["attribute", "a", "attribut", "atribute", "attribute 7", "crm attribute", "table 7 attribute"]) {
    nTexts = 0;
    const { places, nPlaces } = search(pack, clusters, query, most);
    assert.ok(nPlaces >= 60 && places.length === most, query);
    assert.ok(nTexts <= 3 * most, `${query}: ${nTexts} texts for ${nPlaces} places`);
  }
});

test("the first places are those of the whole order", () => {
  const nodes = Array.from({ length: 200 }, (_, at) => `${at % 3 ? "crm" : "shop"}/t${at % 7}.${"x".repeat(1 + ((at * 37) % 11))}_name`);
  const pack = organisation({ nodes: [...new Set(nodes)] });
  const clusters = engineOf(pack).at(0, pack.status, false);
  const texts = (most: number): string[] => search(pack, clusters, "name", most).places.map(({ text }) => text);
  const all = texts(1000);
  assert.equal(all.length, new Set(nodes).size);
  for (const most of [0, 1, 2, 19, 150]) assert.deepEqual(texts(most), all.slice(0, most));
});

test("words with a typo anywhere are found, as trying every one shows", () => {
  const words = ["customer", "custom", "cart", "account", "accent", "total", "subtotal", "aabc", "abca"];
  const pack = organisation({ nodes: words.map((word) => `crm/t.${word}`) });
  const clusters = engineOf(pack).at(0, pack.status, false);
  for (const word of words) {
    for (const typed of typosOf(word.slice(0, 5))) {
      if (typed.length < 4) continue;
      const wanted = words.filter((one) => one.includes(typed));
      const near = words.filter((one) => one.length + 1 >= typed.length && (isOneTypo(typed, one) || isOneTypo(typed, one.slice(0, typed.length))));
      const found = search(pack, clusters, typed, 20).places.map(({ node }) => pack.name[node]);
      assert.deepEqual(found.sort(), [...new Set(wanted.length ? wanted : near)].sort(), typed);
    }
  }
});

test("a name with its table and its system comes first, apart or written together, by name or by letters", () => {
  const pack = organisation({
    links: [
      ["Stripe/customers.email", "Snowflake/RAW.CUSTOMER.EMAIL", 0.9],
      ["Stripe/invoices.customer_email", "Salesforce/Contact.Email", 0.9],
      ["Snowflake/CONTACT.EMAIL", "Salesforce/Lead.Email", 0.9],
    ],
  });
  const clusters = engineOf(pack).at(0.5, pack.status, false);
  const firstOf = (text: string): string | undefined => search(pack, clusters, text, 5).places[0]?.text;
  for (const text of ["stripe customers email", "StripeCustomersEmail", "stripecustomersemail", "st customer email"]) {
    assert.equal(firstOf(text), "Stripe/customers.email", text);
  }
  assert.equal(firstOf("sa contact email"), "Salesforce/Contact.Email");
  assert.equal(firstOf("sa lead email"), "Salesforce/Lead.Email");
  const exact = exactness(pack, "st customers email");
  assert.ok(exact(pack.source[0]) >= WHOLE_NAME);
  assert.equal(exact(pack.source[1]), 1);
});

test("two names in one text are two fields, with or without something between them", () => {
  const pack = organisation({
    links: [
      ["shop/customers.email", "crm/contacts.email", 0.9],
      ["shop/invoices.number", "crm/deals.amount", 0.9],
    ],
  });
  const both = (text: string): string[] | undefined => twoNamed(pack, text)?.map((node) => pack.path(node));
  for (const text of ["shop customers email crm contacts email", "customers email = contacts email", "customers.email and contacts.email", "shop email crm email"]) {
    assert.deepEqual(both(text), ["shop/customers.email", "crm/contacts.email"], text);
  }
  assert.equal(both("customers email"), undefined);
  assert.equal(both("zebra = customers email"), undefined);
  assert.equal(both("a = b = c"), undefined);
});

test("no pair is made of parts of names: each of two must be named whole", () => {
  const pack = organisation({
    nodes: ["shop/invoices.total", "desk/customers.email"],
    links: [
      ["shop/customers.email", "crm/contacts.first_name", 0.9],
      ["desk/tickets.requester", "crm/contacts.last_name", 0.9],
      ["desk/ratings.ticket_id", "shop/subscriptions.customer", 0.9],
    ],
  });
  const all = (text: string): string[] => pairsNamed(pack, text).map(({ kind, nodes }) => `${kind} ${nodes.map((node) => pack.path(node)).join(" ")}`);
  assert.deepEqual(all("shop customers desk tickets"), ["join shop/customers desk/tickets"]);
  assert.deepEqual(all("shop customer and desk ticket"), ["join shop/customers desk/tickets"]);
  assert.deepEqual(all("invoices = contacts"), ["join shop/invoices crm/contacts"]);
  for (const text of ["first name last name", "invoice total", "shop customers", "shop customers desk", "customer ticket_id", "shop customers zebra"]) {
    assert.deepEqual(all(text), [], text);
  }
  // Where a name is that of several, each is offered.
  assert.deepEqual(all("customers email = contacts first name"), [
    "why shop/customers.email crm/contacts.first_name", "why desk/customers.email crm/contacts.first_name",
  ]);
});

test("two concepts are named by all of their words", () => {
  const pack = organisation(SPEC);
  const clusters = engineOf(pack).at(0, pack.status, false);
  const names = (text: string): string[] => conceptsNamed(clusters, text).map((label) => clusters.identity.name(label));
  assert.deepEqual(names("email customer e-mail"), []);
  assert.deepEqual(names("email customer emails"), ["email", "customer email"]);
  assert.deepEqual(names("Customer_Email = email"), ["customer email", "email"]);
  assert.deepEqual(names("email email"), []);
  assert.deepEqual(names("customer"), []);
});

const TABLES: Spec = {
  nodes: ["Salesforce/CustomerFeed.Id", "shop/archived_customers.id"],
  links: [
    ["shop/customers.email", "desk/tickets.requester", 0.9],
    ["shop/customer_tickets.id", "desk/tickets.id", 0.9],
    ["Snowflake/SHOP.CUSTOMERS.EMAIL", "desk/tickets.requester", 0.9],
  ],
};

test("tables are ranked as the search ranks them, and found by their fields", () => {
  const pack = organisation(TABLES);
  const clusters = engineOf(pack).at(0.5, pack.status, false);
  const found = (text: string): string[] => tablesNamed(pack, clusters, text, 20).tables.map((table) => pack.path(table));
  assert.equal(found("shop customers")[0], "shop/customers");
  assert.equal(found("customers shop")[0], "shop/customers");
  assert.equal(found("CustomerFeed")[0], "Salesforce/CustomerFeed");
  for (const text of ["customer", "shop", "customers id", "shop/customers", "e-mail", "custmers"]) {
    const places = search(pack, clusters, text, 99).places.map(({ node }) => node);
    const [own, fields] = [1, 2].map((level) => places.filter((node) => pack.level(node) === level));
    const tables = [...new Set([...own, ...fields.map((node) => pack.table[node])])];
    assert.deepEqual(found(text), tables.map((table) => pack.path(table)), text);
  }
  assert.deepEqual(found("requester"), ["desk/tickets"]);
  assert.equal(tablesNamed(pack, clusters, "custmers", 20).corrected, "customer");
  assert.deepEqual(found("zebra"), []);
});

test("two tables in one text are one for each side, unless one table has that name", () => {
  const pack = organisation(TABLES);
  const clusters = engineOf(pack).at(0.5, pack.status, false);
  const both = (text: string): string[] | undefined => twoTables(pack, clusters, text)?.map((node) => pack.path(node));
  for (const text of ["shop customers desk tickets", "shop/customers = desk/tickets", "shop.customers and tickets", "shop customers \u2194 desk tickets"]) {
    assert.deepEqual(both(text), ["shop/customers", "desk/tickets"], text);
  }
  assert.equal(both("customer tickets"), undefined);
  assert.equal(both("shop customers"), undefined);
  assert.equal(both("shop customers zebra"), undefined);
});
