// Scores between the members of a concept, for methods that have no merge tree.

import type { JSX } from "preact";
import { openLink, type App } from "../app/app";
import { Badge, Icon, signOf } from "../app/icons";
import { number } from "../app/parts";
import { APPROVED, REJECTED } from "../generated";
import { insideOf } from "../model/quality";
import { fieldsName } from "../model/sentence";
import type { View } from "../model/types";
import { scoreText } from "../model/words";
import { Field } from "./concept-parts";

const MAX_SIDE = 30; // members in the matrix

export function ConceptMatrix({ app, view, cluster }: { app: App; view: View; cluster: number }): JSX.Element {
  const { pack, clusters, status } = view;
  const all = clusters.members(cluster);
  const members = [...all.slice(0, MAX_SIDE)];
  const best = new Map<string, number>();
  const isBetter = (one: number, other: number): boolean => {
    const rank = (link: number): number =>
      (status[link] === REJECTED ? 4 : status[link] === APPROVED ? 2 : 0) + (Number.isNaN(pack.confidence[link]) ? -1 : pack.confidence[link]);
    return rank(one) > rank(other);
  };
  for (const link of insideOf(view, cluster).links) {
    const key = keyOf(pack.source[link], pack.target[link]);
    const known = best.get(key);
    if (known === undefined || isBetter(link, known)) best.set(key, link);
  }
  return (
    <section class="concept-tree" aria-label="What holds it together">
      <h2 class="section-title">What holds it together</h2>
      <p class="secondary">
        The method {clusters.method} looks at all links at once: there is no setting at which two {fieldsName(pack)} join. The scores between them stand for it.
      </p>
      <div class="matrix-scroll" tabIndex={0} role="group" aria-label="Scores between fields">
        <table class="score-matrix">
          <thead>
            <tr>
              <td />
              {members.map((node, at) => <th key={node} scope="col" title={pack.marked(node)}><Badge pack={pack} system={pack.system[node]} named /><span aria-hidden="true">{at + 1}</span><span class="visually-hidden">{pack.marked(node)}</span></th>)}
            </tr>
          </thead>
          <tbody>
            {members.map((one, at) => (
              <tr key={one}>
                <th scope="row"><span class="quiet">{at + 1}</span> <Field pack={pack} node={one} /></th>
                {members.map((other) => {
                  const link = best.get(keyOf(one, other));
                  if (one === other || link === undefined) return <td key={other} />;
                  return (
                    <td key={other}>
                      <button type="button" class="link" onClick={() => openLink(app, link)} title={`${pack.marked(one)} and ${pack.marked(other)}`}>
                        {status[link] === APPROVED || status[link] === REJECTED ? <Icon sign={signOf(status[link])} says={pack.statuses[status[link]].toLowerCase()} /> : null}
                        {Number.isNaN(pack.confidence[link]) ? <span class="visually-hidden">no score</span> : scoreText(pack.confidence[link])}
                        {Number.isNaN(pack.confidence[link]) && status[link] !== APPROVED && status[link] !== REJECTED && <span aria-hidden="true">{"\u2013"}</span>}
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all.length > members.length && <p class="secondary">The first {number(members.length)} of {number(all.length)}; all links are in the list below.</p>}
    </section>
  );
}

const keyOf = (x: number, y: number): string => (x < y ? `${x} ${y}` : `${y} ${x}`);
