// The queue of a review: what to look at next, re-scored after each answer. Equal to Python's.

import { APPROVED, LEVELS, REJECTED, STATUSES } from "../../generated";
import { fixed } from "../numbers";
import type { Pack } from "../pack";
import type { Setting } from "../setting";
import type { Clustering } from "../types";
import { counted } from "../words";
import type { Decision } from "../../state/state";
import { Approved } from "./chains";
import { effectOfChange, Names, type AnswerEffect } from "./effect";
import { Held } from "./held";
import type { ReviewOrder } from "./orders";
import { GROUPS, Ranking, type Open } from "./ranking";
import { Random } from "./random";

export type Group = (typeof GROUPS)[number];
type Asked = ReviewOrder | "contradiction" | "chosen";

export interface QueueOptions {
  order?: ReviewOrder;
  /** Share of questions drawn at random from all open suggestions with a confidence. */
  randomShare?: number;
  seed?: number;
  limit?: number | null;
}

/** Where a review begins: the present clusters, and what made them. */
export interface Beginning {
  readonly pack: Pack;
  readonly clusters: Clustering;
  readonly status: Uint8Array;
  readonly setting: Setting;
  /** The reader's decisions so far: how each was asked decides whether it calibrates. */
  readonly decisions?: ReadonlyMap<number, Decision>;
  /** Questions that were skipped before, which are not asked again. */
  readonly skipped?: Iterable<number>;
}

/** What is asked next, as it stands now. */
export interface Pick {
  readonly link: number;
  readonly group: Group;
  readonly asked: Asked;
  readonly reason: string;
  /** Of a contradiction: whether no other of its links is left to ask about. */
  readonly isLast?: boolean;
}

/** A question about whether a link is right. */
export interface Question extends Pick {
  readonly status: number;
  /** Probability that the link is right; null where it has no score. */
  readonly probability: number | null;
  /** Names of the clusters of both ends, null for an end in none; they may have invisible characters. */
  readonly clusters: readonly [string | null, string | null];
  /** What an answer would do; null where the method does not run in a page. */
  effect(status: number): AnswerEffect | null;
}

export interface Answer {
  readonly link: number;
  readonly status: number;
  readonly asked: Asked;
  readonly previous: number;
}

/** Answers, or the link whose question was skipped. */
interface Step {
  readonly answers: readonly Answer[];
  readonly skipped: number | null;
}

/** Questions that are found at once: a reader sees what comes next. */
const AHEAD = 9;

const BY_QUEUE: readonly (string | undefined)[] = ["contradiction", "uncertainty", "flips", "random"];

export class ReviewQueue {
  private held: Held;
  private readonly ranking: Ranking;
  private readonly order: ReviewOrder;
  private readonly share: number;
  private readonly seed: number;
  private readonly limit: number | null;
  private readonly done: Uint8Array;
  /** What one undo takes back: an answer, several links that were decided together, or a skip. */
  private readonly steps: Step[] = [];
  /** Number of questions of reviews before this one, whose random draws go on. */
  private readonly nBefore: number;
  private question: Question | null = null;
  private opened: { held: Held; step: number; open: Open } | null = null;
  /** The only group that is asked about; null for all. */
  private only: Group | null = null;
  /** The first of the questions to come; `all` if there are no more. */
  private coming: { picks: Pick[]; all: boolean } | null = null;

  constructor(
    private readonly before: Beginning,
    { order = "uncertainty", randomShare = 0.5, seed = 0, limit = null }: QueueOptions = {},
  ) {
    const { pack, status, setting, clusters, decisions } = before;
    this.held = Held.of(pack, status, setting, clusters.threshold);
    this.order = order;
    this.share = order === "random" ? 1 : randomShare;
    this.seed = seed;
    this.limit = limit;
    this.ranking = new Ranking(this.held, order, seed, decisions);
    this.done = new Uint8Array(pack.nLinks);
    const reviewed = new Set(pack.clustering.reviewed);
    for (const [link, { asked }] of decisions ?? []) {
      if (BY_QUEUE.includes(asked)) reviewed.add(link);
      else reviewed.delete(link);
    }
    for (const link of before.skipped ?? []) reviewed.add(link);
    for (const link of reviewed) this.done[link] = 1;
    this.nBefore = reviewed.size;
  }

