// What a question is, why it is asked, and what an answer would do, in the words of the page.

import { APPROVED, LEVEL_WORDS, REJECTED, SUGGESTED } from "../../generated";
import { visible, type Pack } from "../pack";
import { counted, grouped, plainText, type Part } from "../words";
import type { AnswerEffect, ClusterChange, NamedCluster } from "./effect";
import type { Group, Question } from "./queue";

/** Fields that a sentence names, and further changes that are told. */
const MAX_NAMED = 3;
const MAX_OTHERS = 3;

/** What members of concepts are called, for so many of them: people read field, not column. */
export function thing(pack: Pack, n = 1): string {
  const word = pack.clustering.level === 2 ? "field" : LEVEL_WORDS[pack.clustering.level];
  return n === 1 ? word : `${word}s`;
}

export const things = (pack: Pack, n: number): string => counted(n, thing(pack));

/** A node as it is said in a sentence: "Salesforce Task OwnerId". */
export function saidNode(pack: Pack, node: number): string {
  const own = pack.level(node) === 1 ? pack.tableName(node) : pack.name[node];
  const system = pack.system[node] < 0 ? "?" : pack.name[pack.system[node]];
  if (pack.level(node) === 0) return own;
  return pack.level(node) === 1 ? `${system} ${own}` : `${system} ${pack.tableName(node)} ${own}`;
}

// --- questions -----------------------------------------------------------------------------------

/** What is asked about any link: approving it says yes. */
export const QUESTION = "Are these two the same?";

/** The answer that makes a status. */
export const answerWord = (status: number): string => (status === APPROVED ? "Approve" : "Reject");

/** What a link is now, above its question. */
export function nowWords(group: Group, status: number): string {
  const word = status === APPROVED ? "approved" : status === REJECTED ? "rejected" : "suggested";
  if (group !== "contradiction") return status === SUGGESTED ? "suggestion" : `now: ${word}`;
  return status === REJECTED ? "now: rejected, yet together" : `now: ${word}, in a contradiction`;
}

/** Why a question is asked now; empty if the reader chose it. */
export function whyAsked(question: Question, scores: boolean): string {
  switch (question.asked) {
    case "chosen":
      return "";
    case "contradiction":
      return "Of the decisions that contradict each other, this one is the likeliest to be wrong; one that changes is enough.";
    case "random":
      return "Drawn at random, as some questions are: such answers calibrate the scores.";
    default:
  }
  if (question.group === "exact rule") {
    const n = question.clusters.filter((name) => name !== null).length;
    return `An exact rule joins ${["two that are in no concept", "one to a concept", "two concepts"][n]}.`;
  }
  if (question.asked === "flips") return "No other answer is expected to change more.";
  const found = question.probability;
  if (found === null) return "It has no score, so nothing is known of it.";
  if (!scores) return "It is among the least certain.";
  return `It is among the least certain: right with probability ${found.toFixed(2)}.`;
}

/** What it means that a decision stays which is asked about again. */
export function confirmedWords({ group, asked, isLast }: Question): string {
  if (group !== "contradiction" || asked === "chosen") return "It stays as it is.";
  if (!isLast) return "It is confirmed, and the contradiction stays: another of its links is asked about.";
  return "It is confirmed, and the contradiction stays. It was the last of its links to ask about, yet they cannot all be right: \u201cContradictions\u201d in the queue leads back to it.";
}

// --- effects -------------------------------------------------------------------------------------

