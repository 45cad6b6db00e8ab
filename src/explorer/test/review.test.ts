// A review in the page: what Python's queue has not, such as links that are decided together.

import assert from "node:assert/strict";
import test from "node:test";
import { APPROVED, REJECTED, type Policy } from "../source/generated";
import { engineOf } from "../source/model/clusters";
import type { Pack } from "../source/model/pack";
import { ReviewQueue, suggestionsBetween, type QueueOptions } from "../source/model/review/queue";
import { Random } from "../source/model/review/random";
import { fixed, inOrder } from "../source/model/numbers";
import { organisation, type LinkSpec } from "./organisation";

const LINKS: LinkSpec[] = [
  ["crm/contacts.email", "shop/customers.email", 0.9],
  ["crm/contacts.phone", "shop/customers.phone", 0.8],
  ["shop/customers.email", "desk/users.email", 0.7, 0, 0],
  ["desk/users.phone", "crm/contacts.phone", 0.6],
  ["shop/customers.name", "crm/contacts.name", 0.5, 0, 0],
  ["shop/customers.city", "crm/contacts.city", 0.5, 2],
];

function queueOf(pack: Pack, options: QueueOptions = {}): ReviewQueue {
  const clusters = engineOf(pack).at(0.65, pack.status, false);
  return new ReviewQueue({ pack, clusters, status: pack.status, setting: pack.clustering.setting }, options);
}

function made(clustering = {}): Pack {
  const joins: [string, string, number][] = LINKS.slice(0, 3).map(([a, b, score]) => [a, b, score!]);
  return organisation({ links: LINKS, joins, clustering });
}

/** Groups as they are, whatever their numbers: the first node of each. */
function groups(labels: Int32Array): number[] {
  return Array.from(labels, (label) => labels.indexOf(label));
}

test("links that are decided together are taken back together", () => {
  const queue = queueOf(made());
  const before = { labels: groups(queue.now.label), counts: queue.counts() };
  const effect = queue.preview([0, 2], REJECTED)!;
  assert.deepEqual(effect.changes.map(({ kind, before: old }) => [kind, old[0].size]), [["vanished", 3]]);
  assert.deepEqual(effect.changes[0].left.length, 3);
  const answers = queue.decide([0, 2], REJECTED);
  assert.deepEqual(answers.map(({ link, asked, previous }) => [link, asked, previous]), [[0, "chosen", 0], [2, "chosen", 0]]);
  assert.notDeepEqual(groups(queue.now.label), before.labels);
  assert.equal(queue.nOpen, 3);
  assert.equal(queue.answers.length, 2);
  assert.deepEqual(queue.undo(), answers);
  assert.deepEqual({ labels: groups(queue.now.label), counts: queue.counts() }, before);
  assert.deepEqual(queue.undo(), []);
  assert.deepEqual(queue.decide([], APPROVED), []);
});

test("what was decided together changes no random draw", () => {
  const options = { order: "flips", randomShare: 0.5, seed: 4 } as const;
  const [one, other] = [queueOf(made(), options), queueOf(made(), options)];
  other.decide([5], REJECTED);
  assert.equal(one.next()!.link, other.next()!.link);
});

test("suggestions of the same two tables are offered, exact rules first", () => {
  const queue = queueOf(made());
  assert.deepEqual(suggestionsBetween(queue, 0), [4, 0, 1]);
  queue.decide([1], APPROVED);
  assert.deepEqual(suggestionsBetween(queue, 0), [4, 0]);
  assert.deepEqual(suggestionsBetween(queue, 2), [2]);
});

test("a method that does not run here has questions, but no effects", () => {
  const queue = queueOf(made({ tree: false, method: "leiden" }));
  assert.equal(queue.knowsEffects, false);
  const question = queue.next()!;
  assert.equal(question.effect(APPROVED), null);
  assert.equal(queue.preview([0], APPROVED), null);
  queue.answer(APPROVED);
  assert.equal(queue.now.status[question.link], APPROVED);
  queue.undo();
  assert.equal(queue.now.status[question.link], 0);
});

