// One way to join two tables: as a picture, or as a line of chips.

import type { JSX } from "preact";
import { openLink, openTable, type App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { breakable, counted, shortConfidence } from "../app/parts";
import { besides, holds, lastField, questionOf, sinceThen, standingOf, throughOf, type JoinGroup, type JoinStep, type JoinWay, type Standing } from "../model/joins";
import type { Pack } from "../model/pack";
import type { View } from "../model/types";

const SIGNS = { declared: "approved", approved: "approved", suggested: "suggested", rejected: "rejected", other: "other" } as const;

/** What a step is called below its line: "suggested 0.91", "declared key". */
function standingWords(view: View, step: JoinStep, standing: Standing): string {
  if (standing === "declared") return isAssociation(view.pack, step) ? "declared association" : "declared key";
  const word = standing === "other" ? "undecided" : standing;
  return standing === "rejected" || step.weight === null ? word : `${word} ${shortConfidence(step.weight)}`;
}

/** What a column is called on a line: a whole table has none. */
const fieldName = (pack: Pack, node: number): string => (pack.level(node) === 2 ? pack.name[node] + pack.mark(node) : "?");

/** The fields between the two that a step compares, in words; empty for a single link. */
const byWay = ({ stops }: JoinStep): string => (stops.length > 2 ? `, by way of ${counted(stops.length - 2, "field")}` : "");

/** Steps in the order in which they are drawn, each from its left to its right end. */
function drawnSteps(way: JoinWay, turned: boolean): { step: JoinStep; ends: readonly [number, number] }[] {
  const steps = way.steps.map((step) => ({ step, ends: turned ? ([step.ends[1], step.ends[0]] as const) : step.ends }));
  return turned ? steps.reverse() : steps;
}

interface LargeProps {
  app: App;
  view: View;
  group: JoinGroup;
  way: JoinWay;
  number: number;
  turned: boolean;
}

export function LargeWay({ app, view, group, way, number, turned }: LargeProps): JSX.Element {
  const { pack } = view;
  const tables = turned ? [...way.tables].reverse() : way.tables;
  const steps = drawnSteps(way, turned);
  const stands = holds(view, way);
  return (
    <article class={`join-large card${stands ? "" : " is-broken"}`}>
      <div class="join-head">
        <span class="join-number" aria-hidden="true">{number}</span>
        <h3 tabIndex={-1}><span class="visually-hidden">Way {number}: </span>{breakable(throughOf(pack, way, turned))}</h3>
        <Score way={way} />
      </div>
      <Since view={view} way={way} />
      <Rejected app={app} view={view} way={way} />
      <ol class="join-picture" aria-label="Tables, and what is compared">
        {tables.map((table, at) => (
          <li key={at} class="join-unit">
            {at > 0 && <Line app={app} view={view} step={steps[at - 1].step} ends={steps[at - 1].ends} />}
            <button type="button" class={`join-box${at === 0 || at === tables.length - 1 ? " is-end" : ""}`} title={`${pack.marked(table)}: open it`} onClick={() => openTable(app, table)}>
              <span class="join-system"><Badge pack={pack} system={pack.system[table]} named />{"\u00a0"}{pack.name[pack.system[table]] ?? "?"}</span>
              <b class="join-own"><bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}</b>
            </button>
          </li>
        ))}
      </ol>
      {group.ways.length > 1 && <Choice app={app} view={view} group={group} way={way} />}
    </article>
  );
}

function Score({ way }: { way: JoinWay }): JSX.Element {
  return (
    <p class="join-score">
      <b title="Product of the scores of its steps">{way.confidence === null ? "no score" : shortConfidence(way.confidence)}</b>{" "}
      <span class="secondary">{counted(way.steps.length, "step")}</span>
    </p>
  );
}

/** What the reader did since Python found the way. */
function Since({ view, way }: { view: View; way: JoinWay }): JSX.Element | null {
  const { pack } = view;
  const { rejected, changed, below } = sinceThen(view, way);
  if (rejected.length) {
    const [link] = rejected;
    return (
      <p class="join-since is-warning" role="note">
        <Icon sign="rejected" /> This way holds no more: {pack.marked(pack.source[link])} = {pack.marked(pack.target[link])} is rejected now. It was found before your decision.
      </p>
    );
  }
  return (
    <>
      {changed.length > 0 && <p class="join-since" role="note">Found before your decisions: {counted(changed.length, "link")} of it {changed.length === 1 ? "is" : "are"} decided since, so its place and its score may change. Python finds the ways anew.</p>}
      {below.length > 0 && <p class="join-since" role="note">{counted(below.length, "link")} of it {below.length === 1 ? "is" : "are"} below {view.state.threshold}, from which concepts are joined now. The ways were found without that.</p>}
    </>
  );
}

