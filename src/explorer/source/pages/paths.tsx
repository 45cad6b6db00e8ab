// The paths that the page was made for: each as a line of fields, with the link between one and the next.

import type { JSX } from "preact";
import { openLink, openOnMap, openPage, openTable, openWhy, type App } from "../app/app";
import { Icon, signOf } from "../app/icons";
import { breakable, counted, number, shortConfidence, statusClass } from "../app/parts";
import type { Props } from "../app/props";
import { evidenceInShort } from "../model/evidence-sentences";
import { visible, type Path } from "../model/pack";
import { statusWord } from "../model/statuses";
import type { View } from "../model/types";
import { Field, First } from "./concept-parts";

const MOST_PATHS = 20; // drawn before the button for the others

export function PathsPage({ app, view }: Props): JSX.Element {
  const { pack } = view;
  const { result } = pack;
  const [first] = result?.paths ?? [];
  if (!result || !first) {
    return (
      <div class="paths-page">
        <h1>Paths</h1>
        <p>This page was not made for paths.</p>
        <div class="actions"><button type="button" class="primary" onClick={() => openPage(app, "map")}>See the map</button></div>
      </div>
    );
  }
  const [from, to] = [first.nodes[0], first.nodes[first.nodes.length - 1]];
  const isDecided = view.state.decisions.size > 0;
  return (
    <div class="paths-page">
      <header class="paths-top">
        <h1>
          {result.paths.length > 1 ? `${number(result.paths.length)} paths from` : "From"} <Field pack={pack} node={from} /> to <Field pack={pack} node={to} />
        </h1>
        <div class="actions">
          {pack.level(from) === pack.clustering.level && <button type="button" onClick={() => openWhy(app, from, to)}>Why together, or not</button>}
          <button type="button" onClick={() => openOnMap(app, { kind: "result" })}>Show among all tables</button>
        </div>
      </header>
      {result.notes.map((note) => <p key={note} class="secondary">{note}</p>)}
      {isDecided && <p class="note" role="note">Found before your decisions. Python finds them anew.</p>}
      <ol class="paths-list">
        <First items={result.paths} most={MOST_PATHS} what="paths">
          {(path) => <Line key={path.links.join()} app={app} view={view} path={path} />}
        </First>
      </ol>
    </div>
  );
}

function Line({ app, view, path }: { app: App; view: View; path: Path }): JSX.Element {
  const { pack } = view;
  const n = path.links.length;
  return (
    <li class="paths-one card">
      <h2 class="section-title">
        {counted(n, "step")} <span class="secondary">score {shortConfidence(path.confidence)}{n > 1 && ", the product of its steps"}</span>
      </h2>
      <ol class="paths-steps">
        {path.nodes.map((node, at) => (
          <li key={at}>
            {at > 0 && <Step app={app} view={view} link={path.links[at - 1]} weight={path.weights[at - 1]} besides={path.besides[at - 1]} />}
            <button type="button" class="paths-field" title={`${pack.marked(node)}: open its table`} disabled={pack.table[node] < 0} onClick={() => openTable(app, pack.table[node])}>
              <Field pack={pack} node={node} />
            </button>
          </li>
        ))}
      </ol>
    </li>
  );
}

/** A link, or what a system declares, between a field and the next one. */
function Step({ app, view, link, weight, besides }: { app: App; view: View; link: number; weight: number; besides: number }): JSX.Element {
  const { pack, status } = view;
  const more = besides > 0 && <span class="secondary">and {counted(besides, "other")} between the same two</span>;
  if (link < 0) {
    const kind = pack.header.relation_kinds[pack.relationKind[-1 - link]];
    return <p class="paths-step is-approved"><Icon sign="key" /> <span>declared {kind === "association" ? "association" : "key"}</span> <b>{shortConfidence(weight)}</b> {more}</p>;
  }
  const said = evidenceInShort(pack.evidence(link));
  return (
    <button type="button" class={`paths-step is-${statusClass(status[link])}`} title="Open the link" onClick={() => openLink(app, link)}>
      <Icon sign={signOf(status[link])} says={statusWord(pack, status[link])} /> <b>{shortConfidence(weight)}</b> <span class="secondary">{breakable(visible(said))}</span> {more}
    </button>
  );
}
