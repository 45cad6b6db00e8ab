// What hangs on a single link, and what is near but not in the concept.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { openConcept, type App } from "../app/app";
import { number } from "../app/parts";
import { nearOutside } from "../model/near-outside";
import { fieldsCounted } from "../model/sentence";
import type { Quality, View } from "../model/types";
import { LinkLine } from "./concept-links";
import { Field, First, Said } from "./concept-parts";

const MAX_BRIDGES = 4;
const MAX_NEAR = 5;

export function SingleLinks({ app, view, found }: { app: App; view: View; found: Quality }): JSX.Element {
  const { bridges } = found;
  return (
    <section class="card" aria-label="Held by a single link">
      <div class="row">
        <h2 class="section-title">Held by a single link</h2>
        {bridges.length > 0 && <span class="count">{number(bridges.length)}</span>}
      </div>
      {bridges.length === 0 ? (
        <p class="secondary">None. No link whose loss alone would split it.</p>
      ) : (
        <ul class="single-links">
          <First items={bridges} most={MAX_BRIDGES} what="links">
            {({ link, splitsOff }) => <LinkLine key={link} app={app} view={view} link={link} note={`holds ${fieldsCounted(view.pack, splitsOff)}`} />}
          </First>
        </ul>
      )}
    </section>
  );
}

export function CloseButApart({ app, view, cluster, why }: { app: App; view: View; cluster: number; why: (a: number, b: number) => void }): JSX.Element {
  const { pack, clusters } = view;
  const { near, n } = useMemo(() => nearOutside(view, cluster, MAX_NEAR), [clusters, view.status, cluster]);
  return (
    <section class="card close-but-apart" aria-label="Close, but kept apart">
      <h2 class="section-title">Close, but kept apart</h2>
      {near.length === 0 && <p class="secondary">None. No link leads to a field outside.</p>}
      <ul>
        {near.map(({ node, member, reason }) => (
          <li key={node}>
            {clusters.labels[node] < 0 ? <Field pack={pack} node={node} /> : (
              <button type="button" class="link" title="Open its concept" onClick={() => openConcept(app, node)}><Field pack={pack} node={node} /></button>
            )}
            <span class="secondary"><Said pack={pack} sentence={reason} /> <button type="button" class="link act" onClick={() => why(member, node)}>Why not<span class="visually-hidden"> {pack.marked(node)}</span></button></span>
          </li>
        ))}
      </ul>
      {n > near.length && <p class="secondary">And {number(n - near.length)} more fields that links lead to.</p>}
    </section>
  );
}
