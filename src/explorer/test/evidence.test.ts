// Evidence as sentences, by the matcher that gave it.

import assert from "node:assert/strict";
import test from "node:test";
import { evidenceInShort, evidenceLines, isCopy } from "../source/model/evidence-sentences";
import { percent, plainText } from "../source/model/words";

function told(evidence: unknown): string[] {
  const found = evidenceLines(typeof evidence === "string" ? evidence : JSON.stringify(evidence));
  return (found?.lines ?? []).map(({ name, text, share }) => `${name}: ${plainText(text)}${share === null ? "" : ` [${share.toFixed(2)}]`}`);
}

const COPY = { matcher: "replication", connector: "fivetran", table: "RAW.ACCOUNT", column: "OWNER_ID", rows: { compared: 13391, equal: 13390 } };

test("a copy says who made it, and how many rows are equal", () => {
  assert.deepEqual(told(COPY), [
    "How it was found: Copied by Fivetran into RAW.ACCOUNT, column OWNER_ID",
    "Rows equal: 13,390 of 13,391 compared [1.00]",
  ]);
  assert.equal(evidenceInShort(JSON.stringify(COPY)), "13,390 of 13,391 rows equal");
  assert.equal(isCopy(JSON.stringify(COPY)), false);
  assert.equal(isCopy(JSON.stringify({ ...COPY, rows: { compared: 5, equal: 5 } })), true);
  assert.equal(isCopy(JSON.stringify({ ...COPY, rows: { compared: 0, equal: 0 } })), false);
  assert.deepEqual(told({ matcher: "replication" }), ["How it was found: Copied by a connector"]);
});

test("shared values, names, keys, formats and tables are sentences", () => {
  assert.deepEqual(told({ matcher: "value_overlap", sample: { rows: 9173, shared: 7404 }, containment: { source_in_target: 0.807, target_in_source: 0.775 } }), [
    "How it was found: Their values were compared",
    "Values shared: 7,404 of 9,173 sampled rows [0.81]",
    "Contained: 81% of the first are in the second; 78% of the second are in the first",
  ]);
  assert.deepEqual(told({ matcher: "name_similarity", name_similarity: 1, table_similarity: 0.7368, type_compatible: false }), [
    "How it was found: Their names were compared",
    "Field names: the same [1.00]",
    "Table names: 74% alike [0.74]",
    "Data types: do not fit each other",
  ]);
  assert.deepEqual(told({ matcher: "declared_key", declared_in: "dbt test", key: { column: "AccountId", refers_to: "ACCOUNT.ID" }, match_rate: 0.9999 }), [
    "How it was found: Declared as a key in a dbt test: AccountId refers to ACCOUNT.ID",
    "Values found: >99.9% of its values are there [1.00]",
  ]);
  assert.deepEqual(told({ matcher: "format_signature", signature: "A99", agreement: 0.5, length: { mean: 8.3, max: 255 } }), [
    "How it was found: Their values have one format: A99",
    "Same format: 50% of the values [0.50]",
    "Length: 8.3 on average, at most 255",
  ]);
  assert.deepEqual(told({ matcher: "table_similarity", shared_columns: 5, of: 13 }), [
    "How it was found: Their fields were compared",
    "Fields shared: 5 of 13 fields [0.38]",
  ]);
});

test("in short evidence is its most telling count, in the same words wherever it stands", () => {
  const short = (evidence: unknown): string => evidenceInShort(JSON.stringify(evidence));
  assert.equal(short({ sample: { rows: 5000, shared: 2611 } }), "2,611 of 5,000 sampled rows in both");
  assert.equal(short({ rows: { compared: 11207, equal: 11189 } }), "11,189 of 11,207 rows equal");
  assert.equal(short({ match_rate: 0.9945, name_similarity: 1 }), "declared key, 99.5% of values found");
  assert.equal(short({ agreement: 0.5 }), "one format in 50% of values");
  assert.equal(short({ shared_columns: 5, of: 13 }), "5 of 13 fields shared");
  assert.equal(short({ name_similarity: 1 }), "same name");
  assert.equal(short({ name_similarity: 0.7368 }), "names 74% alike");
  assert.equal(short({ matcher: "landed_copy" }), "landed copy");
  assert.equal(short({ method: "landed_copy_exact_name", type_compatibility: 1 }), "copied table, same name");
  for (const odd of [null, [], "x", { rows: "many" }, { sample: { rows: -1, shared: 2 } }, { matcher: "x".repeat(99) }]) assert.equal(short(odd), "");
  assert.equal(evidenceInShort("{"), "");
  assert.equal(evidenceInShort(null), "");
});

test("an unknown matcher has its name and plain facts", () => {
  assert.deepEqual(told({ method: "odd_matcher", type_compatibility: 0.5, isKey: true, seen: 1200, ratio: 3.14159, likeness: 0.444444 }), [
    "How it was found: By odd matcher",
    "Data types: fit in part: 50% [0.50]",
    "Is key: yes",
    "Seen: 1,200",
    "Ratio: 3.1",
    "Likeness: 44% [0.44]",
  ]);
  assert.deepEqual(told({ method: "landed_copy_exact_name", type_compatibility: 1 }), [
    "How it was found: One table is a copy of the other, and both fields have one name",
    "Data types: fit each other [1.00]",
  ]);
  assert.deepEqual(told({ matcher: "x", type_compatibility: 0 }).at(-1), "Data types: do not fit each other [0.00]");
  const exact = evidenceLines(JSON.stringify({ method: "odd", likeness: 0.444444, ratio: 3.14159 }))!.lines.flatMap(({ text }) => text);
  assert.deepEqual(exact.slice(-2), [{ strong: "44%", exact: "44.4444%" }, { strong: "3.1", exact: "3.14159" }]);
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`fact_${at}`, at]));
  assert.equal(evidenceLines(JSON.stringify(many))?.more, 4);
});

test("what was left out is not said, but that it was is known", () => {
  const hidden = { matcher: "[redacted]", sample: { rows: "[redacted]", shared: 3 }, "[redacted]": 1, note: "[redacted]" };
  assert.deepEqual(told(hidden), ["Sample, shared: 3"]);
  assert.equal(evidenceLines(JSON.stringify(hidden))?.hidden, true);
  assert.equal(evidenceLines(JSON.stringify(COPY))?.hidden, false);
  assert.deepEqual(told({ matcher: "value_overlap", sample: { rows: 3, shared: 9 } }).slice(1), ["Sample, rows: 3", "Sample, shared: 9"]);
});

test("evidence of other shapes is shown as it is, and none is none", () => {
  assert.equal(evidenceLines(null), null);
  assert.equal(evidenceLines(""), null);
  assert.equal(evidenceLines("{}"), null);
  assert.deepEqual(told("no JSON\u202e"), ["Evidence: no JSON\ufffd"]);
  assert.deepEqual(told('["a"]'), ['Evidence: ["a"]']);
  assert.deepEqual(told({ matcher: "constructor", __proto__x: null }), ["How it was found: By constructor"]);
  assert.equal(evidenceInShort("[]"), "");
});

test("a percentage is whole only where it is exact", () => {
  assert.deepEqual([0, 0.000001, 0.001, 0.0449, 0.4444, 0.99, 0.9945, 0.99999, 1].map(percent), ["0%", "<0.1%", "0.1%", "4.5%", "44%", "99%", "99.5%", ">99.9%", "100%"]);
});