test("a question must be asked before it is answered, and ends", () => {
  const queue = queueOf(made(), { limit: 1 });
  assert.throws(() => queue.answer(APPROVED), /no question/);
  assert.equal(queue.next(), queue.current);
  assert.equal(queue.next(), null);
  assert.equal(queue.skipped, 1);
  assert.deepEqual(queue.plan(5), []);
});

test("numbers are written as Python writes them, and come in their order", () => {
  const numbers = [0.25, 0.35, 0.125, 0.375, 2.5, 2.25, 1e-9, 0.045, 12.75];
  assert.deepEqual(numbers.map((each) => fixed(each, 1)), ["0.2", "0.3", "0.1", "0.4", "2.5", "2.2", "0.0", "0.0", "12.8"]);
  assert.deepEqual(numbers.map((each) => fixed(each, 2)), ["0.25", "0.35", "0.12", "0.38", "2.50", "2.25", "0.00", "0.04", "12.75"]);
  const keys = Array.from({ length: 500 }, (_, at) => (at * 7919) % 263);
  const sorted = keys.map((_, at) => at).sort((x, y) => keys[x] - keys[y] || x - y);
  assert.deepEqual([...inOrder(500, (x, y) => keys[x] - keys[y] || x - y)], sorted);
  assert.deepEqual([...inOrder(0, () => 0)], []);
});

/** Contradictions of small random organisations, most of whose links are decided. */
function* contradictory(): Generator<Pack> {
  const draw = new Random(11, 0);
  const pick = <T>(list: readonly T[]): T => list[Math.min(list.length - 1, Math.floor(draw.next() * list.length))];
  const places = ["a/t.x", "b/t.x", "c/t.x", "d/t.x", "e/t.x", "a/u.y", "b/u.y"];
  for (let n = 0; n < 120; n += 1) {
    const links = Array.from({ length: 4 + Math.floor(draw.next() * 12) }, (): LinkSpec => [pick(places), pick(places), pick([0.1, 0.5, 0.9, null]), pick([0, APPROVED, APPROVED, REJECTED]), pick([0, 1])]);
    const policy: Partial<Policy> = n % 4 === 0 ? { rejected: "score" } : {};
    yield organisation({ links: links.filter(([a, b]) => a !== b), policy });
  }
}

test("the other answer to each question about a contradiction resolves one", () => {
  let asked = 0;
  for (const pack of contradictory()) {
    const queue = queueOf(pack);
    for (let question = queue.next(); question?.group === "contradiction"; question = queue.next()) {
      const { link, status } = question;
      const other = status === REJECTED ? APPROVED : REJECTED;
      const told = question.effect(other)!.resolved;
      const before = [...queue.now.contradictions];
      queue.answer(other);
      const after = [...queue.now.contradictions];
      const resolved = before.filter((one) => !after.includes(one));
      assert.ok(resolved.length > 0);
      assert.deepEqual(told, resolved);
      queue.undo();
      assert.equal(queue.next()!.link, link);
      queue.answer(status);
      asked += 1;
    }
  }
  assert.ok(asked > 100);
});

test("links of which no one alone holds a contradiction are rejected together", () => {
  const pack = organisation({
    links: [["a/t.x", "b/t.x", 0.9, APPROVED], ["b/t.x", "c/t.x", 0.3, APPROVED], ["b/t.x", "c/t.x", 0.2, APPROVED], ["a/t.x", "c/t.x", 0.1, REJECTED]],
    joins: [],
  });
  const queue = queueOf(pack);
  const asked: number[] = [];
  for (let question = queue.next(); question; question = queue.next()) {
    asked.push(question.link);
    queue.answer(question.status);
  }
  assert.deepEqual(asked, [3, 0]);
  assert.deepEqual(queue.preview([1, 2], REJECTED)!.resolved, [3]);
});
