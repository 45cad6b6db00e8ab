// Changes of concepts, each with its fields before and after side by side, and why it happened.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { openLink, openPage, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { counted, number } from "../app/parts";
import { STATUSES } from "../generated";
import { PLACES, type Change, type Changes, type Part, type Ref } from "../model/changes";
import { causeOf, evidenceOf, headOf, kindTitle, plainWords, sureness } from "../model/changes-words";
import { visible, type Pack } from "../model/pack";
import { fieldsName } from "../model/sentence";
import { ChangeSign, NewConcept, OldConcept, PlaceOf, Said } from "./changes-parts";

const MAX_CAUSES = 3; // causes that are told before the others are asked for
const MAX_MOVED = 12; // fields of a part that is elsewhere
const MAX_STAYING = 3; // fields of a part that stays

export function ChangeCard({ app, changes, change, row }: { app: App; changes: Changes; change: Change; row: number }): JSX.Element {
  const { pack } = app;
  const memberOf = (side: number): number => changes.memberOf(change, side);
  const id = `change-${change.at}`;
  return (
    <article class="card changes-card" aria-labelledby={id} data-row={row}>
      <h2 id={id} class="changes-head" tabIndex={-1}>
        <span class="pill"><ChangeSign kind={change.kind} /> {kindTitle(change.kind)}</span>{" "}
        <span class="changes-what"><Said app={app} changes={changes} words={headOf(change)} memberOf={memberOf} /></span>
      </h2>
      <Causes app={app} changes={changes} change={change} />
      <Sides app={app} changes={changes} change={change} pack={pack} />
    </article>
  );
}

// --- why -------------------------------------------------------------------------------------

function Causes({ app, changes, change }: { app: App; changes: Changes; change: Change }): JSX.Element {
  const [all, setAll] = useState(false);
  const { causes } = change;
  const shown = all || causes.length <= MAX_CAUSES + 1 ? causes : causes.slice(0, MAX_CAUSES);
  return (
    <div class="changes-causes">
      {causes.length > 0 && <h3 class="visually-hidden">Why</h3>}
      <ul>
        {shown.map((cause) => (
          <li key={cause}>{cause === PLACES ? <Elsewhere pack={app.pack} /> : <Cause app={app} changes={changes} at={cause} />}</li>
        ))}
        {shown.length < causes.length && (
          <li><button type="button" class="link" onClick={() => setAll(true)}>{`${number(causes.length - shown.length)} more causes`}</button></li>
        )}
      </ul>
      <p class="secondary">{sureness(change)}</p>
    </div>
  );
}

function Elsewhere({ pack }: { pack: Pack }): JSX.Element {
  return (
    <p class="changes-cause">
      <ChangeSign kind="moved" />
      <span>{fieldsName(pack) === "tables" ? "Tables lie in another system now." : "Fields or tables lie elsewhere now."}</span>
    </p>
  );
}

/** What happened to a link, its evidence, and the way to it. */
export function Cause({ app, changes, at }: { app: App; changes: Changes; at: number }): JSX.Element {
  const link = changes.link(at);
  const evidence = evidenceOf(link);
  const status = STATUSES.findIndex((one) => one === link.status);
  const words = causeOf(link);
  return (
    <div class="changes-cause">
      {link.kind === "re-decided" && status >= 0 ? <Icon sign={signOf(status)} /> : <ChangeSign kind={link.kind} />}
      <div>
        <p><Said app={app} changes={changes} words={words} /></p>
        <p class="secondary">
          {evidence && <span>{evidence}</span>}
          {link.made?.note && <q>{visible(link.made.note)}</q>}
          {link.link >= 0 ? (
            <button type="button" class="link changes-evidence" onClick={() => openLink(app, link.link)}>Evidence in Review<span class="visually-hidden"> of {plainWords(changes, words.slice(0, 3))}</span></button>
          ) : (
            <span>not in this graph any more</span>
          )}
        </p>
      </div>
    </div>
  );
}

// --- both sides ------------------------------------------------------------------------------