  // --- one after another ---------------------------------------------------------------------------

  /** Ask the next question; one that waits for an answer is skipped. Null when none is left. */
  next(): Question | null {
    if (this.question) this.skip();
    if (this.limit !== null && this.step >= this.limit) return null;
    const [pick] = this.ahead(1);
    this.question = pick ? this.questionOf(pick) : null;
    return this.question;
  }

  /** The question that waits for an answer. */
  get current(): Question | null {
    return this.question;
  }

  /** Answer the question that was asked last. SUGGESTED takes a decision back. */
  answer(status: number): Answer {
    const { link, asked } = this.waiting();
    const answer: Answer = { link, status, asked, previous: this.held.status[link] };
    this.take([answer]);
    return answer;
  }

  /** Decide links that somebody chose, all together; one undo takes them back. They were no questions. */
  decide(links: readonly number[], status: number): readonly Answer[] {
    const answers = links.map((link): Answer => ({ link, status, asked: "chosen", previous: this.held.status[link] }));
    if (answers.length > 0) this.take(answers);
    return answers;
  }

  private take(answers: readonly Answer[]): void {
    this.held = this.heldWith(answers.map(({ link, status }) => [link, status]));
    this.steps.push({ answers, skipped: null });
    for (const { link } of answers) this.done[link] = 1;
    this.forget();
  }

  /** Leave the question unanswered; it is not asked again. */
  skip(): void {
    const { link } = this.waiting();
    this.done[link] = 1;
    this.steps.push({ answers: [], skipped: link });
    this.forget();
  }

  /** Take the last step back: answers, which are returned, or a skip. Its questions may be asked again. */
  undo(): readonly Answer[] {
    const last = this.steps.pop();
    if (!last) return [];
    const { answers, skipped } = last;
    if (answers.length > 0) this.held = this.heldWith(answers.map(({ link, previous }) => [link, previous]));
    for (const { link } of answers) this.done[link] = 0;
    if (skipped !== null) this.done[skipped] = 0;
    this.forget();
    return answers;
  }

  /** Ask about one group only, or about all again. */
  askOnly(group: Group | null): void {
    if (group === this.only) return;
    this.only = group;
    this.question = null;
    this.coming = null;
  }

  private forget(): void {
    this.question = null;
    this.opened = null;
    this.coming = null;
  }

  private waiting(): Question {
    if (!this.question) throw new Error("There is no question; next() asks one.");
    return this.question;
  }

  private heldWith(decided: readonly (readonly [link: number, status: number])[]): Held {
    const change = this.held.change(
      decided.map(([link]) => link),
      decided.map(([, status]) => status),
    );
    return change ? this.held.after(change) : this.held.withStatuses(decided);
  }

  // --- what is known -------------------------------------------------------------------------------

  /** The answers so far. */
  get answers(): readonly Answer[] {
    return this.steps.flatMap(({ answers }) => answers);
  }

  get skipped(): number {
    return this.steps.filter(({ skipped }) => skipped !== null).length;
  }

  /** What is held now: the clusters with the answers so far. */
  get now(): Held {
    return this.held;
  }

  /** Whether what an answer does is known: whether the method of the clusters runs in the page. */
  get knowsEffects(): boolean {
    return this.held.isLocal;
  }

  /** Number of open questions in each group. */
  counts(): Record<Group, number> {
    const found: Record<Group, number> = { contradiction: 0, "exact rule": 0, scored: 0, unscored: 0 };
    found.contradiction = this.held.contradictions.length;
    for (const group of this.open().group) found[GROUPS[group]] += 1;
    return found;
  }

  /** Number of suggestions that neither answers nor other decisions settle. */
  get nOpen(): number {
    return this.open().link.length;
  }

  /** What another status of several links would do, all together. */
  preview(links: readonly number[], status: number): AnswerEffect | null {
    const change = this.held.change(links, links.map(() => status));
    return change && effectOfChange(this.before.clusters, this.held, change);
  }

  private get step(): number {
    return this.steps.filter(({ answers: [first] }) => first?.asked !== "chosen").length;
  }

