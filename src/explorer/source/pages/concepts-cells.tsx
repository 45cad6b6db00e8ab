// What a table and the cards of a phone show alike: names that wrap, marks, strength, approvals.

import type { ComponentChildren, JSX } from "preact";
import type { Cell, CrosswalkRow, Mark } from "../model/crosswalk";
import { besidesName, fieldsWord } from "../model/listing";
import { visible } from "../model/pack";
import type { Range } from "../model/search";
import type { View } from "../model/types";
import { middle, scoreText } from "../model/words";
import { Icon } from "../app/icons";
import { counted, number } from "../app/parts";

const SIGNS = { approved: "approved", suggested: "suggested", rejected: "contradiction" } as const;
export const MARK_WORDS: Record<Mark, string> = {
  approved: "approved links tie it to others",
  suggested: "only suggestions tie it to others",
  rejected: "held against a rejection",
};

export function MarkSign({ mark }: { mark: Mark }): JSX.Element {
  return <Icon sign={SIGNS[mark]} says={MARK_WORDS[mark]} />;
}

/** Parts of a name between which it may wrap: after separators and between humps. */
export const partsOf = (text: string): string[] => text.split(/(?<=[._/\- ])(?![._/\- ])|(?<=\p{Ll})(?=\p{Lu})/u);

export function wrapping(text: string): ComponentChildren {
  return partsOf(text).map((part, at) => (at ? [<wbr key={at} />, part] : part));
}

/** A text with the parts that were looked for. */
function Matched({ text, ranges }: { text: string; ranges: readonly Range[] }): JSX.Element {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const [begin, end] of ranges) {
    parts.push(text.slice(at, begin), <mark key={begin}>{text.slice(begin, end)}</mark>);
    at = end;
  }
  return <>{parts}{text.slice(at)}</>;
}

const MAX_NAME = 64; // characters of a concept's name

/** Name of a concept, what it is about, and how far it reaches; and why it is found, if its name does not say so. */
export function ConceptName({ view, row, found, children }: {
  view: View;
  row: CrosswalkRow;
  found?: { ranges: readonly Range[]; member: { text: string; ranges: readonly Range[] } | null } | undefined;
  children?: ComponentChildren;
}): JSX.Element {
  const { clusters } = view;
  const name = visible(clusters.identity.name(row.cluster));
  const shown = middle(name, MAX_NAME);
  const besides = besidesName(view, row.cluster);
  return (
    <>
      <span class="concept-name" title={shown === name ? undefined : name}>
        <bdi>{found && shown === name ? <Matched text={name} ranges={found.ranges} /> : wrapping(shown)}</bdi>
      </span>
      {row.contradictions > 0 && (
        <> <span class="pill is-warning"><Icon sign="contradiction" /> {counted(row.contradictions, "contradiction")}</span></>
      )}
      {children}
      <span class="secondary line">
        {besides && <><bdi>{besides}</bdi> {"\u00b7"} </>}{reach(view, row)}
      </span>
      {found?.member && (
        <span class="secondary line" title={found.member.text}>has <bdi><Matched text={found.member.text} ranges={found.member.ranges} /></bdi></span>
      )}
    </>
  );
}

function reach({ pack, clusters }: View, { cluster, cells }: CrosswalkRow): string {
  const n = clusters.sizes[cluster];
  return `${number(n)} ${fieldsWord(pack, n)} in ${counted(cells.length, "system")}`;
}

/** How sure the links are that hold a concept. */
export function Strength({ view, row }: { view: View; row: CrosswalkRow }): JSX.Element {
  if (row.scored === 0) return <span class="secondary">no score</span>;
  const mean = view.clusters.identity.confidence[row.cluster];
  return (
    <>
      <span class="strength"><span class="bar" aria-hidden="true"><span style={{ width: `${Math.round(mean * 100)}%` }} /></span> <b>{scoreText(mean)}</b></span>
      <span class="secondary line">mean of {counted(row.scored, "score")}</span>
    </>
  );
}

export function Approved({ row }: { row: CrosswalkRow }): JSX.Element {
  return (
    <span class="approved-of" title={`${number(row.approved)} of ${counted(row.links, "link")} approved`}>
      <Icon sign={row.approved > 0 ? "approved" : "suggested"} /> <b>{number(row.approved)}</b> of {number(row.links)}
    </span>
  );
}

/** Name of a member, without its system. */
export function fieldName({ pack }: View, node: number): { own: string; above: string } {
  if (pack.level(node) === 2) return { own: pack.name[node], above: pack.tableName(node) };
  return { own: pack.level(node) === 1 ? pack.tableName(node) : pack.name[node], above: "" };
}

const MAX_TOLD = 12; // members that a tooltip names

/** All members of a cell, one a line. */
export function tellCell(view: View, cell: Cell, members: Int32Array = cell.members): string {
  const { pack } = view;
  const lines = Array.from(members.slice(0, MAX_TOLD), (node) => {
    const { own, above } = fieldName(view, node);
    return `${above ? `${above}.` : ""}${own}${pack.mark(node)}`;
  });
  if (members.length > MAX_TOLD) lines.push(`and ${number(members.length - MAX_TOLD)} more`);
  return lines.join("\n");
}

/** What the marks mean. */
export function Legend(): JSX.Element {
  return (
    <ul class="legend" aria-label="Marks">
      <li><Icon sign="approved" /> approved links tie it to others</li>
      <li><Icon sign="suggested" /> only suggestions tie it to others</li>
      <li><Icon sign="contradiction" /> held against a rejection</li>
    </ul>
  );
}
