// The review of a page: one queue, kept in step with decisions that are made elsewhere.

import { APPROVED, DETERMINISTIC, REJECTED, SUGGESTED } from "../generated";
import { countsOf, leftToReview } from "../model/counts";
import { isCopy } from "../model/evidence-sentences";
import { ownDecision } from "../model/journal";
import type { AnswerEffect } from "../model/review/effect";
import { ReviewQueue, suggestionsBetween, type Group, type Question } from "../model/review/queue";
import { waiting } from "../model/review/settled";
import { QUESTION, saidNode } from "../model/review/words";
import type { Setting } from "../model/setting";
import { counted, titled } from "../model/words";
import type { Decision, State } from "../state/state";
import { setDecisions, tell, undo, type App } from "./app";
import { storageKey } from "./kept";

type Decisions = State["decisions"];

/** What a reader did: a skip, or decisions with those before them. */
interface Act {
  readonly link: number;
  readonly before: Decisions | null;
  /** Steps of the queue that it made; 0 if the queue was made again since. */
  readonly steps: number;
  /** What an undo brings back besides the decisions, if the act was made here. */
  readonly used?: Used;
}

interface Used {
  /** The link that was shown. */
  readonly shown: number;
  /** Notes as they were typed. */
  readonly notes: ReadonlyMap<number, string>;
  /** Links that were chosen to be decided together, if they were. */
  readonly chosen: Bulk["chosen"] | null;
}

/** Suggestions between the same two tables, and what is done with those that are chosen. */
export interface Bulk {
  readonly links: readonly number[];
  chosen: ReadonlySet<number>;
  /** The answer that waits to be confirmed. */
  asking: number | null;
}

interface Made {
  readonly queue: ReviewQueue;
  readonly setting: Setting;
  readonly threshold: number;
  readonly order: State["ask"];
  /** How often Python had answered. */
  readonly version: number;
}

interface Left {
  readonly n: number;
  /** Suggestions that were skipped and wait. */
  readonly skipped: number;
  /** Suggestions that decisions settle, or on which no concept rests. */
  readonly settled: number;
}

/** What is open besides the question, on narrow screens. */
type Open = "" | "queue" | "tables";

export class Review {
  private made: Made | null = null;
  private decisions: Decisions;
  private acts: Act[] = [];
  private skips: number[];
  private bulkOf: { link: number; queue: ReviewQueue; version: number; bulk: Bulk } | null = null;
  private version = 0;
  /** When the last click was taken, in milliseconds. */
  private clickedAt = -Infinity;
  /** Whether scores are hidden, so that nobody judges by them. */
  scores: boolean;
  open: Open = "";
  /** Notes that wait for a decision, by link. */
  private readonly notes = new Map<number, string>();
  /** Links that were chosen together before an undo, by the link that is shown with them. */
  private readonly rechosen = new Map<number, ReadonlySet<number>>();

  constructor(private readonly app: App) {
    this.decisions = app.store.state.decisions;
    const stored = read(app);
    this.skips = stored.skipped.map((id) => app.pack.linkOfId(id)).filter((link) => link >= 0);
    this.scores = stored.scores;
  }

  // --- the queue ---------------------------------------------------------------------------------

  /** The queue as it stands with all decisions of the page. */
  get queue(): ReviewQueue {
    const { state } = this.app.store;
    const setting = state.setting ?? this.app.pack.clustering.setting;
    const made = this.made;
    const same = made && made.setting === setting && made.threshold === state.threshold && made.order === state.ask && made.version === this.app.engine.version;
    if (!same) this.remember(state.decisions);
    else if (state.decisions !== this.decisions) this.follow(state.decisions);
    const queue = (same && this.made?.queue) || this.make();
    queue.askOnly(this.group);
    return queue;
  }

  /** The group that is asked about; null for all. */
  get group(): Group | null {
    return this.app.store.state.askedGroup || null;
  }

  /** The note to the decision about the link that is shown. */
  get note(): string {
    return this.notes.get(this.link) ?? "";
  }

  set note(text: string) {
    this.notes.set(this.link, text);
  }

  private make(): ReviewQueue {
    const { app } = this;
    const { pack, clusters, status, setting, state } = app.view();
    const beginning = { pack, clusters, status, setting, decisions: state.decisions, skipped: this.skips };
    const queue = new ReviewQueue(beginning, { order: state.ask });
    this.acts = this.acts.map((act) => ({ ...act, steps: 0 }));
    this.decisions = state.decisions;
    this.made = { queue, setting, threshold: state.threshold, order: state.ask, version: app.engine.version };
    this.version += 1;
    return queue;
  }

