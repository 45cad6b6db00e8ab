// A review in the page: it keeps in step with decisions made elsewhere, and says what answers do.

import assert from "node:assert/strict";
import test from "node:test";
import { firstUi, decide, recalibrate, setDecisions, undo, type App } from "../source/app/app";
import { Review } from "../source/app/review";
import { APPROVED, REJECTED } from "../source/generated";
import { engineOf } from "../source/model/clusters";
import { countsOf, leftToReview } from "../source/model/counts";
import type { Pack } from "../source/model/pack";
import { ReviewQueue } from "../source/model/review/queue";
import { confirmedWords, effectText, effectTold, nowWords, whyAsked } from "../source/model/review/words";
import { ViewMaker } from "../source/model/view";
import { createStore, type State } from "../source/state/state";
import { organisation, state, type LinkSpec } from "./organisation";

const LINKS: LinkSpec[] = [
  ["crm/contacts.email", "shop/customers.email", 0.9],
  ["crm/contacts.phone", "shop/customers.phone", 0.8],
  ["shop/customers.email", "desk/users.email", 0.7, 0, 0],
  ["desk/users.phone", "crm/contacts.phone", 0.6],
  ["shop/customers.name", "crm/contacts.name", 0.5, 0, 0],
  ["shop/customers.city", "crm/contacts.city", 0.5, 2],
  ["desk/users.town", "crm/contacts.city", 0.66],
];

function made(): Pack {
  const joins: [string, string, number][] = [LINKS[0], LINKS[1], LINKS[2], LINKS[6]].map(([a, b, score]) => [a, b, score!]);
  return organisation({ links: LINKS, joins: joins.sort((x, y) => y[2] - x[2]) });
}

function pageOf(pack: Pack, change: Partial<State> = {}): App {
  const store = createStore({ ...state(), page: "review", threshold: 0.65, ...change });
  const engine = engineOf(pack);
  const maker = new ViewMaker(pack, engine);
  let ui = firstUi;
  let known: { state: State; view: ReturnType<ViewMaker["make"]> } | null = null;
  return {
    pack,
    store,
    engine,
    history: { back: () => false, up: () => {}, canGoBack: false, hash: "" },
    view() {
      if (known?.state !== store.state) known = { state: store.state, view: maker.make(store.state) };
      return known.view;
    },
    bridge: null,
    picture: null,
    get ui() {
      return ui;
    },
    setUi(more) {
      ui = { ...ui, ...more };
    },
  };
}

const asked = (app: App) => [...app.store.state.decisions].map(([link, { status, asked: how }]) => [link, status, how]);

function queueFor(app: App): ReviewQueue {
  const { pack, clusters, status, setting, state: { decisions } } = app.view();
  return new ReviewQueue({ pack, clusters, status, setting, decisions });
}

test("the questions are those of the queue, and answers say how they were asked", () => {
  const app = pageOf(made());
  const review = new Review(app);
  const plain = queueFor(app);
  for (const act of [APPROVED, "skip", REJECTED, APPROVED] as const) {
    const question = plain.next();
    assert.equal(review.link, question?.link);
    assert.equal(review.listed().includes(review.link), true);
    if (act === "skip") {
      plain.skip();
      review.skip();
      continue;
    }
    const answer = plain.answer(act);
    review.answer(act);
    assert.deepEqual(asked(app).at(-1), [answer.link, act, answer.asked]);
    // What the queue holds is what the page shows: no other clusters are made.
    const { status, setting } = app.view();
    const anew = new ViewMaker(app.pack).make(app.store.state);
    assert.deepEqual(app.view().clusters.labels, anew.clusters.labels);
    assert.deepEqual([...plain.now.status], [...status]);
    assert.equal(setting, app.pack.clustering.setting);
  }
});

test("one undo takes back an answer, a skip, or several links", () => {
  const app = pageOf(made());
  const review = new Review(app);
  const seen = [review.link];
  review.answer(APPROVED);
  seen.push(review.link);
  review.skip();
  seen.push(review.link);
  const { links } = review.bulk(review.link);
  review.bulk(review.link).chosen = new Set(links);
  review.decideChosen(REJECTED);
  assert.deepEqual(asked(app).slice(1).map(([, , how]) => how), links.map(() => "chosen"));
  review.undo();
  assert.equal(app.store.state.decisions.size, 1);
  assert.equal(review.link, seen[2]);
  review.undo();
  assert.equal(review.link, seen[1]);
  assert.deepEqual(review.skipped, []);
  review.undo();
  assert.equal(review.link, seen[0]);
  assert.deepEqual(asked(app), []);
});

test("exact rules and full copies are chosen at first", () => {
  const pack = made();
  const app = pageOf(pack);
  const review = new Review(app);
  assert.deepEqual(review.bulk(0).links, [4, 0, 1]);
  assert.deepEqual([...review.bulk(0).chosen], [4]);
});