/** Sizes of concepts before and after; alone are those in none. */
export interface Sizes {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface EffectTold {
  /** Null where nothing changes. */
  readonly sizes: Sizes | null;
  readonly sentences: readonly (readonly Part[])[];
  readonly made: readonly number[];
  readonly resolved: readonly number[];
}

/** Where the ends of a link are now, for an effect that changes nothing. */
export interface Ends {
  readonly together: boolean;
  /** Whether the link is between members of concepts at all. */
  readonly counts: boolean;
}

/** Tell what an answer would do: first what becomes of the ends, then of other concepts. */
export function effectTold(
  pack: Pack,
  effect: AnswerEffect,
  status: number,
  { link, ends }: { link: number; ends: Ends | null },
): EffectTold {
  const { made, resolved } = effect;
  const ours = new Set(link < 0 ? [] : [pack.source[link], pack.target[link]].map((node) => node - pack.first[pack.clustering.level]));
  const isOurs = (change: ClusterChange): boolean => change.regrouping.nodes.some((node) => ours.has(node));
  const changes = [...effect.changes].sort((x, y) => Number(isOurs(y)) - Number(isOurs(x)));
  const contradictions = [...contradictionWords(pack, made, resolved), ...violationWords(pack, effect.violations)];
  if (changes.length === 0) {
    const sentences = ends && contradictions.length === 0 ? [[nothingWords(pack, status, ends)]] : [];
    return { sizes: null, sentences: [...contradictions, ...sentences], made, resolved };
  }
  const [first, ...others] = changes;
  const told = others.slice(0, MAX_OTHERS).map((change) => changeWords(pack, change));
  if (others.length > MAX_OTHERS) told.push([`${counted(others.length - MAX_OTHERS, "more concept")} change${others.length - MAX_OTHERS === 1 ? "s" : ""}.`]);
  return {
    sizes: sizesOf(first),
    sentences: [...contradictions, changeWords(pack, first), ...told],
    made,
    resolved,
  };
}

/** The effect as one text. */
export function effectText({ sentences }: EffectTold): string {
  return sentences.map(plainText).join(" ");
}

function sizesOf({ before, after, comes, left }: ClusterChange): Sizes {
  const alone = (n: number): number[] => new Array<number>(n).fill(1);
  return {
    before: [...before.map(({ size }) => size), ...alone(comes.length)],
    after: [...after.map(({ size }) => size), ...alone(left.length)],
  };
}

function nothingWords(pack: Pack, status: number, { together, counts }: Ends): string {
  if (!counts) return `No concept changes: concepts are made of ${thing(pack, 2)}, and this link is not between two.`;
  if (together) return status === REJECTED ? "Nothing changes. They stay together." : "Nothing changes. They are together now and stay together.";
  return status === APPROVED ? "Nothing changes. They stay apart." : "Nothing changes. They are apart now and stay apart.";
}

function contradictionWords(pack: Pack, made: readonly number[], resolved: readonly number[]): Part[][] {
  const said: Part[][] = [];
  if (made.length > 0) {
    const [link] = made;
    const pair: Part[] = [nodePart(pack, pack.source[link]), " and ", nodePart(pack, pack.target[link])];
    const more = made.length > 1 ? `, and ${grouped(made.length - 1)} more pairs` : "";
    said.push([{ strong: made.length === 1 ? "Adds a contradiction" : `Adds ${grouped(made.length)} contradictions` }, ": ", ...pair, `${more} are rejected, yet would be together.`]);
  }
  if (resolved.length > 0) said.push([{ strong: `Resolves ${resolved.length === 1 ? "a contradiction" : counted(resolved.length, "contradiction")}` }, "."]);
  return said;
}

function violationWords(pack: Pack, more: number): Part[][] {
  if (more <= 0) return [];
  return [[{ strong: `Puts several ${thing(pack, 2)} of one ${pack.clustering.one_per === 0 ? "system" : "table"} together` }, "."]];
}

function changeWords(pack: Pack, change: ClusterChange): Part[] {
  const { kind, before, after } = change;
  const old = before.map((one): Part[] => [namePart(pack, one), ` (${grouped(one.size)})`]);
  const now = after.map((one): Part[] => [namePart(pack, one), ` (${grouped(one.size)})`]);
  const alone = leftWords(pack, change);
  const from = before[0];
  const to = after[0];
  switch (kind) {
    case "merged":
      return ["One concept, ", namePart(pack, to), `, of ${things(pack, to.size)}${inSystems(pack, change, 0)}.`, ...alone];
    case "appeared":
      return ["A new concept, ", namePart(pack, to), `, of ${things(pack, to.size)}${inSystems(pack, change, 0)}.`];
    case "vanished":
      return [...joined(old), ` ${before.length === 1 ? "is" : "are"} no more: ${before.length === 1 && from.size === 2 ? "both" : "all"} ${thing(pack, 2)} stand alone.`];
    case "split":
      return [...joined(old), " falls apart into ", ...joined(now), ".", ...alone];
    case "regrouped":
      return [...joined(old), ` become${before.length === 1 ? "s" : ""} `, ...joined(now), ".", ...movesWords(pack, change), ...alone];
    case "grew":
      return [namePart(pack, to), ` grows from ${grouped(from.size)} to ${things(pack, to.size)}: `, ...namedNodes(pack, change.comes), ` come${change.comes.length === 1 ? "s" : ""} to it.`, ...alone];
    case "shrank":
      return [namePart(pack, to), ` shrinks from ${grouped(from.size)} to ${things(pack, to.size)}.`, ...alone];
  }
}

/** Which members come to another concept than most of it was before, where they are few. */
function movesWords(pack: Pack, { regrouping, after }: ClusterChange): Part[] {
  const first = pack.first[pack.clustering.level];
  const said: Part[] = [];
  regrouping.after.forEach(([group], place) => {
    const rows = [...regrouping.group.keys()].filter((at) => regrouping.group[at] === group);
    const times = new Map<number, number>();
    for (const at of rows) times.set(regrouping.label[at], (times.get(regrouping.label[at]) ?? 0) + 1);
    const most = Math.max(...times.values());
    const main = [...times].find(([, n]) => n === most)![0];
    const moved = rows.filter((at) => regrouping.label[at] !== main).map((at) => regrouping.nodes[at] + first);
    if (moved.length === 0 || moved.length > MAX_NAMED) return;
    said.push(" ", ...namedNodes(pack, moved), ` move${moved.length === 1 ? "s" : ""} to `, namePart(pack, after[place]), ".");
  });
  return said;
}

function leftWords(pack: Pack, { left }: ClusterChange): Part[] {
  if (left.length === 0) return [];
  return [" ", ...namedNodes(pack, left), ` ${left.length === 1 ? "is" : "are"} left alone.`];
}

function namedNodes(pack: Pack, nodes: readonly number[]): Part[] {
  const named = nodes.slice(0, MAX_NAMED).map((node): Part[] => [nodePart(pack, node)]);
  const more = nodes.length - named.length;
  return joined(more > 0 ? [...named, [`${grouped(more)} more`]] : named);
}

const nodePart = (pack: Pack, node: number): Part => ({ strong: saidNode(pack, node), node });

/** A concept by its name, or by the first of its members: its size follows. */
function namePart(pack: Pack, { name, node }: NamedCluster): Part {
  return node >= 0 ? nodePart(pack, node) : { strong: visible(name) };
}

/** " in 3 systems", for one of the concepts after a change. */
function inSystems(pack: Pack, { regrouping }: ClusterChange, place: number): string {
  const first = pack.first[pack.clustering.level];
  const [group] = regrouping.after[place];
  const systems = new Set<number>();
  regrouping.nodes.forEach((node, at) => {
    if (regrouping.group[at] === group) systems.add(pack.system[node + first]);
  });
  return systems.size > 1 ? ` in ${counted(systems.size, "system")}` : "";
}

function joined(names: readonly Part[][]): Part[] {
  return names.flatMap((name, at): Part[] => [...(at === 0 ? [] : [at === names.length - 1 ? " and " : ", "]), ...name]);
}
