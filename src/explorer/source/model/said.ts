// Why two fields are one concept or not, in the words of the page.
//
// The sentences are those that Python says, with other words. Names are put in last, so that no word
// of a name is taken for one of a sentence.

import { shareEngine } from "./clusters";
import type { Pack } from "./pack";
import type { Part, Sentence } from "./sentence";
import type { View } from "./types";
import { whyTogether } from "./why";
import { lowered } from "./words";

const NODE = "\u27e6n";
const CONCEPT = "\u27e6c";
const END = "\u27e7";
const NUMBER = "\\d+(?:\\.\\d+)?(?:e-\\d+)?";
/** A score with more digits than are read. */
const LONG = /(?<![\d.])(0\.\d{3,})(?![\d.]|e-)/;
const NAMED = /\u27e6([nc])(\d+)\u27e7/;

const marked = new WeakMap<Pack, Pack>();

/** The same pack, that names nodes by their positions. */
function numbered(pack: Pack): Pack {
  let found = marked.get(pack);
  if (!found) {
    found = {
      ...pack,
      marked: (node) => `${NODE}${node}${END}`,
      statuses: pack.statuses.map((status) => status.toLowerCase()),
    };
    shareEngine(pack, found);
    marked.set(pack, found);
  }
  return found;
}

/** Explain why two nodes are in one concept or not, the answer first. */
export function whySaid(view: View, a: number, b: number): Sentence[] {
  const { clusters } = view;
  const { identity } = clusters;
  const named = { ...identity, name: (cluster: number) => `${CONCEPT}${cluster}${END}` };
  const masked: View = {
    ...view,
    pack: numbered(view.pack),
    clusters: Object.create(clusters, { identity: { value: named } }) as View["clusters"],
  };
  return whyTogether(masked, a, b).map((sentence) => split(inPageWords(sentence, clusters.method), view));
}

/** Take names out of a text. */
function split(text: string, { clusters }: View): Part[] {
  const parts: Part[] = [];
  const pieces = text.split(NAMED);
  for (let at = 0; at < pieces.length; at += 3) {
    if (pieces[at]) parts.push(...pieces[at].split(LONG).map((text, odd): Part => (odd % 2 ? { strong: lowered(Number(text)), exact: text } : text)).filter((part) => part !== ""));
    const [kind, number] = [pieces[at + 1], Number(pieces[at + 2])];
    if (kind === "n") parts.push({ node: number });
    if (kind === "c") parts.push({ concept: clusters.identity.name(number) });
  }
  return parts;
}

function inPageWords(text: string, method: string): string {
  const at = (value: string): string => `joined from ${value}`;
  return text
    .replace(/ \(by [^()]*\)\.$/, ".")
    .replace(new RegExp(` \\(${method} at threshold (${NUMBER})\\)`), (_, value: string) => ` (${at(value)})`)
    .replace(/, below the threshold of (\d+(?:\.\d+)?(?:e-\d+)?)/, ", less than the $1 that concepts are joined from")
    .replace(/, enough for the threshold of (\d+(?:\.\d+)?(?:e-\d+)?); but a join is forbidden/, ", enough to be joined from $1; but decisions or rules forbid it")
    .replace(/, enough for the threshold of (\d+(?:\.\d+)?(?:e-\d+)?); but \w+ does not go by one chain alone/, ", enough to be joined from $1; but one chain alone is not enough")
    .replace(/No threshold puts them in one cluster/, "No setting puts them in one concept")
    .replace(/at every threshold/, "at every setting")
    .replace(/up to a threshold of (\d+(?:\.\d+)?(?:e-\d+)?)/, "as long as it is joined from $1 or less")
    .replace(/at a threshold of (\d+(?:\.\d+)?(?:e-\d+)?) or below/, "if it was joined from $1 or less")
    .replace(/Forbidden by one member per (\w+)/, "Forbidden, as a concept has one field of each $1")
    .replace(/No link of the chain is a bridge: without any one of them, others hold the two/, "The two do not hang on a single link: without any one of the chain, others hold them")
    .replace(/^(\d+) bridges?, without which the two fall apart/, (_, n: string) =>
      n === "1" ? "They are held by a single link, without which they fall apart" : `Each of ${n} links alone holds them: without it they fall apart`)
    .replace(/In one cluster nevertheless/, "Rejected, yet together")
    .replace(/\bconfidence\b/g, "score")
    .replace(/\bclusters\b/g, "concepts")
    .replace(/\bClusters\b/g, "Concepts")
    .replace(/\bcluster\b/g, "concept")
    .replace(/\bcolumn(s?)\b/g, "field$1")
    .replace(/\bAPPROVED\b/g, "approved")
    .replace(/\bREJECTED\b/g, "rejected")
    .replace(/\bSUGGESTED\b/g, "suggested")
    .replace(/\u27e7 > \u27e6/g, "\u27e7 = \u27e6");
}
