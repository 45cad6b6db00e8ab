// Names without room: what is left of each still tells it apart.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Measure } from "../source/picture/measure";
import { fitted } from "../source/picture/naming";
import { shortened } from "../source/picture/shorten";

// As if every character were one wide.
const width = (text: string) => [...text].length;

function whole(names: readonly string[], room: number): Map<string, string> {
  const found = shortened(names, room, width);
  for (const name of names) if (width(name) <= room) assert.ok(!found.has(name), name);
  return new Map(names.map((name) => [name, found.get(name) ?? name]));
}

test("a name alone loses its middle", () => {
  assert.deepEqual([...whole(["subscription_items"], 9)], [["subscription_items", "subs\u2026tems"]]);
  assert.deepEqual([...whole(["short", "subscription_items"], 5).values()], ["short", "su\u2026ms"]);
});

test("numbered names keep their numbers", () => {
  const names = Array.from({ length: 300 }, (_, n) => `object_${String(n).padStart(6, "0")}`);
  for (const room of [6, 8, 10]) {
    const shown = whole(names, room);
    assert.equal(new Set(shown.values()).size, names.length, String(room));
    for (const [name, text] of shown) {
      assert.ok(width(text) <= room);
      assert.ok(text.endsWith(name.slice(-3)), text);
    }
  }
});

test("names that differ in the middle show where", () => {
  const names = ["stage_crm_contact_history_v2", "stage_erp_contact_history_v2", "stage_hr_contact_history_v2"];
  for (const room of [8, 10, 14, 20]) {
    const shown = whole(names, room);
    assert.equal(new Set(shown.values()).size, 3, `${room}: ${[...shown.values()]}`);
    assert.ok([...shown.values()].every((text) => width(text) <= room));
  }
});

test("a shortened name is never the whole of another", () => {
  const shown = whole(["ab\u2026yz", "abcdefghijklmnopqrstuvwxyz"], 5);
  assert.equal(new Set(shown.values()).size, 2);
});

test("names of random parts differ wherever there is room to", () => {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  const parts = ["customer", "order", "stg", "v2", "history", "crm", "2024", "account", "item", "raw"];
  for (let round = 0; round < 40; round += 1) {
    const names = [...new Set(Array.from({ length: 2 + random(40) }, () => Array.from({ length: 1 + random(5) }, () => parts[random(parts.length)]).join("_")))];
    const shown = whole(names, 14 + random(8));
    assert.equal(new Set(shown.values()).size, names.length, JSON.stringify([...shown]));
  }
});

test("halves of characters are never shown, and no room shows a mark of what is missing", () => {
  const [text] = whole(["\u{1F600}".repeat(12)], 5).values();
  assert.equal(text, "\u{1F600}\u{1F600}\u2026\u{1F600}\u{1F600}");
  assert.deepEqual([...whole(["abcdef"], 1).values()], ["\u2026"]);
  assert.deepEqual([...shortened([], 3, width)], []);
});

// As if every character were as wide as the text is high.
const measure = {
  width: (text: string, size: number) => [...text].length * size,
  clip: (name: string, room: number, size: number) => name.slice(0, Math.max(1, room / size - 1)) + "\u2026",
} as unknown as Measure;
const seen = { measure, scale: 1 };

test("a name is smaller before it is broken, and broken before it is cut", () => {
  const room = { width: 130, height: 40, size: 13, weight: 600 } as const;
  assert.deepEqual(fitted(seen, "ten_charac", room), { lines: ["ten_charac"], size: 13, step: 0, isWhole: true });
  assert.deepEqual(fitted(seen, "has_13_charac", room), { lines: ["has_13_charac"], size: 10, step: 0, isWhole: true });
  assert.deepEqual(fitted(seen, "OpportunityLineItem", room).lines, ["Opportunity", "LineItem"]);
  assert.deepEqual(fitted(seen, "a (b.subscription_item)", room).lines.join("|"), "a (b.|subscription_|item)");
  assert.ok(!fitted(seen, "withoutanyplacetobreak", room).isWhole);
  assert.deepEqual(fitted(seen, "withoutanyplacetobreak", { ...room, breaks: true }).lines.join(""), "withoutanyplacetobreak");
});

test("text is never below ten pixels in a window, and never cut on a file", () => {
  for (let n = 1; n < 200; n += 7) {
    for (const height of [0, 21, 40]) {
      const name = "part_".repeat(n);
      const room = { width: 90, height, size: 13, weight: 600, mark: "!" } as const;
      const shown = fitted({ ...seen, scale: 0.9 }, name, room);
      assert.ok(shown.size >= 10 / 0.9 - 1e-9 && shown.lines.length * shown.step <= height + 1e-9);
      if (shown.isWhole) assert.equal(shown.lines.join(""), `${name}!`);
      const whole = fitted({ ...seen, isFile: true }, name, room);
      assert.equal(whole.lines.join(""), `${name}!`);
      for (const line of whole.lines) assert.ok(measure.width(line, whole.size, 600) <= 90 + 1e-9);
    }
  }
});
