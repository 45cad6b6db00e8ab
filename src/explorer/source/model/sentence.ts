// Sentences in which nodes and concepts are named, for a page that shows these in its own way.

import { visible, type Pack } from "./pack";
import { counted, grouped } from "./words";

/** Text, text that matters or a number that is known more exactly, a node, or a concept by its name, which may have invisible characters. */
export type Part = string | { readonly strong: string; readonly exact?: string } | { readonly node: number } | { readonly concept: string };
export type Sentence = readonly Part[];

const MAX_LISTED = 3; // nodes that are named

/** Write a sentence as text. */
export function plain(pack: Pack, sentence: Sentence): string {
  return sentence
    .map((part) => {
      if (typeof part === "string") return part;
      if ("strong" in part) return part.strong;
      return "node" in part ? pack.marked(part.node) : visible(part.concept);
    })
    .join("");
}

/** Name nodes in a sentence, and count those beyond a few. */
export function nodesListed(nodes: readonly number[]): Part[] {
  const most = nodes.length > MAX_LISTED ? MAX_LISTED - 1 : MAX_LISTED;
  const named = nodes.slice(0, most);
  const left = nodes.length - named.length;
  const parts: Part[] = [];
  named.forEach((node, at) => {
    if (at > 0) parts.push(at === named.length - 1 && left === 0 ? " and " : ", ");
    parts.push({ node });
  });
  if (left > 0) parts.push(` and ${grouped(left)} more`);
  return parts;
}

const THINGS = ["system", "table", "field"] as const;

/** What members of concepts are called in the page, for so many of them. */
export function fieldsName({ clustering }: Pack, n = 2): string {
  const name = THINGS[clustering.level];
  return n === 1 ? name : `${name}s`;
}

/** "1 field", "1,200 fields". */
export function fieldsCounted({ clustering }: Pack, n: number): string {
  return counted(n, THINGS[clustering.level]);
}
