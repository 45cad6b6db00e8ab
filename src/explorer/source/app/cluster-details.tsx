// The panel of a concept: its members, its quality, and why they are together.

import { Fragment, type JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { clusterName } from "../model/clusters";
import { restsOn } from "../model/names";
import { visible } from "../model/pack";
import { statusWord } from "../model/statuses";
import { quality } from "../model/quality";
import type { View } from "../model/types";
import { whyCluster, whyTogether } from "../model/why";
import { lookAt, openConcept, type App } from "./app";
import { Badge, Icon } from "./icons";
import { breakable, clusterColour, counted, LinkRow, Listed, NodeLink, number, shortConfidence, Swatch } from "./parts";

export function ClusterDetails({ app, view, member }: { app: App; view: View; member: number }): JSX.Element {
  const { pack, clusters } = view;
  const cluster = clusters.labels[member];
  const found = useMemo(() => (cluster < 0 ? null : quality(view, cluster)), [clusters, view.status, cluster]);
  const why = useMemo(() => (cluster < 0 ? [] : whyCluster(view, cluster)), [clusters, view.status, cluster]);
  if (cluster < 0 || !found) {
    return (
      <section>
        <h2 class="title"><NodeLink app={app} node={member} plain /></h2>
        <p>It is in no concept here: no link joins it from {view.state.threshold} on.</p>
      </section>
    );
  }
  const members = [...clusters.members(cluster)];
  const gone = members.filter((node) => pack.deleted[node]).length;
  const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  return (
    <section>
      <h2 class="title">
        {view.state.colour === "cluster" && <Swatch colour={clusterColour(cluster)} />} {clusterName(clusters, cluster)}
      </h2>
      <p class="note">{counted(found.members, "member")} in {counted(found.systems.length, "system")}{gone ? `, ${number(gone)} of them deleted` : ""}</p>
      <div class="actions">
        <button type="button" onClick={() => openConcept(app, member)}>Open the concept</button>
      </div>
      <About view={view} cluster={cluster} />
      {found.contradictions.length > 0 && (
        <div class="contradictions">
          <b><Icon sign="contradiction" /> {counted(found.contradictions.length, "contradiction")}</b>
          <p>Rejected, yet together:</p>
          <Listed items={found.contradictions}>{(link) => <LinkRow key={link} app={app} view={view} link={link} />}</Listed>
        </div>
      )}
      <h3>Members</h3>
      <Members app={app} view={view} members={members} />
      <h3>Quality</h3>
      <dl class="facts">
        <dt>Links inside</dt>
        <dd>{number(found.links)}, {number(found.linksHolding)} of them hold it together</dd>
        <dt>By status</dt>
        <dd>{found.linksByStatus.map((n, status) => (n ? `${number(n)} ${statusWord(pack, status)}` : "")).filter(Boolean).join(", ") || "none"}</dd>
        <dt>Linked pairs</dt>
        <dd>{percent(found.density)} of the pairs of members</dd>
        <dt>Scores</dt>
        <dd>{found.minConfidence === null ? "no score" : `least ${shortConfidence(found.minConfidence)}, mean ${shortConfidence(found.meanConfidence ?? NaN)}`}</dd>
        {found.determinismRatio !== null && (
          <>
            <dt title="DETERMINISTIC">By exact rules</dt>
            <dd>{percent(found.determinismRatio)} of its links</dd>
          </>
        )}
        {found.systemsTwice.length > 0 && (
          <>
            <dt>Several of</dt>
            <dd>{found.systemsTwice.map((system) => pack.name[system]).join(", ")}</dd>
          </>
        )}
      </dl>
      {found.weakestLink >= 0 && (
        <>
          <h3>Weakest link</h3>
          <ul class="list"><LinkRow app={app} view={view} link={found.weakestLink} /></ul>
        </>
      )}
      {found.bridges.length > 0 && (
        <>
          <h3>Held by a single link <span class="value">{number(found.bridges.length)}</span></h3>
          <p class="note">Without one of these it falls apart.</p>
          <Listed items={found.bridges}>
            {({ link, splitsOff }) => (
              <LinkRow key={link} app={app} view={view} link={link}>
                <span class="note">splits off {number(splitsOff)}</span>
              </LinkRow>
            )}
          </Listed>
        </>
      )}
      <h3>Why are these together?</h3>
      {why.map((sentence, index) => <p key={index}>{sentence}</p>)}
      <WhyTwo app={app} view={view} members={members} />
    </section>
  );
}

const MEANINGS: Record<string, string> = {
  Role: "What most members are for",
  Entity: "What most members are of, or refer to",
  "Rests on": "Keys: at least two members identify rows. Approvals: approved links unite all members",
  "Identity value": "Worth of the role, times systems, scores and how many members are about one thing",
};

/** What most members are, and what holds them together. */
function About({ view, cluster }: { view: View; cluster: number }): JSX.Element {
  const { pack, clusters, status } = view;
  const { role, entity, value } = clusters.identity;
  const facts: [string, string | undefined][] = [
    ["Role", role(cluster)?.toLowerCase().replace(/_/g, " ")],
    ["Entity", visible(entity(cluster))],
    ["Rests on", restsOn(pack, clusters, cluster, status)],
    ["Identity value", value[cluster].toFixed(2)],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, text]) => text && <Fragment key={name}><dt title={MEANINGS[name]}>{name}</dt><dd>{text}</dd></Fragment>)}
    </dl>
  );
}

