// Small parts of a lineage.

import type { JSX } from "preact";
import { Badge } from "../app/icons";
import { breakable } from "../app/parts";
import type { Lineage } from "../model/lineage";
import type { Pack } from "../model/pack";
import { counted } from "../model/words";

/** A node with its system and table, in a line that may wrap. */
export function Place({ pack, node }: { pack: Pack; node: number }): JSX.Element {
  const level = pack.level(node);
  return (
    <span class="lineage-place">
      <Badge pack={pack} system={pack.system[node]} />{"\u00a0"}
      {level === 2 && <><bdi class="lineage-table">{breakable(pack.tableName(node))}</bdi>{" "}</>}
      <bdi class="lineage-own">{breakable(level === 1 ? pack.tableName(node) : pack.name[node])}</bdi>
      {pack.mark(node)}
    </span>
  );
}

const THINGS = ["system", "table", "field"];

/** So many nodes by what they are: "5 fields", or where they are of several levels "5 fields and tables". */
export function nodesCounted(pack: Pack, nodes: readonly number[]): string {
  return `${counted(nodes.length, "").replace(/ s?$/, "")} ${nodesWord(pack, nodes)}`;
}

export function nodesWord(pack: Pack, nodes: readonly number[]): string {
  const levels = [...new Set(nodes.map(pack.level))].sort((x, y) => y - x);
  const end = nodes.length === 1 ? "" : "s";
  return levels.length === 0 ? "fields" : levels.map((level) => THINGS[level] + end).join(" and ");
}

/** What a step is called; `isBoth` if there are steps on both sides of the start. */
export function stepWords(step: number, isBoth: boolean): string {
  if (step === 0) return "Start";
  const steps = counted(Math.abs(step), "step");
  return isBoth ? `${steps} ${step < 0 ? "before" : "after"}` : steps;
}

/** Whether the start has something on both sides. */
export function isTwoSided({ depth }: Lineage): boolean {
  let sides = 0;
  for (const step of depth.values()) sides |= step < 0 ? 1 : step > 0 ? 2 : 0;
  return sides === 3;
}

/** What the direction of links is not. */
export const CAVEAT = "Arrows run as links were sent; no proof that data flows so.";

/** What those behind the start do: "link to it", or where some are shown already "more link to it". */
export function behindWords({ nBehind, nOfBehind, direction }: Lineage): string {
  const one = nBehind === 1 ? "s" : "";
  return `${nBehind < nOfBehind ? "more " : ""}${direction === "down" ? `link${one} to it` : `depend${one} on it`}`;
}
