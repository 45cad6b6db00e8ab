// One concept in a cell of a notebook: its fields, what contradicts it, and what holds it together.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { toContent } from "../app/app";
import { Icon } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { clusterName } from "../model/clusters";
import { historyOf } from "../model/history-of";
import { holdingWords } from "../model/holding-words";
import { besidesName } from "../model/listing";
import { quality } from "../model/quality";
import { unknownWords } from "../model/remote";
import { fieldsName } from "../model/sentence";
import { Alone, useKeys } from "./concept";
import { Contradictions } from "./concept-contradictions";
import { FlatFields } from "./concept-fields";
import { ConceptLinks } from "./concept-links";
import { ConceptMatrix } from "./concept-matrix";
import { SingleLinks } from "./concept-near";
import { Said } from "./concept-parts";
import { ConceptTree } from "./concept-tree";
import { Why, type Asked } from "./concept-why";

export function ConceptCell(props: Props): JSX.Element {
  const { focus } = props.view.state;
  const member = focus?.kind === "cluster" ? focus.member : -1;
  return <OneConcept key={member} {...props} member={member} />;
}

function OneConcept({ app, view, member }: Props & { member: number }): JSX.Element {
  const { pack, clusters, state } = view;
  const cluster = clusters.labels[member];
  const [open, setOpen] = useState(-1);
  const [leaf, setLeaf] = useState(-1);
  const [asked, ask] = useState<Asked | null>(null);
  const found = useMemo(() => (cluster < 0 ? null : quality(view, cluster)), [clusters, view.status, cluster]);
  useKeys({ s: () => document.querySelector<HTMLElement>(".contradictions-card [data-skip]")?.click() });
  if (cluster < 0 || !found) {
    return <div class="concept-page concept-cell"><Alone app={app} view={view} member={member}>{null}</Alone></div>;
  }
  const members = [...clusters.members(cluster)];
  const name = clusterName(clusters, cluster);
  const besides = besidesName(view, cluster);
  const n = found.contradictions.length;
  const history = historyOf(view, clusters, cluster);
  const shownLeaf = clusters.labels[leaf] === cluster ? leaf : -1;
  const why = (node: number): void =>
    ask({ a: node, b: node === found.centralNode ? members.find((one) => one !== node)! : found.centralNode });
  return (
    <div class="concept-page concept-cell">
      <header class="row">
        <h1><bdi>{breakable(name)}</bdi></h1>
        {besides && <span class="pill"><bdi>{besides}</bdi></span>}
        {n > 0 && <span class="pill is-warning"><Icon sign="contradiction" />{counted(n, "contradiction")}</span>}
        <span class="gap" />
        <span><b>{number(found.members)}</b> {fieldsName(pack, found.members)}, <b>{number(found.systems.length)}</b> {found.systems.length === 1 ? "system" : "systems"}</span>
      </header>
      {clusters.stale && <p class="warn">{unknownWords(pack, clusters.note ?? "")}</p>}
      <div class="concept-two">
        <FlatFields
          app={app}
          view={view}
          cluster={cluster}
          open={open}
          setOpen={setOpen}
          showLinks={setLeaf}
          why={why}
        />
        <div class="concept-side">
          {asked && <Why app={app} view={view} asked={asked} members={members} ask={ask} close={() => { ask(null); toContent(); }} />}
          <Contradictions app={app} view={view} cluster={cluster} links={found.contradictions} />
          <div class="card">
            <h2 class="section-title">What holds it together</h2>
            <p class="secondary">
              {history
                ? <Said pack={pack} sentence={holdingWords(pack, history, state.threshold)} />
                : `${counted(found.linksHolding, "link")} inside it: ${clusters.method} joins by all of them.`}
            </p>
          </div>
          <SingleLinks app={app} view={view} found={found} />
        </div>
      </div>
      <div class="card concept-main">
        {history ? <ConceptTree app={app} view={view} drawn={clusters} cluster={cluster} leaf={shownLeaf} setLeaf={setLeaf} /> : <ConceptMatrix app={app} view={view} cluster={cluster} />}
        <ConceptLinks app={app} view={view} cluster={cluster} member={member} leaf={shownLeaf} setLeaf={setLeaf} />
      </div>
    </div>
  );
}
