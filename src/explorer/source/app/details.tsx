// The panel of details about what is in focus.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { isWithin } from "../model/pack";
import type { View } from "../model/types";
import { whyTogether } from "../model/why";
import { isOpen } from "../state/state";
import { lookAt, lookAtPath, lookNear, openJoin, toggle, type App } from "./app";
import { ClusterDetails } from "./cluster-details";
import { LinkDetails } from "./link-details";
import { bestFirst, ConceptLink, counted, levelWord, LinkRow, Listed, memberWord, NodeLink, number, shortConfidence, Sign, StatusMark } from "./parts";
import type { Props } from "./props";
import { shownWord } from "./shown";

export function Details({ app, view }: Props): JSX.Element | null {
  const { focus } = view.state;
  if (!focus) return null;
  const close = (
    <button type="button" class="icon close" aria-label="Close details" title="Close" onClick={() => lookAt(app, null)}>
      {"\u00d7"}
    </button>
  );
  return (
    <>
      {close}
      {focus.kind === "link" ? (
        <LinkDetails key={focus.link} app={app} view={view} link={focus.link} />
      ) : focus.kind === "line" ? (
        <LineDetails key={`${focus.source} ${focus.target}`} app={app} view={view} source={focus.source} target={focus.target} />
      ) : focus.kind === "pair" ? (
        <LineDetails key={`${focus.left} ${focus.right}`} app={app} view={view} source={focus.left} target={focus.right} />
      ) : focus.kind === "cluster" ? (
        <ClusterDetails key={focus.member} app={app} view={view} member={focus.member} />
      ) : focus.kind === "path" ? (
        <PathDetails key={`${focus.from} ${focus.to}`} app={app} view={view} from={focus.from} to={focus.to} />
      ) : focus.kind === "result" ? (
        <ResultDetails app={app} view={view} />
      ) : (
        <NodeDetails key={focus.node} app={app} view={view} node={focus.node} kind={focus.kind} hops={focus.hops} />
      )}
    </>
  );
}

type Way = "near" | "up" | "down" | "both";

const WAYS: [Way, string, string][] = [
  ["near", "Neighbours", ""],
  ["up", "Links to it", "U"],
  ["down", "Depends on it", "D"],
  ["both", "Both", "B"],
];

function NodeDetails({ app, view, node, kind, hops }: { app: App; view: View; node: number; kind: Way; hops: number }): JSX.Element {
  const { pack, clusters } = view;
  const level = pack.level(node);
  const links = useMemo(() => bestFirst(view, pack.linksOf(node)), [view.status, node]);
  const passing = links.filter((link) => view.passes[link]);
  const label = clusters.labels[node];
  const description = pack.description(node);
  const table = level === 1 ? node : pack.table[node];
  return (
    <section>
      <h2 class="title">
        <NodeLink app={app} node={node} plain />
      </h2>
      <p class="note">{[levelWord(level), pack.dataTypeName(node)].filter(Boolean).join(", ")}{pack.deleted[node] ? `, deleted${pack.active[node] === 0 ? "" : " with what it lies in"}` : ""}</p>
      {description && <p>{description}</p>}
      {label >= 0 && (
        <p>
          in concept <ConceptLink app={app} view={view} member={node} />, {number(clusters.sizes[label])}{" "}
          {memberWord(pack, clusters.sizes[label])}
        </p>
      )}
      <div class="ways" role="group" aria-label="What to look at">
        {WAYS.map(([way, name, key]) => (
          <button type="button" key={way} aria-pressed={kind === way} title={key ? `${name} (${key})` : name} onClick={() => lookNear(app, node, way, way === "near" ? 1 : Math.max(hops, 2))}>
            {name}
          </button>
        ))}
      </div>
      <div class="actions">
        <label>
          within{" "}
          <select aria-label="Steps" value={String(hops)} onChange={(event) => lookNear(app, node, kind, Number(event.currentTarget.value))}>
            {[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => (
              <option key={n} value={String(n)}>{n}</option>
            ))}
          </select>{" "}
          {hops === 1 ? "step" : "steps"}
        </label>
        <button type="button" title="Path to another (P)" onClick={() => app.setUi({ pathFrom: node, sheet: null, announcement: "Choose the other end of the path." })}>
          Path to{"\u2026"}
        </button>
        {level > 0 && table >= 0 && (
          <button type="button" title="Fields of the table (O)" onClick={() => toggle(app, table)}>
            {isOpen(view.state, table) ? "Close its fields" : "Open its fields"}
          </button>
        )}
      </div>
      {view.seen && kind !== "near" && <Reached app={app} view={view} node={node} />}
      <h3>
        Links <span class="value">{number(passing.length)} of {number(links.length)} {shownWord(view)}</span>
      </h3>
      {passing.length ? (
        <Listed items={passing}>{(link) => <LinkRow key={link} app={app} view={view} link={link} from={node} />}</Listed>
      ) : (
        <p class="note">{links.length ? (shownWord(view) === "shown" ? "The filters hide all of them." : "None of them joins anything.") : "No link touches it."}</p>
      )}
      {links.length > passing.length && (
        <details>
          <summary>{counted(links.length - passing.length, "link")} {shownWord(view) === "shown" ? "that the filters hide" : "that join nothing"}</summary>
          <Listed items={links.filter((link) => !view.passes[link])}>
            {(link) => <LinkRow key={link} app={app} view={view} link={link} from={node} />}
          </Listed>
        </details>
      )}
      {level > 0 && <Below app={app} view={view} node={node} />}
    </section>
  );
}