test("decisions from elsewhere are followed, and so is their undoing", () => {
  const app = pageOf(made());
  const review = new Review(app);
  const first = review.link;
  const other = [0, 1, 2, 3, 4, 6].find((link) => link !== first)!;
  decide(app, other, REJECTED);
  assert.equal(review.queue.now.status[other], REJECTED);
  assert.deepEqual(asked(app), [[other, REJECTED, "chosen"]]);
  undo(app);
  assert.equal(review.queue.now.status[other], 0);
  assert.equal(review.link, first);
  // A file is read: the queue begins anew with it.
  setDecisions(app, new Map([[first, { status: APPROVED, at: 1, note: "", asked: "uncertainty" }]]));
  assert.equal(review.queue.now.status[first], APPROVED);
  assert.notEqual(review.link, first);
  review.undo();
  assert.equal(review.link, first);
});

test("a page that is loaded again goes on with the questions", () => {
  const app = pageOf(made());
  const review = new Review(app);
  review.answer(APPROVED);
  const { decisions } = app.store.state;
  const again = pageOf(made(), { decisions });
  assert.equal(new Review(again).link, review.link);
});

test("another order makes another queue, and a link that was opened leads back to it", () => {
  const app = pageOf(made());
  const review = new Review(app);
  const { link } = review;
  app.store.set({ focus: { kind: "link", link: 5 } });
  assert.equal(review.link, 5);
  assert.equal(review.shown?.asked, "chosen");
  assert.equal(nowWords(review.shown!.group, 0), "suggestion");
  review.answer(APPROVED);
  assert.deepEqual(asked(app), [[5, APPROVED, "chosen"]]);
  assert.equal(app.store.state.focus, null);
  assert.equal(review.link, link);
  app.store.set({ ask: "flips" });
  const plain = queueFor(app);
  assert.equal(review.question?.asked === "random", plain.next()?.asked === "random");
});

test("effects are told with names, sizes and those left alone", () => {
  const app = pageOf(made());
  const { queue } = new Review(app);
  const ends = { together: false, counts: true };
  const tell = (link: number, status: number) => effectTold(app.pack, queue.about(link).effect(status)!, status, { link, ends });
  const merged = tell(3, APPROVED);
  assert.deepEqual(merged.sizes, { before: [2, 1], after: [3] });
  assert.match(effectText(merged), /grows from 2 to 3 fields: desk users phone comes to it\.$/);
  const gone = tell(1, REJECTED);
  assert.deepEqual(gone.sizes, { before: [2], after: [1, 1] });
  assert.match(effectText(gone), /is no more: both fields stand alone\.$/);
  assert.equal(effectText(tell(4, REJECTED)), "Nothing changes. They are apart now and stay apart.");
  const appeared = tell(4, APPROVED);
  assert.match(effectText(appeared), /^A new concept, .*, of 2 fields in 2 systems\.$/);
});

test("why a question is asked is said without the score where scores are hidden", () => {
  const app = pageOf(made());
  const question = { ...new Review(app).queue.about(0), asked: "uncertainty" as const };
  assert.match(whyAsked(question, true), /probability/);
  assert.doesNotMatch(whyAsked(question, false), /\d/);
  assert.equal(whyAsked({ ...question, asked: "chosen" }, true), "");
});

const TRIANGLE: LinkSpec[] = [
  ["crm/contacts.email", "shop/customers.email", 0.9, APPROVED],
  ["shop/customers.email", "desk/users.email", 0.8, APPROVED],
  ["crm/contacts.email", "desk/users.email", 0.7, REJECTED],
  ["crm/contacts.phone", "desk/users.phone", 0.7],
];

test("a contradiction says when the last of its links is asked about, and its group leads back to it", () => {
  const app = pageOf(organisation({ links: TRIANGLE, joins: [] }));
  const review = new Review(app);
  const said: string[] = [];
  while (review.question?.group === "contradiction") {
    said.push(confirmedWords(review.question));
    review.answer(app.pack.status[review.link]);
  }
  assert.equal(said.length, 3);
  for (const text of said.slice(0, 2)) assert.match(text, /another of its links is asked about/);
  assert.match(said[2], /the contradiction stays\. It was the last of its links/);
  assert.equal(review.queue.counts().contradiction, 1);
  review.askOnly("contradiction");
  assert.deepEqual([review.link, review.shown!.group, review.shown!.asked], [2, "contradiction", "chosen"]);
  assert.equal(confirmedWords(review.shown!), "It stays as it is.");
  review.askOnly("scored");
  assert.equal(review.link, 3);
});

