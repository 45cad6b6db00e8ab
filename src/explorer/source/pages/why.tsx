// Why two fields are one concept or not: the answer in words, then the links that it rests on.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { openConcept, openLink, openOnMap, openPage, startSearch, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { REJECTED } from "../generated";
import { clusterName } from "../model/clusters";
import { evidenceInShort } from "../model/evidence-sentences";
import { whySaid } from "../model/said";
import type { Sentence } from "../model/sentence";
import { signBetween, statusWord } from "../model/statuses";
import { areTogether } from "../model/titles";
import type { View } from "../model/types";
import { scoreText } from "../model/words";
import { beginWith, goOn } from "./concept-acts";
import { Field, Said } from "./concept-parts";

export function WhyPage({ app, view }: Props): JSX.Element {
  const { focus } = view.state;
  if (focus?.kind !== "path") {
    return (
      <div class="why-page">
        <h1>Why two fields are one concept, or not</h1>
        <p>Open a concept: its fields and what is close to it have the question.</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => openPage(app, "concepts")}>See all concepts</button>
          <button type="button" onClick={() => startSearch(app)}>Find a field</button>
        </div>
      </div>
    );
  }
  return <Answer app={app} view={view} a={focus.from} b={focus.to} />;
}

function Answer({ app, view, a, b }: { app: App; view: View; a: number; b: number }): JSX.Element {
  const { pack, clusters } = view;
  const said = useMemo(() => whySaid(view, a, b), [view.clusters, view.status, view.passes, a, b]);
  const links = useMemo(() => linksOf(view, a, b), [view.seen, a, b]);
  const together = areTogether(clusters, a, b);
  const isOwn = pack.result?.kind === "why" && pack.result.nodes.includes(a) && pack.result.nodes.includes(b);
  // What speaks against the answer comes first.
  const warnings = together ? said.filter(isWarning) : [];
  const sentences = said.filter((sentence) => !warnings.includes(sentence));
  const rejected = warnings.flatMap((sentence) => rejectedIn(view, sentence));
  const resting = links.filter((link) => !rejected.includes(link));
  const inConcept = view.contradictions.filter(({ link }) => together && clusters.labels[pack.source[link]] === clusters.labels[a]).length;
  const concepts = [...new Set([a, b].map((node) => clusters.labels[node]))].filter((label) => label >= 0);
  return (
    <div class="why-page">
      <header class="why-top">
        <h1><Field pack={pack} node={a} /> and <Field pack={pack} node={b} /> are {together ? "one concept" : "apart"}</h1>
        <div class="actions">
          {concepts.map((label) => (
            <button type="button" key={label} onClick={() => openConcept(app, clusters.labels[a] === label ? a : b)}>Open {clusterName(clusters, label)}</button>
          ))}
          <button type="button" onClick={() => openOnMap(app, isOwn ? { kind: "result" } : { kind: "path", from: a, to: b })}>Show on the map</button>
        </div>
      </header>
      {warnings.length > 0 && (
        <section class="card why-warning" aria-labelledby="why-warning">
          <h2 class="section-title" id="why-warning"><Icon sign="contradiction" /> Rejected, yet together</h2>
          <Links app={app} view={view} links={rejected} />
          <p class="actions">
            <button type="button" class="primary" onClick={() => resolve(app, a, rejected[0] ?? -1)}>Decide which gives way{inConcept > 1 && `: 1 of ${number(inConcept)}`}</button>
            <span class="secondary">One of the decisions is wrong: the rejection, or what holds the two.{inConcept > 1 && ` The concept has ${counted(inConcept, "contradiction")}; each leads to the next.`}</span>
          </p>
        </section>
      )}
      <section class="card why-answer" aria-label={together ? "Why they are one concept" : "Why they are apart"}>
        {sentences.map((sentence, at) => <p key={at} class={at ? "" : "why-first"}><Said pack={pack} sentence={sentence} /></p>)}
      </section>
      {resting.length > 0 && (
        <section class="card why-links" aria-labelledby="why-links">
          <h2 class="section-title" id="why-links">Links it rests on <span class="count">{resting.length}</span></h2>
          <Links app={app} view={view} links={resting} />
        </section>
      )}
    </div>
  );
}

/** Whether a sentence says that a link was rejected, and its ends are together nevertheless. */
const isWarning = ([first]: Sentence): boolean => typeof first === "string" && first.startsWith(WARNING);

const WARNING = "Rejected, yet together";

/** The rejected links between the nodes of a sentence. */
function rejectedIn({ pack, status }: View, sentence: Sentence): number[] {
  const nodes = new Set(sentence.flatMap((part) => (typeof part === "object" && "node" in part ? [part.node] : [])));
  return [...nodes].flatMap((node) =>
    Array.from(pack.linksOf(node)).filter((link) => status[link] === REJECTED && pack.source[link] === node && nodes.has(pack.target[link])),
  );
}

/** Open the concept of a field where a decision can be taken back, with the contradiction of a rejected link. */
function resolve(app: App, node: number, rejected: number): void {
  beginWith(app, rejected);
  openConcept(app, node);
  // The page begins at its top first.
  requestAnimationFrame(() => requestAnimationFrame(() => goOn()));
}

/** Links with their evidence, each of which opens. */
function Links({ app, view, links }: { app: App; view: View; links: readonly number[] }): JSX.Element {
  const { pack } = view;
  return (
    <ul>
      {links.map((link) => (
        <li key={link}>
          <button type="button" class="why-link" onClick={() => openLink(app, link)}>
            <Icon sign={signOf(view.status[link])} says={statusWord(pack, view.status[link])} />
            <span class="why-ends">
              <Field pack={pack} node={pack.source[link]} />{" "}
              <span aria-hidden="true">{signBetween(view.status[link])}</span>
              <span class="visually-hidden">{view.status[link] === REJECTED ? "is not" : "is the same as"}</span>{" "}
              <Field pack={pack} node={pack.target[link]} />
            </span>
            <span class="secondary">{evidenceInShort(pack.evidence(link))}</span>
            <span class="why-score">{Number.isNaN(pack.confidence[link]) ? "no score" : scoreText(pack.confidence[link])}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Links between the two, those that Python's answer names, and those of the strongest path: each once. */
function linksOf({ pack, seen }: View, a: number, b: number): number[] {
  const direct = Array.from(pack.linksOf(a)).filter((link) => {
    const [from, to] = [pack.source[link], pack.target[link]];
    return (from === a && to === b) || (from === b && to === a);
  });
  const { result } = pack;
  const told = result?.kind === "why" && result.nodes.includes(a) && result.nodes.includes(b) ? result.links : [];
  const chain = told.length ? told : (seen?.path?.steps.map(({ link }) => link) ?? []);
  return [...new Set([...direct, ...chain])];
}
