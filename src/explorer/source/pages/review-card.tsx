// A question: both ends with their company, the evidence, and what an answer would do.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { DETERMINISTIC, REJECTED } from "../generated";
import { openConcept, type App } from "../app/app";
import { Badge, Icon, signOf } from "../app/icons";
import { breakable, number } from "../app/parts";
import { reviewOf, saidStatus, type Review } from "../app/review";
import { otherEnd } from "../model/between";
import { clusterName, clusterOfLink } from "../model/clusters";
import { evidenceLines } from "../model/evidence-sentences";
import { visible } from "../model/pack";
import { unknownWords } from "../model/remote";
import { Approved } from "../model/review/chains";
import type { Question } from "../model/review/queue";
import { nowWords, QUESTION, saidNode, thing, whyAsked } from "../model/review/words";
import { signBetween } from "../model/statuses";
import type { View } from "../model/types";
import { counted, middle, scoreText } from "../model/words";
import { Meter, Parts } from "./review-parts";

interface CardProps {
  app: App;
  view: View;
  question: Question;
}

/** `effects` is what answers would do, where it scrolls with the evidence. */
export function Card({ app, view, question, effects }: CardProps & { effects: JSX.Element | null }): JSX.Element {
  const review = reviewOf(app);
  const { pack } = view;
  const { link } = question;
  const isQuestion = review.question?.link === link;
  const why = isQuestion ? whyAsked(question, review.scores) : "";
  const found = pack.createdAt(link);
  return (
    <>
      <div class="pills">
        <span class={`pill${question.group === "contradiction" ? " is-warning" : ""}`}>
          {nowWords(question.group, view.status[link])}
        </span>
        <span class="pill" title={pack.types[pack.type[link]]}>{pack.type[link] === DETERMINISTIC ? "exact rule" : "estimate"}</span>
        {found > 0 && <span class="secondary found-on">found {new Date(found * 1000).toISOString().slice(0, 10)}</span>}
      </div>
      <h1 id="question">{QUESTION}</h1>
      {view.clusters.stale && <p class="warn">{unknownWords(view.pack, "Concepts are from before your decisions: Python makes new ones. Save the decisions, and make the page again with them.")}</p>}
      {why && <p class="secondary why-asked">{why}</p>}
      <Decided view={view} review={review} link={link} />
      <div class="two-ends">
        <End app={app} view={view} link={link} node={pack.source[link]} />
        <div class={`equals is-${saidStatus(view.status[link])}`} aria-hidden="true">{signBetween(view.status[link])}</div>
        <End app={app} view={view} link={link} node={pack.target[link]} />
      </div>
      <Evidence view={view} review={review} question={question} />
      {question.group === "contradiction" ? (
        <Chain app={app} view={view} review={review} question={question} />
      ) : (
        <Together app={app} view={view} link={link} />
      )}
      {effects}
    </>
  );
}

/** Who decided a link that is decided. */
function Decided({ view, review, link }: { view: View; review: Review; link: number }): JSX.Element | null {
  const status = view.status[link];
  const own = view.state.decisions.get(link);
  // What came decided is said above the question.
  if (!own) return null;
  const when = own.at ? `, ${new Date(own.at).toISOString().slice(0, 16).replace("T", " ")} UTC` : "";
  return (
    <p class="decided-by">
      <Icon sign={signOf(status)} />{" "}
      You made it {saidStatus(status)}
      {own.who ? ` (${visible(own.who)})` : ""}{when}
      {own.note ? `: \u201c${visible(own.note)}\u201d` : "."}{" "}
      <button type="button" class="text-button" onClick={(event) => review.once(event, () => review.takeBack(link))}>Take it back</button>
    </p>
  );
}

const MAX_PLACE = 48; // characters of a system's name
const MAX_COMPANY = 6; // other fields that are listed below an end