/** What links to a node, and what depends on it, by steps. */
function Reached({ app, view, node }: { app: App; view: View; node: number }): JSX.Element {
  const { pack, seen } = view;
  const steps = new Map<number, number[]>();
  for (const [other, distance] of seen?.distance ?? []) {
    if (distance === 0 || isWithin(pack, other, node)) continue;
    steps.set(distance, [...(steps.get(distance) ?? []), other]);
  }
  const order = [...steps.keys()].sort((a, b) => a - b);
  if (!order.length) return <p class="note">Nothing is reached by links that are shown.</p>;
  return (
    <>
      <h3>Reached</h3>
      {order.map((distance) => (
        <details key={distance} open={Math.abs(distance) === 1}>
          <summary>
            {counted(Math.abs(distance), "step")}: {distance < 0 ? "links to it" : "depends on it"}
            <span class="value">{number((steps.get(distance) ?? []).length)}</span>
          </summary>
          <Listed items={steps.get(distance) ?? []}>{(other) => <li key={other}><NodeLink app={app} node={other} /></li>}</Listed>
        </details>
      ))}
      <p class="note">As links run from source to target, which is no proof that data flows so.</p>
    </>
  );
}

function Below({ app, view, node }: { app: App; view: View; node: number }): JSX.Element | null {
  const { pack } = view;
  const columns = pack.level(node) === 1 ? pack.children(node) : [];
  if (!columns.length) return null;
  const linked = columns.filter((column) => pack.linksOf(column).length);
  return (
    <details>
      <summary>
        {counted(columns.length, "field")}, {number(linked.length)} with links
      </summary>
      <Listed items={[...linked, ...columns.filter((column) => !pack.linksOf(column).length)]} most={200}>
        {(column) => <li key={column}><NodeLink app={app} node={column} /></li>}
      </Listed>
    </details>
  );
}

function LineDetails({ app, view, source, target }: { app: App; view: View; source: number; target: number }): JSX.Element {
  const links = bestFirst(view, view.seen?.links ?? []);
  return (
    <section>
      <h2 class="title">
        <NodeLink app={app} node={source} /> <Sign sign={"\u2192"} says="to" /> <NodeLink app={app} node={target} />
      </h2>
      <p class="note">{counted(links.length, "link")} from the one to the other</p>
      {view.pack.level(source) === 1 && view.pack.level(target) === 1 && (
        <p><button type="button" onClick={() => openJoin(app, source, target)}>Join them</button></p>
      )}
      <Listed items={links} most={200}>{(link) => <LinkRow key={link} app={app} view={view} link={link} />}</Listed>
    </section>
  );
}

