// Files that a reader takes away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ViewMaker } from "../source/model/view";
import { clustersCsv, linksCsv, timeText } from "../source/out/csv";
import { graphml } from "../source/out/graphml";
import { fileName } from "../source/out/save";
import { escaped, reversible } from "../source/out/xml";
import { node, organisation, stateOf } from "./linked";

const pack = organisation(
  [
    ["crm/contact.=mail", "shop/user.e,\"x\"", 0.5, "APPROVED"],
    ["crm/contact.name", "shop/user.-n", null, "REJECTED"],
  ],
  { evidence: ['{"a":"<b>\\n"}', null], also: ["shop/idle"] },
);
const view = new ViewMaker(pack).make(stateOf());

/** Read CSV by the letter of RFC 4180. */
function read(text: string): string[][] {
  const rows: string[][] = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const row = rows[rows.length - 1];
    if (quoted && text.startsWith('""', at)) (row[row.length - 1] += '"'), (at += 1);
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === ",") row.push("");
    else if (!quoted && text.startsWith("\r\n", at)) rows.push([""]), (at += 1);
    else row[row.length - 1] += text[at];
  }
  assert.deepEqual(rows.pop(), [""]);
  return rows;
}

test("a table has a row for each link, and no cell is a formula", () => {
  const [head, first, second, ...more] = read(linksCsv(view, [0, 1]));
  assert.equal(more.length, 0);
  const row = (cells: string[]) => Object.fromEntries(head.map((name, index) => [name, cells[index]]));
  assert.equal(row(first)["source_path"], "crm/contact.=mail");
  assert.equal(row(first)["target_path"], 'shop/user.e,"x"');
  assert.deepEqual([row(first)["status"], row(first)["confidence"], row(first)["cluster"]], ["APPROVED", "0.5", "0"]);
  assert.equal(row(first)["evidence"], '{"a":"<b>\\n"}');
  assert.deepEqual([row(second)["confidence"], row(second)["cluster"], row(second)["evidence"]], ["", "", ""]);
  const members = read(clustersCsv(view));
  assert.equal(members.length, 3);
  assert.deepEqual(members.slice(1).map((cells) => cells[7]).sort(), ["'=mail", 'e,"x"']);
  assert.equal(members[1][0], "0");
});

test("times are to the second, and empty where unknown", () => {
  assert.equal(timeText(0), null);
  assert.equal(timeText(1_767_225_600), "2026-01-01T00:00:00Z");
});

test("GraphML has the links that were passed, their ends, and everything above these", () => {
  const text = graphml(view, [node(pack, "shop/idle")], [0]);
  assert.equal(text.match(/<edge /g)?.length, 1);
  const ids = [...text.matchAll(/<node id="([^"]+)"/g)].map((match) => match[1]);
  const wanted = ["crm", "shop", "crm/contact", "shop/idle", "shop/user", "crm/contact.=mail", 'shop/user.e,"x"'];
  assert.deepEqual(ids.sort(), wanted.map((path) => pack.nodeId(node(pack, path))).sort());
  assert.ok(text.includes('{&quot;a&quot;:&quot;&lt;b&gt;\\n&quot;}'));
  const keys = [...text.matchAll(/<data key="([^"]+)">/g)].map((match) => match[1]);
  for (const key of keys) assert.ok(text.includes(`<key id="${key}" `), key);
});

test("what XML cannot carry is replaced, all else is escaped", () => {
  assert.equal(escaped("a\u0007\ud800b\udc00\ufffe"), "a\ufffd\ufffdb\ufffd\ufffd");
  assert.equal(escaped("\ud83d\ude00 <&>\"\r\n"), "\ud83d\ude00 &lt;&amp;&gt;&quot;&#13;\n");
});

test("what XML cannot carry can be read back, and so can what looks like an escape", () => {
  assert.equal(reversible("a\u0000b\ud800_x0000_ _x000_\ud83d\ude00"), "a_x0000_b_xD800__x005F_x0000_ _x000_\ud83d\ude00");
});

test("GraphML says that it is whole: its profile, its policy and how many links it has", () => {
  const text = graphml(view, [], [0, 1]);
  const key = (name: string) => /<key id="(\w+)"/.exec(text.split("\n").find((line) => line.includes(`attr.name="${name}"`))!)![1];
  for (const [name, value] of [["profile", "plain"], ["n_links", "2"]]) assert.ok(text.includes(`<data key="${key(name)}">${value}</data>`));
  assert.ok(text.includes(`<data key="${key("policy")}">{&quot;null_confidence&quot;`));
});

test("a file name has only characters that every system accepts", () => {
  assert.equal(fileName("Caf\u00e9 / <b>: entity links", "csv"), "cafe-b-entity-links.csv");
  assert.equal(fileName("../..", "svg"), "links.svg");
});
