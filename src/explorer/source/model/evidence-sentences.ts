// Evidence as sentences, by the matcher that gave it.
//
// Members are not part of any contract: what is missing, of another type or left out of the file is not
// said. What no sentence says is listed as facts, and a matcher that is not known has only those.

import { flattenEvidence } from "./evidence";
import { visible } from "./pack";
import { grouped, percent, percentPart, type Part } from "./words";

/** A line of evidence: what it is about, and what it says. */
export interface EvidenceLine {
  readonly name: string;
  readonly text: readonly Part[];
  /** Shown as a meter; null for none. */
  readonly share: number | null;
}

export interface EvidenceTold {
  readonly lines: readonly EvidenceLine[];
  /** Facts that are not listed. */
  readonly more: number;
  /** Whether some of it was left out of the file. */
  readonly hidden: boolean;
}

const HIDDEN = "[redacted";
const MAX_FACTS = 8;
const MAX_TEXT = 200; // characters
const MAX_MATCHER = 40; // characters of a matcher's name in a list

type Members = Record<string, unknown>;

/** Tell evidence, which is JSON text; null if there is none. */
export function evidenceLines(text: string | null): EvidenceTold | null {
  const content = membersOf(text);
  if (!content) {
    if (text === null || text.trim() === "") return null;
    return { lines: [{ name: "Evidence", text: [short(text)], share: null }], more: 0, hidden: false };
  }
  if (Object.keys(content).length === 0) return null;
  const read = new Reading(content);
  const teller = Object.hasOwn(TELLERS, read.matcher) ? TELLERS[read.matcher] : untold;
  const lines = teller(read).filter((line): line is EvidenceLine => line !== null);
  const facts = flattenEvidence(JSON.stringify(read.rest()));
  const shown = facts.filter(({ name, value }) => value !== null && !isHidden(value) && !name.includes(HIDDEN));
  const listed = shown.slice(0, MAX_FACTS).map(({ name, value }) => factLine(name, value));
  return {
    lines: [...lines, ...listed],
    more: Math.max(shown.length - MAX_FACTS, 0),
    hidden: text!.includes(`"${HIDDEN}`),
  };
}

/** The most telling fact of evidence in a few words, for a row of a list; empty if there is none. */
export function evidenceInShort(text: string | null): string {
  const content = membersOf(text);
  if (!content) return "";
  const read = new Reading(content);
  const rows = read.pair("rows", "equal", "compared");
  if (rows) return `${grouped(rows[0])} of ${grouped(rows[1])} rows equal`;
  const sample = read.pair("sample", "shared", "rows");
  if (sample) return `${grouped(sample[0])} of ${grouped(sample[1])} sampled rows in both`;
  const rate = read.share("match_rate");
  if (rate !== null) return `declared key, ${percent(rate)} of values found`;
  const agreement = read.share("agreement");
  if (agreement !== null) return `one format in ${percent(agreement)} of values`;
  const fields = read.pair("", "shared_columns", "of");
  if (fields) return `${grouped(fields[0])} of ${grouped(fields[1])} fields shared`;
  const alike = read.share("name_similarity");
  if (alike !== null) return alike === 1 ? "same name" : `names ${percent(alike)} alike`;
  if (Object.hasOwn(SHORT, read.matcher)) return SHORT[read.matcher];
  const words = matcherWords(read.matcher);
  return words.length > MAX_MATCHER ? "" : words;
}

/** Whether all rows that were compared are equal, or nearly all: then one is a copy of the other. */
export function isCopy(text: string | null): boolean {
  const content = membersOf(text);
  const rows = content && new Reading(content).pair("rows", "equal", "compared");
  return rows !== null && rows[1] > 0 && rows[0] === rows[1];
}

// --- reading -------------------------------------------------------------------------------------