function PathDetails({ app, view, from, to }: { app: App; view: View; from: number; to: number }): JSX.Element {
  const { pack } = view;
  const path = view.seen?.path ?? null;
  const why = useMemo(() => whyTogether(view, from, to), [view.passes, view.clusters, from, to]);
  const weakest = path?.steps.reduce((least, step) => (view.weight[step.link] < view.weight[least.link] ? step : least), path.steps[0]);
  return (
    <section>
      <h2 class="title">Strongest path</h2>
      <p>
        <NodeLink app={app} node={from} /> <Sign sign={"\u2026"} says="to" /> <NodeLink app={app} node={to} />
      </p>
      {path ? (
        <>
          <p>
            score <b>{shortConfidence(path.confidence)}</b>, {counted(path.steps.length, "step")}
          </p>
          <ol class="steps">
            {path.steps.map((step) => (
              <li key={step.link} class={step === weakest && path.steps.length > 1 ? "weakest" : ""}>
                <NodeLink app={app} node={step.from} />
                <div class="step">
                  <StatusMark view={view} status={view.status[step.link]} />
                  <button type="button" class="link" onClick={() => lookAt(app, { kind: "link", link: step.link })}>
                    {step.against ? "\u2191 against the link" : "\u2193 along the link"}
                  </button>
                  <span class="value">{shortConfidence(view.weight[step.link])}</span>
                  {step === weakest && path.steps.length > 1 && <span class="note">weakest</span>}
                </div>
                <NodeLink app={app} node={step.to} />
              </li>
            ))}
          </ol>
        </>
      ) : (
        <p class="warn">No path: the links that are shown do not join them. With links of lower scores there may be one.</p>
      )}
      <div class="actions">
        <button type="button" onClick={() => lookAtPath(app, to, from)}>Turn round</button>
      </div>
      <h3>Why together?</h3>
      {why.map((sentence, index) => (
        <p key={index}>{sentence}</p>
      ))}
      <p class="note">The direction of links is ignored. {pack.nodeId(from) === pack.nodeId(to) ? "" : "Rejected links join nothing."}</p>
    </section>
  );
}

function ResultDetails({ app, view }: { app: App; view: View }): JSX.Element | null {
  const { pack } = view;
  const { result } = pack;
  const [all, setAll] = useState(false);
  if (!result) return null;
  const sentences = all ? result.sentences : result.sentences.slice(0, 12);
  const nodes = result.nodes.filter((node) => pack.level(node) === 2 || !result.nodes.some((other) => other !== node && isWithin(pack, other, node)));
  return (
    <section>
      <p class="note">{result.kind}</p>
      <h2 class="title">{result.title}</h2>
      {sentences.map((sentence, index) => (
        <p key={index}>{sentence}</p>
      ))}
      {!all && result.sentences.length > 12 && (
        <button type="button" class="small" onClick={() => setAll(true)}>
          {number(result.sentences.length - 12)} more
        </button>
      )}
      <h3>
        Links <span class="value">{number(result.links.length)}</span>
      </h3>
      <Listed items={result.links}>{(link) => <LinkRow key={link} app={app} view={view} link={link} />}</Listed>
      {result.relations.length > 0 && (
        <>
          <h3>Declared relationships</h3>
          <Listed items={result.relations}>
            {(relation) => (
              <li key={relation}>
                {pack.marked(pack.relationSource[relation])} {"\u2192"} {pack.marked(pack.relationTarget[relation])}
                <span class="note"> {pack.header.relation_kinds[pack.relationKind[relation]]}</span>
              </li>
            )}
          </Listed>
        </>
      )}
      <h3>
        Systems, tables, fields <span class="value">{number(nodes.length)}</span>
      </h3>
      <Listed items={nodes}>{(node) => <li key={node}><NodeLink app={app} node={node} /></li>}</Listed>
      <div class="actions">
        <button type="button" onClick={() => app.store.set({ focus: null, layout: "lanes" }, "push")}>Show the whole organisation</button>
      </div>
    </section>
  );
}