/** The members by system, as in a row of the crosswalk. */
function Members({ app, view, members }: { app: App; view: View; members: readonly number[] }): JSX.Element {
  const { pack } = view;
  const bySystem = new Map<number, number[]>();
  for (const node of members) bySystem.set(pack.system[node], [...(bySystem.get(pack.system[node]) ?? []), node]);
  return (
    <table class="crosswalk">
      <tbody>
        {[...bySystem].map(([system, nodes]) => (
          <tr key={system}>
            <th scope="row"><Badge pack={pack} system={system} named />{"\u00a0"}{system < 0 ? "?" : pack.name[system] + pack.mark(system)}</th>
            <td>
              {nodes.slice(0, 40).map((node) => (
                <button type="button" key={node} class="link" title={pack.marked(node)} onClick={() => lookAt(app, { kind: "near", node, hops: 1 })}>
                  {breakable(pack.level(node) === 2 ? `${pack.tableName(node)}.${pack.name[node]}` : pack.name[node])}{pack.mark(node)}
                </button>
              ))}
              {nodes.length > 40 && <span class="note">shown 40 of {number(nodes.length)}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function WhyTwo({ app, view, members }: { app: App; view: View; members: readonly number[] }): JSX.Element {
  const { pack } = view;
  const [a, setA] = useState(members[0]);
  const [b, setB] = useState(members[1]);
  const [from, to] = [members.includes(a) ? a : members[0], members.includes(b) ? b : members[1]];
  const sentences = useMemo(() => whyTogether(view, from, to), [view.clusters, view.passes, from, to]);
  const choice = (name: string, value: number, set: (node: number) => void) => (
    <select aria-label={name} value={String(value)} onChange={(event) => set(Number(event.currentTarget.value))}>
      {members.slice(0, 500).map((node) => <option key={node} value={String(node)}>{pack.marked(node)}</option>)}
    </select>
  );
  return (
    <details>
      <summary>Why two of them?</summary>
      <div class="why-two">
        {choice("One member", from, setA)}
        {choice("Another member", to, setB)}
      </div>
      {sentences.map((sentence, index) => <p key={index}>{sentence}</p>)}
      {from !== to && (
        <button type="button" onClick={() => lookAt(app, { kind: "path", from, to })}>Show the path</button>
      )}
    </details>
  );
}
