// The links inside a concept: what was decided first, then by score, each with its evidence in a line.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { openLink, openPage, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { counted, number } from "../app/parts";
import { APPROVED, REJECTED } from "../generated";
import { evidenceInShort } from "../model/evidence-sentences";
import { insideOf } from "../model/quality";
import { signBetween } from "../model/statuses";
import type { View } from "../model/types";
import { lowered, scoreText } from "../model/words";
import { Field, First } from "./concept-parts";

const MAX_LINKS = 20; // before the others are asked for

export function ConceptLinks({ app, view, cluster, member, leaf, setLeaf }: {
  app: App;
  view: View;
  cluster: number;
  member: number;
  /** The field whose links are shown, -1 for all. */
  leaf: number;
  setLeaf: (node: number) => void;
}): JSX.Element {
  const { pack } = view;
  const all = useMemo(() => sorted(view, insideOf(view, cluster).links), [view.clusters, view.status, cluster]);
  const links = leaf < 0 ? all : all.filter((link) => pack.source[link] === leaf || pack.target[link] === leaf);
  return (
    <section class="concept-links" aria-label="Links">
      <div class="row">
        <h2 class="section-title" id="concept-links" tabIndex={-1}>{leaf < 0 ? "Links" : <>Links of <Field pack={pack} node={leaf} /></>}</h2>
        <span class="count">{leaf < 0 ? `all ${number(all.length)}` : `${number(links.length)} of ${number(all.length)}`}</span>
        <span class="gap" />
        {leaf >= 0 && <button type="button" onClick={() => setLeaf(-1)}>Show all {number(all.length)}</button>}
        {all.length > 0 && <button type="button" onClick={() => openPage(app, "links", { focus: { kind: "cluster", member } })}>Show as table</button>}
      </div>
      {links.length === 0 && <p class="secondary">No link joins {leaf < 0 ? "its fields" : "it to the others"} directly.</p>}
      <ul>
        <First items={links} most={MAX_LINKS} what="links">
          {(link) => <LinkLine key={link} app={app} view={view} link={link} />}
        </First>
      </ul>
    </section>
  );
}

/** Rejected, approved, then the others; the best scores first, those without one last. */
function sorted({ pack, status }: View, links: readonly number[]): number[] {
  const rank = (link: number): number => (status[link] === REJECTED ? 0 : status[link] === APPROVED ? 1 : 2);
  const score = (link: number): number => (Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link]);
  return [...links].sort((x, y) => rank(x) - rank(y) || score(y) - score(x) || x - y);
}

/** A link that opens where it is reviewed. */
export function LinkLine({ app, view, link, note = "" }: { app: App; view: View; link: number; note?: string }): JSX.Element {
  const { pack, status } = view;
  const isRejected = status[link] === REJECTED;
  const evidence = note || evidenceInShort(pack.evidence(link));
  return (
    <li>
      <button type="button" class="link-line" onClick={() => openLink(app, link)}>
        <Icon sign={signOf(status[link])} says={pack.statuses[status[link]].toLowerCase()} />
        <span class="link-ends">
          <Field pack={pack} node={pack.source[link]} />{" "}
          <span class="quiet" aria-hidden="true">{signBetween(status[link])}</span>
          <span class="visually-hidden">{isRejected ? "is not" : "is the same as"}</span>{" "}
          <Field pack={pack} node={pack.target[link]} />
        </span>
        <span class="evidence-line">{evidence}</span>
        <Score view={view} link={link} />
      </button>
    </li>
  );
}

/** A score as it came and, where that is another number, what it counts for where concepts are joined. */
export function Score({ view, link, counts = NaN }: { view: View; link: number; counts?: number }): JSX.Element {
  const value = view.pack.confidence[link];
  return (
    <span class="score">
      {Number.isNaN(value) ? <span class="quiet">no score</span> : scoreText(value)}
      {!Number.isNaN(counts) && counts !== value && (
        <span class="quiet counts-for" title={view.status[link] === APPROVED ? "An approved link counts in full" : "The score as decided links show it"}> {counts === 1 ? "counts in full" : `counts for ${lowered(counts)}`}</span>
      )}
    </span>
  );
}

/** "Score 0.87, 2,894 of 5,000 sampled rows in both." */
export function linkFacts({ pack }: View, links: readonly number[]): string {
  if (links.length !== 1) return `${counted(links.length, "link")}.`;
  const value = pack.confidence[links[0]];
  const evidence = evidenceInShort(pack.evidence(links[0]));
  return `${Number.isNaN(value) ? "No score" : `Score ${scoreText(value)}`}${evidence ? `, ${evidence}` : ""}.`;
}
