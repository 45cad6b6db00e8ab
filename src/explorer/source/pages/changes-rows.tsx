// Changes that are listed in a row each: moved fields, decisions, links, tables and fields, contradictions.

import type { ComponentChildren, JSX } from "preact";
import { openConcept, openLink, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { breakable, levelWord, number } from "../app/parts";
import { LEVELS, STATUSES } from "../generated";
import type { ChangedLink, Changes, Section } from "../model/changes";
import { dayText, evidenceOf, kindTitle, scoreCell, statusText } from "../model/changes-words";
import { visible, type Pack } from "../model/pack";
import { typeWord } from "../model/statuses";
import { Cause } from "./changes-cards";
import { ChangeSign, PlaceOf } from "./changes-parts";

const HEADS: Readonly<Record<Exclude<Section, "concepts">, readonly string[]>> = {
  moves: ["What happened", "Field", "Concept before", "Concept after"],
  decisions: ["Decision", "From", "To", "Before", "By", "Evidence"],
  links: ["What happened", "From", "To", "Before", "After", "Evidence"],
  nodes: ["What happened", "Kind", "Before", "After"],
  contradictions: ["What happened", "Concept", "Rejected between", "and", "Because of"],
};

interface RowsProps {
  app: App;
  changes: Changes;
  section: Exclude<Section, "concepts">;
  rows: readonly number[];
  first: number;
  n: number;
}

export function ChangeRows({ app, changes, section, rows, first, n }: RowsProps): JSX.Element {
  const by = section === "decisions" ? byHead(changes) : "";
  const drops = section === "decisions" && by === "";
  const heads = HEADS[section].flatMap((head) => (head !== "By" ? [head] : drops ? [] : [by]));
  const cells = { moves: moveCells, decisions: decisionCells, links: linkCells, nodes: nodeCells, contradictions: contradictionCells }[section];
  return (
    <div class="card changes-scroll">
      <table class={`changes-table of-${section}`} aria-rowcount={n + 1}>
        <thead>
          <tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((at, index) => (
            <tr key={at} aria-rowindex={first + index + 2} data-row={first + index}>
              {cells(app, changes, at).filter((_, column) => !drops || column !== BY).map((cell, column) => <td key={column} data-head={heads[column]}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function What({ kind }: { kind: string }): JSX.Element {
  return <span class="changes-fate"><ChangeSign kind={kind} /> {kindTitle(kind)}</span>;
}

function moveCells(app: App, changes: Changes, at: number): ComponentChildren[] {
  const { pack } = app;
  const { node, old, new: now } = changes.moves[at];
  const kind = node < 0 ? "gone" : old < 0 ? "joined" : now < 0 ? "left" : "moved";
  return [
    <What kind={kind} />,
    <PlaceOf pack={pack} place={changes.placeAfter(node)} />,
    old < 0 ? <span class="quiet">none</span> : <bdi>{breakable(visible(changes.old[old].name))}</bdi>,
    now < 0 ? (
      <span class="quiet">none</span>
    ) : (
      <button type="button" class="link" title="Open the concept as it is now" onClick={() => openConcept(app, node)}><bdi>{breakable(visible(changes.new[now].name))}</bdi></button>
    ),
  ];
}

function linkCells(app: App, changes: Changes, at: number): ComponentChildren[] {
  const { pack } = app;
  const link = changes.link(at);
  const from = <PlaceOf pack={pack} place={changes.placeAfter(link.source)} />;
  return [
    <What kind={link.kind} />,
    link.link < 0 ? from : (
      <button type="button" class="link changes-open" onClick={() => openLink(app, link.link)}>
        {from}<span class="visually-hidden">: open this link</span>
      </button>
    ),
    <PlaceOf pack={pack} place={changes.placeAfter(link.target)} />,
    link.kind === "added" ? <span class="quiet">not there</span> : <State pack={pack} link={link} old />,
    link.kind === "removed" ? (
      <span class="quiet">not there{link.withEnd && ", nor an end of it"}</span>
    ) : (
      <State pack={pack} link={link} />
    ),
    <span class="secondary">{evidenceOf(link)}</span>,
  ];
}

function decisionCells(app: App, changes: Changes, at: number): ComponentChildren[] {
  const { pack } = app;
  const link = changes.link(at);
  const [, from, to, before, , evidence] = linkCells(app, changes, at);
  return [<State pack={pack} link={link} bare={link.score === link.oldScore} />, from, to, before, <By pack={pack} link={link} />, evidence];
}

const BY = 4; // column

/** What is known of who decided, and when: the head of the column, empty if nothing is. */
function byHead(changes: Changes): string {
  let dated = false;
  for (let at = 0; at < changes.nLinks; at += 1) {
    if (changes.linkKind(at) !== "re-decided") continue;
    const { made, renewed } = changes.link(at);
    if (made?.who) return "By";
    dated ||= Boolean(made?.at || made?.note) || renewed;
  }
  return dated ? "When" : "";
}

/** Who decided a link, when, and the note; of one decided in Humm when it was changed last. */
function By({ pack, link: { made, link, renewed } }: { pack: Pack; link: ChangedLink }): JSX.Element {
  const at = made?.at ? made.at : renewed ? 1000 * pack.updatedAt(link) : 0;
  return (
    <>
      {made?.who && <bdi>{visible(made.who)}</bdi>}
      {at > 0 && <span class="secondary changes-made" title={made?.at ? undefined : "When the link was last changed in Humm"}>{dayText(at)}</span>}
      {made?.note && <q class="secondary changes-made">{visible(made.note)}</q>}
    </>
  );
}

/** Status and score of a link, before or after; its type where that differs. */
function State({ pack, link, old = false, bare = false }: { pack: Pack; link: ChangedLink; old?: boolean; bare?: boolean }): JSX.Element {
  const status = old ? link.oldStatus : link.status;
  const code = STATUSES.findIndex((one) => one === status);
  const type = old ? link.oldType : link.type;
  const differs = link.oldType !== null && link.type !== null && link.oldType !== link.type;
  return (
    <span class="changes-state">
      <Icon sign={signOf(code)} /> {statusText(status)} {!bare && <span class="changes-score">{scoreCell(old ? link.oldScore : link.score)}</span>}
      {differs && type !== null && <span class="secondary changes-made">{typeWord(pack, pack.header.types.indexOf(type)) || visible(type)}</span>}
    </span>
  );
}

function nodeCells(app: App, changes: Changes, at: number): ComponentChildren[] {
  const { pack } = app;
  const { kind, node, before, after } = changes.nodes[at];
  const none = <span class="quiet">not there</span>;
  return [
    <What kind={kind} />,
    levelWord(LEVELS.indexOf(LEVELS[changes.placeAfter(node).level])),
    before === null ? none : <PlaceOf pack={pack} place={changes.placeBefore(node)} />,
    after === null ? none : <PlaceOf pack={pack} place={changes.placeAfter(node)} />,
  ];
}

function contradictionCells(app: App, changes: Changes, at: number): ComponentChildren[] {
  const { pack } = app;
  const { kind, name, id, source, target } = changes.contradictions[at];
  const link = pack.linkOfId(id);
  const place = kind === "made" ? changes.placeAfter(source) : changes.placeBefore(source);
  const from = <PlaceOf pack={pack} place={place} />;
  return [
    <What kind={kind} />,
    <bdi>{breakable(visible(name))}</bdi>,
    link < 0 ? from : <button type="button" class="link changes-open" onClick={() => openLink(app, link)}>{from}<span class="visually-hidden">: open this link</span></button>,
    <PlaceOf pack={pack} place={kind === "made" ? changes.placeAfter(target) : changes.placeBefore(target)} />,
    <Because app={app} changes={changes} causes={changes.causesOf(changes.contradictions[at])} />,
  ];
}

const MAX_CAUSES = 2;

/** The links that made or resolved a contradiction. */
function Because({ app, changes, causes }: { app: App; changes: Changes; causes: readonly number[] }): JSX.Element {
  if (!causes.length) return <span class="quiet">no changed link was found</span>;
  return (
    <>
      {causes.slice(0, MAX_CAUSES).map((at) => <Cause key={at} app={app} changes={changes} at={at} />)}
      {causes.length > MAX_CAUSES && <span class="secondary">and {number(causes.length - MAX_CAUSES)} more, listed with the change of the concept</span>}
    </>
  );
}
