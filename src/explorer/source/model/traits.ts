// Traits of nodes: what each says about the thing that it identifies or describes.

import { IS_ID, IS_LONG, LONG_TEXT_VALUE, OTHER_ID_WORDS, OTHER_VALUE, ROLE_VALUES } from "../generated";
import type { Pack } from "./pack";

/** Traits by node: shape (nNodes,). Texts are positions among `texts`, -1 for none. */
export interface Traits {
  readonly texts: readonly string[];
  /** Code of the column's role, -1 for none. */
  readonly role: Int8Array;
  /** Worth of that role in hundredths. */
  readonly value: Uint8Array;
  /** 1 if it is an id, or refers to a row. */
  readonly isId: Uint8Array;
  /** Words of its name. */
  readonly phrase: Int32Array;
  /** Number of the last word that says something: the same number for the same word. */
  readonly topic: Int32Array;
  /** System that an id's name mentions. */
  readonly mentions: Int32Array;
  /** System that it is in; for a copy, and in a schema that is called like a system, that of the original. */
  readonly origin: Int32Array;
  /** Words of its table. */
  readonly table: Int32Array;
  /** Number of the entity or table that its row, or the row that it refers to, belongs to. */
  readonly thing: Int32Array;
  /** Name of each thing. */
  readonly thingName: Int32Array;
}

const known = new WeakMap<Pack, Traits>();

export function traitsOf(pack: Pack): Traits {
  let traits = known.get(pack);
  if (!traits) {
    traits = spread(pack);
    known.set(pack, traits);
  }
  return traits;
}

function spread(pack: Pack): Traits {
  const { nNodes, first, traits: packed } = pack;
  const none = (): Int32Array => new Int32Array(nNodes).fill(-1);
  const [mentions, origin, table, thing, topic] = [none(), none(), none(), none(), none()];
  const role = new Int8Array(nNodes);
  const value = new Uint8Array(nNodes);
  const isId = new Uint8Array(nNodes);
  const topics = new Topics(packed.texts);
  for (let node = 0; node < nNodes; node += 1) {
    const trait = packed.trait[node];
    role[node] = (trait & (IS_ID - 1)) - 1;
    value[node] = trait & IS_LONG ? LONG_TEXT_VALUE : (ROLE_VALUES[role[node]] ?? OTHER_VALUE);
    isId[node] = trait & IS_ID ? 1 : 0;
    const own = pack.table[node];
    const place = own < 0 ? pack.system[node] : own;
    if (place >= 0) origin[node] = packed.origin[place];
    if (own >= 0) {
      table[node] = packed.tableText[own - first[1]];
      thing[node] = packed.tableThing[own - first[1]];
    }
    topic[node] = topics.of(packed.phrase[node], table[node]);
  }
  packed.about.forEach((node, index) => (thing[node] = packed.aboutThing[index]));
  packed.mentions.forEach((node, index) => (mentions[node] = packed.mentionsText[index]));
  const { texts, phrase, thingName } = packed;
  return { texts, role, value, isId, phrase, topic, mentions, origin, table, thing, thingName };
}

/** Leave out the numbers that tell names apart, such as those of `address line 2` and `q1`. */
function withoutNumbers(words: readonly string[]): readonly string[] {
  let end = words.length;
  while (end > 1 && /^[0-9]+$/.test(words[end - 1]) && /\p{L}/u.test(words[end - 2])) end -= 1;
  return words.slice(0, end).map((word) => word.replace(/^(\p{L})[0-9]{1,2}$/u, "$1"));
}

/** Numbers of last words. */
class Topics {
  private readonly numbers = new Map<string, number>();
  /** Topic of each phrase, where that does not depend on the table. */
  private readonly known = new Map<number, number>();

  constructor(private readonly texts: readonly string[]) {}

  of(phrase: number, table: number): number {
    if (phrase < 0) return -1;
    let topic = this.known.get(phrase);
    if (topic !== undefined) return topic;
    const words = withoutNumbers(this.texts[phrase].split(" "));
    const plain = words.filter((word) => !(OTHER_ID_WORDS as readonly string[]).includes(word));
    const said = plain.length > 0 ? plain : table >= 0 ? this.texts[table].split(" ") : words;
    topic = this.number(said[said.length - 1]);
    if (plain.length > 0) this.known.set(phrase, topic);
    return topic;
  }

  private number(word: string): number {
    if (word === "") return -1;
    let number = this.numbers.get(word);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(word, number);
    }
    return number;
  }
}