  /** Follow decisions that were made, or taken back, elsewhere in the page. */
  private follow(now: Decisions): void {
    const queue = this.made!.queue;
    const before = this.decisions;
    this.version += 1;
    this.decisions = now;
    this.bulkOf = null;
    const last = this.acts.at(-1);
    if (last?.before === now && last.steps > 0) {
      this.acts.pop();
      this.bringBack([last]);
      for (let step = 0; step < last.steps; step += 1) queue.undo();
      return;
    }
    const at = this.acts.findLastIndex((act) => act.before === now);
    if (at >= 0) {
      this.bringBack(this.acts.slice(at).reverse());
      this.acts = this.acts.filter((_, place) => place < at || this.acts[place].before === null);
      this.made = null;
      return;
    }
    const changed = differing(before, now);
    if (changed.length === 0) return;
    const isChosen = changed.every((link) => now.get(link)?.asked === "chosen");
    let steps = 0;
    if (isChosen) {
      for (const status of [SUGGESTED, APPROVED, REJECTED]) {
        const links = changed.filter((link) => now.get(link)!.status === status);
        steps += links.length > 0 ? 1 : 0;
        queue.decide(links, status);
      }
    } else this.made = null;
    this.acts.push({ link: changed[0], before, steps });
  }

  /** Notes and choices are again as they were before acts that are undone, the latest first. */
  private bringBack(acts: readonly Act[]): void {
    for (const { used } of acts) {
      for (const [link, note] of used?.notes ?? []) this.notes.set(link, note);
      if (used?.chosen) this.rechosen.set(used.shown, used.chosen);
    }
  }

  /** Remember decisions from before the queue is made, so that they can be undone in their turn. */
  private remember(now: Decisions): void {
    if (now === this.decisions) return;
    const changed = differing(this.decisions, now);
    if (changed.length > 0) this.acts.push({ link: changed[0], before: this.decisions, steps: 0 });
    this.decisions = now;
  }

  // --- what is looked at -------------------------------------------------------------------------

  /** The question of the queue. */
  get question(): Question | null {
    const { queue } = this;
    return queue.current ?? queue.next();
  }

  /** The link that is shown: one that the address names, or that of the question; -1 if nothing is left. */
  get link(): number {
    const { focus } = this.app.store.state;
    return focus?.kind === "link" ? focus.link : (this.question?.link ?? -1);
  }

  /** The question that is shown: about any link. */
  get shown(): Question | null {
    const { link, question } = this;
    if (link < 0 || question?.link === link) return question;
    return this.queue.about(link);
  }

  /** Links that were skipped, and not decided since. */
  get skipped(): readonly number[] {
    const { decisions } = this.app.store.state;
    return this.skips.filter((link) => !decisions.has(link));
  }

  /** What is left to review, those of it that were skipped, and suggestions that need no answer. */
  get left(): Left {
    const view = this.app.view();
    const counts = countsOf(view);
    const waits = waiting(view.pack, view.status);
    const skipped = this.skipped.filter((link) => waits[link] === 1).length;
    return { n: leftToReview(counts), skipped, settled: counts.suggested - counts.open };
  }

  /** The latest links that were decided or skipped here, the last at the end. */
  recent(n: number): number[] {
    const { decisions } = this.app.store.state;
    const found = new Set<number>();
    const done = [...this.skips, ...decisions.keys(), ...this.acts.map(({ link }) => link)].reverse();
    for (const link of done) {
      if (found.size >= n) break;
      if (decisions.has(link) || this.skips.includes(link)) found.add(link);
    }
    return [...found].reverse();
  }

  /** The suggestions between the tables of a link, and which of them are chosen. */
  bulk(link: number): Bulk {
    const { queue } = this;
    const known = this.bulkOf;
    if (known?.link === link && known.queue === queue && known.version === this.version) return known.bulk;
    const { pack } = this.app;
    const links = suggestionsBetween(queue, link);
    const copies = links.filter((one) => pack.type[one] === DETERMINISTIC || isCopy(pack.evidence(one)));
    const before = this.rechosen.get(link);
    const bulk: Bulk = { links, chosen: new Set(before ? links.filter((one) => before.has(one)) : copies), asking: null };
    this.bulkOf = { link, queue, version: this.version, bulk };
    return bulk;
  }

