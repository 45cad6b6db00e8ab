// What is here: a finding in a sentence, four tasks, and what the systems hold.

import type { ComponentChildren, JSX } from "preact";
import { everyConcept, openDependents, openPage, startSearch, type App } from "../app/app";
import { Icon, Key } from "../app/icons";
import { counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { leftToReview } from "../model/counts";
import { unknownWords } from "../model/remote";
import { searchExamples, startOf, type Start as Told } from "../model/start";
import type { View } from "../model/types";
import { Dialogs, useDialog } from "./start-dialogs";
import { Holdings } from "./start-holdings";

export function Start({ app, view }: Props): JSX.Element {
  const told = startOf(view);
  const dialog = useDialog();
  return (
    <div class={`start${told.many ? " is-large" : ""}`}>
      <div class="start-head">
        <div class="start-finding">
          <h1>{told.title}</h1>
          <Lead app={app} view={view} told={told} />
        </div>
        {told.finding !== "empty" && <Totals told={told} />}
      </div>
      {told.finding !== "empty" && <Tasks app={app} view={view} told={told} />}
      {told.finding !== "empty" && <Holdings app={app} view={view} told={told} show={dialog.show} />}
      <Dialogs app={app} dialog={dialog} />
    </div>
  );
}

/** What follows from the finding: what needs a decision, what waits, or why there is little here. */
function Lead({ app, view, told }: { app: App; view: View; told: Told }): JSX.Element {
  const { finding, counts, decided } = told;
  const { pack } = view;
  if (finding === "empty") {
    return <p class="lead">This page was made of no system, no table and no link. Fetch the links again with {"\u201c"}hummgraph fetch{"\u201d"}, and make a new page.</p>;
  }
  if (finding === "unlinked") {
    return (
      <p class="lead">
        Humm has found no link between the {counted(pack.first[2] - pack.first[1], "table")} below, or none was fetched. Fetch again later, and
        make a new page.{" "}
        <Lines><button type="button" onClick={() => openPage(app, "tables")}>See the tables on the map</button></Lines>
      </p>
    );
  }
  const suggestions = (
    <Act act={() => openPage(app, "review")}>{counted(counts.open, "suggestion")}</Act>
  );
  const wait = counts.open === 1 ? "waits" : "wait";
  const settled = counts.suggested - counts.open;
  const needNone = (
    <><Act act={() => openPage(app, "links", { only: "settled" })}>{counted(settled, "suggestion")}</Act> {settled === 1 ? "needs" : "need"} no answer</>
  );
  // Only the method knows whether decisions since have left none.
  const clear = view.clusters.stale ? "" : "No contradictions. ";
  return (
    <p class="lead">
      {finding === "alone" && <><bdi>{pack.name[0]}</bdi> has {counted(pack.nLinks, "link")} between its own tables. Concepts across systems need a second system. </>}
      {counts.contradictions > 0 ? (
        <>
          <Act warns act={() => openPage(app, "concepts", { ...everyConcept, only: "contradiction" })}>
            <Icon sign="contradiction" /> {counted(counts.contradictions, "contradiction")}
          </Act>{" "}
          {counts.contradictions === 1 ? "needs" : "need"} a decision
          {counts.open > 0 ? <>, and {suggestions} {wait} for review.</> : settled > 0 ? <>; {needNone}.</> : ". All links are decided."}
        </>
      ) : counts.open === 0 && settled > 0 ? (
        <>{clear}{decided === "nothing" ? "" : <b>Everything that matters is decided.</b>} {needNone}.</>
      ) : decided === "nothing" ? (
        <>
          <b>Nobody has decided anything yet.</b> {suggestions} {wait} for review; concepts rest on scores alone, so their names and borders will still
          move.
        </>
      ) : decided === "all" ? (
        <>{clear}<b>All {counted(pack.nLinks, "link")} are decided.</b></>
      ) : (
        <>{clear}{suggestions} {wait} for review.</>
      )}
      {view.clusters.stale && <Lines><span class="secondary">{unknownWords(view.pack, "Concepts are from before your decisions: Python makes new ones.")}</span></Lines>}
      {finding === "alone" && <Lines><button type="button" onClick={() => openPage(app, "links")}>See these links</button></Lines>}
    </p>
  );
}

const Lines = ({ children }: { children: ComponentChildren }): JSX.Element => <span class="ways-out">{children}</span>;

/** A number in the sentence that leads to what it counts. */
function Act({ act, warns = false, children }: { act: () => void; warns?: boolean; children: ComponentChildren }): JSX.Element {
  return <button type="button" class={`link figure${warns ? " warns" : ""}`} onClick={act}>{children}</button>;
}

/** How much there is, and how much of it is decided. */
function Totals({ told }: { told: Told }): JSX.Element {
  const { counts, totals } = told;
  const { approved, rejected, suggested } = counts;
  const links = totals[3].n;
  const others = links - approved - rejected - suggested;
  const said = `${number(approved)} approved, ${number(rejected)} rejected, ${number(suggested)} suggested`;
  return (
    <div class="start-totals">
      <dl>
        {totals.map(({ n, what }) => (
          <div key={what}>
            <dd>{number(n)}</dd> <dt>{what}</dt>
          </div>
        ))}
      </dl>
      {links > 0 && (
        <>
          <div class="bar" role="img" aria-label={`Decided: ${said}`}>
            {approved > 0 && <span class="is-approved" style={{ flexGrow: approved }} />}
            {rejected > 0 && <span class="is-rejected" style={{ flexGrow: rejected }} />}
            {links > approved + rejected && <span style={{ flexGrow: links - approved - rejected }} />}
          </div>
          <p class="start-legend" aria-hidden="true">
            <span><Icon sign="approved" /> {number(approved)} approved</span>
            <span><Icon sign="rejected" /> {number(rejected)} rejected</span>
            <span><Icon sign="suggested" /> {number(suggested)} suggested</span>
            {others > 0 && <span><Icon sign="other" /> {number(others)} other</span>}
          </p>
        </>
      )}
    </div>
  );
}

function Tasks({ app, view, told }: { app: App; view: View; told: Told }): JSX.Element {
  const { counts, decided } = told;
  const left = leftToReview(counts);
  const next =
    !left ? (decided === "nothing" && !counts.suggested ? "Nothing to review yet." : "Nothing is left to review.")
    : !counts.open ? (counts.contradictions === 1 ? "The contradiction is left." : "Contradictions are left.")
    : counts.contradictions === 1 ? "The contradiction first, then suggestions."
    : counts.contradictions > 1 ? "Contradictions first, then suggestions."
    : "One suggestion after the other.";
  return (
    <nav class="tasks" aria-label="Tasks">
      <Task name="Find a field" note={searchExamples(view.pack)} sign="/" act={() => startSearch(app)} />
      <Task name="Same thing everywhere" note="Every concept, one column a system." sign="C" act={() => openPage(app, "concepts", everyConcept)} />
      <Task name={"What depends on\u2026"} note="Pick a field, see what it is linked to, step by step." sign="D" act={() => openDependents(app, -1)} />
      <Task name="Review next" note={next} sign="N" primary={left > 0} act={() => openPage(app, "review")} />
    </nav>
  );
}

function Task({ name, note, sign, act, primary = false }: { name: string; note: string; sign: string; act: () => void; primary?: boolean }): JSX.Element {
  return (
    <button type="button" class={`task card${primary ? " primary" : ""}`} aria-keyshortcuts={sign} onClick={act}>
      <span class="task-name">{name}</span>
      <Key>{sign}</Key>
      <span class="task-note">{note}</span>
    </button>
  );
}