test("where a method does not run, an answered contradiction is not asked again, nor counted", () => {
  const pack = organisation({ links: TRIANGLE, clustering: { tree: false, method: "leiden" } });
  const labels = new Int32Array(pack.nNodes).fill(-1);
  for (const link of [0, 1]) labels[pack.source[link]] = labels[pack.target[link]] = 0;
  const app = pageOf(Object.assign(pack, { labels }));
  const review = new Review(app);
  const numbers = () => [countsOf(app.view()).contradictions, review.queue.counts().contradiction];
  assert.deepEqual(numbers(), [1, 1]);
  review.answer(APPROVED);
  assert.deepEqual(numbers(), [1, 1]);
  review.undo();
  decide(app, 0, REJECTED);
  assert.equal(app.view().clusters.stale, true);
  assert.deepEqual(numbers(), [0, 0]);
  assert.notEqual(review.question?.group, "contradiction");
  undo(app);
  assert.deepEqual(numbers(), [1, 1]);
});

test("a recalibration is an act that is taken back, before the decisions that it was made by", () => {
  const app = pageOf(made());
  const { setting, calibratedBy } = app.store.state;
  decide(app, 0, REJECTED, "", "random");
  recalibrate(app);
  assert.notEqual(app.store.state.setting, setting);
  assert.match(app.ui.recalibrated!.said, /^Recalibrated with 1 new decision\. Links count /);
  undo(app);
  assert.deepEqual([app.store.state.setting, app.store.state.calibratedBy, app.ui.recalibrated], [setting, calibratedBy, null]);
  assert.equal(app.store.state.decisions.size, 1);
  undo(app);
  assert.equal(app.store.state.decisions.size, 0);
});

test("a concept without a name of its own is told by its first field, with the badge of its system", () => {
  const app = pageOf(made());
  const { queue } = new Review(app);
  const told = effectTold(app.pack, queue.about(4).effect(APPROVED)!, APPROVED, { link: 4, ends: null });
  const nodes = told.sentences.flat().filter((part) => typeof part !== "string" && part.node !== undefined);
  assert.equal(nodes.length, 1);
  assert.doesNotMatch(effectText(told), /and \d+ more/);
});

test("what is left to review is one number, of which the groups are parts", () => {
  const app = pageOf(made());
  const review = new Review(app);
  const check = (wanted: number): void => {
    const { n, skipped, settled } = review.left;
    const { contradiction, ...others } = review.queue.counts();
    const open = Object.values(others).reduce((sum, one) => sum + one, 0);
    assert.equal(n, wanted);
    assert.equal(n, leftToReview(countsOf(app.view())), "the head of the page says the same");
    assert.equal(n, contradiction + open + skipped, "the groups are its parts");
    assert.equal(countsOf(app.view()).suggested, open + skipped + settled);
  };
  const all = 6;
  check(all);
  review.skip();
  assert.equal(review.left.skipped, 1);
  check(all);
  review.answer(APPROVED);
  check(all - 1);
  review.answer(REJECTED);
  check(all - 2);
  review.undo();
  check(all - 1);
  // Several at once, and one that was skipped before.
  const [skipped] = review.skipped;
  const others = Array.from(app.pack.status.keys()).filter((link) => app.view().status[link] === 0 && link !== skipped).slice(0, 2);
  setDecisions(app, new Map([...app.store.state.decisions, ...[skipped, ...others].map((link) => [link, { status: APPROVED, at: 1, note: "", asked: "chosen" }] as const)]));
  assert.equal(review.left.skipped, 0);
  check(all - 4);
});

test("a group that is chosen is asked about alone, with what comes, until it is left", () => {
  const app = pageOf(made());
  const review = new Review(app);
  const { counts } = { counts: review.queue.counts() };
  const [group] = (["scored", "exact rule", "unscored"] as const).filter((one) => counts[one] > 0);
  review.askOnly(group);
  assert.equal(app.store.state.askedGroup, group);
  for (let n = counts[group]; n > 0 && review.question; n -= 1) {
    for (const { group: one } of review.queue.ahead(20)) assert.equal(one, group);
    review.skip();
  }
  assert.equal(review.question, null);
  review.askOnly(null);
  assert.equal(app.store.state.askedGroup, "");
});

test("a note is kept with its link until that is decided", () => {
  const app = pageOf(made());
  const review = new Review(app);
  const { link } = review;
  review.note = " as they said ";
  review.skip();
  assert.equal(review.note, "");
  review.answer(APPROVED);
  review.look(link);
  assert.equal(review.note, " as they said ");
  review.answer(APPROVED);
  const notes = [...app.store.state.decisions].map(([one, { note }]) => [one === link, note]);
  assert.deepEqual(notes, [[false, ""], [true, "as they said"]]);
});

test("why two are asked about says how many of them are in concepts, and the question is one", () => {
  const question = { group: "exact rule", asked: "uncertainty", clusters: [null, null] } as unknown as Parameters<typeof whyAsked>[0];
  assert.match(whyAsked(question, true), /joins two that are in no concept/);
  assert.match(whyAsked({ ...question, clusters: ["a", null] }, true), /joins one to a concept/);
  assert.match(whyAsked({ ...question, clusters: ["a", "b"] }, true), /joins two concepts/);
  assert.equal(nowWords("contradiction", 2), "now: rejected, yet together");
  assert.equal(nowWords("contradiction", APPROVED), "now: approved, in a contradiction");
});
