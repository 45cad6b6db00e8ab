// What Start says: a finding in a sentence with its counts, how much there is, and what the systems hold.

import { countsOf, type Counts } from "./counts";
import { entitiesOf, type Entities } from "./entities";
import { visible, type Pack } from "./pack";
import { systemsInOrder } from "./systems";
import type { Clustering, View } from "./types";
import { counted, grouped, listed } from "./words";

/** From so many systems the tables of an entity are counted, not named. */
export const MANY_SYSTEMS = 16;
/** What the page has to say first. */
export type Finding = "empty" | "unlinked" | "alone" | "apart" | "shared";

export interface Start {
  readonly finding: Finding;
  readonly title: string;
  readonly counts: Counts;
  /** Whether anybody has decided anything, and whether nothing is left to decide. */
  readonly decided: "nothing" | "some" | "all";
  readonly totals: readonly Total[];
  readonly entities: Entities;
  /** Columns, in the order of all pages. */
  readonly systems: readonly number[];
  readonly many: boolean;
}

export interface Total {
  readonly n: number;
  readonly what: string;
}

const made = new WeakMap<Clustering, { status: Uint8Array; start: Start }>();

/** What Start says of a view, made once for the same concepts and decisions. */
export function startOf(view: View): Start {
  const { pack, clusters, status } = view;
  const before = made.get(clusters);
  if (before?.status === status) return before.start;
  const counts = countsOf(view);
  const entities = entitiesOf(pack);
  const finding = findingOf(pack, counts);
  const systems = systemsInOrder(pack);
  const nDecided = counts.approved + counts.rejected;
  const start: Start = {
    finding,
    title: titleOf(finding, counts),
    counts,
    decided: nDecided === 0 ? "nothing" : counts.suggested > 0 ? "some" : "all",
    totals: totalsOf(pack),
    entities,
    systems,
    many: systems.length >= MANY_SYSTEMS,
  };
  made.set(clusters, { status, start });
  return start;
}

const FEW_ENTITIES = 3;
const LITTLE = 0.1; // of all tables

/** Whether entities hold so little that the first concepts say more. */
export function holdsLittle({ entities: { entities, ofTable, alone } }: Start): boolean {
  return entities.length < FEW_ENTITIES && ofTable.length - alone.length < LITTLE * ofTable.length;
}

function findingOf(pack: Pack, counts: Counts): Finding {
  if (pack.nNodes === 0) return "empty";
  if (pack.nLinks === 0) return "unlinked";
  if (pack.first[1] === 1 && counts.shared === 0) return "alone";
  return counts.shared === 0 ? "apart" : "shared";
}

function titleOf(finding: Finding, { shared }: Counts): string {
  switch (finding) {
    case "empty":
      return "There is nothing here yet.";
    case "unlinked":
      return "No links here yet.";
    case "alone":
      return "Only one system here.";
    case "apart":
      return "No concept is held by several systems.";
    case "shared":
      return `${counted(shared, "concept")} ${shared === 1 ? "is" : "are"} held by several systems.`;
  }
}

function totalsOf({ first, nLinks }: Pack): Total[] {
  const totals: [n: number, what: string][] = [
    [first[1], "system"],
    [first[2] - first[1], "table"],
    [first[3] - first[2], "field"],
    [nLinks, "link"],
  ];
  return totals.map(([n, what]) => ({ n, what: n === 1 ? what : `${what}s` }));
}

const MAX_EXAMPLE = 24; // characters

/** What a search may be typed as, with words that are found here. */
export function searchExamples(pack: Pack): string {
  const { entities } = entitiesOf(pack);
  const [first] = entities;
  const [table = -1] = first?.tables ?? [];
  const options = first ? [`${first.name} ${first.keys[0]?.name ?? ""}`, `${pack.name[pack.system[table]] ?? ""} ${pack.name[table]}`] : [];
  const examples = options.map((text) => visible(text).trim()).filter((text) => text.includes(" ") && text.length <= MAX_EXAMPLE);
  if (!examples.length) return "Any words of its name, in any order.";
  return `Type ${examples.map((text) => `\u201c${text}\u201d`).join(" or ")}.`;
}

// --- what has no name --------------------------------------------------------------------------

/** Tables that the catalogue does not have. */
export function namelessTables({ first, resolved }: Pack): number[] {
  const found: number[] = [];
  for (let table = first[1]; table < first[2]; table += 1) if (!resolved[table]) found.push(table);
  return found;
}

const MAX_NAMED = 2; // tables in a sentence

/** What is shown of tables without a name, as sentences; empty if all have one. */
export function namelessText(pack: Pack, tables: readonly number[]): string {
  if (!tables.length) return "";
  const n = tables.length;
  const shownAs = tables.slice(0, MAX_NAMED).map((table) => pack.name[table]);
  const more = n > MAX_NAMED ? [`${grouped(n - MAX_NAMED)} more`] : [];
  const systems = [...new Set(tables.map((table) => pack.system[table]))];
  const where = systems.length === 1 && systems[0] >= 0 ? ` in ${pack.name[systems[0]]}` : "";
  const it = n === 1 ? "It shows by the first signs of its id." : "They show by the first signs of their ids.";
  return `${counted(n, "table")} ${n === 1 ? "has" : "have"} no name: ${listed([...shownAs, ...more])}${where}. ${it}`;
}