  private open(): Open {
    if (this.opened?.held !== this.held || this.opened.step !== this.step) {
      this.opened = { held: this.held, step: this.step, open: this.ranking.open(this.held, this.done) };
    }
    return this.opened.open;
  }

  // --- the plan ------------------------------------------------------------------------------------

  /** The next questions as they stand now; each answer may change those after it. */
  plan(n: number): Question[] {
    const left = this.limit === null ? n : Math.min(n, this.limit - this.step);
    return this.ahead(Math.max(left, 0)).map((pick) => this.questionOf(pick));
  }

  /** The next questions by their links alone: that which waits for an answer is the first. */
  ahead(n: number): readonly Pick[] {
    if (!this.coming || (!this.coming.all && this.coming.picks.length < n)) {
      const wanted = Math.max(n, AHEAD);
      const picks = this.picks(wanted);
      this.coming = { picks, all: picks.length < wanted };
    }
    return this.coming.picks.slice(0, n);
  }

  /** What a question about any link would tell: somebody chose it. */
  about(link: number): Question {
    return this.questionOf({ link, group: this.groupOf(link) ?? "scored", asked: "chosen", reason: "" });
  }

  /** The group of an open question, or of a contradiction; null for any other link. */
  groupOf(link: number): Group | null {
    if (this.held.contradictions.includes(link)) return "contradiction";
    const open = this.open();
    const row = open.link.indexOf(link);
    return row < 0 ? null : GROUPS[open.group[row]];
  }

  /** The first open question of a group, or a contradiction whose links are all confirmed; -1 for none. */
  firstOf(group: Group): number {
    if (this.question?.group === group) return this.question.link;
    if (group === "contradiction") {
      for (const { link } of this.contradicting()) return link;
      return this.held.contradictions[0] ?? -1;
    }
    const open = this.open();
    for (const row of this.ranking.ranked(this.held, open)) if (GROUPS[open.group[row]] === group) return open.link[row];
    return -1;
  }

  private picks(n: number): Pick[] {
    const found: Pick[] = [];
    if (n === 0) return found;
    const { only } = this;
    for (const pick of this.contradicting()) {
      if (only !== null && only !== "contradiction") break;
      found.push(pick);
      if (found.length === n) return found;
    }
    if (only === "contradiction") return found;
    const taken = new Set(found.map(({ link }) => link));
    for (const pick of this.suggested(taken, this.nBefore + this.step + found.length)) {
      found.push(pick);
      if (found.length === n) break;
    }
    return found;
  }

  /** Yield one question for each contradiction: the decision that is most likely wrong. */
  private *contradicting(): Generator<Pick> {
    const { held, ranking, done } = this;
    const { pack } = held;
    const found = held.contradictions;
    if (found.length === 0) return;
    const { label: unit } = held.units();
    const taken = new Set<number>();
    for (const rejected of found) {
      const approved = Approved.around(pack, held.status, unit, rejected);
      // The other answer to each question resolves it: about the rejection and the cheapest link that
      // alone ties both ends, then about the others that do.
      const single = (approved?.single(approved.chain()) ?? []).filter((link) => this.resolves(link, rejected));
      const cheapest = single.length > 0 ? approved!.cut().filter((link) => single.includes(link)) : [];
      const several = [[...cheapest, rejected], single];
      for (const links of several) {
        const left = links.filter((link) => !done[link] && !taken.has(link));
        if (left.length === 0) continue;
        const wrong = left.map((link) => (link === rejected ? ranking.surety(link) : 1 - ranking.surety(link)));
        const link = left[wrong.indexOf(Math.max(...wrong))];
        taken.add(link);
        const isLast = several.every((more) => more.every((one) => one === link || done[one]));
        yield { ...this.contradiction(rejected, link), isLast };
        break;
      }
    }
  }

  /** Whether to reject a link that alone ties a contradiction resolves that one. */
  private resolves(approved: number, rejected: number): boolean {
    const { held } = this;
    if (held.pack.policy.rejected === "refuse") return true;
    // Rejections do not bind: scores may hold both together nevertheless.
    const change = held.change([approved], [REJECTED]);
    return change === null || held.contradictionsChanged(change).resolved.includes(rejected);
  }

