// Names that were typed whole: a field with its table and its system, apart or written together.

import { amountsOf } from "./amounts";
import { systemsCalled } from "./badges";
import { withoutPossessives, wordsOf } from "./folding";
import type { Level, Pack } from "./pack";

/** A text that names the table and the field, and nothing else. */
export const TABLE_AND_NAME = 2;
/** From here on a text names the system, the table and the field; more, if it names the table with its schema. */
export const WHOLE_NAME = 3;

/** A name in letters and digits alone, as it is and folded; for a table also without its schema. */
interface Squeezed {
  readonly own: readonly string[];
  readonly short: readonly string[];
}

const FORMS = [
  (text: string): string => withoutPossessives(text).normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""),
  (text: string): string => wordsOf(text).map(({ word }) => word).join(""),
];

const squeezed = new WeakMap<Pack, readonly Squeezed[]>();

function squeezedOf(pack: Pack): readonly Squeezed[] {
  let forms = squeezed.get(pack);
  if (!forms) {
    forms = FORMS.map((squeeze) => {
      const texts = new Map<string, string>();
      const once = (text: string): string => {
        let found = texts.get(text);
        if (found === undefined) texts.set(text, (found = squeeze(text)));
        return found;
      };
      const nodes = Array.from({ length: pack.nNodes }, (_, node) => node);
      return {
        own: nodes.map((node) => once(pack.level(node) === 1 ? pack.tableName(node) : pack.name[node])),
        short: nodes.map((node) => once(pack.name[node])),
      };
    });
    squeezed.set(pack, forms);
  }
  return forms;
}

/** Return a function that tells how exactly a text names a node: 0 if by its own name at most. */
export function exactness(pack: Pack, text: string): (node: number) => number {
  const forms = squeezedOf(pack);
  const systemsOf = new Map<string, readonly number[]>();
  const called = (letters: string): readonly number[] => {
    let systems = systemsOf.get(letters);
    if (!systems) systemsOf.set(letters, (systems = systemsCalled(pack, letters)));
    return systems;
  };
  const typed = FORMS.map((squeeze) => squeeze(text));
  const place = (form: Squeezed, node: number, rest: string): number => {
    const system = pack.system[node];
    const table = pack.table[node];
    const level = pack.level(node);
    if (rest === "" || level === 0) return 0;
    const isSystem = (one: string): boolean => system >= 0 && (one === form.own[system] || called(one).includes(system));
    if (level === 1) return isSystem(rest) ? WHOLE_NAME : 0;
    const tables = table < 0 ? [] : [form.own[table], form.short[table]];
    const at = tables.findIndex((one) => one && rest.endsWith(one) && isSystem(rest.slice(0, rest.length - one.length)));
    if (at >= 0) return at === 0 ? WHOLE_NAME + 1 : WHOLE_NAME;
    return tables.includes(rest) ? TABLE_AND_NAME : Number(isSystem(rest));
  };
  const known = new Int8Array(pack.nNodes).fill(-1);
  return (node) => {
    if (known[node] >= 0) return known[node];
    let most = 0;
    forms.forEach((form, at) => {
      for (const own of pack.level(node) === 1 ? [form.own[node], form.short[node]] : [form.own[node]]) {
        if (!own || !typed[at].endsWith(own)) continue;
        most = Math.max(most, place(form, node, typed[at].slice(0, typed[at].length - own.length)));
      }
    });
    known[node] = most;
    return most;
  };
}

/** Nodes of each name in letters and digits alone. */
const nodesCalled = new WeakMap<Pack, ReadonlyMap<string, readonly number[]>>();

function nodesCalledOf(pack: Pack): ReadonlyMap<string, readonly number[]> {
  let nodes = nodesCalled.get(pack);
  if (!nodes) {
    const found = new Map<string, number[]>();
    for (let node = 0; node < pack.nNodes; node += 1) {
      for (const name of new Set(squeezedOf(pack).flatMap(({ own, short }) => [own[node], short[node]]))) {
        const known = found.get(name);
        if (known) known.push(node);
        else if (name) found.set(name, [node]);
      }
    }
    nodes = found;
    nodesCalled.set(pack, nodes);
  }
  return nodes;
}

/**
 * Return the nodes of a level of which all words were typed and no others: a field with its table or its system or
 * both, a table with its system or alone. Of them those that are named most exactly, the most linked first.
 */
export function wholeNames(pack: Pack, text: string, level: Level): number[] {
  const called = nodesCalledOf(pack);
  const exact = exactness(pack, text);
  const found = new Map<number, number>();
  for (const squeeze of FORMS) {
    const letters = squeeze(text);
    for (let begin = 0; begin < letters.length; begin += 1) {
      for (const node of called.get(letters.slice(begin)) ?? []) {
        if (pack.level(node) !== level || pack.deleted[node]) continue;
        const how = level < 2 && begin === 0 ? Math.max(1, exact(node)) : exact(node);
        if (how > 0) found.set(node, how);
      }
    }
  }
  const most = Math.max(...found.values());
  const { links } = amountsOf(pack);
  return [...found.keys()].filter((node) => found.get(node) === most).sort((x, y) => links[y] - links[x] || x - y);
}