  /** What several answers would do together. */
  preview(links: readonly number[], status: number): AnswerEffect | null {
    return this.queue.preview(links, status);
  }

  // --- what a reader does ------------------------------------------------------------------------

  /** Do what a click asks for, once: the second of a double click would decide what nobody has seen. */
  once({ detail }: Pick<MouseEvent, "detail">, act: () => void): void {
    const isKey = detail === 0;
    if (!isKey && (detail > 1 || performance.now() < this.clickedAt + TWICE)) return;
    act();
    if (!isKey) this.clickedAt = performance.now();
  }

  /** Answer what is shown, and go on to the next question. */
  answer(status: number): void {
    const { app, queue, link } = this;
    if (link < 0) return;
    const isQuestion = this.question?.link === link;
    const same = app.view().status[link] === status;
    if (!isQuestion && same) {
      app.setUi({ announcement: `It is ${saidStatus(status)} already.` });
      return;
    }
    const [{ asked }] = isQuestion ? [queue.answer(status)] : queue.decide([link], status);
    this.decided([link], status, asked, { shown: link, chosen: null });
    this.goOn(`${titled(saidStatus(status))}.`);
  }

  /** Take a decision about a link back that was made in this page. */
  takeBack(link: number): void {
    const { app } = this;
    const decisions = new Map(app.store.state.decisions);
    if (!decisions.delete(link)) return;
    setDecisions(app, decisions);
    tell(app, "Decision taken back.", true);
  }

  /** Leave the question for later; from a link that was opened, go back to the question. */
  skip(): void {
    const { queue, question, link, app } = this;
    if (question && question.link === link) {
      queue.skip();
      this.skips.push(link);
      this.acts.push({ link, before: null, steps: 1 });
      this.version += 1;
      this.keep();
    } else if (app.store.state.focus === null) return;
    this.goOn("Skipped.");
  }

  /** Ask again what was skipped: suggestions, or questions of contradictions; by default all. */
  askSkipped(suggestions?: boolean): void {
    const { status } = this.app.view();
    const again = (link: number): boolean => suggestions === undefined || (status[link] === SUGGESTED) === suggestions;
    this.skips = this.skips.filter((link) => !again(link));
    this.acts = this.acts.filter(({ before, link }) => before !== null || !again(link));
    this.made = null;
    this.keep();
    this.goOn("");
  }

  /** Take the last act back: a decision, several that were made together, or a skip. */
  undo(): void {
    const { app, queue } = this;
    const last = this.acts.at(-1);
    if (last && last.before === null) {
      this.acts.pop();
      this.skips = this.skips.filter((link) => link !== last.link);
      if (last.steps > 0) queue.undo();
      else this.made = null;
      this.version += 1;
      this.keep();
      this.goOn("The skip is undone.", false);
      return;
    }
    undo(app);
    if (this.queue) this.settle();
    this.goOn(last ? "Undone." : "", false);
    // A link that was opened is open again.
    const shown = last?.used?.shown ?? this.link;
    if (shown !== this.link) this.look(shown);
  }

  get canUndo(): boolean {
    return this.acts.length > 0 || this.app.ui.past.length > 0 || this.app.store.state.decisions.size > 0;
  }

  /** Decide all links that are chosen among those of two tables, as one act. */
  decideChosen(status: number): void {
    const bulk = this.bulk(this.link);
    this.decideTogether(bulk.links.filter((one) => bulk.chosen.has(one)), status, bulk.chosen);
  }

  /** Decide several links alike, as one act. */
  decideTogether(links: readonly number[], status: number, chosen: Bulk["chosen"] | null = null): void {
    const { app, queue, link: shown } = this;
    if (links.length === 0) return;
    queue.decide(links, status);
    this.decided(links, status, "chosen", { shown, chosen });
    this.goOn(`${counted(links.length, "link")} ${saidStatus(status)}. One undo takes all back.`);
    app.setUi({});
  }

  /** Keep decisions that the queue has already. */
  private decided(links: readonly number[], status: number, asked: NonNullable<Decision["asked"]>, at: Pick<Used, "shown" | "chosen">): void {
    const { app } = this;
    const before = app.store.state.decisions;
    const decisions = new Map(before);
    const now = Date.now();
    const notes = new Map<number, string>();
    this.rechosen.delete(at.shown);
    for (const link of links) {
      decisions.delete(link);
      // A note is about the link under which it was written, and about no other.
      const typed = this.notes.get(link) ?? "";
      if (typed) notes.set(link, typed);
      const note = typed.trim();
      this.notes.delete(link);
      decisions.set(link, { ...ownDecision(app.pack, link, status, now, note), asked });
    }
    this.settle();
    this.decisions = decisions;
    setDecisions(app, decisions);
    this.skips = this.skips.filter((link) => !links.includes(link));
    this.acts.push({ link: links[links.length - 1], before, steps: 1, used: { ...at, notes } });
    this.version += 1;
    this.keep();
  }

