// Changes in words: the finding, what happened to concepts, and why.

import { STATUSES } from "../generated";
import { countOf, kindsOf, type Change, type ChangedLink, type Changes, type Ref, type Section, type Side } from "./changes";
import { evidenceInShort } from "./evidence-sentences";
import { visible, type Pack } from "./pack";
import { fieldsCounted, fieldsName } from "./sentence";
import { typeWord } from "./statuses";
import { counted, grouped, listed, scoreText, titled } from "./words";

/** What happened, in a word; "came" for the first of a list's words. */
export const KIND_WORDS: Readonly<Record<string, string>> = {
  merged: "merged",
  split: "split",
  regrouped: "regrouped",
  appeared: "came",
  vanished: "went",
  grew: "grew",
  shrank: "shrank",
  added: "came",
  removed: "went",
  "re-decided": "decided",
  "re-linked": "other ends",
  "re-scored": "other score",
  "re-typed": "other type",
  moved: "moved",
  joined: "joined one",
  left: "left one",
  gone: "gone",
  renamed: "renamed",
  deleted: "deleted",
  restored: "restored",
  made: "made",
  resolved: "resolved",
  approved: "approved",
  rejected: "rejected",
  suggested: "taken back",
  other: "other",
};

export const kindWord = (kind: string): string => KIND_WORDS[kind] ?? kind;

/** The same where it stands alone. */
export const kindTitle = (kind: string): string => titled(kindWord(kind));

/** What a section is called. */
export function sectionName(pack: Pack, section: Section): string {
  const fields = fieldsName(pack);
  switch (section) {
    case "concepts":
      return "Concepts";
    case "moves":
      return `${fields.charAt(0).toUpperCase()}${fields.slice(1)} moved`;
    case "decisions":
      return "Decisions";
    case "links":
      return "Links";
    case "nodes":
      return "Tables and fields";
    case "contradictions":
      return "Contradictions";
  }
}

/** The finding, as a title: "12 concepts changed: 3 merged, 2 split; 4 decisions since". */
export function titleOfChanges(changes: Changes): string {
  if (changes.isEmpty) return "Nothing changed";
  const n = changes.changes.length;
  const said = n
    ? `${counted(n, "change")} of concepts: ${Array.from(kindsOf(changes, "concepts"), ([kind, number]) => `${grouped(number)} ${kindWord(kind)}`).join(", ")}`
    : "No concept changed";
  const decisions = countOf(changes, "decisions");
  return decisions ? `${said}; ${counted(decisions, "decision")} since` : said;
}

/** What else is to be known, sentence by sentence. */
export function factsOf(changes: Changes): string[] {
  const { before, after, setting, pack } = changes;
  const said: string[] = [];
  const links = Array.from(kindsOf(changes, "links"), ([kind, n]) => ({ kind, n }));
  const came = links.map(({ kind, n }) => linkCount(kind, n));
  if (!links.some(({ kind }) => kind === "added" || kind === "removed")) said.push("No link came or went.");
  if (came.length) said.push(`Links: ${came.join(", ")}.`);
  const nodes = Array.from(kindsOf(changes, "nodes"), ([kind, n]) => `${grouped(n)} ${kindWord(kind)}`);
  if (nodes.length) said.push(`Tables and fields: ${nodes.join(", ")}.`);
  if (changes.moves.length) {
    const n = changes.moves.length;
    said.push(`${fieldsCounted(pack, n)} ${n === 1 ? "is" : "are"} in another concept or in none.`);
  }
  const contradictions = Array.from(kindsOf(changes, "contradictions"), ([kind, n]) => `${grouped(n)} ${kindWord(kind)}`);
  if (contradictions.length) said.push(`Contradictions: ${contradictions.join(", ")}.`);
  for (const one of changes.entities) {
    const [old, now] = [one.old, one.now].map((names) => listed(names.map((name) => titled(visible(name)))));
    const other = one.now.length === 1 ? `, ${now}` : "";
    said.push(
      one.now.length === 1
        ? `Names changed because the entities ${old} are one now${other}.`
        : `Names changed because the entity ${old} fell apart into ${now}.`,
    );
  }
  said.push(
    `Before: ${counted(before.clusters, "concept")}, ${counted(before.links, "link")}. After: ${counted(after.clusters, "concept")}, ${counted(after.links, "link")}.`,
  );
  said.push(
    !setting.differs
      ? "Both sides are joined by one setting."
      : setting.changes
        ? `Both sides are joined by the setting of before. A new one, made for the links of after, would make ${counted(setting.changes, "more change")}.`
        : "Both sides are joined by the setting of before. A new one, made for the links of after, would change no concept.",
  );
  return said;
}

function linkCount(kind: string, n: number): string {
  const number = grouped(n);
  switch (kind) {
    case "added":
      return `${number} came`;
    case "removed":
      return `${number} went`;
    case "re-scored":
      return `${number} with another score`;
    case "re-linked":
      return `${number} with other ends`;
    default:
      return `${number} with another type`;
  }
}

/** A piece of a sentence about changes: a text, a node as it was or is, or a concept. */
export type Word =
  | string
  | { readonly node: Ref; readonly past?: boolean }
  | { readonly old: number }
  | { readonly new: number };