function End({ app, view, link, node }: { app: App; view: View; link: number; node: number }): JSX.Element {
  const { pack, clusters } = view;
  const label = clusters.labels[node];
  const together = clusterOfLink(pack, clusters, link) >= 0;
  const others = label < 0 || together ? [] : Array.from(clusters.members(label)).filter((one) => one !== node);
  const kind = pack.dataTypeName(node) || pack.kindName(node);
  const level = pack.level(node);
  const place = pack.system[node] < 0 ? "unknown system" : pack.name[pack.system[node]];
  return (
    <div class="end card">
      <p class="end-place">
        <Badge pack={pack} system={pack.system[node]} named />
        <b title={place}>{breakable(middle(place, MAX_PLACE))}</b>
        {level === 2 && <span class="table-name">{breakable(pack.tableName(node))}</span>}
      </p>
      <h2 class="field-name" title={pack.description(node) === null ? undefined : visible(pack.description(node)!)}>
        {breakable(level === 1 ? pack.tableName(node) : pack.name[node])}{pack.mark(node)}
      </h2>
      <p class="secondary end-kind">{kind || "\u00a0"}</p>
      {!together && (
        <div class="company">
          {others.length > 0 ? (
            <>
              <h3>
                Now with {counted(others.length, `other ${thing(pack)}`)}
              </h3>
              <ul>
                {others.slice(0, MAX_COMPANY).map((one) => <Member key={one} view={view} node={one} />)}
              </ul>
              {others.length > MAX_COMPANY && (
                <button type="button" class="text-button" onClick={() => openConcept(app, node)}>and {number(others.length - MAX_COMPANY)} more {"\u203a"}</button>
              )}
              <button type="button" class="text-button only-phone with-others" onClick={() => openConcept(app, node)}>with {counted(others.length, "other")} {"\u203a"}</button>
            </>
          ) : (
            <h3 class="alone">{level === pack.clustering.level ? "Now in no concept" : `A ${level === 1 ? "table" : level === 0 ? "system" : "field"}: it is in no concept`}</h3>
          )}
        </div>
      )}
    </div>
  );
}

function Member({ view, node }: { view: View; node: number }): JSX.Element {
  const { pack } = view;
  return (
    <li>
      <Badge pack={pack} system={pack.system[node]} />
      <span>
        <span class="table-name">{breakable(pack.level(node) === 1 ? "" : pack.tableName(node))}</span> {breakable(pack.level(node) === 1 ? pack.tableName(node) : pack.name[node])}{pack.mark(node)}
      </span>
    </li>
  );
}

/** Both ends are in one concept: it is told once. */
function Together({ app, view, link }: { app: App; view: View; link: number }): JSX.Element | null {
  const { pack, clusters } = view;
  const label = clusterOfLink(pack, clusters, link);
  if (label < 0) return null;
  const ends = [pack.source[link], pack.target[link]];
  const others = Array.from(clusters.members(label)).filter((node) => !ends.includes(node));
  return (
    <div class="together">
      <p>
        Both are in the concept{" "}
        <button type="button" class="text-button" onClick={() => openConcept(app, ends[0])}><b>{clusterName(clusters, label)}</b></button>
        {others.length > 0 ? `, with ${counted(others.length, `other ${thing(pack)}`)}:` : ", by this link alone."}
      </p>
      <ul class="together-members">
        {others.slice(0, MAX_COMPANY).map((node) => <Member key={node} view={view} node={node} />)}
        {others.length > MAX_COMPANY && <li class="secondary">and {number(others.length - MAX_COMPANY)} more</li>}
      </ul>
    </div>
  );
}

// --- what it rests on ----------------------------------------------------------------------------

function Evidence({ view, review, question }: Omit<CardProps, "app"> & { review: Review }): JSX.Element {
  const { pack } = view;
  const { link } = question;
  const text = pack.evidence(link);
  const told = useMemo(() => evidenceLines(text), [text]);
  return (
    <section class="evidence-lines" aria-labelledby="evidence">
      <h2 class="section-title" id="evidence">Evidence</h2>
      <dl>
        {told === null && <Row name="How it was found"><span class="secondary">{pack.header.kept_evidence === "none" ? "Evidence was left out of this file." : "No evidence given."}</span></Row>}
        {told?.lines.map((line) => (
          <Row key={line.name} name={line.name}>
            {line.share !== null && <Meter share={line.share} />}
            <Parts of={line.text} />
          </Row>
        ))}
        {review.scores && <Row name="Score"><Score view={view} question={question} /></Row>}
        <Row name="Other links"><OtherLinks view={view} review={review} link={link} /></Row>
      </dl>
      {told && (told.hidden || told.more > 0) && (
        <p class="secondary">
          {told.more > 0 && `${counted(told.more, "more fact")} below. `}
          {told.hidden && "Some of it was left out of this file."}
        </p>
      )}
      {text !== null && told !== null && (
        <details class="as-it-came">
          <summary>As it came</summary>
          <pre>{visible(text)}</pre>
        </details>
      )}
    </section>
  );
}