  private contradiction(rejected: number, link: number): Pick {
    const { pack } = this.held;
    const [one, other] = [pack.source[rejected], pack.target[rejected]].map(pack.rawPath);
    const reason =
      `${one} and ${other} are rejected as the same, but approved links unite them; of the` +
      " decisions about it that were not confirmed, this one is the likeliest to be wrong.";
    return { link, group: "contradiction", asked: "contradiction", reason };
  }

  /** Yield suggestions in their order, random ones among them. */
  private *suggested(taken: Set<number>, begin: number): Generator<Pick> {
    const { held, ranking } = this;
    const open = this.open();
    const inOrder = ranking.ranked(held, open);
    const atRandom = ranking.sampled(held, open);
    const following = (rows: Generator<number>): number => {
      for (let next = rows.next(); !next.done; next = rows.next()) {
        const isAsked = this.only === null || GROUPS[open.group[next.value]] === this.only;
        if (isAsked && !taken.has(open.link[next.value])) return next.value;
      }
      return -1;
    };
    for (let step = begin; ; step += 1) {
      let row = -1;
      let isRandom = this.order === "random";
      if (!isRandom && new Random(this.seed, step).next() < this.share) {
        row = following(atRandom);
        isRandom = row >= 0;
      }
      if (row < 0) row = following(inOrder);
      if (row < 0) return;
      taken.add(open.link[row]);
      yield this.pick(open, row, isRandom);
    }
  }

  private pick(open: Open, row: number, isRandom: boolean): Pick {
    const { order } = this;
    const { pack } = this.held;
    const link = open.link[row];
    const group = GROUPS[open.group[row]];
    const number = counted(open.link.length, "open suggestion");
    if (isRandom) return { link, group, asked: "random", reason: `It was drawn at random from ${number}.` };
    const things = `${LEVELS[pack.clustering.level]}s`.replace("integration_source", "system");
    const found = open.probability[row];
    const changes = `n answer is expected to change ${fixed(open.flips[row], 1)} pairs of ${things}`;
    const known = `It is right with probability ${fixed(found, 2)}, and a${changes}`;
    const unknown = "Nothing is known of its probability";
    const what = order === "flips" ? `A${changes}` : Number.isNaN(found) ? unknown : known;
    const ahead =
      order === "flips"
        ? `of ${number} no other changes more`
        : `of ${number} none is clearly less certain, and none about as uncertain changes more`;
    const why = group === "exact rule" ? "an exact rule joins two clusters" : ahead;
    return { link, group, asked: order, reason: `${what}; ${why}.` };
  }

  private questionOf(pick: Pick): Question {
    const { held, before, ranking } = this;
    const { pack } = held;
    const found = ranking.probabilityOf(held, pick.link);
    const names = new Names(before.clusters, held);
    const known = new Map<number, AnswerEffect>();
    return {
      ...pick,
      status: held.status[pick.link],
      probability: Number.isNaN(found) ? null : found,
      clusters: [names.ofNode(pack.source[pick.link]), names.ofNode(pack.target[pick.link])],
      effect: (status) => {
        const found = known.get(status);
        if (found) return found;
        // What is not known now may be so later, when Python has answered.
        const change = held.change([pick.link], [status]);
        const effect = change && effectOfChange(before.clusters, held, change);
        if (effect) known.set(status, effect);
        return effect;
      },
    };
  }
}

/** Statuses that answer a question. */
export const ANSWERS = [APPROVED, REJECTED] as const;

/** The suggestions between the same two tables, with those of exact rules first. */
export function suggestionsBetween(queue: ReviewQueue, link: number): number[] {
  const { pack, status } = queue.now;
  const key = (one: number): string => {
    const [x, y] = [pack.table[pack.source[one]], pack.table[pack.target[one]]];
    return x < y ? `${x} ${y}` : `${y} ${x}`;
  };
  const wanted = key(link);
  const table = pack.table[pack.source[link]];
  const near = table < 0 ? [] : Array.from(pack.linksOf(table));
  return near
    .filter((one) => STATUSES[status[one]] === "SUGGESTED" && key(one) === wanted)
    .sort((x, y) => pack.type[x] - pack.type[y] || x - y);
}