/** What happened to the concepts of a change. */
export function headOf({ kind, before, after }: Change): Word[] {
  const old = sidesOf(before, (side) => ({ old: side }));
  const now = sidesOf(after, (side) => ({ new: side }));
  switch (kind) {
    case "merged":
      return [...old, " are one now: ", ...now];
    case "split":
      return [...old, " fell apart into ", ...now];
    case "appeared":
      return [...now, after.length === 1 ? " is new" : " are new"];
    case "vanished":
      return [...old, before.length === 1 ? " is gone" : " are gone"];
    case "grew":
      return [...old, " grew to ", ...now];
    case "shrank":
      return [...old, " shrank to ", ...now];
    default:
      return [...old, before.length === 1 ? " is now " : " are now ", ...now];
  }
}

const MAX_NAMED = 4; // concepts

function sidesOf(sides: readonly number[], word: (side: number) => Word): Word[] {
  const most = sides.length > MAX_NAMED ? MAX_NAMED - 1 : MAX_NAMED;
  const words: Word[] = [];
  sides.slice(0, most).forEach((side, at) => {
    if (at > 0) words.push(at === sides.length - 1 ? " and " : ", ");
    words.push(word(side));
  });
  if (sides.length > most) words.push(` and ${grouped(sides.length - most)} more`);
  return words;
}

/** A cause in a sentence: what happened to a link. */
export function causeOf(link: ChangedLink): Word[] {
  const isNow = { source: { node: link.source }, target: { node: link.target } };
  const [from, to]: Word[] = [isNow.source, isNow.target];
  switch (link.kind) {
    case "added":
      return [from, " = ", to, ` came, ${stateOf(link.status, link.score)}`];
    case "removed":
      return [from, " = ", to, ` went${link.withEnd ? " with an end of it" : ""}; it was ${stateOf(link.oldStatus, link.oldScore)}`];
    case "re-decided":
      return [from, link.status === REJECTED_NAME ? " \u2260 " : " = ", to, ` ${becameOf(link)}`];
    case "re-scored":
      return [from, " = ", to, `: ${scoreChange(link.oldScore, link.score)}`];
    case "re-linked":
      return ["A link joins ", from, " and ", to, " now, and others before"];
    default:
      return [from, " = ", to, ` is ${typeText(link.type)} now; it was ${typeText(link.oldType)}`];
  }
}

const [, , REJECTED_NAME] = STATUSES;

/** A status in a sentence; an unknown one as it came. */
export const statusText = (status: string | null): string =>
  status === null ? "" : STATUSES.some((one) => one === status) ? status.toLowerCase() : visible(status);

const stateOf = (status: string | null, score: number | null): string => `${statusText(status)} with ${scoreSaid(score)}`;

const scoreSaid = (score: number | null): string => (score === null ? "no score" : `score ${scoreText(score)}`);

/** A score in a cell. */
export const scoreCell = (score: number | null): string => (score === null ? "no score" : scoreText(score));

function scoreChange(before: number | null, after: number | null): string {
  if (before === null) return `${scoreSaid(after)} now, none before`;
  if (after === null) return `no score now, ${scoreText(before)} before`;
  return `its score ${after > before ? "rose" : "fell"} from ${scoreText(before)} to ${scoreText(after)}`;
}

function becameOf({ status, oldStatus, oldScore, score, made }: ChangedLink): string {
  const was = `it was ${statusText(oldStatus)}`;
  const by = made ? madeText(made.who, made.at) : "";
  const also = oldScore === score ? "" : `, ${scoreChange(oldScore, score)}`;
  const verb = status === "SUGGESTED" ? "is suggested again" : `was ${statusText(status)}`;
  return `${verb}${by}; ${was}${also}`;
}

/** " by Ana on 3 May 2026"; empty if neither is known. */
export function madeText(who: string | null, at: number): string {
  return `${who ? ` by ${visible(who)}` : ""}${at ? ` on ${dayText(at)}` : ""}`;
}

const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };

/** A day, as 3 May 2026. */
export const dayText = (at: number): string => new Date(at).toLocaleDateString("en-GB", DAY);

function typeText(type: string | null): string {
  const word = type === null ? "" : typeWord({ types: [] as readonly string[] } as Pack, TYPES.indexOf(type));
  return word ? `an ${word}` : visible(type ?? "of no type");
}

const TYPES = ["DETERMINISTIC", "PROBABILISTIC"];

/** What is known of a link besides: its evidence in a few words. */
export const evidenceOf = (link: ChangedLink): string => evidenceInShort(link.evidence);

/** How sure the causes of a change are. */
export function sureness({ found, causes }: Change): string {
  const n = causes.length;
  const these = n === 1 ? "Put back as it was, this alone undoes the change." : `Put back as they were, these ${grouped(n)} together undo the change`;
  switch (found) {
    case "smallest":
      return n === 1 ? these : `${these}; fewer do not.`;
    case "minimal":
      return n === 1 ? these : `${these}; none of them can be left out.`;
    case "sufficient":
      return n === 1 ? these : `${these}; perhaps fewer do, the search was cut short.`;
    default:
      return "No set of changed links was found that undoes it.";
  }
}

/** What a concept is called on its own page, after its size; empty if that is no other name. */
export const nowCalled = ({ name, own }: Side): string => (own === name ? "" : `, now called ${visible(own)}`);

/** A sentence as text. */
export function plainWords(changes: Changes, words: readonly Word[]): string {
  return words
    .map((word) => {
      if (typeof word === "string") return word;
      if ("node" in word) return visible((word.past ? changes.placeBefore(word.node) : changes.placeAfter(word.node)).path);
      const side = "old" in word ? changes.old[word.old] : changes.new[word.new];
      return `${visible(side.name)} (${grouped(side.size)}${nowCalled(side)})`;
    })
    .join("");
}

/** Names of kinds in a sentence. */
export const kindsSaid = (kinds: Iterable<string>): string => listed(Array.from(kinds, kindWord));