function Row({ name, children }: { name: string; children: JSX.Element | (JSX.Element | false)[] }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}


function Score({ view, question }: { view: View; question: Question }): JSX.Element {
  const { pack } = view;
  const confidence = pack.confidence[question.link];
  if (Number.isNaN(confidence)) {
    return <span><b>none given</b>{pack.type[question.link] === DETERMINISTIC && "; exact rule, not an estimate"}</span>;
  }
  return (
    <span>
      <b title={String(confidence)}>{scoreText(confidence)}</b>
      {question.probability !== null && <span class="secondary">, right with probability <b>{question.probability.toFixed(2)}</b> as decided links show</span>}
    </span>
  );
}

const MAX_OTHER_LINKS = 4;

function OtherLinks({ view, review, link }: { view: View; review: Review; link: number }): JSX.Element {
  const { pack, status } = view;
  const [source, target] = [pack.source[link], pack.target[link]];
  const others = Array.from(pack.linksOf(source)).filter((one) => one !== link && otherEnd(pack, one, source) === target);
  if (others.length === 0) return <span class="secondary">none between these two</span>;
  return (
    <span class="other-links">
      {others.slice(0, MAX_OTHER_LINKS).map((one) => (
        <button type="button" class="text-button" key={one} onClick={() => review.look(one)}>
          <Icon sign={signOf(status[one])} /> {saidStatus(status[one])}, {pack.type[one] === DETERMINISTIC ? "exact rule" : "estimate"}
          {review.scores && (Number.isNaN(pack.confidence[one]) ? ", no score" : `, ${scoreText(pack.confidence[one])}`)}
        </button>
      ))}
      {others.length > MAX_OTHER_LINKS && <span class="secondary">and {number(others.length - MAX_OTHER_LINKS)} more</span>}
    </span>
  );
}

const MAX_CONTRADICTIONS = 20; // of which the chain is looked for

/** What holds two together that are rejected: the approved links from one to the other. */
function Chain({ app, view, review, question }: CardProps & { review: Review }): JSX.Element | null {
  const { pack } = app;
  const chain = useMemo(() => {
    const { now } = review.queue;
    const { label } = now.units();
    for (const rejected of now.contradictions.slice(0, MAX_CONTRADICTIONS)) {
      const approved = Approved.around(pack, now.status, label, rejected);
      const links = approved?.chain() ?? [];
      const cut = approved?.cut() ?? [];
      if (rejected === question.link || links.includes(question.link) || cut.includes(question.link)) return { rejected, links, cut };
    }
    return null;
  }, [question]);
  if (!chain) return null;
  const ends = (link: number): string => `${saidNode(pack, pack.source[link])} ${signBetween(view.status[link])} ${saidNode(pack, pack.target[link])}`;
  const of = [chain.rejected, ...chain.links];
  return (
    <section class="chain">
      <h2 class="section-title">
        {chain.links.length > 0
          ? `Rejected, yet ${counted(chain.links.length, "approved link")} hold${chain.links.length === 1 ? "s" : ""} both together`
          : "Rejected, yet both are in one concept"}
      </h2>
      <ul>
        {of.map((link) => (
          <li key={link} aria-current={link === question.link ? "true" : undefined}>
            <Icon sign={signOf(view.status[link])} says={saidStatus(view.status[link])} />{" "}
            <button type="button" class="text-button" onClick={() => review.look(link)}>{ends(link)}</button>
            {link === question.link && <span class="pill">asked now</span>}
          </li>
        ))}
      </ul>
      {chain.cut.length > 1 && (
        <p>
          No approved link holds them together alone: if they are different, {counted(chain.cut.length, "approved link")} must be rejected.{" "}
          <button type="button" onClick={(event) => review.once(event, () => review.decideTogether(chain.cut, REJECTED))}>Reject these {chain.cut.length}</button>
        </p>
      )}
    </section>
  );
}
