// What a decision changes, and the file that decisions are kept in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVED, REJECTED, SUGGESTED } from "../source/generated";
import { engineOf } from "../source/model/clusters";
import type { Pack } from "../source/model/pack";
import { decisionsFile, effectOf, overlay, readDecisionsFile } from "../source/model/decide";
import { ViewMaker } from "../source/model/view";
import type { Decision } from "../source/state/state";
import { organisation, stateOf, type Row } from "./linked";

const MADE = Date.UTC(2026, 0, 31, 9, 30);

function decided(...rows: [link: number, status: number, at?: number, note?: string][]): Map<number, Decision> {
  return new Map(rows.map(([link, status, at = MADE, note = ""]) => [link, { status, at, note }]));
}

function effect(
  pack: Pack,
  threshold: number,
  link: number,
  status: number,
  decisions = new Map<number, Decision>(),
): { before: number[]; after: number[]; text: string } {
  const engine = engineOf(pack);
  const view = new ViewMaker(pack, engine).make(stateOf({ threshold, decisions }));
  return effectOf(engine, view, link, status);
}

const rows: Row[] = [
  ["a/t.x", "b/t.x", 0.9],
  ["c/t.x", "d/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.3],
  ["e/t.x", "a/t.x", 0.2],
];
const tree: [string, string, number][] = [
  ["a/t.x", "b/t.x", 0.9],
  ["c/t.x", "d/t.x", 0.9],
  ["b/t.x", "c/t.x", 0.3],
  ["e/t.x", "a/t.x", 0.2],
];
const pack = organisation(rows, { tree });

test("decisions change the statuses of the view, not those stored", () => {
  assert.equal(overlay(pack, new Map()), pack.status);
  assert.equal(overlay(pack, decided([0, SUGGESTED])), pack.status);
  assert.deepEqual([...overlay(pack, decided([0, REJECTED], [2, APPROVED]))], [2, 0, 1, 0]);
  assert.deepEqual([...pack.status], [0, 0, 0, 0]);
});

test("approving says which clusters it merges", () => {
  assert.deepEqual(effect(pack, 0.5, 2, APPROVED), {
    before: [2, 2],
    after: [4],
    text: "Approving merges x (2 columns) and x (t) (2) into one of 4.",
  });
  assert.deepEqual(effect(pack, 0.5, 3, APPROVED), {
    before: [1, 2],
    after: [3],
    text: "Approving merges t.x (1 column) and x (2) into one of 3.",
  });
});

test("rejecting says into which parts it splits a cluster", () => {
  assert.deepEqual(effect(pack, 0, 2, REJECTED), {
    before: [5],
    after: [3, 2],
    text: "Rejecting splits x (5 columns) into 3 and 2.",
  });
});

test("a decision that changes nothing says so, and why", () => {
  assert.equal(
    effect(pack, 0.5, 2, REJECTED).text,
    "Rejecting changes no cluster: the two stay apart.",
  );
  assert.equal(
    effect(pack, 0.5, 0, APPROVED).text,
    "Approving changes no cluster: both ends stay in one cluster of 2.",
  );
  const others = organisation([["a/t", "b/t.x", 0.9], ["a/t.x", "a/t.x", 0.9]]);
  assert.equal(
    effect(others, 0.5, 0, APPROVED).text,
    "Approving changes no cluster: clusters are of columns, and this link is not between two.",
  );
  assert.equal(
    effect(others, 0.5, 1, REJECTED).text,
    "Rejecting changes no cluster: the link joins a column to itself.",
  );
});

test("a rejection that APPROVED links forbid is a contradiction, and one taken back settles it", () => {
  const forced = organisation([
    ["a/t.x", "b/t.x", 0.9, "APPROVED"],
    ["b/t.x", "c/t.x", 0.9, "APPROVED"],
    ["a/t.x", "c/t.x", 0.9],
  ]);
  assert.equal(
    effect(forced, 0.5, 2, REJECTED).text,
    "Rejecting changes no cluster: both ends stay in one cluster of 3." +
      " It makes a contradiction: a REJECTED link inside one cluster, which APPROVED links force.",
  );
  assert.equal(
    effect(forced, 0.5, 2, SUGGESTED, decided([2, REJECTED])).text,
    "Taking the decision back changes no cluster: both ends stay in one cluster of 3." +
      " It settles 1 contradiction.",
  );
});

test("an approval may pull two nodes out of their clusters, and change others", () => {
  const ruled = organisation(
    [
      ["a/t.x", "b/t.x", 0.9],
      ["b/t.y", "c/t.x", 0.8],
      ["a/t.x", "c/t.x", 0.1],
      ["c/t.y", "b/t.x", 0.7],
      ["b/t.y", "d/t.x", 0.6],
    ],
    {
      clustering: { one_per: 0 },
      tree: [["a/t.x", "b/t.x", 0.9], ["b/t.y", "c/t.x", 0.8], ["c/t.y", "b/t.x", 0.7], ["b/t.y", "d/t.x", 0.6]],
    },
  );
  const pulled = effect(ruled, 0, 2, APPROVED);
  assert.deepEqual([pulled.before, pulled.after], [[3, 3], [3]]);
  assert.equal(
    pulled.text,
    "Approving puts the two into one cluster of 3; they were in x (3 columns) and x (t) (3).",
  );
});

test("clusters of neither end that change are counted", () => {
  const chained = organisation(
    [
      ["a/t.x", "b/t.x", 0.9],
      ["b/t.x", "c/t.x", 0.8],
      ["c/t.y", "d/t.x", 0.85],
      ["a/t.x", "c/t.y", 0.6],
      ["a/t.y", "f/t.x", 0.85],
      ["a/t.y", "d/t.x", 0.5],
    ],
    { clustering: { one_per: 0 } },
  );
  // a/t.x moves to c/t.y, which a/t.y then cannot join any more.
  assert.equal(
    effect(chained, 0.5, 0, REJECTED).text,
    "Rejecting splits x (3 columns) into 2 and 1. It changes 1 other cluster too.",
  );
});

test("a split into many parts is described by the largest ones", () => {
  const star = organisation(
    ["b", "c", "d", "e", "f"].map((system): Row => ["a/t.x", `${system}/t.x`, 0.9]),
    { tree: ["b", "c", "d", "e", "f"].map((system) => ["a/t.x", `${system}/t.x`, 0.9]) },
  );
  const first = decided([0, REJECTED], [1, REJECTED], [2, REJECTED], [3, REJECTED]);
  assert.equal(
    effect(star, 0.5, 4, REJECTED, first).text,
    "Rejecting splits x (2 columns) into 1 and 1.",
  );
  const complete = organisation(
    [
      ["a/t.x", "b/t.x", 1, "APPROVED"],
      ...["c", "d", "e", "f"].map((system): Row => ["a/t.x", `${system}/t.x`, 0.9]),
    ],
    { tree: ["c", "d", "e", "f"].map((system) => ["a/t.x", `${system}/t.x`, 0.9]) },
  );
  assert.equal(
    effect(complete, 0.95, 0, REJECTED).text,
    "Rejecting splits x (2 columns) into 1 and 1.",
  );
});

test("clusters of a method that does not run here are compared with components", () => {
  const given = organisation(rows, {
    clustering: { method: "leiden" },
    labels: [["a/t.x", "d/t.x"]],
  });
  assert.deepEqual(effect(given, 0.5, 2, APPROVED), {
    before: [2, 2],
    after: [4],
    text: "Approving merges x (2 columns) and x (t) (2) into one of 4.",
  });
});

// --- the file ------------------------------------------------------------------------------------

test("the file has the decisions by time, then by link, in the words of Python", () => {
  const text = decisionsFile(
    pack,
    decided([2, REJECTED, MADE + 1.5], [1, APPROVED, MADE, 'said "yes" \u2028'], [0, APPROVED], [3, SUGGESTED, 0]),
  );
  assert.equal(
    text,
    `{
  "schema": 1,
  "decisions": [
    {
      "link_id": "${pack.linkId(3)}",
      "status": "SUGGESTED"
    },
    {
      "link_id": "${pack.linkId(0)}",
      "status": "APPROVED",
      "decided_at": "2026-01-31T09:30:00Z"
    },
    {
      "link_id": "${pack.linkId(1)}",
      "status": "APPROVED",
      "decided_at": "2026-01-31T09:30:00Z",
      "note": "said \\"yes\\" \u2028"
    },
    {
      "link_id": "${pack.linkId(2)}",
      "status": "REJECTED",
      "decided_at": "2026-01-31T09:30:00.001500Z"
    }
  ]
}
`,
  );
  assert.equal(decisionsFile(pack, new Map()), '{\n  "schema": 1,\n  "decisions": []\n}\n');
});

test("a file that was written is read back", () => {
  const made = decided([3, SUGGESTED, 0], [0, APPROVED, MADE, "why"], [2, REJECTED, MADE + 1.5]);
  const read = readDecisionsFile(pack, decisionsFile(pack, made));
  assert.deepEqual([...read], [...made]);
});

function file(...decisions: object[]): string {
  return JSON.stringify({ schema: 1, decisions });
}

test("times may be in any zone, ids in any spelling, and the latest decision holds", () => {
  const id = pack.linkId(0);
  const read = readDecisionsFile(
    pack,
    file(
      { link_id: id.toUpperCase(), status: "REJECTED", decided_at: "2026-01-31T10:30:00+01:00" },
      { link_id: id.replace(/-/g, ""), status: "APPROVED", decided_at: null, note: null },
    ),
  );
  assert.deepEqual([...read], [[0, { status: REJECTED, at: MADE, note: "" }]]);
});

test("a file that has no decisions is refused with a sentence", () => {
  const id = pack.linkId(0);
  const refused: [text: string, why: RegExp][] = [
    ["{", /^The file is not JSON\.$/],
    ["[]", /is not an object with 'schema' and 'decisions'/],
    ["{}", /schema of the decisions is missing; this page reads schema 1/],
    ['{"schema": 2}', /schema of the decisions is 2;/],
    ['{"schema": 1}', /'decisions' must be a list/],
    ['{"schema": 1, "decisions": [1]}', /Decision 0: it is not an object/],
    [file({ link_id: id, status: "APPROVED", why: "" }), /it has the member 'why'; there are decided_at, link_id/],
    [file({ link_id: 7, status: "APPROVED" }), /link_id must be the id of a link, a UUID/],
    [file({ link_id: id }), /status is missing; it must be one of SUGGESTED, APPROVED, REJECTED/],
    [file({ link_id: id, status: "MAYBE" }), /status is "MAYBE";/],
    [file({ link_id: id, status: "APPROVED", note: 1 }), /note must be text/],
    [file({ link_id: id, status: "APPROVED", decided_at: "2026-01-31T09:30:00" }), /a time with a zone/],
    [file({ link_id: id, status: "APPROVED", decided_at: "2026-13-31T09:30:00Z" }), /a time with a zone/],
    [
      file({ link_id: id, status: "APPROVED" }, { link_id: id, status: "REJECTED" }),
      /decided in two ways, equally late/,
    ],
    [
      file({ link_id: "01890a5d-ac96-774b-bcce-b302099a8057", status: "APPROVED" }),
      /^1 of 1 decisions are about links that this page does not have: 01890a5d-ac96/,
    ],
  ];
  for (const [text, why] of refused) {
    assert.throws(() => readDecisionsFile(pack, text), (error: Error) => why.test(error.message));
  }
});