  /** Let the page know the clusters that the queue has. */
  private settle(): void {
    const { made, app } = this;
    if (!made || !made.queue.knowsEffects) return;
    const { status, label, threshold } = made.queue.now;
    app.engine.know({ status, label, threshold, setting: made.setting });
  }

  /** Go on to the question of the queue, and say what it is. */
  private goOn(done: string, undoes = true): void {
    const { app } = this;
    if (app.store.state.focus) app.store.set({ focus: null });
    const next = this.question;
    const { pack } = app;
    const ends = next && [pack.source[next.link], pack.target[next.link]].map((node) => saidNode(pack, node)).join(" and ");
    const what = next ? `${QUESTION} ${ends}.` : "Nothing is left to review.";
    if (done) tell(app, done, undoes);
    app.setUi({ announcement: `${done} ${what}`.trim() });
  }

  /** Look at the link before or after in the list of the queue. */
  move(by: 1 | -1): void {
    const { app, link } = this;
    const list = this.listed();
    const at = list.indexOf(link);
    const next = list[Math.max(0, Math.min(list.length - 1, at + by))];
    if (next !== undefined && next !== link) this.look(next);
    else app.setUi({});
  }

  /** Ask about one group until it is done or left; null asks about all. */
  askOnly(group: Group | null): void {
    const { app } = this;
    app.store.set({ askedGroup: group ?? "", focus: null });
    this.open = "";
    // Contradictions whose links are all confirmed are no question any more, yet they can be looked at.
    const link = group && !this.question ? this.queue.firstOf(group) : -1;
    if (link >= 0) this.look(link);
    else this.goOn("");
  }

  /** Look at a link: that of the question needs no address. */
  look(link: number): void {
    const { app } = this;
    app.store.set({ focus: this.question?.link === link ? null : { kind: "link", link } });
    app.setUi({ announcement: [app.pack.source[link], app.pack.target[link]].map((node) => saidNode(app.pack, node)).join(" and ") });
  }

  /** What the list shows: the latest that are done, then what comes. */
  listed(): number[] {
    const list = [...this.recent(RECENT), ...this.queue.ahead(AHEAD).map(({ link }) => link)];
    const { link } = this;
    return list.includes(link) || link < 0 ? [...new Set(list)] : [link, ...new Set(list)];
  }

  showScores(scores: boolean): void {
    this.scores = scores;
    this.keep();
    this.app.setUi({});
  }

  private keep(): void {
    const { app } = this;
    try {
      const stored: Stored = { skipped: this.skips.map((link) => app.pack.linkId(link)), scores: this.scores };
      sessionStorage.setItem(`${storageKey(app.pack)}:review`, JSON.stringify(stored));
    } catch {
      // A frame may have no storage.
    }
  }
}

const TWICE = 400; // milliseconds within which a click is the second of two
const RECENT = 3; // links that are done, in the list
const AHEAD = 8; // questions that come

interface Stored {
  skipped: string[];
  scores: boolean;
}

function read(app: App): Stored {
  try {
    const found = JSON.parse(sessionStorage.getItem(`${storageKey(app.pack)}:review`) ?? "{}") as Partial<Stored>;
    const skipped = Array.isArray(found.skipped) ? found.skipped.filter((id) => typeof id === "string") : [];
    return { skipped, scores: found.scores !== false };
  } catch {
    return { skipped: [], scores: true };
  }
}

/** Links about which two sets of decisions differ in status. */
function differing(before: Decisions, now: Decisions): number[] {
  const links = [...now].filter(([link, { status }]) => before.get(link)?.status !== status).map(([link]) => link);
  return [...links, ...[...before.keys()].filter((link) => !now.has(link))];
}

export const saidStatus = (status: number): string => (status === APPROVED ? "approved" : status === REJECTED ? "rejected" : "suggested");

const reviews = new WeakMap<App, Review>();

/** Return the review of a page, which begins when it is first asked for. */
export function reviewOf(app: App): Review {
  let review = reviews.get(app);
  if (!review) {
    review = new Review(app);
    reviews.set(app, review);
  }
  return review;
}