function membersOf(text: string | null): Members | null {
  if (text === null) return null;
  try {
    const content: unknown = JSON.parse(text);
    return isObject(content) ? content : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Members {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

const isHidden = (value: unknown): boolean => typeof value === "string" && value.startsWith(HIDDEN);

function short(text: string): string {
  const characters = [...visible(text)];
  return characters.length > MAX_TEXT ? `${characters.slice(0, MAX_TEXT).join("")}\u2026` : characters.join("");
}

/** Members of evidence, and which of them were said. */
class Reading {
  readonly matcher: string;
  private readonly said = new Set<string>();

  constructor(private readonly members: Members) {
    const { matcher, method } = members;
    const key = typeof matcher === "string" ? "matcher" : "method";
    const found = typeof matcher === "string" ? matcher : method;
    this.matcher = typeof found === "string" && !isHidden(found) ? found : "";
    if (typeof found === "string") this.said.add(key);
  }

  text(name: string): string | null {
    const value = this.members[name];
    if (typeof value !== "string" || isHidden(value) || value === "") return null;
    this.said.add(name);
    return short(value);
  }

  /** A number in [0, 1]. */
  share(name: string): number | null {
    const value = this.members[name];
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) return null;
    this.said.add(name);
    return value;
  }

  truth(name: string): boolean | null {
    const value = this.members[name];
    if (typeof value !== "boolean") return null;
    this.said.add(name);
    return value;
  }

  /** A member that is an object, or an empty one. */
  within(name: string): Reading {
    const value = this.members[name];
    if (!isObject(value)) return new Reading({});
    this.said.add(name);
    return new Reading(value);
  }

  /** Two whole numbers, the first of which is a part of the second; without a name they are members themselves. */
  pair(name: string, part: string, whole: string): [number, number] | null {
    const found = name ? this.members[name] : this.members;
    if (!isObject(found)) return null;
    const [n, of] = [found[part], found[whole]];
    if (!isCount(n) || !isCount(of) || n > of) return null;
    for (const one of name ? [name] : [part, whole]) this.said.add(one);
    return [n, of];
  }

  number(name: string): number | null {
    const value = this.members[name];
    if (typeof value !== "number" || !Number.isFinite(value)) return null;
    this.said.add(name);
    return value;
  }

  /** What was not said. */
  rest(): Members {
    return Object.fromEntries(Object.entries(this.members).filter(([name]) => !this.said.has(name)));
  }
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0;

// --- telling -------------------------------------------------------------------------------------

type Line = EvidenceLine | null;

const line = (name: string, text: readonly Part[], share: number | null = null): EvidenceLine => ({ name, text, share });

function counts(name: string, found: [number, number] | null, rest: string): Line {
  if (!found) return null;
  const [n, of] = found;
  return line(name, [{ strong: grouped(n) }, ` of ${grouped(of)} ${rest}`], of > 0 ? n / of : null);
}

function alike(name: string, share: number | null, same: string): Line {
  if (share === null) return null;
  return share === 1 ? line(name, [same], 1) : line(name, [percentPart(share), " alike"], share);
}

function matcherWords(matcher: string): string {
  return visible(matcher).replace(/[_-]+/g, " ").trim();
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const types = (read: Reading): Line => {
  const fits = read.truth("type_compatible");
  return fits === null ? null : line("Data types", [fits ? "fit each other" : "do not fit each other"]);
};

const similarities = (read: Reading): Line[] => [
  alike("Field names", read.share("name_similarity"), "the same"),
  alike("Table names", read.share("parent_similarity"), "the same"),
  alike("Descriptions", read.share("description_similarity"), "the same"),
  fitting(read.share("type_compatibility")),
];

function fitting(share: number | null): Line {
  if (share === null) return null;
  if (share === 0) return line("Data types", ["do not fit each other"], 0);
  return share === 1 ? line("Data types", ["fit each other"], 1) : line("Data types", ["fit in part: ", percentPart(share)], share);
}

function reason(read: Reading): Line {
  const why = read.within("review").text("reason");
  return why === null ? null : line("Reviewer", [why]);
}

const FOUND = "How it was found";

const TELLERS: Record<string, (read: Reading) => Line[]> = {
  replication: (read) => {
    const [connector, table, column] = [read.text("connector"), read.text("table"), read.text("column")];
    const text: Part[] = ["Copied by ", connector ? { strong: capital(connector) } : "a connector"];
    if (table) text.push(` into ${table}`);
    if (column) text.push(table ? `, column ${column}` : ` into column ${column}`);
    return [line(FOUND, text), counts("Rows equal", read.pair("rows", "equal", "compared"), "compared"), reason(read)];
  },
  value_overlap: (read) => {
    const inside = read.within("containment");
    const [there, back] = [inside.share("source_in_target"), inside.share("target_in_source")];
    return [
      line(FOUND, ["Their values were compared"]),
      counts("Values shared", read.pair("sample", "shared", "rows"), "sampled rows"),
      there === null && back === null
        ? null
        : line("Contained", [
            ...(there === null ? [] : [percentPart(there), " of the first are in the second"]),
            ...(there === null || back === null ? [] : ["; "]),
            ...(back === null ? [] : [percentPart(back), " of the second are in the first"]),
          ]),
      reason(read),
    ];
  },
  name_similarity: (read) => [
    line(FOUND, ["Their names were compared"]),
    alike("Field names", read.share("name_similarity"), "the same"),
    alike("Table names", read.share("table_similarity"), "the same"),
    types(read),
    reason(read),
  ],
  similarity: (read) => [
    line(FOUND, ["Names and descriptions were compared"]),
    ...similarities(read),
  ],
  declared_key: (read) => {
    const key = read.within("key");
    const [column, refers, where] = [key.text("column"), key.text("refers_to"), read.text("declared_in")];
    const text: Part[] = [where ? `Declared as a key in a ${where}` : "Declared as a key"];
    if (column || refers) text.push(": ", { strong: column ?? "it" }, " refers to ", { strong: refers ?? "the other" });
    const rate = read.share("match_rate");
    return [
      line(FOUND, text),
      rate === null ? null : line("Values found", [percentPart(rate), " of its values are there"], rate),
      reason(read),
    ];
  },
  format_signature: (read) => {
    const signature = read.text("signature");
    const length = read.within("length");
    const [mean, max] = [length.number("mean"), length.number("max")];
    const agreement = read.share("agreement");
    return [
      line(FOUND, ["Their values have one format", ...(signature ? [": ", { strong: signature }] : [])]),
      agreement === null ? null : line("Same format", [percentPart(agreement), " of the values"], agreement),
      mean === null && max === null
        ? null
        : line("Length", [[mean === null ? "" : `${String(Number(mean.toFixed(1)))} on average`, max === null ? "" : `at most ${max}`].filter(Boolean).join(", ")]),
      reason(read),
    ];
  },
  table_similarity: (read) => [
    line(FOUND, ["Their fields were compared"]),
    counts("Fields shared", read.pair("", "shared_columns", "of"), "fields"),
    reason(read),
  ],
};

/** How matchers that give little more than their name find links. */
const SAID: Record<string, string> = {
  declared_reference: "One is declared to refer to the other",
  key_naming_convention: "Its name is that of a key to the other",
  landed_copy_exact_name: "One table is a copy of the other, and both fields have one name",
  published_example_value: "Both have the same example value where their systems are described",
};

/** The same for a row of a list. */
const SHORT: Record<string, string> = {
  declared_reference: "declared reference",
  key_naming_convention: "named as a key",
  landed_copy_exact_name: "copied table, same name",
  published_example_value: "same example value",
};

/** A matcher that is not known has its name; similarities are told whoever found them. */
function untold(read: Reading): Line[] {
  const { matcher } = read;
  const found: Line = Object.hasOwn(SAID, matcher) ? line(FOUND, [SAID[matcher]])
    : matcher ? line(FOUND, ["By ", { strong: short(matcherWords(matcher)) }]) : null;
  return [found, ...similarities(read)];
}

function factLine(name: string, value: string | number | boolean | null): EvidenceLine {
  const share = typeof value === "number" && value > 0 && value < 1 ? value : null;
  const said: Part = typeof value === "boolean" ? (value ? "yes" : "no") : share !== null ? percentPart(share) : typeof value === "number" ? numberPart(value) : short(String(value));
  return { name: short(capital(name || "value")), text: [said], share };
}

function numberPart(value: number): Part {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return `${value < 0 ? "\u2212" : ""}${grouped(Math.abs(value))}`;
  const short = String(Number(value.toPrecision(Math.abs(value) < 100 ? 2 : 4)));
  return short === String(value) ? short : { strong: short, exact: String(value) };
}