function Sides({ app, changes, change, pack }: { app: App; changes: Changes; change: Change; pack: Pack }): JSX.Element {
  const [all, setAll] = useState(false);
  const memberOf = (side: number): number => changes.memberOf(change, side);
  const n = (part: Part): number => (all ? part.nodes.length : mostOf(part));
  const hidden = change.parts.reduce((left, part) => left + part.nodes.length - n(part), 0);
  let last = -2;
  return (
    <>
      <table class="changes-sides">
        <caption class="visually-hidden">{`${counted(change.members, fieldsName(pack, 1))}, before and after`}</caption>
        <thead>
          <tr><th scope="col">Before</th><th scope="col">After</th></tr>
        </thead>
        {change.parts.map((part, at) => {
          const isNext = part.old === last;
          last = part.old;
          return (
            <tbody key={at} class={`${part.moved ? "is-moved" : ""}${isNext ? " is-next" : ""}`}>
              <tr class="changes-group">
                <td>
                  {part.old < 0 ? <span class="quiet">in no concept</span> : isNext ? <span class="quiet">also <OldName changes={changes} side={part.old} /></span> : <OldConcept changes={changes} side={part.old} />}
                </td>
                <td>
                  <span class="changes-to">
                    <Fate part={part} />
                    {part.new >= 0 && <NewConcept app={app} changes={changes} side={part.new} member={memberOf(part.new)} />}
                  </span>
                </td>
              </tr>
              {part.nodes.slice(0, n(part)).map((node) => <Row key={node} changes={changes} pack={pack} part={part} node={node} />)}
              {n(part) < part.nodes.length && (
                <tr class="changes-rest">
                  <td>{rest(pack, part.nodes.length - n(part))}</td>
                  <td>{rest(pack, part.nodes.length - n(part))}</td>
                </tr>
              )}
            </tbody>
          );
        })}
      </table>
      {hidden > 0 && <p class="changes-all"><button type="button" onClick={() => setAll(true)}>Show all {counted(change.members, fieldsName(pack, 1))}</button></p>}
    </>
  );
}

const rest = (pack: Pack, n: number): string => `and ${number(n)} more ${fieldsName(pack, n)}`;

function OldName({ changes, side }: { changes: Changes; side: number }): JSX.Element {
  return <bdi>{visible(changes.old[side].name)}</bdi>;
}

function mostOf({ moved, nodes }: Part): number {
  const most = moved ? MAX_MOVED : MAX_STAYING;
  return nodes.length <= most + 1 ? nodes.length : most;
}

/** What becomes of the members of a part, in a word. */
function Fate({ part }: { part: Part }): JSX.Element {
  if (!part.moved) return <span class="quiet">{part.new < 0 ? "in no concept" : "stay in"} </span>;
  if (part.new < 0) return <span class="changes-fate"><ChangeSign kind="went" /> leave it</span>;
  return <span class="changes-fate"><ChangeSign kind={part.old < 0 ? "came" : "moved"} /> {part.old < 0 ? "come into" : "move to"} </span>;
}

/** A field on both sides, at one height. */
function Row({ changes, pack, part, node }: { changes: Changes; pack: Pack; part: Part; node: Ref }): JSX.Element {
  const isGone = changes.isGone(node);
  const isNew = changes.isNew(node);
  const [was, is] = [changes.placeBefore(node), changes.placeAfter(node)];
  return (
    <tr>
      <td>{isNew ? <span class="quiet">not there yet</span> : <PlaceOf pack={pack} place={was} />}</td>
      <td>
        {isGone ? (
          <span class="changes-fate"><ChangeSign kind="went" /> gone from the catalogue</span>
        ) : (
          <span class="changes-after">
            <PlaceOf pack={pack} place={is} />
            {isNew && <span class="pill"><ChangeSign kind="came" /> new</span>}
            {!isNew && part.moved && <span class="pill"><ChangeSign kind={part.old < 0 ? "came" : part.new < 0 ? "went" : "moved"} /> {part.old < 0 ? "joined" : part.new < 0 ? "left" : "moved"}</span>}
            {!isNew && was.path !== is.path && <span class="pill">other name or place</span>}
          </span>
        )}
      </td>
    </tr>
  );
}

/** What to do where nothing changed. */
export function NoChanges({ app, changes }: { app: App; changes: Changes | null }): JSX.Element {
  return (
    <div class="card changes-none">
      <p class="section-title">{changes ? "Both graphs are the same" : "This page compares nothing"}</p>
      <p>
        {changes
          ? "No link, field or concept differs between before and after. Everything about the graph is on the other pages."
          : "It was made of one graph. In Python, write(diff(before, after), \u201cchanges.html\u201d) makes a page of what changed."}
      </p>
      <div class="actions">
        <button type="button" class="primary" onClick={() => openPage(app, "start")}>Go to Start</button>
        <button type="button" onClick={() => openPage(app, "concepts")}>See all concepts</button>
      </div>
    </div>
  );
}