/** What was rejected as the same though the way joins by it. */
function Rejected({ app, view, way }: { app: App; view: View; way: JoinWay }): JSX.Element {
  const { pack } = view;
  return (
    <>
      {besides(view, way).map((link) => (
        <p key={link} class="join-since is-warning" role="note">
          <Icon sign="contradiction" /> Rejected as the same: {pack.marked(pack.source[link])} and {pack.marked(pack.target[link])}.{" "}
          <button type="button" class="link strong" onClick={() => openLink(app, link)}>Open the link</button>
        </p>
      ))}
    </>
  );
}

/** What two tables are compared by. */
function Line({ app, view, step, ends }: { app: App; view: View; step: JoinStep; ends: readonly [number, number] }): JSX.Element {
  const { pack } = view;
  const standing = standingOf(view, step);
  const words = standingWords(view, step, standing);
  const [left, right] = ends.map((node) => fieldName(pack, node));
  const link = step.links.find((one) => one >= 0);
  const full = `${pack.marked(ends[0])} = ${pack.marked(ends[1])}`;
  const inside = (
    <>
      <span class="join-field"><span>{breakable(left)}{"\u00a0"}<span aria-hidden="true">=</span><span class="visually-hidden"> equals </span></span></span>
      <span class="join-stroke" aria-hidden="true" />
      <span class="join-field">{breakable(right)}</span>
      <span class="secondary">{words}{byWay(step)}</span>
    </>
  );
  const look = `way-line is-${SIGNS[standing]}`;
  return link === undefined ? (
    <span class={look} title={full}>{inside}</span>
  ) : (
    <button type="button" class={look} title={`${full}: open the link`} onClick={() => openLink(app, link)}>{inside}</button>
  );
}

/** Which of the last fields that are alike. */
function Choice({ app, view, group, way }: { app: App; view: View; group: JoinGroup; way: JoinWay }): JSX.Element {
  const { pack } = view;
  const { question, note } = questionOf(pack, group);
  const scores = new Set(group.ways.map(({ confidence }) => confidence));
  return (
    <div class="join-choice">
      <p id="join-question"><b>{question}</b> <span class="secondary">{note}</span></p>
      <div class="join-fields" role="group" aria-labelledby="join-question">
        {group.ways.map((one) => {
          const field = lastField(one);
          return (
            <button type="button" key={field} aria-pressed={one === way} onClick={() => app.store.set({ end: one === group.ways[0] ? -1 : field })}>
              {breakable(fieldName(pack, field))}{scores.size > 1 && one.confidence !== null && <span class="value"> {shortConfidence(one.confidence)}</span>}
            </button>
          );
        })}
      </div>
    </div>
  );
}

export function WayRow({ view, way, n, number, turned, look }: { view: View; way: JoinWay; n: number; number: number; turned: boolean; look: () => void }): JSX.Element {
  const { pack } = view;
  const tables = turned ? [...way.tables].reverse() : way.tables;
  const steps = drawnSteps(way, turned);
  const stands = holds(view, way);
  return (
    <li>
      <button type="button" class={`join-row${stands ? "" : " is-broken"}`} onClick={look}>
        <span class="join-number"><span class="visually-hidden">Way </span>{number}</span>
        <span class="join-chips">
          {tables.map((table, at) => (
            <span key={at} class="join-chip-pair">
              {at > 0 && <Chip view={view} step={steps[at - 1].step} ends={steps[at - 1].ends} />}
              <span class="join-table"><Badge pack={pack} system={pack.system[table]} />{"\u00a0"}<b><bdi>{breakable(pack.tableName(table))}</bdi>{pack.mark(table)}</b></span>
            </span>
          ))}
          {n > 1 && <span class="pill">{n} last fields</span>}
          {stands && besides(view, way).length > 0 && <span class="pill is-warning"><Icon sign="contradiction" /> rejected as the same</span>}
          {!stands && <span class="pill is-warning">{way.confidence === null ? "does not count" : "rejected since"}</span>}
        </span>
        <span class="join-score">
          <b>{way.confidence === null ? "no score" : shortConfidence(way.confidence)}</b>
          <span class="secondary">{counted(way.steps.length, "step")}</span>
        </span>
      </button>
    </li>
  );
}

function Chip({ view, step, ends }: { view: View; step: JoinStep; ends: readonly [number, number] }): JSX.Element {
  const standing = standingOf(view, step);
  return (
    <span class="join-chip">
      <Icon sign={SIGNS[standing]} says={standing === "declared" ? "declared" : standing} /> {breakable(fieldName(view.pack, ends[0]))} {standing === "rejected" ? "\u2260" : "="} {breakable(fieldName(view.pack, ends[1]))}{byWay(step)}
    </span>
  );
}

const isAssociation = (pack: Pack, { links }: JoinStep): boolean =>
  pack.header.relation_kinds[pack.relationKind[-1 - links[0]]] === "association";
